package verifiers

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/internal/servers"
	"github.com/mudlark-scan/mudlark/rules"
)

// dbPassword returns a password that is nobody's.
func dbPassword(t testing.TB, seed uint64) string {
	t.Helper()
	text, err := rules.Fill("<alnum 18>", seed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// dbFound returns the credential that the rules find in a text, of which secret
// is the password.
func dbFound(t testing.TB, text, secret string) Credential {
	t.Helper()
	engine, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var c Credential
	engine.Detect(mudlark.Chunk{Data: []byte(text), Line: 1, Column: 1}, func(f mudlark.Finding) {
		if f.Secret.Reveal() == secret {
			c = Credential{Secret: secret, Match: f.Match.Reveal(), Line: f.Excerpt.Text.Reveal(), Key: f.Key, Rule: rules.Builtin().Rule(f.RuleID)}
		}
	})
	if c.Secret == "" {
		t.Fatalf("no rule finds %q in %q", secret, text)
	}
	return c
}

// dbAsk asks the server that c is for.
func dbAsk(t testing.TB, c Credential, roots *x509.CertPool) (mudlark.Verification, error) {
	t.Helper()
	target, err := database{}.Target(c)
	if err != nil {
		t.Fatal(err)
	}
	n := newTestNetwork(t, target.Host)
	n.wire.roots = roots
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return database{}.Verify(ctx, c, n)
}

// dbWant checks what the server says of the password in a text; Unknown stands
// for an error.
func dbWant(t testing.TB, text, secret string, roots *x509.CertPool, want mudlark.Status) mudlark.Verification {
	t.Helper()
	got, err := dbAsk(t, dbFound(t, text, secret), roots)
	switch {
	case err != nil && want != mudlark.Unknown:
		t.Errorf("%s: got error %q, want %s", text, err, want)
	case err == nil && got.Status != want:
		t.Errorf("%s: got %s, want %s", text, got.Status, want)
	case err != nil && strings.Contains(err.Error(), secret):
		t.Errorf("%s: the error holds the secret: %v", text, err)
	}
	return got
}

// dbKnown checks the identity, scopes and privilege of an answer.
func dbKnown(t testing.TB, v mudlark.Verification, p mudlark.Privilege, user string, scopes ...string) {
	t.Helper()
	facts := fmt.Sprint(v.Identity)
	if !strings.Contains(facts, "{user "+user+"}") {
		t.Errorf("identity %s, want user %s", facts, user)
	}
	for _, s := range scopes {
		if !strings.Contains("\n"+strings.Join(v.Scopes, "\n")+"\n", "\n"+s+"\n") {
			t.Errorf("scopes %q, want %q", v.Scopes, s)
		}
	}
	if v.Privilege != p {
		t.Errorf("privilege %q, want %q", v.Privilege, p)
	}
}

// dbCertificate writes a certificate for loopback into a folder.
func dbCertificate(t testing.TB, folder string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	c := server.TLS.Certificates[0]
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	if err := errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o644),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return cert, key, roots
}

// dbOwned gives files to a user of the system, if the test runs as root.
func dbOwned(t testing.TB, user string, files ...string) {
	t.Helper()
	if os.Getuid() == 0 {
		servers.Run(t, exec.Command("chown", append([]string{user}, files...)...))
	}
}

func TestLoginsAreReadFromWhatRulesFind(t *testing.T) {
	p := dbPassword(t, 1)
	for _, test := range []struct{ text, method, host, login string }{
		{"DATABASE_URL=postgres://app:@@db.acme.io/main", "postgres", "db.acme.io:5432", "app main"},
		{`e = create_engine("postgresql+psycopg2://app:@@DB.acme.io:6000/main?sslmode=require")`, "postgres", "db.acme.io:6000", "app main tls"},
		{"x=postgres://app:@@pg1.acme.io:5433,pg2.acme.io:5432/main", "postgres", "pg1.acme.io:5433", "app main"},
		{`{"url": "postgres:\/\/app:@@pg.acme.io:7000\/main"}`, "postgres", "pg.acme.io:7000", "app main"},
		{"postgresql://pg1.acme.io:5439,pg2.acme.io/main?user=app&password=@", "postgres", "pg1.acme.io:5439", "app main"},
		{"postgres://a%40b:@@[2001:470::17]:5999/main", "postgres", "[2001:470::17]:5999", "a@b main"},
		{"DSN: redshift+psycopg2://etl:@@warehouse.acme.io/dev", "postgres", "warehouse.acme.io:5439", "etl dev"},
		{"jdbc:postgresql://10.0.0.5/main?ssl=true&user=app&password=@", "postgres", "10.0.0.5:5432", "app main tls"},
		{`<property name="url" value="jdbc:postgresql://10.0.0.5/main?user=app&amp;password=@"/>`, "postgres", "10.0.0.5:5432", "app main"},
		{`conn = psycopg2.connect("host=10.0.0.5 dbname=main user=app password=@ port=6000")`, "postgres", "10.0.0.5:6000", "app main"},
		{`psycopg2.connect('host=10.0.0.5 dbname=main user=app password=@');`, "postgres", "10.0.0.5:5432", "app main"},
		{`"Main": "Host=db.acme.io;Port=6000;Database=main;Username=app;Password=@"`, "postgres", "db.acme.io:6000", "app main"},
		{"db.acme.io:5433:main:app:@\n", "postgres", "db.acme.io:5433", "app main"},
		{"mysql://app:@@db.acme.io/main", "mysql", "db.acme.io:3306", "app main"},
		{`sql.Open("mysql", "app:@@tcp(10.0.0.5:3307)/main?tls=true")`, "mysql", "10.0.0.5:3307", "app main tls"},
		{"url=jdbc:mysql:loadbalance://db1.acme.io:3307,db2.acme.io/main?user=app&password=@", "mysql", "db1.acme.io:3307", "app main"},
		{`"Server=db.acme.io;Port=3306;Database=main;Uid=app;Pwd=@;"`, "mysql", "db.acme.io:3306", "app main"},
		{`"Driver={MySQL ODBC 8.0 Unicode Driver};Server=db.acme.io;UID=app;PWD=@"`, "mysql", "db.acme.io:3306", "app"},
		{"mysqldump -h db.acme.io -P 3307 -u app -p@ main > app.sql", "mysql", "db.acme.io:3307", "app"},
		{"mysql --host=db.acme.io -uapp -p@", "mysql", "db.acme.io:3306", "app"},
		{"REDIS_URL=redis://default:@@cache.acme.io:6380/0", "redis", "cache.acme.io:6380", "default 0"},
		{`Redis.new(url: "rediss://:@@10.0.0.5")`, "redis", "10.0.0.5:6379", "0 tls"},
		{"REDIS=cache.acme.io:6380,password=@,ssl=True,abortConnect=False", "redis", "cache.acme.io:6380", "tls"},
		{"Redis: acme.redis.cache.windows.net:6380,password=@,abortConnect=False", "redis", "acme.redis.cache.windows.net:6380", "tls"},
		{"redis-cli -h 10.0.0.5 -p 6390 --tls -a @ ping", "redis", "10.0.0.5:6390", "tls"},
		{"mongodb+srv://app:@@cluster0.ab1cd.mongodb.net/main?retryWrites=true", "mongodb", "cluster0.ab1cd.mongodb.net:27017", "app main tls"},
		{`connect("mongodb://app:@@10.0.0.5:27018,10.0.0.6:27017/main");`, "mongodb", "10.0.0.5:27018", "app main"},
		{"mongodump --host rs0/db.acme.io:27018 -u app -p '@' --out /backup", "mongodb", "db.acme.io:27018", "app"},
	} {
		text := strings.Replace(test.text, "@", p, 1)
		if i := strings.Index(test.text, ":@@"); i >= 0 {
			text = test.text[:i+1] + p + test.text[i+2:]
		}
		c := dbFound(t, text, p)
		target, err := database{}.Target(c)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if target.Method != test.method || target.Host != test.host || !target.Guessed {
			t.Errorf("%s: got %s %s, guessed %t; want %s %s", text, target.Method, target.Host, target.Guessed, test.method, test.host)
		}
		l, err := database{}.login(c)
		if err != nil || l.password != p {
			t.Errorf("%s: password %q, %v", text, l.password, err)
		}
		words := []string{l.user, strings.TrimPrefix(l.database, "0")}
		if l.tls {
			words = append(words, "tls")
		}
		if got := strings.Join(strings.Fields(strings.Join(words, " ")), " "); got != strings.Replace(strings.Replace(test.login, " 0", "", 1), "0 ", "", 1) {
			t.Errorf("%s: got login %q, want %q", text, got, test.login)
		}
	}
}

func TestEncodedPasswordsAreDecoded(t *testing.T) {
	for _, test := range []struct {
		match, secret, want string
		unsure              bool
	}{
		{"postgres://app:a%40b%2Fc@db.acme.io", "a%40b%2Fc", "a@b/c", false},
		{"postgres://app:a%zz@db.acme.io", "a%zz", "a%zz", true},
		{"jdbc:postgresql://db.acme.io/x?user=app&password=a+b", "a+b", "a+b", true},
		{"app:a%40b@tcp(db.acme.io:3306", "a%40b", "a%40b", false},
	} {
		l, err := database{}.login(Credential{Match: test.match, Secret: test.secret, Line: test.match})
		if err != nil || l.password != test.want || l.unsure != test.unsure {
			t.Errorf("%s: got %+v, %v", test.match, l, err)
		}
	}
}

func TestAddressIsFoundAroundAPasswordOfItsOwnForm(t *testing.T) {
	p := "npg_" + dbPassword(t, 2)[:12]
	c := Credential{Secret: p, Match: p, Line: `{"DATABASE_URL": "postgresql://acme:` + p + `@ep-cool.aws.neon.tech/app?sslmode=require"}`}
	target, err := database{"postgres"}.Target(c)
	if err != nil || target.Host != "ep-cool.aws.neon.tech:5432" {
		t.Errorf("got %v, %v", target, err)
	}
}

func TestPasswordOfAnotherCommandIsNotTaken(t *testing.T) {
	first, second := dbPassword(t, 7), dbPassword(t, 8)
	line := "mysql -h one.acme.io -u a -p" + first + " ; mysql -h two.acme.io -u b -p" + second + " && echo done"
	for secret, host := range map[string]string{first: "one.acme.io:3306", second: "two.acme.io:3306"} {
		target, err := database{"mysql"}.Target(Credential{Secret: secret, Match: secret, Line: line})
		if err != nil || target.Host != host {
			t.Errorf("got %v, %v, want %s", target, err, host)
		}
	}
}

func TestLoginsThatNobodyCanBeAskedAbout(t *testing.T) {
	p := dbPassword(t, 3)
	for _, text := range []string{
		"postgres://app:@@${DB_HOST}/main",
		"postgres://app:@@db.acme.io:${PORT}/main",
		"crate://app:@@db.acme.io/main",
		"mysqlx://app:@@db.acme.io/main",
		"redis-sentinel://app:@@db.acme.io/main",
		"redis+socket://app:@@db.acme.io/main",
		"mysql://:@@db.acme.io/main",
		"app:@@unix(/run/mysqld.sock)/main",
		"mysql -u root -p@ app",
		"mongodb://app:@@db.acme.io/main?authMechanism=PLAIN",
		"jdbc:sqlserver://db.acme.io;user=sa;password=@;encrypt=true",
		"Server=db.acme.io;Database=app;User Id=app;Password=@;TrustServerCertificate=true",
		"the password is @",
		"",
	} {
		text = strings.Replace(text, "@", p, 1)
		if target, err := (database{}).Target(Credential{Match: text, Line: text, Secret: p}); !errors.Is(err, errLacks) {
			t.Errorf("%s: got %v, %v", text, target, err)
		} else if strings.Contains(err.Error(), p) {
			t.Errorf("%s: the error holds the secret: %v", text, err)
		}
	}
}

func TestEndpointOfTheUserIsAskedInsteadOfTheContents(t *testing.T) {
	c := Credential{Secret: dbPassword(t, 4), Line: "password = ", Endpoint: "https://db.own.example:3310"}
	if _, err := (database{"mysql"}).Target(c); err == nil {
		t.Error("a login without a user is asked about")
	}
	c.Match = "mysql://app:" + c.Secret + "@db.acme.io"
	target, err := database{"mysql"}.Target(c)
	if err != nil || target.Host != "db.own.example:3310" || target.Guessed {
		t.Errorf("got %+v, %v", target, err)
	}
}

// hostileServers are what may answer where a database is expected.
func hostileServers() map[string]func(net.Conn) {
	endless := func(start string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Write([]byte(start))
			for block := bytes.Repeat([]byte("\x00S0N1*9$"), 8192); ; {
				if _, err := c.Write(block); err != nil {
					return
				}
			}
		}
	}
	says := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Write([]byte(text))
			_, _ = c.Read(make([]byte, 4096))
		}
	}
	return map[string]func(net.Conn){
		"ends at once":           func(net.Conn) {},
		"web server":             says("HTTP/1.1 400 Bad Request\r\n\r\n"),
		"zeros":                  says(strings.Repeat("\x00", 4096)),
		"ones":                   says(strings.Repeat("\xff", 4096)),
		"endless":                endless(""),
		"endless after N":        endless("N"),
		"endless lists":          endless(strings.Repeat("*9\r\n", 1000)),
		"long text":              says("$99999999999999999999\r\n"),
		"huge text":              says("$2147483647\r\nx"),
		"huge list":              says("*2147483647\r\n+x\r\n"),
		"huge packet":            endless("\xff\xff\xff\x00\x0a"),
		"postgres without login": says("NR\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I"),
		"postgres that lies":     says("NR\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I"),
		"redis without password": says("-ERR AUTH <password> called without any password configured for the default user.\r\n"),
		"redis that counts":      says(":1\r\n"),
	}
}

