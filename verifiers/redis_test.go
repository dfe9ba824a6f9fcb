package verifiers

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
)

// startRedis starts a real server with a password, and returns its address.
func startRedis(t testing.TB, password string, options ...string) (*servers.Server, string) {
	t.Helper()
	program, port, folder := servers.Need(t, "redis-server"), servers.Port(t), servers.Folder(t, "")
	args := append([]string{"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--save", "", "--appendonly", "no", "--dir", folder}, options...)
	if password != "" {
		args = append(args, "--requirepass", password)
	}
	for i, option := range options { // TLS is on a port of its own
		if option == "--tls-port" {
			port, _ = strconv.Atoi(options[i+1])
		}
	}
	return servers.Start(t, exec.Command(program, args...), servers.Dialled(servers.Address(port))), servers.Address(port)
}

// redisDo has a user do something at a real server.
func redisDo(t testing.TB, address, password string, words ...string) {
	t.Helper()
	c, err := converse(t.Context(), newTestNetwork(t, address), address)
	if err != nil {
		t.Fatal(err)
	}
	r := redisTalk{c}
	defer r.close()
	if _, err := r.do("AUTH", password); err != nil {
		t.Fatal(err)
	}
	if _, err := r.do(words...); err != nil {
		t.Fatal(words, err)
	}
}

func TestPasswordAtRedis(t *testing.T) {
	p, wrong := dbPassword(t, 60), dbPassword(t, 61)
	s, address := startRedis(t, p)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	v := dbWant(t, "REDIS_URL=redis://:"+p+"@"+address+"/0", p, nil, mudlark.Active)
	dbKnown(t, v, mudlark.PrivilegeAdmin, "default", "+@all", "~*")
	dbWant(t, "REDIS_URL=redis://:"+wrong+"@"+address+"/0", wrong, nil, mudlark.Inactive)
	// Programs that know no users leave this one away.
	dbKnown(t, dbWant(t, "redis://app:"+p+"@"+address, p, nil, mudlark.Active), mudlark.PrivilegeAdmin, "default")

	for i, user := range []struct {
		name      string
		rules     []string
		privilege mudlark.Privilege
		scopes    []string
	}{
		{"reader", []string{"~cache:*", "+@read", "+acl"}, mudlark.PrivilegeAdmin, []string{"+@read", "~cache:*"}},
		{"cache", []string{"~cache:*", "+@read", "+set"}, mudlark.PrivilegeUnset, nil}, // may not ask for its rights
	} {
		own := dbPassword(t, 62+uint64(i))
		redisDo(t, address, p, append([]string{"ACL", "SETUSER", user.name, "on", ">" + own}, user.rules...)...)
		v := dbWant(t, "redis://"+user.name+":"+own+"@"+address, own, nil, mudlark.Active)
		dbKnown(t, v, user.privilege, user.name, user.scopes...)
		if strings.Contains(strings.Join(v.Scopes, " "), "#") {
			t.Errorf("a hash is told: %v", v.Scopes)
		}
		dbWant(t, "redis://"+user.name+":"+wrong+"@"+address, wrong, nil, mudlark.Inactive)
	}
	dbWant(t, "redis-cli -h 127.0.0.1 -p "+strings.Split(address, ":")[1]+" -a "+p+" ping", p, nil, mudlark.Active)
	dbWant(t, address+",password="+p+",ssl=False,abortConnect=False", p, nil, mudlark.Active)

	redisDo(t, address, p, "CONFIG", "SET", "requirepass", "")
	dbWant(t, "redis://:"+p+"@"+address, p, nil, mudlark.Unknown)
	s.Stop()
	dbWant(t, "redis://:"+p+"@"+address, p, nil, mudlark.Unknown)
}

