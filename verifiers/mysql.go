package verifiers

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/mudlark-scan/mudlark"
)

// askMySQL signs in to a MySQL or MariaDB server, or one that speaks their
// protocol, and asks for the user's grants. The password is sent as it is if the
// server's way of login needs it, and then under TLS alone; without TLS, what a
// newer server does not remember of it is sent under a key that it names.
func askMySQL(ctx context.Context, l *dbLogin, n *Network) (mudlark.Verification, error) {
	t, err := converse(ctx, n, l.address())
	if err != nil {
		return mudlark.Verification{}, err
	}
	defer t.close()
	connector, err := mysql.NewConnector(mysqlConfig(l, n, t))
	if err != nil {
		return mudlark.Verification{}, errors.New("the login makes no question that can be asked")
	}
	conn, err := connector.Connect(ctx)
	refusal, refused := errors.AsType[*mysql.MySQLError](err)
	switch {
	case refused && refusal.Number == 1045:
		return l.rejected()
	case refused && mysqlExpired(refusal):
		a := newDBAnswer(l)
		a.Reason = mysqlExpiredReason
		return a.Verification, nil
	case refused:
		return mudlark.Verification{}, mysqlRefusal(refusal.Number)
	case err != nil:
		return mudlark.Verification{}, mysqlFailure(t, err)
	}
	defer conn.Close()
	a := newDBAnswer(l)
	if err := describeMySQL(ctx, conn, a); err != nil {
		return mudlark.Verification{}, err
	}
	return a.Verification, nil
}

// mysqlExpired reports whether an error says that the password is right, and
// that all it can do is to be changed.
func mysqlExpired(err error) bool {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && (e.Number == 1820 || e.Number == 1862)
}

const mysqlExpiredReason = "the password has expired: it can be changed, and nothing else be done with it"

// mysqlConfig is for one connection, which is t's.
func mysqlConfig(l *dbLogin, n *Network, t *conversation) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = l.user, l.password, "tcp", l.address()
	c.TLS = n.TLS(l.host)
	c.AllowFallbackToPlaintext = !l.tls
	c.AllowCleartextPasswords = l.tls // without fallback there is no clear
	c.Logger = &mysql.NopLogger{}
	c.ConnectionAttributes = "program_name:mudlark"
	c.DialFunc = func(context.Context, string, string) (net.Conn, error) { return talkConn{t.conn, t.r}, nil }
	return c
}

// A talkConn is the connection of a conversation, of which no more is read than
// a conversation may hold.
type talkConn struct {
	net.Conn
	r *bufio.Reader
}

// Read implements net.Conn.
func (c talkConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// mysqlRefusal is the error for a number that says nothing about the password.
// The server's words are left away.
func mysqlRefusal(number uint16) error {
	switch number {
	case 1040, 1203:
		return Again(fmt.Errorf("the server has no room for another connection (%d)", number), 0)
	case 1129, 1130:
		return fmt.Errorf("the server lets nobody in from here, whatever the password (%d)", number)
	case 1698:
		return errors.New("the server lets that user in by another way than a password (1698)")
	case 3118, 4151:
		return fmt.Errorf("the server says that the account is locked (%d)", number)
	}
	return fmt.Errorf("the server refuses for another reason than the password (%d)", number)
}

// mysqlFailure is an error of the driver in our words: its own may hold what
// the server sent.
func mysqlFailure(t *conversation, err error) error {
	switch {
	case errors.Is(err, mysql.ErrNoTLS):
		return errNoTLS
	case errors.Is(err, mysql.ErrCleartextPassword):
		return errors.New("the server asks for the password in the clear: it was not sent")
	case errors.Is(err, mysql.ErrUnknownPlugin), errors.Is(err, mysql.ErrOldPassword), errors.Is(err, mysql.ErrNativePassword):
		return errOtherLogin
	case errors.Is(err, mysql.ErrMalformPkt), errors.Is(err, mysql.ErrPktSync), errors.Is(err, mysql.ErrPktSyncMul),
		errors.Is(err, mysql.ErrOldProtocol), errors.Is(err, mysql.ErrPktTooLarge):
		return errForeign
	case errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn):
		return t.failed(errHungUp)
	}
	if told := t.failed(err); !errors.Is(told, errHungUp) {
		return told
	}
	return errForeign
}

