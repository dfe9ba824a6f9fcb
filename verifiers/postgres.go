package verifiers

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// askPostgres signs in to a PostgreSQL server, or one that speaks its protocol,
// and asks for the role's attributes.
//
// The few messages that it takes are written here, after "Message Formats" in
// PostgreSQL's manual: the usual driver reads the environment and the files of
// whoever runs it. What proves that a password works is that the server asks for
// one and lets us in. A server that asks for it in the clear is given it under
// TLS alone.
func askPostgres(ctx context.Context, l *dbLogin, n *Network) (mudlark.Verification, error) {
	t, err := converse(ctx, n, l.address())
	if err != nil {
		return mudlark.Verification{}, err
	}
	p := &postgresTalk{conversation: t, login: l}
	defer p.close()
	if err := p.begin(n); err != nil {
		return mudlark.Verification{}, err
	}
	err = p.signIn()
	refusal, refused := errors.AsType[*postgresError](err)
	switch {
	case refused && refusal.code == "28P01":
		return l.rejected()
	case refused && refusal.passes():
		return mudlark.Verification{}, Again(err, 0)
	case err != nil:
		return mudlark.Verification{}, err
	}
	a := newDBAnswer(l)
	err = p.ready()
	refusal, refused = errors.AsType[*postgresError](err)
	switch {
	case err == nil:
		p.describe(a)
		_ = p.say('X', nil)
	case refused && refusal.code == "28000":
		return mudlark.Verification{}, errors.New("the server takes the password, but does not let that user sign in (28000)")
	}
	// A server that refuses more than the login, as it has no such database or too
	// many connections for it, has accepted the password all the same.
	return a.Verification, nil
}

type postgresTalk struct {
	*conversation
	login   *dbLogin
	asked   bool // for the password
	scram   *scram
	proven  bool // by the server, which knows the password
	version string
}

// A postgresError is an error that the server tells. Its words are left away.
type postgresError struct{ code string }

// Error implements error.
func (e *postgresError) Error() string {
	switch {
	case e.code == "28000":
		return "the server does not let that user in from here, whatever the password (28000)"
	case e.passes():
		return "the server has no room for another connection (" + e.code + ")"
	}
	return "the server refuses before it has looked at the password (" + e.code + ")"
}

// passes reports whether the server may let somebody in a little later: it
// starts up, or all its connections are taken.
func (e *postgresError) passes() bool { return e.code == "53300" || e.code == "57P03" }

// begin agrees on TLS and names the user.
func (p *postgresTalk) begin(n *Network) error {
	const askTLS, version = 80877103, 3 << 16
	if err := p.send(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), askTLS)); err != nil {
		return err
	}
	answer, err := p.take(1)
	if err != nil {
		return err
	}
	switch answer[0] {
	case 'S':
		if err := p.secure(n, p.login.host); err != nil {
			return err
		}
	case 'N':
		if p.login.tls {
			return errNoTLS
		}
	default:
		return errForeign
	}
	start := binary.BigEndian.AppendUint32(nil, version)
	for _, parameter := range [...][2]string{{"user", p.login.user}, {"database", p.login.database}, {"application_name", "mudlark"}} {
		if name, value := parameter[0], parameter[1]; value != "" { // no database: the one of the user's name
			start = append(start, name+"\x00"+value+"\x00"...)
		}
	}
	start = append(start, 0)
	return p.send(append(binary.BigEndian.AppendUint32(nil, uint32(len(start)+4)), start...))
}

var errNoTLS = errors.New("the server offers no TLS, which what the password stands in demands")

// say sends a message.
func (p *postgresTalk) say(kind byte, body []byte) error {
	message := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	return p.send(append(message, body...))
}

// hear reads a message.
func (p *postgresTalk) hear() (kind byte, body []byte, err error) {
	head, err := p.take(5)
	if err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size < 4 || size > maxTalk {
		return 0, nil, errForeign
	}
	body, err = p.take(int(size) - 4)
	if err == nil && head[0] == 'E' {
		err = readPostgresError(body)
	}
	return head[0], body, err
}

func readPostgresError(body []byte) error {
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if code, ok := strings.CutPrefix(string(field), "C"); ok && len(code) == 5 && strings.Trim(code, alphanumericCapitals) == "" {
			return &postgresError{code}
		}
	}
	return errForeign
}

const alphanumericCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// signIn proves the password, up to the server's word that it is taken.
func (p *postgresTalk) signIn() error {
	for range 20 {
		kind, body, err := p.hear()
		switch {
		case err != nil:
			return err
		case kind == 'N' || kind == 'v':
			continue
		case kind != 'R' || len(body) < 4:
			return errForeign
		}
		step, rest := binary.BigEndian.Uint32(body), body[4:]
		if step == 0 {
			return p.admitted()
		}
		if err := p.prove(step, rest); err != nil {
			return err
		}
		p.asked = true
	}
	return errForeign
}

func (p *postgresTalk) admitted() error {
	switch {
	case !p.asked:
		return errors.New("the server lets that user in without asking for a password")
	case p.scram != nil && !p.proven:
		return errScramProof
	}
	return nil
}

