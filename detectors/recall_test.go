package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// placedBest returns the highest confidence of what is found in text at a path.
func placedBest(e *Engine, path, text string) (top mudlark.Confidence) {
	e.Detect(mudlark.Chunk{Data: []byte(text), Origin: mudlark.Origin{Path: path}}, func(f mudlark.Finding) {
		e.Place(&f)
		top = max(top, f.Confidence)
	})
	return top
}

// TestSecretsThatLookLikeOtherThingsCount lists values, names and places that were
// once taken for a piece of a program, for a dummy or for what nobody uses.
func TestSecretsThatLookLikeOtherThingsCount(t *testing.T) {
	_, e := builtin(t)
	for name, test := range map[string]struct{ path, template string }{
		"padding":                 {"", "JWT_SECRET=<base64 86>=="},
		"one sign of padding":     {"", "JWT_SECRET=<base64 43>="},
		"plus":                    {"", "access_token: +<base64 63>"},
		"quote of another kind":   {"", `db_password = "<alnum 6>'<alnum 6>"`},
		"backquote":               {"", "db_password = '<alnum 6>`<alnum 6>'"},
		"less than":               {"", `{"db_password": "<alnum 6><<alnum 6>"}`},
		"greater than":            {"", `{"db_password": "<alnum 6>><alnum 6>"}`},
		"escaped quote":           {"", `{"db_password": "<alnum 6>\"!<alnum 6>"}`},
		"ampersand":               {"", "DB_PASSWORD=&<alnum 12>"},
		"signs":                   {".env", "A=1\nDB_PASSWORD=<alnum 6>&<alnum 4>!;<alnum 3>)\nB=2"},
		"brackets":                {".env", "export DB_PASSWORD=<alnum 6>[<alnum 4>{<alnum 3> # live"},
		"signs in yaml":           {"app.yml", "db:\n  password: <base62 8>&<base62 6>;<base62 3>\n  port: 5432"},
		"signs in an ini":         {"app.ini", "[db]\npassword = <base62 8>|<base62 6>#<base62 3>\nport = 1"},
		"first word, a product":   {"", "CHANGE_DETECTION_PASSWORD=<base62 20>"},
		"first word, a server":    {"", "PARSE_MASTER_KEY=<base62 40>"},
		"hash first":              {".env", "DB_PASSWORD=#<alnum 6>!<alnum 6>"},
		"cache":                   {"", "REDIS_CACHE_PASSWORD=<base62 20>"},
		"device":                  {"", "DEVICE_PASSWORD=<base62 20>"},
		"exporter":                {"", "EXPORTER_PASSWORD=<base62 20>"},
		"message broker":          {"", "MESSAGE_BROKER_PASSWORD=<base62 20>"},
		"label studio":            {"", "LABEL_STUDIO_PASSWORD=<base62 20>"},
		"no reply":                {"", "NO_REPLY_EMAIL_PASSWORD=<base62 20>"},
		"page":                    {"", "FB_PAGE_ACCESS_TOKEN=<base62 40>"},
		"verify":                  {"", "WEBHOOK_VERIFY_TOKEN=<base62 40>"},
		"field":                   {"", "FIELD_ENCRYPTION_KEY=<base62 40>"},
		"letters":                 {"", `EMAIL_HOST_PASSWORD = "<lower 16>"`},
		"letters of a key":        {"", "API_KEY=qHvZ" + "tLmXkRdWpBnCs"},
		"enter in a word":         {"", `db_password = "Carpen` + `ter#41"`},
		"enter in another":        {"", `db_password = "Cen` + `ter2024!"`},
		"change in a word":        {"", `db_password = "Exch` + `ange9!"`},
		"a word and a number":     {"", `api_key = "prod-<digits 20>"`},
		"a word and another":      {"", `api_key = "key-<digits 20>"`},
		"hex of an alphanumeric":  {"", "AGORA_APP_CERTIFICATE=<hex 32>"},
		"comment of a program":    {"a.py", "# prod db password: Kx9!" + "7qZp2m"},
		"command in a program":    {"a.py", `os.system("mysqldump --password=Kx9!` + `7qZp2m app")`},
		"latest":                  {"latest.env", "DB_PASSWORD=<base62 14>"},
		"greatest":                {"greatest.yml", "db_password: <base62 14>"},
		"localhost":               {"localhost.yml", "db_password: <base62 14>"},
		"rotated log":             {"app.log.1", "DB_PASSWORD=<base62 14>"},
		"rotated dump":            {"backup.sql.1", "DB_PASSWORD=<base62 14>"},
		"template":                {"secret.tpl", "db_password: <base62 14>"},
		"test bed":                {"testbed-prod/app.yml", "db_password: <base62 14>"},
		"messages":                {"messages/app.yml", "db_password: <base62 14>"},
		"lang":                    {"lang/app.env", "DB_PASSWORD=<base62 14>"},
		"man":                     {"man/app.env", "DB_PASSWORD=<base62 14>"},
		"t":                       {"t/app.env", "DB_PASSWORD=<base62 14>"},
		"unit":                    {"unit/app.yml", "db_password: <base62 14>"},
		"settings of a locale":    {"locales/app.yml", "db_password: <base62 14>"},
		"behind an escape":        {"", "x=%22<github ghp_>%22"},
		"behind an escaped sign":  {"", "x%3D<github ghp_>"},
		"behind a unicode escape": {"", `\u0022<github ghp_>\u0022`},
		"behind an entity":        {"", "&quot;<github ghp_>&quot;"},
	} {
		for seed := range uint64(3) {
			text := fill(t, test.template, seed+3) + "\n"
			if got := placedBest(e, test.path, text); got < mudlark.Medium {
				t.Errorf("%s: %v in %q: %s", name, got, test.path, strings.TrimSpace(text))
			}
		}
	}
}

