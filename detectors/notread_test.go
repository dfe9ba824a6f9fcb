package detectors

import (
	"strings"
	"testing"
)

// Expressions, types and what text says about credentials are no values.
func TestWhatIsNoValueIsNotRead(t *testing.T) {
	for _, text := range []string{
		// calls, look-ups, members, indexes
		`password = getPassword()`, `password := os.Getenv("DB_PASSWORD_2024")`, `password = config.get("db_password_1")`,
		`password = user.password1.value()`, `password = passwords[12]`, `password = a[i1].b`, `password: process.env["DB_PASS_1"]`,
		`password = hash2("q7Rk2mXvW9zL")`, `password = sha256("q7Rk2mXvW9zL")`, `password = await vault.read2("a/b")`, `password = fn1(x)`,
		`password = getEnv "DB_PASSWORD_1"`, `verify(password, hash1)`, `checkPassword(user1, "a", b)`, `let password = &args1[2];`,
		// operators and templates
		`password = prefix1 + suffix2`, `password = "q7Rk2mXv" + suffix`, `password = "q7Rk2mXv" . $x`, `password = 'q7Rk2mXv'.$x`, `password = "q7Rk2mXv" .. x`,
		`password = "q7Rk%s2mXv" % x`, `password = "q7Rk2mXv" & x`, "password = \"q7Rk2mXv\" \\\n  \"W9zL\"", `password = ("q7Rk2mXv" "W9zL")`, `password = "a""b"`,
		`password = a1 * b2`, `password = ok1 ? a1 : b2`, `password = $PASSWORD1`, `password: ${PASSWORD1}`, `password: "${var.password1}"`,
		`password: {{ .Values.password1 }}`, `password: "{{ password1 }}"`, `password = "#{password1}"`, `password = f"{a1}{b2}"`, `password = %PASSWORD1%`,
		`password: !vault |`, `password: *alias1`, `password: !secret db1`, `password = *p1`, `password = &p1`, `password: <password1>`, `$PASSWORD1 --x=q7Rk2mXvW9zLp3Tn`,
		// types and declarations
		`password: Vec<u8>`, `password: Option<String1> = None`, `password: Optional[str] = None`, `password?: Map<string, x1>;`, `password: str | None = None`,
		`func password(s1 string) {`, `def password(a1, b2):`, `public String getPassword1()`, `password []byte`, `char password[64];`, `char password[64] = {0};`,
		`public string Password { get; set; }`, `password: String = getPassword1()`, `struct { password [32]byte }`, `void setPassword(const std::string& s1);`,
		`password: &'static str`, `val password: String by lazy1 { x }`,
		// text without a value
		`the password is required`, `The password is too short`, `password is base64-encoded`, `the password was changed in version2`, `set the password to something1`,
		`your password is 8 characters long`, `password for user1`, `password for the user1 of the system2`, `Password (optional)`, `password - see chapter3`,
		`forgot your password`, `password, token, key`, `password;`, `password`, `password=`, `password=""`, `password: ""`, `password = "an open string`,
		"password:\nuser1: x", "password =\nuser1 = x", "password:\n  user1: x", `the password to use1`, `convert password to utf16le2`, `password to UTF-16LE-2`,
		// lists, objects and markup of other things
		"[\"password\",\n \"q7Rk2mXv\"]", `{"password": {"type1": "x2"}}`, `{"key": "password", "other": "q7Rk2mXv"}`,
		"{\"key\": \"password\"},\n{\"value\": \"q7Rk2mXv\"}", "- name: password\n- value: q7Rk2mXv\n", `{"value": "q7Rk2mXv"}, {"name": "password"}`,
		`<key>password</key><key>other1</key>`, `<input type="password" id="q7Rk2mXv">`, `<password/>q7Rk2mXv`, `<b>password</b> q7Rk`, `<label for="password">Pass1</x>`,
		"variable \"password\" {\n  type = string\n}\nvariable \"b\" {\n  default = \"q7Rk2mXv\"\n}", `["tool", "--password", "--other-option1"]`,
		`tool --password --other-option1`, `tool --password $PASSWORD1`, "name,password,\nanna,q7Rk2mXv,\n", "name,password\nanna;q7Rk2mXv\n", "f(name,password)\ng(a,q7Rk2mXv)\n",
		"#password,\n#li1_x,\n", "token,password\n\nanna,q7Rk2mXv\n",
	} {
		for _, text := range []string{text, "x\n" + text + "\n", strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"} {
			for _, got := range read(assignment{}, "password", text) {
				if value := got[strings.IndexByte(got, ' ')+1:]; strings.ContainsAny(value, "0123456789") {
					t.Errorf("%q: got %q", text, got)
				}
			}
		}
	}
}

func TestColumnsAreRead(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"user,password,note\nanna,q7Rk2mXv,x\nbert,Vb5Tn8wZ,\"y, z\"\n", []string{"password q7Rk2mXv", "password Vb5Tn8wZ"}},
		{"user;\"password\"\nanna;\"q7Rk2mXv\"", []string{"password q7Rk2mXv"}},
		{"password\tuser\r\nq7Rk2mXv\tanna\r\n", []string{"password user", "password q7Rk2mXv"}}, // the heading may be a setting
		{"x\n\nid,User Name,Password\n1,\"a, b\",q7Rk2mXv", []string{"Password q7Rk2mXv"}},
		{"a,password\n1,q1\n2,q2\n3,q3\n4,q4\n5,q5\n", []string{"password q1", "password q2", "password q3", "password q4"}},
		{"a,password\n1,q1,x\n", nil},
		{"a,password\n\n1,q1\n", nil},
		{"\ta, password\n\tb, q1\n", nil},
	} {
		if got := read(assignment{}, "password", test.text); strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}