func TestPasswordAtRedisUnderTLS(t *testing.T) {
	p, wrong := dbPassword(t, 70), dbPassword(t, 71)
	cert, key, roots := dbCertificate(t, t.TempDir())
	_, address := startRedis(t, p, "--tls-port", strconv.Itoa(servers.Port(t)), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no", "--tls-ca-cert-file", cert)
	dbWant(t, "rediss://:"+p+"@"+address, p, roots, mudlark.Active)
	dbWant(t, "rediss://:"+wrong+"@"+address, wrong, roots, mudlark.Inactive)
	dbWant(t, "rediss://:"+p+"@"+address, p, x509.NewCertPool(), mudlark.Unknown)
	dbWant(t, "redis://:"+p+"@"+address, p, roots, mudlark.Unknown)
}

// TestPasswordThatAServerRepeatsIsMasked: it learns the password of Redis.
func TestPasswordThatAServerRepeatsIsMasked(t *testing.T) {
	address, stop := listening(t, func(c net.Conn) {
		part := make([]byte, 4096)
		for _, answer := range []string{"+OK\r\n", "+it is " + "p@word19\r\n", "*2\r\n+commands\r\n+p@word19\r\n"} {
			_, _ = c.Read(part)
			_, _ = io.WriteString(c, answer)
		}
	})
	defer stop()
	match := "redis://:p%40word19@" + address
	v, err := dbAsk(t, Credential{Match: match, Line: match, Secret: "p%40word19"}, nil)
	if text := fmt.Sprint(v); err != nil || strings.Contains(text, "word19") || !strings.Contains(text, "it is") {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestOldRedisIsAskedWithoutUser: servers before version 6 know none.
func TestOldRedisIsAskedWithoutUser(t *testing.T) {
	p, wrong := dbPassword(t, 72), dbPassword(t, 73)
	address, stop := listening(t, func(c net.Conn) {
		part := make([]byte, 4096)
		for {
			n, err := c.Read(part)
			if err != nil {
				return
			}
			answer := "-ERR unknown command `ACL`\r\n"
			switch text := string(part[:n]); {
			case strings.HasPrefix(text, "*3\r\n$4\r\nAUTH"):
				answer = "-ERR wrong number of arguments for 'auth' command\r\n"
			case strings.Contains(text, "AUTH") && strings.Contains(text, p):
				answer = "+OK\r\n"
			case strings.Contains(text, "AUTH"):
				answer = "-ERR invalid password\r\n"
			}
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	})
	defer stop()
	dbKnown(t, dbWant(t, "redis://h:"+p+"@"+address, p, nil, mudlark.Active), mudlark.PrivilegeUnset, "default")
	dbWant(t, "redis://h:"+wrong+"@"+address, wrong, nil, mudlark.Inactive)
}

func TestRightsAtRedisAreGraded(t *testing.T) {
	for rules, want := range map[string]mudlark.Privilege{
		"+@all":                        mudlark.PrivilegeAdmin,
		"+@all -@admin":                mudlark.PrivilegeWrite,
		"+@all -@dangerous -@write":    mudlark.PrivilegeRead,
		"-@all +@read":                 mudlark.PrivilegeRead,
		"-@all +@read +set":            mudlark.PrivilegeWrite,
		"-@all +get +ping":             mudlark.PrivilegeRead,
		"-@all +@read +@write +config": mudlark.PrivilegeAdmin,
		"":                             mudlark.PrivilegeRead,
	} {
		if got := redisGrade(rules); got != want {
			t.Errorf("%s: got %s, want %s", rules, got, want)
		}
	}
}

func TestRedisThatIsBusyMayBeAskedAgain(t *testing.T) {
	for text, passes := range map[string]bool{
		"LOADING Redis is loading the dataset in memory": true,
		"ERR max number of clients reached":              true,
		"NOPERM this user has no permissions":            false,
	} {
		code, _, _ := strings.Cut(text, " ")
		if _, got := errors.AsType[*again]((&redisError{code, text}).ofAuth()); got != passes {
			t.Errorf("%s: may pass: %t", text, got)
		}
	}
}