func TestHostileServersGiveNoAnswer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p := dbPassword(t, 5)
	for name, serve := range hostileServers() {
		for _, scheme := range []string{"postgres", "mysql", "redis", "mongodb"} {
			address, stop := listening(t, serve)
			match := scheme + "://app:" + p + "@" + address
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			v, err := database{}.Verify(ctx, Credential{Match: match, Line: match, Secret: p}, newTestNetwork(t, address))
			cancel()
			stop()
			if err == nil || strings.Contains(err.Error(), p) {
				t.Errorf("%s, %s: got %v, %v", scheme, name, v, err)
			}
		}
	}
}

func TestSilentServersAreLeftInTime(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p := dbPassword(t, 6)
	for _, scheme := range []string{"postgres", "mysql", "redis", "rediss", "mongodb"} {
		address, stop := listening(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		match := scheme + "://app:" + p + "@" + address
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		v, err := database{}.Verify(ctx, Credential{Match: match, Line: match, Secret: p}, newTestNetwork(t, address))
		cancel()
		stop()
		if !errors.Is(err, errSlow) {
			t.Errorf("%s: got %v, %v", scheme, v, err)
		}
	}
}

// listening returns the address of a server on loopback, and what ends it.
func listening(t testing.TB, serve func(net.Conn)) (address string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			c.Close()
		}
	}()
	return l.Addr().String(), func() {
		l.Close()
		<-done
	}
}

func FuzzLoginsAreReadFromAnyText(f *testing.F) {
	for _, text := range []string{
		"jdbc:mysql://h:1/d?user=u&password=@", "postgres://u:@@[::1]:5/d?sslmode=require", "u:@@tcp(h:1)/d", "h:5432:d:u:@",
		"mysql -h h -u u -p@ d", "Host=h;Username=u;Password=@", "h.i:6380,password=@,ssl=True", `host=h password='@' dbname=d`,
	} {
		f.Add(text, "pw1!")
	}
	f.Fuzz(func(t *testing.T, text, secret string) {
		text = strings.ReplaceAll(text, "@", secret+"@")
		for _, match := range []string{text, secret, ""} {
			for _, d := range []database{{}, {"postgres"}, {"mysql"}, {"redis"}, {"mongodb"}} {
				target, err := d.Target(Credential{Secret: secret, Match: match, Line: text})
				if err == nil && !isHostName(strings.Trim(hostOf(target.Host), "[]")) {
					t.Errorf("%q: the target is %q", text, target.Host)
				}
			}
		}
	})
}
