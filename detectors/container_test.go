package detectors

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A container is a way to give a value to a key: a text with K and V for them.
// Spellings of keys: s db_password, S DB_PASSWORD, c dbPassword, C DbPassword,
// k db-password, d db.password, w password, W PASSWORD, t Password.
type container struct {
	text string
	keys string
	vals string // kinds of values that fit: w a word, p with punctuation, b blanks
}

// containers are all ways that the reader promises to see; doc/rules.md lists
// them.
func containers() []container {
	return []container{
		// configuration
		{"K=V", "sSdw", "wp"},
		{"K = V", "sSdw", "wp"},
		{"K: V", "sSckdw", "wp"},
		{"K : V", "sd", "wp"},
		{"K=\"V\"", "sSd", "wpb"},
		{"K='V'", "sS", "wpb"},
		{"  K    =    V   ", "s", "wp"},
		{"K\t=\tV", "s", "wp"},
		{"K = \"V\" # comment", "sc", "wpb"},
		{"K: 'V' # comment", "sc", "wpb"},
		{"K: V # comment", "sc", "wp"},
		{"export K=V", "S", "wp"},
		{"export K=\"V\"; run", "S", "wpb"},
		{"declare -x K=\"V\"", "S", "wpb"},
		{"readonly K='V'", "S", "wpb"},
		{": ${K:=V}", "S", "wp"},
		{"x=${K:-V}", "S", "wp"},
		{"x: \"${K:-V}\"", "S", "wp"},
		{"@Value(\"${K:V}\")", "d", "wp"},
		{"setenv K V", "S", "wp"},
		{"set -x K V", "S", "wp"},
		{"set -gx K 'V'", "S", "wpb"},
		{"set K=V", "S", "wp"},
		{"set \"K=V\"", "S", "wp"},
		{"setx K V", "S", "wp"},
		{"setx K \"V\" /M", "S", "wpb"},
		{"ENV K V", "S", "wp"},
		{"ENV K=V", "S", "wp"},
		{"ENV A=1 K=V B=2", "S", "wp"},
		{"ENV K=\"V\" \\", "S", "wpb"},
		{"ARG K=V", "S", "wp"},
		{"    - K=V", "S", "wp"},
		{"    - \"K=V\"", "S", "wp"},
		{"- K: V", "s", "wp"},
		{"K := V", "S", "wp"},
		{"K ?= V", "S", "wp"},
		{"K := 'V';", "C", "wpb"},
		{"K=\\\n    V", "sS", "wp"},
		{"K = \\\n  \"V\"", "s", "wpb"},
		{"K =\n    \"V\"", "sc", "wpb"},
		{"K:\n  V\n", "s", "wp"},
		{"K:\n  'V'\n", "s", "wpb"},
		{"K: |\n  V\n", "s", "wp"},
		{"K: >-\n    V\n", "s", "wp"},
		{"\"K\": |-\n  V\n", "s", "wp"},
		{"K: &anchor V", "s", "wp"},
		{"K: &anchor \"V\"", "s", "wpb"},
		{"K: !!str \"V\"", "s", "wpb"},
		{"K: !!str V", "s", "wp"},
		{"\"K\": \"V\"", "sck", "wpb"},
		{"\"K\" : \"V\",", "sck", "wpb"},
		{"'K': 'V',", "s", "wpb"},
		{"\"K\": V", "s", "wp"},
		{"\"K\":\n    \"V\"", "s", "wpb"},
		{"{\"a\":1,\"K\":\"V\",\"b\":2}", "sc", "wpb"},
		{"{K: V, b: c}", "s", "w"},
		{"{\\\"K\\\":\\\"V\\\"}", "sc", "wpb"},
		{"{\\\\\\\"K\\\\\\\":\\\\\\\"V\\\\\\\"}", "sc", "wpb"},
		{"    \"K = \\\"V\\\"\\n\",", "sS", "wpb"},
		{"    \"K = 'V'\\n\",", "sS", "wpb"},
		{"    \"a = 1\\n\x00K = 'V'\\n\",", "sS", "wpb"},
		{"\"a=1\\n\x00K=V\\nb=2\"", "sS", "w"},
		{"$K = V", "s", "w"},
		{"<<EOF\nK=V\nEOF", "S", "wp"},
		{"K \"V\";", "s", "wpb"},
		{"K V", "s", "wp"},
		{"K\tV\n", "s", "wp"},
		{"[section]\nK=V\n", "s", "wp"},
		{"# K = V", "s", "wp"},
		{"// K: \"V\"", "c", "wpb"},
		{";K=V", "s", "wp"},
		{"-- K: V", "s", "wp"},
		{"REM K=V", "S", "wp"},
		{"<!-- K: V -->", "s", "wp"},
		{"/* K=V */", "s", "wp"},
		// a name, and a value, each with a name of its own
		{"{\"name\": \"K\", \"value\": \"V\"}", "sS", "wpb"},
		{"{\"key\":\"K\",\"value\":\"V\",\"enabled\":true}", "ck", "wpb"},
		{"{\n  \"key\": \"K\",\n  \"value\": \"V\"\n}", "ck", "wpb"},
		{"{\n  \"key\": \"K\",\n  \"type\": \"secret\",\n  \"value\": \"V\"\n}", "ck", "wpb"},
		{"{\"name\": \"K\", \"type\": \"secret\", \"secure\": true, \"value\": \"V\"}", "sS", "wpb"},
		{"{\"value\": \"V\", \"name\": \"K\"}", "sS", "wpb"},
		{"{\n  \"value\": \"V\",\n  \"key\": \"K\"\n}", "sS", "wpb"},
		{"{\n  \"value\": \"V\",\n  \"type\": \"string\",\n  \"key\": \"K\"\n}", "sS", "wpb"},
		{"{\"Name\": \"K\", \"Value\": \"V\"}", "S", "wpb"},
		{"{name: 'K', value: 'V'}", "s", "wpb"},
		{"{ name = \"K\", value = \"V\" }", "S", "wpb"},
		{"- name: K\n  value: V\n", "S", "wp"},
		{"- name: K\n  value: \"V\"\n", "S", "wpb"},
		{"- name: \"K\"\n  value: \"V\"\n", "S", "wpb"},
		{"- name: K\n  description: for tests\n  value: 'V'\n", "S", "wpb"},
		{"- value: V\n  name: K\n", "S", "wp"},
		{"- key: K\n  value: V\n", "S", "wp"},
		{"[[vars]]\nname = \"K\"\nvalue = \"V\"\n", "S", "wpb"},
		{"environment {\n  name  = \"K\"\n  value = \"V\"\n}", "S", "wpb"},
		{"variable \"K\" { default = \"V\" }", "s", "wpb"},
		{"variable \"K\" {\n  type    = string\n  default = \"V\"\n}", "s", "wpb"},
		{"variable \"K\" {\n  description = \"what {it} is\"\n  type        = object({})\n  default     = \"V\"\n}", "s", "wpb"},
		{"add(name=\"K\", value=\"V\")", "S", "wpb"},
		// markup
		{"<K>V</K>", "scw", "wpb"},
		{"<ns:K>V</ns:K>", "c", "wpb"},
		{"<K type=\"string\">V</K>", "scw", "wpb"},
		{"<K>\n  V\n</K>", "s", "wpb"},
		{"<K><![CDATA[V]]></K>", "s", "wpb"},
		{"<x K=\"V\"/>", "ckw", "wpb"},
		{"<x a='1' K='V' b='2'>", "ckw", "wpb"},
		{"<add key=\"K\" value=\"V\" />", "sCd", "wpb"},
		{"<add value=\"V\" key=\"K\" />", "sCd", "wpb"},
		{"<add key='K' value='V'/>", "sC", "wpb"},
		{"<property name=\"K\" value=\"V\"/>", "csd", "wpb"},
		{"<property name=\"K\" type=\"string\" value=\"V\"/>", "csd", "wpb"},
		{"<property\n    name=\"K\"\n    value=\"V\"/>", "csd", "wpb"},
		{"<property name=\"K\">V</property>", "csd", "wpb"},
		{"<property name=\"K\"><value>V</value></property>", "cs", "wpb"},
		{"<property>\n  <name>K</name>\n  <value>V</value>\n</property>", "sd", "wpb"},
		{"<entry key=\"K\">V</entry>", "sd", "wpb"},
		{"<string name=\"K\">V</string>", "s", "wpb"},
		{"<string name=\"K\" translatable=\"false\">V</string>", "s", "wpb"},
		{"<setting name=\"K\" serializeAs=\"String\">\n  <value>V</value>\n</setting>", "C", "wpb"},
		{"<key>K</key>\n\t<string>V</string>", "c", "wpb"},
		{"<key>K</key><string>V</string>", "c", "wpb"},
		{"<input name=\"K\" value=\"V\">", "s", "wpb"},
		{"<input type=\"K\" value=\"V\">", "w", "wpb"},
		{"<meta name=\"K\" content=\"V\">", "k", "wpb"},
		{"<td>K</td><td>V</td>", "ts", "wpb"},
		{"<dt>K</dt>\n<dd>V</dd>", "ts", "wpb"},
		// programs
		{"K := \"V\"", "c", "wpb"},
		{"const K = \"V\"", "cS", "wpb"},
		{"const K string = \"V\"", "cS", "wpb"},
		{"var K string = `V`", "c", "wpb"},
		{"\tK: \"V\",", "C", "wpb"},
		{"K: []byte(\"V\"),", "C", "wpb"},
		{"let K: string = 'V';", "c", "wpb"},
		{"private K: string = \"V\";", "c", "wpb"},
		{"readonly K = 'V';", "c", "wpb"},
		{"val K: String = \"V\"", "c", "wpb"},
		{"const val K = \"V\"", "S", "wpb"},
		{"private let K: String? = \"V\"", "c", "wpb"},
		{"static let K = \"V\"", "c", "wpb"},
		{"const K: &str = \"V\";", "S", "wpb"},
		{"pub const K: &'static str = \"V\";", "S", "wpb"},
		{"let K = String::from(\"V\");", "s", "wpb"},
		{"let K = \"V\".to_string();", "s", "wpb"},
		{"let K = r#\"V\"#;", "s", "wpb"},
		{"private static final String K = \"V\";", "S", "wpb"},
		{"String K=\"V\";", "c", "wpb"},
		{"public string K { get; set; } = \"V\";", "C", "wpb"},
		{"public const string K = @\"V\";", "C", "wpb"},
		{"final String K = 'V';", "c", "wpb"},
		{"val K: Option[String] = Some(\"V\")", "c", "wpb"},
		{"K: str = \"V\"", "s", "wpb"},
		{"K: Optional[str] = \"V\"", "s", "wpb"},
		{"K: str | None = \"V\"", "s", "wpb"},
		{"K: str = Field(default=\"V\")", "s", "wpb"},
		{"K = Field(\"V\")", "s", "wpb"},
		{"K = b'V'", "s", "wpb"},
		{"K = f\"V\"", "s", "wpb"},
		{"K = \"\"\"V\"\"\"", "s", "wpb"},
		{"K = (\n    \"V\"\n)", "s", "wpb"},
		{"K = SecretStr(\"V\")", "s", "wpb"},
		{"connect(host=\"h\", K=\"V\")", "s", "wpb"},
		{"connect(\n    host=\"h\",\n    K=\"V\",\n)", "s", "wpb"},
		{"self.K = \"V\"", "s", "wpb"},
		{"this.K = 'V'", "c", "wpb"},
		{"os.environ[\"K\"] = \"V\"", "S", "wpb"},
		{"os.environ['K']='V'", "S", "wpb"},
		{"os.environ.setdefault(\"K\", \"V\")", "S", "wpb"},
		{"os.getenv(\"K\", \"V\")", "S", "wpb"},
		{"x = os.environ.get('K', 'V')", "S", "wpb"},
		{"getProperty(\"K\", \"V\")", "d", "wpb"},
		{"System.setProperty(\"K\", \"V\");", "d", "wpb"},
		{"config.put(\"K\", \"V\");", "sd", "wpb"},
		{"os.Setenv(\"K\", \"V\")", "S", "wpb"},
		{"env::set_var(\"K\", \"V\");", "S", "wpb"},
		{"String.fromEnvironment('K', defaultValue: 'V')", "S", "wpb"},
		{"ENV.fetch('K', 'V')", "S", "wpb"},
		{"ENV.fetch('K') { 'V' }", "S", "wpb"},
		{"ENV['K'] ||= 'V'", "S", "wpb"},
		{"x = ENV['K'] || 'V'", "S", "wpb"},
		{"x = process.env.K || 'V'", "S", "wpb"},
		{"x = process.env.K ?? \"V\"", "S", "wpb"},
		{"x = process.env['K'] || 'V'", "S", "wpb"},
		{"process.env.K = 'V'", "S", "wpb"},
		{"System.getenv(\"K\") ?: \"V\"", "S", "wpb"},
		{"define('K', 'V');", "S", "wpb"},
		{"define(\"K\",\"V\");", "S", "wpb"},
		{"putenv('K=V');", "S", "wp"},
		{"putenv(\"K=V\");", "S", "wp"},
		{"$K = 'V';", "sc", "wpb"},
		{"$config['K'] = 'V';", "s", "wpb"},
		{"'K' => 'V',", "s", "wpb"},
		{"'K' => env('X', 'V'),", "s", "wpb"},
		{"\"K\" => \"V\"", "s", "wpb"},
		{":K => 'V'", "s", "wpb"},
		{"K => 'V'", "s", "wpb"},
		{"K: 'V',", "sc", "wpb"},
		{"my $K = \"V\";", "s", "wpb"},
		{"local K = \"V\"", "s", "wpb"},
		{"[\"K\"] = \"V\",", "s", "wpb"},
		{"K <- \"V\"", "sd", "wpb"},
		{"Sys.setenv(K = \"V\")", "S", "wpb"},
		{"{\"K\", \"V\"},", "sk", "wpb"},
		{"(\"K\", \"V\")", "sk", "wpb"},
		{"#define K \"V\"", "S", "wpb"},
		{"#define K V", "S", "w"},
		{"#define K   L\"V\"", "S", "wpb"},
		{"const char* K = \"V\";", "s", "wpb"},
		{"char K[] = \"V\";", "s", "wpb"},
		{"char K[64] = \"V\";", "s", "wpb"},
		{"std::string K{\"V\"};", "s", "wpb"},
		{"std::string K(\"V\");", "s", "wpb"},
		{"NSString *K = @\"V\";", "c", "wpb"},
		{"@\"K\": @\"V\"", "s", "wpb"},
		{"Dim K As String = \"V\"", "c", "wpb"},
		{"Const K = \"V\"", "S", "wpb"},
		{"K : constant String := \"V\";", "C", "wpb"},
		{"K = \"V\";", "c", "wpb"},
		{"set(K \"V\")", "S", "wpb"},
		{"set(K V)", "S", "w"},
		{"$env:K = 'V'", "S", "wpb"},
		{"[Environment]::SetEnvironmentVariable(\"K\", \"V\")", "S", "wpb"},
		{"[Environment]::SetEnvironmentVariable('K', 'V', 'User')", "S", "wpb"},
		{"$K = ConvertTo-SecureString \"V\" -AsPlainText -Force", "c", "wpb"},
		{"(setq K \"V\")", "k", "wpb"},
		{"(def K \"V\")", "k", "wpb"},
		{":K \"V\"", "k", "wpb"},
		{"K: 'V'", "c", "wpb"},
		{"string K = 1 [default = \"V\"];", "s", "wpb"},
		{"login(input: {K: \"V\"})", "c", "wpb"},
		{"if K == \"V\" {", "c", "wpb"},
		{"K.equals(\"V\")", "c", "wpb"},
		{"\"V\".equals(K)", "c", "wpb"},
		{"setPassword(\"V\")", "-", "wpb"},
		{"set_password('V')", "-", "wpb"},
		{".password(\"V\")", "-", "wpb"},
		{"set_password(user, 'V')", "-", "wpb"},
		{"keyring.set_password(\"service\", \"user\", \"V\")", "-", "wpb"},
		{"passwordLogin(\"user\", \"V\")", "-", "wpb"},
		{"setPassword(\n    \"V\"\n)", "-", "wpb"},
		// headers and addresses
		{"X-K: V", "k", "wp"},
		{"-H \"K: V\"", "k", "wp"},
		{"-H 'K: V'", "k", "wp"},
		{"--header=\"K: Bearer V\"", "k", "w"},
		{"headers[\"K\"] = \"V\"", "k", "wpb"},
		{"headers['K'] = 'Bearer V'", "k", "wp"},
		{".header(\"K\", \"V\")", "k", "wpb"},
		{"setRequestHeader(\"K\", \"V\")", "k", "wpb"},
		{"req.Header.Set(\"K\", \"Bearer V\")", "k", "wp"},
		{"\"K: V\",", "k", "wp"},
		{"'K: Bearer V'", "k", "wp"},
		{"https://example.org/?K=V&x=1", "sc", "w"},
		{"https://example.org/?x=1&amp;K=V&amp;y=1", "sc", "w"},
		{"a=1&K=V#top", "sc", "w"},
		{"Server=x;K=V;Database=y", "w", "w"},
		{"--data 'a=1&K=V'", "s", "w"},
		{"-F \"K=V\"", "s", "w"},
		{"--form K=V", "s", "w"},
		{"Content-Disposition: form-data; name=\"K\"\n\nV\n", "s", "wp"},
		// command lines
		{"tool --K V", "k", "wp"},
		{"tool --K=V", "k", "wp"},
		{"tool --K 'V'", "k", "wpb"},
		{"tool --K=\"V\" x", "k", "wpb"},
		{"tool --K \\\n  V", "k", "wp"},
		{"tool -K V -x", "w", "w"},
		{"Connect -K 'V'", "C", "wpb"},
		{"tool /K:V", "w", "w"},
		{"java -Dapp.K=V", "d", "w"},
		{"docker run -e K=V img", "S", "wp"},
		{"docker run -e \"K=V\" img", "S", "wp"},
		{"[\"--K\", \"V\"]", "k", "wpb"},
		{"['tool', '--K', 'V']", "k", "wpb"},
		{"args:\n  - --K\n  - V\n", "k", "wp"},
		{"args:\n  - --K=V\n", "k", "wp"},
		{"- \"--K\"\n- \"V\"\n", "k", "wpb"},
		{"kubectl create secret generic x --from-literal=K=V", "k", "wp"},
		{"helm install --set K=V", "d", "w"},
		{"heroku config:set K=V", "S", "wp"},
		{"K=V ./run", "S", "wp"},
		{"sshpass -p V ssh x", "-", ""},
		// SQL
		{"ALTER USER x PASSWORD 'V'", "-", "wpb"},
		{"CREATE USER x WITH PASSWORD 'V';", "-", "wpb"},
		{"create role x login password 'V'", "-", "wpb"},
		{"SET PASSWORD = 'V'", "-", "wpb"},
		{"SET PASSWORD FOR 'a'@'b' = 'V';", "-", "wp"},
		{"SET PASSWORD FOR 'a'@'b' = PASSWORD('V');", "-", "wpb"},
		{"CREATE USER x PASSWORD = 'V'", "-", "wpb"},
		{"WITH PASSWORD = N'V'", "-", "wpb"},
		// prose, logs, tables
		{"K is V", "w", "wp"},
		{"The K is V.", "w", "w"},
		{"the K is: V", "w", "wp"},
		{"The K is \"V\".", "w", "wp"},
		{"the K is `V`", "w", "wp"},
		{"the K was V", "w", "wp"},
		{"my K: V", "w", "wp"},
		{"K -> V", "ws", "wp"},
		{"K \u2192 V", "w", "wp"},
		{"K \u2014 V", "w", "wp"},
		{"K - V", "t", "wp"},
		{"K for admin is V", "t", "wp"},
		{"K for admin: V", "t", "wp"},
		{"K (admin): V", "t", "wp"},
		{"**K**: V", "t", "wp"},
		{"**K:** V", "t", "wp"},
		{"**K**: `V`", "t", "wpb"},
		{"- K: `V`", "t", "wpb"},
		{"* **K** - `V`", "t", "wp"},
		{"`K`: `V`", "s", "wpb"},
		{"`K` = `V`", "s", "wpb"},
		{"`K=V`", "s", "wp"},
		{"set the K to V", "w", "wp"},
		{"use K V", "w", ""},
		{"with K 'V'", "w", "wpb"},
		{"Using K=V", "s", "wp"},
		{"2024-01-02 10:00:00 INFO K=\"V\" x", "s", "wpb"},
		{"2024-01-02 10:00:00 INFO K: V", "s", "wp"},
		{"msg=\"x\" K=V", "s", "wp"},
		{"[K=V]", "s", "wp"},
		{"User{name='x', K='V'}", "c", "wpb"},
		{"User(name=x, K=V)", "c", "w"},
		{"user: x, K: V", "s", "wp"},
		{"user: x / K: V", "w", "wp"},
		{"| K | V |", "s", "wp"},
		{"| `K` | `V` |", "S", "wpb"},
		{"||K||V||", "s", "w"},
		{"K | V", "s", "wp"},
		{"K,V", "sS", "w"},
		{"K;V", "sS", "w"},
		{"\"K\",\"V\"", "sS", "wpb"},
		{"\"K\";\"V\"", "sS", "wpb"},
		{"K        V", "s", "wp"},
		{"K\t\tV\n", "s", "wp"},
		{"K : V", "t", "wp"},
		{"K:    V", "t", "wp"},
		{"K......: V", "t", "wp"},
		{"[K]: V", "t", "wp"},
	}
}

