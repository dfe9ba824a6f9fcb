package verifiers

import (
	"context"
	"crypto/x509"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
)

// A mariaServer is a real one.
type mariaServer struct {
	*servers.Server
	address, socket string
	roots           *x509.CertPool
}

// startMaria starts a server whose user root has no password on its socket.
func startMaria(t testing.TB, withTLS string) *mariaServer {
	t.Helper()
	const user = "mysql"
	program, install := servers.Need(t, "mariadbd"), servers.Need(t, "mariadb-install-db")
	folder, port := servers.Folder(t, user), servers.Port(t)
	s := &mariaServer{address: servers.Address(port), socket: filepath.Join(folder, "s.sock")}
	data := filepath.Join(folder, "data")
	as := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Dir = folder
		if err := servers.As(cmd, user); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	servers.Run(t, as(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db"))
	options := []string{
		"--no-defaults", "--datadir=" + data, "--port=" + strconv.Itoa(port), "--bind-address=127.0.0.1", "--socket=" + s.socket,
		"--pid-file=" + filepath.Join(folder, "pid"), "--innodb-flush-log-at-trx-commit=0", "--plugin-load-add=auth_ed25519", "--skip-name-resolve",
	}
	if withTLS != "" {
		cert, key, roots := dbCertificate(t, folder)
		s.roots = roots
		dbOwned(t, user, cert, key)
		options = append(options, "--ssl-cert="+cert, "--ssl-key="+key)
	}
	s.Server = servers.Start(t, as(program, options...), servers.Dialled(s.address))
	return s
}

// do has root do something.
func (s *mariaServer) do(t testing.TB, sql string) {
	t.Helper()
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr = "root", "unix", s.socket
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connector.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := mysqlRows(t.Context(), conn, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (s *mariaServer) url(user, password string) string {
	return "DATABASE_URL=mysql://" + user + ":" + password + "@" + s.address + "/app"
}

func TestPasswordAtMariaDB(t *testing.T) {
	s := startMaria(t, "")
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for i, test := range []struct {
		user, how, grant string
		privilege        mudlark.Privilege
		scopes           []string
	}{
		{"nothing", "", "", mudlark.PrivilegeRead, []string{"USAGE ON *.*"}},
		{"reader", "", "SELECT ON app.*", mudlark.PrivilegeRead, []string{"SELECT ON app.*"}},
		{"writer", "", "SELECT, INSERT ON app.*", mudlark.PrivilegeWrite, []string{"SELECT, INSERT ON app.*"}},
		{"owner", "", "ALL PRIVILEGES ON app.*", mudlark.PrivilegeWrite, []string{"ALL PRIVILEGES ON app.*"}},
		{"admin", "", "ALL PRIVILEGES ON *.*", mudlark.PrivilegeAdmin, []string{"ALL PRIVILEGES ON *.*"}},
		{"modern", "VIA ed25519 USING PASSWORD", "SELECT ON app.*", mudlark.PrivilegeRead, nil},
	} {
		p, wrong := dbPassword(t, 30+uint64(i)), dbPassword(t, 40+uint64(i))
		how := test.how + "('" + p + "')"
		if test.how == "" {
			how = "BY '" + p + "'"
		}
		s.do(t, "CREATE USER "+test.user+"@'127.0.0.1' IDENTIFIED "+how)
		if test.grant != "" {
			s.do(t, "GRANT "+test.grant+" TO "+test.user+"@'127.0.0.1'")
		}
		v := dbWant(t, s.url(test.user, p), p, nil, mudlark.Active)
		dbKnown(t, v, test.privilege, test.user+"@127.0.0.1", test.scopes...)
		if text := strings.Join(v.Scopes, " "); strings.Contains(text, "PASSWORD") || strings.Contains(text, "IDENTIFIED") {
			t.Errorf("a hash is told: %s", text)
		}
		dbWant(t, s.url(test.user, wrong), wrong, nil, mudlark.Inactive)
		dbWant(t, `"`+test.user+":"+p+"@tcp("+s.address+`)/nowhere?parseTime=true"`, p, nil, mudlark.Active)
	}
	p := dbPassword(t, 30)
	dbWant(t, s.url("nobody", p), p, nil, mudlark.Inactive)
	dbWant(t, "mysql -h 127.0.0.1 -P "+strings.Split(s.address, ":")[1]+" -u nothing -p"+p, p, nil, mudlark.Active)
	dbWant(t, s.url("nothing", p)+"?ssl-mode=REQUIRED", p, nil, mudlark.Unknown)

	s.do(t, "ALTER USER nothing@'127.0.0.1' ACCOUNT LOCK")
	dbWant(t, s.url("nothing", p), p, nil, mudlark.Unknown)
	s.do(t, "ALTER USER nothing@'127.0.0.1' ACCOUNT UNLOCK PASSWORD EXPIRE")
	if v := dbWant(t, s.url("nothing", p), p, nil, mudlark.Active); !strings.Contains(v.Reason, "expired") {
		t.Errorf("reason %q", v.Reason)
	}

	s.Stop()
	dbWant(t, s.url("nothing", p), p, nil, mudlark.Unknown)
}

func TestPasswordAtMariaDBUnderTLS(t *testing.T) {
	s := startMaria(t, "tls")
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p, wrong := dbPassword(t, 50), dbPassword(t, 51)
	s.do(t, "CREATE USER app@'127.0.0.1' IDENTIFIED BY '"+p+"' REQUIRE SSL")
	dbWant(t, s.url("app", p), p, s.roots, mudlark.Active)
	dbWant(t, s.url("app", wrong), wrong, s.roots, mudlark.Inactive)
	dbWant(t, s.url("app", p)+"?ssl-mode=DISABLED", p, x509.NewCertPool(), mudlark.Unknown)
}

func TestGrantsOfMySQLAreGraded(t *testing.T) {
	for _, test := range []struct {
		line, right string
		grade       mudlark.Privilege
	}{
		{"GRANT USAGE ON *.* TO `app`@`%`", "USAGE ON *.*", mudlark.PrivilegeRead},
		{"GRANT SELECT (`id`), UPDATE (`name`) ON `app`.`t` TO `app`@`%`", "SELECT (id), UPDATE (name) ON app.t", mudlark.PrivilegeWrite},
		{"GRANT SELECT, RELOAD, CREATE USER ON *.* TO `app`@`%`", "SELECT, RELOAD, CREATE USER ON *.*", mudlark.PrivilegeAdmin},
		{"GRANT SELECT ON `app`.* TO `app`@`%` WITH GRANT OPTION", "SELECT ON app.* WITH GRANT OPTION", mudlark.PrivilegeAdmin},
		{"GRANT `dba`@`%` TO `app`@`%`", "role dba@%", mudlark.PrivilegeRead},
		{"GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO `app`@`%`", "SYSTEM_VARIABLES_ADMIN ON *.*", mudlark.PrivilegeAdmin},
		{"", "role ", mudlark.PrivilegeRead},
	} {
		if right, grade := mysqlGrant(test.line); right != test.right || grade != test.grade {
			t.Errorf("%s: got %q %s, want %q %s", test.line, right, grade, test.right, test.grade)
		}
	}
}