// describeMySQL adds whom the server takes the user for, and the grants. An
// error says that the server does not look at passwords.
func describeMySQL(ctx context.Context, conn driver.Conn, a *dbAnswer) error {
	rows, err := mysqlRows(ctx, conn, "SELECT CURRENT_USER(), VERSION()")
	switch {
	case mysqlExpired(err):
		a.Reason = mysqlExpiredReason
		return nil
	case err != nil || len(rows) != 1 || len(rows[0]) != 2:
		return nil
	}
	user, version := rows[0][0], rows[0][1]
	if strings.HasPrefix(user, "skip-grants ") || user == "@" {
		return errors.New("the server lets everybody in: it runs without its tables of users")
	}
	a.fact("user", user)
	a.fact("server", mysqlName(version)+" "+version)
	grants, err := mysqlRows(ctx, conn, "SHOW GRANTS")
	if err != nil {
		return nil
	}
	for _, row := range grants {
		right, grade := mysqlGrant(row[0])
		a.may(right, grade)
	}
	return nil
}

func mysqlName(version string) string {
	if strings.Contains(version, "MariaDB") {
		return "MariaDB"
	}
	return "MySQL"
}

// mysqlGrant returns what a line of SHOW GRANTS gives, and what grade it is of.
// Behind "TO" may stand a password's hash, which is left away.
func mysqlGrant(line string) (right string, grade mudlark.Privilege) {
	right, tail, _ := strings.Cut(strings.TrimPrefix(line, "GRANT "), " TO ")
	what, where, placed := strings.Cut(right, " ON ")
	if !placed {
		return "role " + strings.ReplaceAll(right, "`", ""), mudlark.PrivilegeRead
	}
	everywhere := strings.HasPrefix(where, "*.*")
	grade = mudlark.PrivilegeRead
	for word := range strings.SplitSeq(what, ",") {
		switch word, _, _ = strings.Cut(strings.TrimSpace(word), " ("); {
		case word == "USAGE" || word == "SELECT" || strings.HasPrefix(word, "SHOW ") || word == "PROCESS" || word == "PROXY":
		case everywhere && mysqlRules(word):
			grade = mudlark.PrivilegeAdmin
		default:
			grade = max(grade, mudlark.PrivilegeWrite)
		}
	}
	if strings.Contains(tail, "WITH GRANT OPTION") && what != "PROXY" {
		grade = mudlark.PrivilegeAdmin
		right += " WITH GRANT OPTION"
	}
	return strings.ReplaceAll(right, "`", ""), grade
}

// mysqlRules reports whether a right over everything is one over the server.
func mysqlRules(right string) bool {
	switch right {
	case "ALL PRIVILEGES", "SUPER", "CREATE USER", "FILE", "SHUTDOWN", "RELOAD", "GRANT OPTION", "CREATE ROLE", "DROP ROLE",
		"REPLICATION SLAVE", "REPLICATION CLIENT", "BINLOG MONITOR", "SET USER", "SYSTEM_USER", "SYSTEM_VARIABLES_ADMIN", "ROLE_ADMIN",
		"SET_USER_ID", "BACKUP_ADMIN", "CLONE_ADMIN":
		return true
	}
	return false
}

// mysqlRows asks for rows of text.
func mysqlRows(ctx context.Context, conn driver.Conn, sql string) ([][]string, error) {
	const most = 200
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return nil, errForeign
	}
	answer, err := q.QueryContext(ctx, sql, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	var rows [][]string
	values := make([]driver.Value, len(answer.Columns()))
	for len(rows) < most && len(values) > 0 {
		if err := answer.Next(values); err != nil {
			break // io.EOF, for one: what came before it counts
		}
		row := make([]string, len(values))
		for i, v := range values {
			if text, ok := v.([]byte); ok {
				row[i] = string(text)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