// keySpelled is a key in the ways in which it is written.
func keySpelled(kind rune) string {
	switch kind {
	case 's':
		return "db_password"
	case 'S':
		return "DB_PASSWORD"
	case 'c':
		return "dbPassword"
	case 'C':
		return "DbPassword"
	case 'k':
		return "db-password"
	case 'd':
		return "db.password"
	case 'w':
		return "password"
	case 'W':
		return "PASSWORD"
	case 't':
		return "Password"
	}
	return ""
}

func valuesOf(kinds string) (all []string) {
	for _, kind := range kinds {
		switch kind {
		case 'w':
			all = append(all, "q7Rk2mXvW9zL", "8f14e45f"+"ceea167a"+"5a36dedd"+"4bea2543", "0b5c1f7e-3a62-4d19-8c77-91d2ab3f60e4")
		case 'p':
			all = append(all, "q7/Rk2+mXvW9zLp3==", "q7.Rk2_mXv-W9zL")
		case 'b':
			all = append(all, "q7Rk!2m#Xv@W9", "k4Tz pQ9w xL2v")
		}
	}
	return all
}

func TestContainersAreRead(t *testing.T) {
	for _, c := range containers() {
		for _, kind := range c.keys {
			for _, value := range valuesOf(c.vals) {
				key := keySpelled(kind)
				text := regexp.MustCompile(`\bV\b`).ReplaceAllLiteralString(c.text, value)
				if kind != '-' {
					text = regexp.MustCompile(`\bK\b`).ReplaceAllLiteralString(text, key)
				}
				text = strings.ReplaceAll(text, "\x00", "")
				for _, ends := range [][2]string{{"\n", ""}, {"\r\n", "\r\n"}} {
					text := strings.ReplaceAll(text, "\n", ends[0]) + ends[1]
					got := read(assignment{}, "password", text)
					if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, " "+value) || s == key+" "+value }) {
						t.Errorf("%q: %q: got %q", c.text, text, got)
						break
					}
				}
			}
		}
	}
}
