package detectors

import (
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// read returns what the detector reads around every occurrence of the keyword,
// as "name value".
func read(d assignment, keyword, text string) []string {
	var all []string
	lower := asciiLower(text)
	for at := 0; ; {
		i := strings.Index(lower[at:], keyword)
		if i < 0 {
			return all
		}
		at += i
		d.Detect([]byte(text), mudlark.Span{Start: at, End: at + len(keyword)}, func(m Match) {
			one := text[m.Key.Start:m.Key.End] + " " + text[m.Secret.Start:m.Secret.End]
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		})
		at += len(keyword)
	}
}

func TestAssignmentsAreRead(t *testing.T) {
	const v = "q7Rk2mXv"
	for _, test := range []struct{ text, want string }{
		// configuration
		{`password=q7Rk2mXv`, "password"},
		{`DB_PASSWORD=q7Rk2mXv`, "DB_PASSWORD"},
		{`export DB_PASSWORD=q7Rk2mXv; run`, "DB_PASSWORD"},
		{`db.password = q7Rk2mXv`, "db.password"},
		{`db.password: q7Rk2mXv`, "db.password"},
		{"spring.datasource.password=q7Rk2mXv\r\n", "spring.datasource.password"},
		{`password : "q7Rk2mXv"`, "password"},
		{`password: 'q7Rk2mXv' # old`, "password"},
		{`password = "q7Rk2mXv"`, "password"},
		{`  password    =    q7Rk2mXv   `, "password"},
		{`"password": "q7Rk2mXv",`, "password"},
		{`{"user":"x","password":"q7Rk2mXv"}`, "password"},
		{`{\"password\":\"q7Rk2mXv\"}`, "password"},
		{`'password' => 'q7Rk2mXv',`, "password"},
		{`:password => "q7Rk2mXv"`, "password"},
		{`{"name": "DB_PASSWORD", "value": "q7Rk2mXv"}`, "DB_PASSWORD"},
		{`{"key":"password","type":"x"}`, ""},
		{"- name: DB_PASSWORD\n  value: q7Rk2mXv\n", "DB_PASSWORD"},
		{"- name: \"DB_PASSWORD\"\n  value: \"q7Rk2mXv\"\n", "DB_PASSWORD"},
		{"password: |\n  q7Rk2mXv\n", "password"},
		{"password: >-\n  q7Rk2mXv\n", "password"},
		{"password:\n  'q7Rk2mXv'\n", "password"},
		{"password:\n  key: q7Rk2mXv\n", ""},
		{"password:\nother: q7Rk2mXv\n", ""},
		{`DB_PASSWORD ::= q7Rk2mXv`, "DB_PASSWORD"},
		{`DB_PASSWORD :::= "q7Rk2mXv"`, "DB_PASSWORD"},
		{`db::password::find`, ""},
		{`{password, "q7Rk2mXv"},`, "password"},
		{`{password, <<"q7Rk2mXv">>}`, "password"},
		{`{password, "q7Rk2mXv", 3}`, ""},
		{`buildConfigField "String", "DB_PASSWORD", '"q7Rk2mXv"'`, "DB_PASSWORD"},
		{"INSERT INTO users (id, password, role) VALUES (1, 'q7Rk2mXv', 'x');", "password"},
		{"INSERT INTO `users` (`id`,`name`,`password`)\nVALUES\n(1,'it''s, (so)','q7Rk2mXv'),(2,'b','c');", "password"},
		{"INSERT INTO users (id, password, role) VALUES (1);", ""},
		{"INSERT INTO users (id, password) SELECT 1, 'q7Rk2mXv';", ""},
		{"  DbPassword:\n    Type: String\n    Default: q7Rk2mXv\n", "DbPassword"},
		{"  DbPassword:\n    Type: String\n  Other:\n    Default: q7Rk2mXv\n", ""},
		{"the admin password:\nq7Rk2mXv\n", ""}, // too short for that
		{"password:\nq7Rk2mXvq7Rk2mXv: x\n", ""},
		{`<password>q7Rk2mXv</password>`, "password"},
		{`<add key="DbPassword" value="q7Rk2mXv" />`, "DbPassword"},
		{`<property name="password" value="q7Rk2mXv"/>`, "password"},
		{`<entry key="password">q7Rk2mXv</entry>`, "password"},
		{"<key>password</key>\n\t<string>q7Rk2mXv</string>", "password"},
		{`<input name='password' value='q7Rk2mXv'>`, "password"},
		{"variable \"db_password\" {\n  type = string\n  default = \"q7Rk2mXv\"\n}", "db_password"},
		{"ENV DB_PASSWORD q7Rk2mXv\n", "DB_PASSWORD"},
		{"ARG DB_PASSWORD=q7Rk2mXv", "DB_PASSWORD"},
		{"set -x DB_PASSWORD q7Rk2mXv", "DB_PASSWORD"},
		{"requirepassword q7Rk2mXv\n", "requirepassword"},
		{"machine example.org login me password q7Rk2mXv", "password"},
		{"| password | q7Rk2mXv |", "password"},
		// programs
		{`password := "q7Rk2mXv"`, "password"},
		{`const password = "q7Rk2mXv"`, "password"},
		{`var password string = "q7Rk2mXv"`, "password"},
		{`val password: String = "q7Rk2mXv"`, "password"},
		{`const PASSWORD: &str = "q7Rk2mXv";`, "PASSWORD"},
		{`password: str = "q7Rk2mXv"`, "password"},
		{`Dim password As String = "q7Rk2mXv"`, "password"},
		{`char password[] = "q7Rk2mXv";`, "password"},
		{`$password = 'q7Rk2mXv';`, "password"},
		{`password <- "q7Rk2mXv"`, "password"},
		{`this.password = "q7Rk2mXv"`, "this.password"},
		{`config["password"] = "q7Rk2mXv"`, "password"},
		{`os.environ['DB_PASSWORD'] = 'q7Rk2mXv'`, "DB_PASSWORD"},
		{`if password == "q7Rk2mXv" {`, "password"},
		{`password === 'q7Rk2mXv'`, "password"},
		{`if (password != "q7Rk2mXv")`, "password"},
		{`password: b"q7Rk2mXv"`, "password"},
		{`password = @"q7Rk2mXv";`, "password"},
		{`password = r#"q7Rk2mXv"#;`, "password"},
		{`password = []byte("q7Rk2mXv")`, "password"},
		{`password = new String("q7Rk2mXv")`, "password"},
		{`password = ("q7Rk2mXv")`, "password"},
		{`password = """q7Rk2mXv"""`, "password"},
		{"password = `q7Rk2mXv`", "password"},
		{`setPassword("q7Rk2mXv")`, "setPassword"},
		{`.password('q7Rk2mXv')`, "password"},
		{`define('DB_PASSWORD', 'q7Rk2mXv');`, "DB_PASSWORD"},
		{`os.Setenv("DB_PASSWORD", "q7Rk2mXv")`, "DB_PASSWORD"},
		{`os.getenv("DB_PASSWORD", "q7Rk2mXv")`, "DB_PASSWORD"},
		{`password = os.getenv("X", "q7Rk2mXv")`, "password"},
		{`password = process.env.X || "q7Rk2mXv"`, "password"},
		{`password = ENV["X"] || "q7Rk2mXv"`, "password"},
		{`password = getenv("X") ?? 'q7Rk2mXv'`, "password"},
		{`password = os.environ.get("X") or "q7Rk2mXv"`, "password"},
		{`password = ${DB_PASS:-q7Rk2mXv}`, "password"},
		{`password = "${db.pass:q7Rk2mXv}"`, "password"},
		{`ALTER USER x PASSWORD 'q7Rk2mXv'`, "PASSWORD"},
		// command lines, headers, addresses
		{`mysql --password=q7Rk2mXv db`, "password"},
		{`tool --db-password q7Rk2mXv --verbose`, "db-password"},
		{`Connect -Password 'q7Rk2mXv'`, "Password"},
		{`X-Password: q7Rk2mXv`, "X-Password"},
		{`curl -H "X-Password: q7Rk2mXv" https://example.org`, "X-Password"},
		{`-H 'Password: Bearer q7Rk2mXv'`, "Password"},
		{`"password": "Basic q7Rk2mXv"`, "password"},
		{`https://example.org/?password=q7Rk2mXv&x=1`, "password"},
		{`user=x&password=q7Rk2mXv#top`, "password"},
		{`Server=x;Password=q7Rk2mXv;Database=y`, "Password"},
		{`print("a\nPassword: q7Rk2mXv")`, "Password"},
		// no values
		{"[\"password\",\n \"q7Rk2mXv\"]", ""},
		{"then you give the password `q7Rk2mXv` to it", "password"},
		{"then you give a password `q7Rk2mXv` to it", ""},
		{`password = getPassword()`, ""},
		{`password = get("password")`, ""},
		{`password = $PASSWORD`, ""},
		{`password: ${PASSWORD}`, ""},
		{`password: "{{ password }}"`, ""},
		{`password = "#{password}"`, ""},
		{`password = f"{prefix}{x}"`, ""},
		{`password: <password>`, ""},
		{`password = %PASSWORD%`, ""},
		{`password = "%s"`, ""},
		{`password = a[1]`, ""},
		{`Password::new(q7Rk2mXv)`, ""},
		{`password?: string;`, "password string"},
		{`func password(s string) {`, ""},
		{`the password is needed`, ""},
		{`password, token`, ""},
		{`password;`, ""},
		{`password = password.encode("latin1")`, ""},
		{`splitpassword("q7Rk2mXv")`, ""},
		{`password = sha256("q7Rk2mXv")`, ""},
		{`password`, ""},
		{`password=`, ""},
		{`password=""`, ""},
		{`password: ""`, ""},
		{`password = "an open string`, ""},
		{`password = a + b`, ""},
		{`password = ok ? a : b`, ""},
		{`password: Vec<u8>`, ""},
		{`password = !secret x`, ""},
		{`password = *pointer`, ""},
	} {
		want := []string{test.want + " " + v}
		if test.want == "" {
			want = nil
		} else if strings.Contains(test.want, " ") {
			want = []string{test.want}
		}
		if got := read(assignment{}, "password", test.text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", test.text, got, want)
		}
	}
}

func TestAssignmentsNearAKeywordAreRead(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`datadog: {api_key: "q7Rk2mXv"}`, "api_key"},
		{`datadog.api_key = q7Rk2mXv`, "datadog.api_key"},
		{`DATADOG_API_KEY=q7Rk2mXv`, "DATADOG_API_KEY"},
		{`DatadogClient(api_key="q7Rk2mXv")`, "api_key"},
		{`new Datadog({ apiKey: 'q7Rk2mXv' })`, "apiKey"},
		{`https://api.datadoghq.com/v1?api_key=q7Rk2mXv`, "api_key"},
		{`curl https://api.datadoghq.com -H "DD-API-KEY: q7Rk2mXv"`, "DD-API-KEY"},
		{`datadog-agent --api-key q7Rk2mXv`, "api-key"},
		{`<datadog><apiKey>q7Rk2mXv</apiKey></datadog>`, "apiKey"},
		{"datadog:\n  api_key: q7Rk2mXv", "api_key"},
		{"[datadog]\r\nsite = eu\r\nkey = q7Rk2mXv", "key"},
		{"# datadog\nAPI_KEY=q7Rk2mXv", "API_KEY"},
		{"// Datadog key\nconst key = \"q7Rk2mXv\"", "key"},
		{"import datadog\n\nAPI_KEY = 'q7Rk2mXv'", "API_KEY"},
		{"client = Datadog()\nclient.login(key=\"q7Rk2mXv\")", "key"},
		{"client = Datadog()\nclient.login(\"q7Rk2mXv\")", "client.login"},
		{`the Datadog key is q7Rk2mXv`, "key"},
		{"Datadog API key: q7Rk2mXv", "API key"},
		{"Datadog needs a key\nq7Rk2mXv", ""},
		{`datadog.put("apiKey", "q7Rk2mXv")`, "apiKey"},
		{`curl -H "X-Api-Key: q7Rk2mXv" https://api.datadoghq.com/v1`, "X-Api-Key"},
		{`API_KEY=q7Rk2mXv # datadog`, "API_KEY"},
		{"curl \\\n  -H \"X-Api-Key: q7Rk2mXv\" \\\n  https://api.datadoghq.com/v1", "X-Api-Key"},
		{"api_key: q7Rk2mXv\nprovider: datadog\n", "api_key"},
		{"{\n  \"api_key\": \"q7Rk2mXv\",\n  \"provider\": \"datadog\"\n}", "api_key"},
		{"api_key: q7Rk2mXv\n\nprovider: datadog\n", ""},
		{"other:\n  api_key: q7Rk2mXv\ndatadog:\n  site: eu\n", ""},
		{"api_key: q7Rk2mXv\n# datadog\n", ""},
		{"datadog:\n- name: api_key\n  value: q7Rk2mXv\n", "api_key"},
		{`<datadog><add key="ApiKey" value="q7Rk2mXv"/></datadog>`, "ApiKey"},
		{"Datadog API key,q7Rk2mXv", "API key"},
		{`datadog.init("q7Rk2mXv")`, "datadog.init"},
		{`new DatadogClient("q7Rk2mXv")`, "DatadogClient"},
		{`datadog -pq7Rk2mXv`, "p"},
		{`datadog -u q7Rk2mXv`, "u"},
		{"datadog_site=eu\nnewrelic_key=q7Rk2mXv", ""},
		{"datadog:\n  site: eu\nother:\n  key: q7Rk2mXv", ""},
		{"[datadog]\nsite=eu\n[other]\nkey=q7Rk2mXv", ""},
		{"datadog" + strings.Repeat("\n", 5) + "key=q7Rk2mXv", ""},
		{`datadog ` + strings.Repeat("x", 260) + ` api_key: q7Rk2mXv`, ""},
	} {
		want := test.want + " q7Rk2mXv"
		got := read(assignment{near: true}, "datadog", test.text)
		isValue := func(s string) bool { return strings.HasSuffix(s, want) }
		if test.want == "" && !slices.ContainsFunc(got, isValue) {
			continue
		}
		if test.want == "" || !slices.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", test.text, got, want)
		}
	}
}

// Whatever the text, what is read lies in it, and in order.
func FuzzAssignment(f *testing.F) {
	for _, s := range []string{`token="a\"b`, "token: |\n x", `token = f("a", "b")`, `x["token"] = []byte("a")`, "token=${a:-b}", `<token>a</token>`, `token bearer bearer b`, `{"value":"a","name":"token"}`, "a,token\nb,c\n", "token for x is a1b2c3d4", `"a" == token`, `token{"a"}`, "token: &a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i := range len(text) {
			for _, near := range []bool{false, true} {
				assignment{near}.Detect([]byte(text), mudlark.Span{Start: i, End: min(len(text), i+5)}, func(m Match) {
					if m.Secret.Start < 0 || m.Secret.Start >= m.Secret.End || m.Secret.End > len(text) || !m.Whole.Contains(m.Secret) ||
						m.Key.Start >= m.Key.End || m.Key.End > len(text) {
						t.Errorf("%q at %d: %+v", text, i, m)
					}
				})
			}
		}
	})
}
