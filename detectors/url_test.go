package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// logins returns an engine for the detectors of connection strings alone.
func logins(t *testing.T) *Engine {
	return engine(t, set(
		rules.Rule{ID: "url", Detector: "url", Keywords: []string{"://", `:\/\/`, "@tcp(", "@unix("}, Confidence: mudlark.High},
		rules.Rule{ID: "dsn", Detector: "dsn", Keywords: []string{"password=", "pwd=", "password =", "pwd ="}, Confidence: mudlark.High},
	), Options{DecodeDepth: -1})
}

// graded returns the secret of the one finding in text, and its confidence;
// nothing if there is none.
func graded(t *testing.T, e *Engine, text string) (secret, confidence string) {
	t.Helper()
	found := detect(e, text)
	if len(found) == 0 {
		return "", ""
	}
	if len(found) > 1 {
		t.Errorf("%d findings in %q", len(found), text)
	}
	return found[0].Secret.Reveal(), found[0].Confidence.String()
}

func TestPasswordsInConnectionStringsAreFound(t *testing.T) {
	e := logins(t)
	for _, seed := range seeds {
		random := fill(t, "<alnum 14>", seed)
		for _, test := range []struct{ text, secret string }{
			{"postgres://app:@@db.acme.io/app", ""},
			{"postgresql+psycopg2://app:@@db.acme.io:5432/app", ""},
			{"x=postgres://app:@@pg1.acme.io:5432,pg2.acme.io:5432/app", ""},
			{"redis://:@@10.0.0.5:6379/0", ""},
			{"mongodb+srv://app:@@c0.ab1cd.mongodb.net/?w=1", ""},
			{`{"u":"amqps:\/\/app:@@mq.acme.io\/v"}`, ""},
			{"<https://ci:@@git.acme.io/a.git>", ""},
			{"[docs](https://ci:@@git.acme.io/a.git)", ""},
			{"smtp://me@acme.io:@@smtp.acme.io:587", ""},
			{"ftp://app:x@" + random + "@ftp.acme.io/", "x@" + random},
			{"postgres://app:k/" + random + "/x@db.acme.io:5432/app", "k/" + random + "/x"},
			{"postgres://app:q#" + random + "@db.acme.io/app", "q#" + random},
			{"https://app:%40" + random + "%2F@acme.io", "%40" + random + "%2F"},
			{"http://app:@@localhost:9200", ""},
			{"http://app:@@[2001:470::17]:9200", ""},
			{"https://" + random + "abc9:x-oauth-basic@git.acme.io/a", random + "abc9"},
			{"https://" + random + "abc9@git.acme.io/a", random + "abc9"},
			{"app:@@tcp(10.0.0.5:3306)/app", ""},
			{"DSN=app:@@unix(/run/mysqld.sock)/app", ""},
			{"jdbc:mysql://10.0.0.5/app?user=app&password=" + random + "&x=1", random},
			{"jdbc:sqlserver://db.acme.io;user=sa;password=" + random + ";encrypt=true", random},
			{"Server=10.0.0.5;Database=app;Uid=app;Pwd=" + random, random},
			{`cs = "Password=` + random + `;User ID=app;Data Source=sql1"`, random},
			{"Server=db;PWD={a;" + random + "};UID=sa", "a;" + random},
			{"host=10.0.0.5 dbname=app user=app password=" + random, random},
			{"host=db user=app password='" + random + " x' port=5432", random + " x"},
			{"cache.acme.io:6380,password=" + random + ",ssl=True", random},
		} {
			want := test.secret
			if want == "" {
				want = random
			}
			text := strings.Replace(test.text, ":@@", ":"+random+"@", 1)
			if got, grade := graded(t, e, "before "+text+" after\n"); got != want || grade != "high" {
				t.Errorf("got %q, %s, want %q, in %q", got, grade, want, text)
			}
		}
	}
}

func TestWhatHoldsThePlaceOfAPasswordIsNotFound(t *testing.T) {
	e := logins(t)
	for _, value := range []string{
		"$PASS", "${PASS}", "${PASS:-x}", "$(cat pw)", "{password}", "{{ .Password }}", "#{pw}", "<password>", "[password]", "%s", "%v", "%(pw)s", "%PASS%",
		"***", "*****", "xxx", "XXXXXXXX", "...", "....", "DB_PASSWORD", "PASSWORD", "%{pw}", "[^@]+", ".*", "{0}", "!PW!", "@pw@",
	} {
		for _, text := range []string{"postgres://app:" + value + "@db.acme.io/app", "https://app:" + value + "@acme.io/", "Server=sql1.acme.io;Uid=app;Pwd=" + value + ";"} {
			if got, grade := graded(t, e, text); grade != "" && grade != "low" {
				t.Errorf("got %q, %s, in %q", got, grade, text)
			}
		}
	}
}

func TestDummyLoginsAreGradedLow(t *testing.T) {
	e := logins(t)
	for _, login := range []string{
		"user:pass", "username:password", "foo:bar", "root:root", "postgres:postgres", "admin:admin", "guest:guest", "test:test", "app:secret", "sa:changeme",
		"bob:p4ssw0rd", "app:P@ssw0rd", "app:password123", "app:my-secret-pw", "app:dbpass1", "acme:acme", "app:db1", "scott:tiger", "minioadmin:minioadmin", "u:p12", "app:12345678",
	} {
		for _, host := range []string{"db.acme.io", "localhost", "db", "example.com", "db.example.org:5432", "192.0.2.7", "[2001:db8::1]"} {
			for _, text := range []string{"postgres://" + login + "@" + host + "/app", "http://" + login + "@" + host + "/"} {
				if got, grade := graded(t, e, text); grade != "low" && grade != "" {
					t.Errorf("got %q, %s, in %q", got, grade, text)
				}
			}
		}
	}
}

func TestWordsCountWhereTheHostIsReal(t *testing.T) {
	e := logins(t)
	for host, want := range map[string]string{
		"db.acme.io": "high", "10.0.0.5": "high", "localhost": "low", "127.0.0.1": "low", "db": "low", "db.example.com": "low", "foo.test": "low", "203.0.113.9": "low", "your-host.io": "low",
	} {
		text := "postgres://app:flamingo7@" + host + "/app"
		if got, grade := graded(t, e, text); grade != want || got != "flamingo7" {
			t.Errorf("got %q, %s, want %s, in %q", got, grade, want, text)
		}
	}
}

func TestAddressesWithoutAPasswordAreNotFound(t *testing.T) {
	e := logins(t)
	for _, text := range []string{
		"https://acme.io/a:b@c", "http://localhost:8080/@angular/core", "ssh://git@git.acme.io:22/a.git", "postgres://db.acme.io:5432/app@x.y", "https://medium.com/@someone9876543210/post",
		"://a:b3f7@c", "http://", "see https://", "https://" + strings.Repeat("a", 700) + ":x7f3k9@h.io", "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/5", "mailto:a:b@c.io",
		"password=x", "r.username=a.b(c),r.password=L3.call(r),r.host=d.e(f)", "the password=flamingo7 is there", "@tcp(", "x@tcp(y)/z", "Server=a;Database=b;Pwd=;",
	} {
		if got, grade := graded(t, e, text); grade != "" {
			t.Errorf("got %q, %s, in %q", got, grade, text)
		}
	}
}