func TestClassesOfPathsThatAreNoText(t *testing.T) {
	for _, name := range []string{"\xff", "\xff\xfe/a.env", "a/\xff\x80Test.yml", "\xc3!\xff", "", "/", "!", ".", "a/.t", "t/"} {
		classOfPath(name)
	}
	if got := classOfPath("a/\xff\x80Test.yml").name; got != "test" {
		t.Errorf("%q", got)
	}
}

// TestPiecesOfProgramsDoNotCount is the other side: what stands where those stand.
func TestPiecesOfProgramsDoNotCount(t *testing.T) {
	_, e := builtin(t)
	for _, test := range []struct{ path, text string }{
		{"a.js", `html = "<input password='" + value1 + "'>"`},
		{"a.php", `$password = "' . $_POST['p4ss'] . '";`},
		{"a.php", `$user_password = ":B:{$row->user_id2}:{$row->user_password}";`},
		{"a.html", `password="<b class='x1'>Password1</b>"`},
		{"a.sh", "PASSWORD=abc1&&run"},
		{"a.sh", "PASSWORD=$(cat /run/pw1)"},
		{"a.sh", "PASSWORD=pick2(a1,b2)"},
		{"a.txt", "password=abcdefg1&user=x2"},
		{"a.txt", "PASSWORD=<your-password1>"},
		{"a.c", "password = Flag1|Flag2|Flag3"},
		{"a.ts", "  password: isSet1&mask2;"},
		{"a.rb", "  password: user1[:pw],"},
		{"a.py", "password = form2.get1(x)"},
		{"a.py", "# password: settings.db_password2"},
		{"", "next_page_token: Zk3mQ9xT2vLp8RwB5nYc"},
		{"", `db_password = "change4me!"`},
		{"", "lang_password_label=x9K2mQ7z"},
		{"LoginTest.yml", "db_password: hunter" + "2xyz"},
		{"t/login.t", `$password = "hunter` + `2xyz";`},
		{"man/app.8", "password=hunter" + "2xyz"},
		{"lang/de/app.yml", "password: hunter" + "2xyz"},
	} {
		if got := placedBest(e, test.path, test.text+"\n"); got >= mudlark.Medium {
			t.Errorf("%v in %q: %s", got, test.path, test.text)
		}
	}
}
