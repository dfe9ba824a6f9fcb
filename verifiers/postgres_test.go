package verifiers

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
)

// A postgresServer is a real one.
type postgresServer struct {
	*servers.Server
	address, password string // of its superuser
	roots             *x509.CertPool
}

// startPostgres starts a server that asks for passwords in a way: a method of
// pg_hba.conf. With TLS it proves that it is 127.0.0.1.
func startPostgres(t testing.TB, method, withTLS string) *postgresServer {
	t.Helper()
	const user = "postgres"
	program, initdb := servers.Need(t, "postgres"), servers.Need(t, "initdb")
	folder, port := servers.Folder(t, user), servers.Port(t)
	s := &postgresServer{address: servers.Address(port), password: dbPassword(t, 11)}
	as := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Dir = folder
		if err := servers.As(cmd, user); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	data, secret := filepath.Join(folder, "data"), filepath.Join(folder, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o644); err != nil {
		t.Fatal(err)
	}
	servers.Run(t, as(initdb, "-D", data, "-A", method, "--pwfile="+secret, "-U", "postgres", "--no-sync"))
	options := []string{
		"-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + folder, "-c", "fsync=off",
		"-c", "password_encryption=scram-sha-256",
	}
	if withTLS != "" {
		cert, key, roots := dbCertificate(t, folder)
		s.roots = roots
		dbOwned(t, user, cert, key)
		options = append(options, "-c", "ssl=on", "-c", "ssl_cert_file="+cert, "-c", "ssl_key_file="+key)
	}
	s.Server = servers.Start(t, as(program, options...), func() error { return servers.Dialled(s.address)() })
	s.until(t)
	return s
}