// prove takes one step of the kind of login that the server asks for.
func (p *postgresTalk) prove(step uint32, rest []byte) error {
	const clear, digest, sasl, saslContinue, saslFinal = 3, 5, 10, 11, 12
	switch {
	case step == clear && !p.secured():
		return errors.New("the server asks for the password in the clear, without TLS: it was not sent")
	case step == clear:
		return p.say('p', append([]byte(p.login.password), 0))
	case step == digest && len(rest) == 4:
		inner := md5.Sum([]byte(p.login.password + p.login.user))
		outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), rest...))
		return p.say('p', []byte("md5"+hex.EncodeToString(outer[:])+"\x00"))
	case step == sasl && p.scram == nil:
		const mechanism = "SCRAM-SHA-256"
		if !slices.Contains(strings.Split(string(rest), "\x00"), mechanism) {
			return errOtherLogin
		}
		p.login.unsure = p.login.unsure || !isASCII(p.login.password)
		p.scram = &scram{hash: sha256.New, password: p.login.password} // the name is that of begin
		first := p.scram.first()
		body := binary.BigEndian.AppendUint32([]byte(mechanism+"\x00"), uint32(len(first)))
		return p.say('p', append(body, first...))
	case step == saslContinue && p.scram != nil:
		answer, err := p.scram.answer(string(rest))
		if err != nil {
			return err
		}
		return p.say('p', []byte(answer))
	case step == saslFinal && p.scram != nil:
		err := p.scram.check(string(rest))
		p.proven = err == nil
		return err
	}
	return errOtherLogin
}

var errOtherLogin = errors.New("the server asks for another kind of login than by password")

// ready waits until the server takes questions.
func (p *postgresTalk) ready() error {
	for range 100 {
		kind, body, err := p.hear()
		if err != nil || kind == 'Z' {
			return err
		}
		if name, value, _ := strings.Cut(string(body), "\x00"); kind == 'S' && name == "server_version" {
			p.version = strings.TrimRight(value, "\x00")
		}
	}
	return errEndless
}

// What a role may do. The names are qualified, as others may have made functions
// and tables of the same names.
const (
	postgresRole = `SELECT session_user, rolsuper, rolcreaterole, rolbypassrls, rolreplication, rolcreatedb
		FROM pg_catalog.pg_roles WHERE rolname = session_user`
	postgresMember = `SELECT rolname FROM pg_catalog.pg_roles WHERE NOT rolsuper AND rolname <> session_user
		AND pg_catalog.pg_has_role(session_user, oid, 'member') ORDER BY rolname LIMIT 40`
	postgresWrites = `SELECT 1 FROM (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' LIMIT 2000) t
		WHERE pg_catalog.has_table_privilege(t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') LIMIT 1`
)

// describe adds what the server says of the role. What it does not tell is left
// out: relatives of PostgreSQL lack some of these tables.
func (p *postgresTalk) describe(a *dbAnswer) {
	if p.version != "" {
		a.fact("server", "PostgreSQL "+p.version)
	}
	roles, err := p.query(postgresRole)
	if err != nil || len(roles) != 1 || len(roles[0]) != 6 {
		return
	}
	a.fact("user", roles[0][0])
	a.may("", mudlark.PrivilegeRead)
	for i, right := range [...]string{"SUPERUSER", "CREATEROLE", "BYPASSRLS", "REPLICATION", "CREATEDB"} {
		grade := mudlark.PrivilegeAdmin
		if right == "CREATEDB" {
			grade = mudlark.PrivilegeWrite
		}
		if roles[0][i+1] == "t" {
			a.may(right, grade)
		}
	}
	if slices.Contains(a.Scopes, "SUPERUSER") {
		return // is a member of all roles, and may write everything
	}
	member, err := p.query(postgresMember)
	for _, row := range member {
		a.may(fmt.Sprint("role ", row[0]), postgresRoleGrade(row[0]))
	}
	if err != nil {
		return
	}
	if writes, err := p.query(postgresWrites); err == nil && len(writes) > 0 {
		a.may("", mudlark.PrivilegeWrite)
	}
}

// postgresRoleGrade grades roles that PostgreSQL and its hosts define.
func postgresRoleGrade(role string) mudlark.Privilege {
	switch role {
	case "pg_execute_server_program", "pg_write_server_files", "pg_read_server_files", "rds_superuser", "cloudsqlsuperuser",
		"azure_pg_admin", "alloydbsuperuser", "neon_superuser", "rds_replication":
		return mudlark.PrivilegeAdmin
	case "pg_write_all_data", "pg_signal_backend", "pg_maintain":
		return mudlark.PrivilegeWrite
	}
	return mudlark.PrivilegeRead
}

// query returns the rows that a question has for an answer.
func (p *postgresTalk) query(sql string) (rows [][]string, err error) {
	if err := p.say('Q', append([]byte(sql), 0)); err != nil {
		return nil, err
	}
	var failed error
	for range 1000 {
		kind, body, err := p.hear()
		if _, told := errors.AsType[*postgresError](err); told {
			failed = err
			continue
		}
		switch {
		case err != nil:
			return nil, err
		case kind == 'Z':
			return rows, failed
		case kind != 'D':
			continue
		}
		row, ok := postgresRow(body)
		if !ok {
			return nil, errForeign
		}
		rows = append(rows, row)
	}
	return nil, errEndless
}

// postgresRow reads a row of text.
func postgresRow(body []byte) (row []string, ok bool) {
	if len(body) < 2 {
		return nil, false
	}
	columns := int(binary.BigEndian.Uint16(body))
	for body = body[2:]; columns > 0; columns-- {
		if len(body) < 4 {
			return nil, false
		}
		size := int32(binary.BigEndian.Uint32(body))
		body = body[4:]
		if size < 0 { // no value
			row = append(row, "")
			continue
		}
		if int64(size) > int64(len(body)) {
			return nil, false
		}
		row = append(row, string(body[:size]))
		body = body[size:]
	}
	return row, len(row) > 0
}