// until waits until the server lets its superuser in.
func (s *postgresServer) until(t testing.TB) {
	t.Helper()
	end := time.Now().Add(time.Minute)
	for {
		v, err := dbAsk(t, dbFound(t, s.url("postgres", s.password), s.password), s.roots)
		if err == nil && v.Status == mudlark.Active {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the server is not ready: %v, %v", v, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *postgresServer) url(user, password string) string {
	return "DATABASE_URL=postgres://" + user + ":" + password + "@" + s.address + "/postgres"
}

// do has the superuser do something.
func (s *postgresServer) do(t testing.TB, sql string) {
	t.Helper()
	l := &dbLogin{user: "postgres", password: s.password, host: "127.0.0.1", database: "postgres"}
	n := newTestNetwork(t, s.address)
	n.wire.roots = s.roots
	c, err := converse(t.Context(), n, s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	p := &postgresTalk{conversation: c, login: l}
	for _, step := range []func() error{func() error { return p.begin(n) }, p.signIn, p.ready} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.query(sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestPasswordAtPostgres(t *testing.T) {
	s := startPostgres(t, "md5", "") // by SCRAM for those whose password is not of old
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	v := dbWant(t, s.url("postgres", s.password), s.password, nil, mudlark.Active)
	dbKnown(t, v, mudlark.PrivilegeAdmin, "postgres", "SUPERUSER", "CREATEROLE")
	if len(v.Identity) != 2 || !strings.HasPrefix(v.Identity[1].Value, "PostgreSQL 1") {
		t.Errorf("identity %v", v.Identity)
	}

	wrong := dbPassword(t, 12)
	dbWant(t, s.url("postgres", wrong), wrong, nil, mudlark.Inactive)
	dbWant(t, s.url("nobody", wrong), wrong, nil, mudlark.Inactive)

	// A database that is not there is refused after the login.
	dbWant(t, "postgres://postgres:"+s.password+"@"+s.address+"/nowhere", s.password, nil, mudlark.Active)
	dbWant(t, `psycopg2.connect("host=127.0.0.1 port=`+strings.Split(s.address, ":")[1]+` dbname=postgres user=postgres password=`+s.password+`")`, s.password, nil, mudlark.Active)
	dbWant(t, s.url("postgres", s.password)+"?sslmode=require", s.password, nil, mudlark.Unknown)

	s.do(t, "CREATE TABLE things (n int)")
	for _, role := range []struct {
		name, options string
		seed          uint64
		privilege     mudlark.Privilege
		scopes        []string
	}{
		{"reader", "", 13, mudlark.PrivilegeRead, nil},
		{"writer", "IN ROLE pg_write_all_data", 14, mudlark.PrivilegeWrite, []string{"role pg_write_all_data"}},
		{"maker", "CREATEDB", 15, mudlark.PrivilegeWrite, []string{"CREATEDB"}},
		{"owner", "CREATEROLE", 16, mudlark.PrivilegeAdmin, []string{"CREATEROLE"}},
		{"inserter", "", 17, mudlark.PrivilegeWrite, nil},
	} {
		password := dbPassword(t, role.seed)
		s.do(t, "CREATE ROLE "+role.name+" LOGIN PASSWORD '"+password+"' "+role.options)
		if role.name == "inserter" {
			s.do(t, "GRANT INSERT ON things TO inserter")
		}
		v := dbWant(t, s.url(role.name, password), password, nil, mudlark.Active)
		dbKnown(t, v, role.privilege, role.name, role.scopes...)
	}
	s.do(t, "CREATE ROLE locked NOLOGIN PASSWORD '"+wrong+"'")
	dbWant(t, s.url("locked", wrong), wrong, nil, mudlark.Unknown)
	encodedAtPostgres(t, s)
	digestAtPostgres(t, s)

	s.Stop()
	dbWant(t, s.url("postgres", s.password), s.password, nil, mudlark.Unknown)
}

// encodedAtPostgres: passwords are decoded, and may hold every sign.
func encodedAtPostgres(t *testing.T, s *postgresServer) {
	s.do(t, `CREATE ROLE signs LOGIN PASSWORD 'p@s/s,w=o:rd%7 é'`)
	for _, test := range []struct {
		secret string
		want   mudlark.Status
	}{
		{"p%40s%2Fs%2Cw%3Do%3Ard%257%20%C3%A9", mudlark.Active},
		{"p%40s%2Fs%2Cw%3Do%3Ard%257%20e", mudlark.Inactive},
		{"p%40s%2Fs%2Cw%3Do%3Ard%257%20%C3%A8", mudlark.Unknown}, // how it is prepared is not certain
	} {
		match := "postgres://signs:" + test.secret + "@" + s.address + "/postgres"
		v, err := dbAsk(t, Credential{Match: match, Line: match, Secret: test.secret}, nil)
		if err == nil && v.Status != test.want || err != nil && test.want != mudlark.Unknown {
			t.Errorf("%s: got %v, %v, want %s", test.secret, v, err, test.want)
		}
	}
}

// digestAtPostgres: roles whose password an old server hashed sign in by MD5.
func digestAtPostgres(t *testing.T, s *postgresServer) {
	p, wrong := dbPassword(t, 20), dbPassword(t, 12)
	s.do(t, "SET password_encryption = 'md5'; CREATE ROLE digest LOGIN PASSWORD '"+p+"'")
	dbWant(t, s.url("digest", p), p, nil, mudlark.Active)
	dbWant(t, s.url("digest", wrong), wrong, nil, mudlark.Inactive)
}

func TestPasswordAtPostgresUnderTLS(t *testing.T) {
	s := startPostgres(t, "password", "tls")
	dbWant(t, s.url("postgres", s.password)+"?sslmode=require", s.password, s.roots, mudlark.Active)
	wrong := dbPassword(t, 12)
	dbWant(t, s.url("postgres", wrong), wrong, s.roots, mudlark.Inactive)
	// Whoever does not prove to be the host gets no password, whatever the text says.
	dbWant(t, s.url("postgres", s.password)+"?sslmode=disable", s.password, x509.NewCertPool(), mudlark.Unknown)
}

// TestPasswordIsNotSentToPostgresInTheClear: a server, or who pretends to be
// one, may ask for it.
func TestPasswordIsNotSentToPostgresInTheClear(t *testing.T) {
	p, heard := dbPassword(t, 18), make(chan string, 1)
	address, stop := listening(t, func(c net.Conn) {
		_, _ = c.Write([]byte("NR\x00\x00\x00\x08\x00\x00\x00\x03"))
		var all strings.Builder
		for part := make([]byte, 4096); ; {
			n, err := c.Read(part)
			all.Write(part[:n])
			if err != nil {
				break
			}
		}
		heard <- all.String()
	})
	defer stop()
	match := "postgres://app:" + p + "@" + address
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	v, err := database{}.Verify(ctx, Credential{Match: match, Line: match, Secret: p}, newTestNetwork(t, address))
	if err == nil || !strings.Contains(err.Error(), "in the clear") {
		t.Errorf("got %v, %v", v, err)
	}
	if text := <-heard; strings.Contains(text, p) || !strings.Contains(text, "app") {
		t.Errorf("the server heard %q", text)
	}
}

func TestPostgresThatTrustsEverybodyProvesNothing(t *testing.T) {
	p := dbPassword(t, 19)
	address, stop := listening(t, func(c net.Conn) {
		_, _ = c.Write([]byte("NR\x00\x00\x00\x08\x00\x00\x00\x00"))
		_, _ = c.Read(make([]byte, 4096))
	})
	defer stop()
	dbWant(t, "postgres://app:"+p+"@"+address, p, nil, mudlark.Unknown)
}
