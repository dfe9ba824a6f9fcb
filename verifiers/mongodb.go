package verifiers

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// askMongo signs in to a MongoDB server, or one that speaks its protocol, by
// SCRAM, and asks for the user's roles.
//
// The four commands that it takes are written here, after "MongoDB Wire
// Protocol" in its manual and the specification of authentication for its
// drivers: the usual driver makes the program larger by 3 MB. The password is
// never sent; what proves that it works is that the server lets us in and knows
// it as well.
func askMongo(ctx context.Context, l *dbLogin, n *Network) (mudlark.Verification, error) {
	if l.seedlist {
		var err error
		if l, n, err = l.member(ctx, n); err != nil {
			return mudlark.Verification{}, err
		}
	}
	t, err := converse(ctx, n, l.address())
	if err != nil {
		return mudlark.Verification{}, err
	}
	m := &mongoTalk{conversation: t, login: l}
	defer m.close()
	if l.tls {
		if err := m.secure(n, l.host); err != nil {
			return mudlark.Verification{}, err
		}
	}
	err = m.signIn()
	refusal, refused := errors.AsType[*mongoError](err)
	switch {
	case refused && refusal.rejects():
		return l.rejected()
	case err != nil:
		return mudlark.Verification{}, err
	}
	a := newDBAnswer(l)
	m.describe(a)
	return a.Verification, nil
}

const (
	scramSHA1   = "SCRAM-SHA-1"
	scramSHA256 = "SCRAM-SHA-256"
)

// isMongoLogin reports whether a mechanism that an address asks for is one of
// ours; empty: it leaves that to the server.
func isMongoLogin(mechanism string) bool {
	switch strings.ToUpper(mechanism) {
	case "", "DEFAULT", scramSHA1, scramSHA256:
		return true
	}
	return false
}

// member returns the login at one of the servers that DNS lists for the name in
// a mongodb+srv address, and the network that leads there. The servers must be
// of the same domain as the name, so that who was approved stays who is asked:
// see "Initial DNS Seedlist Discovery" in the specifications for drivers.
func (l *dbLogin) member(ctx context.Context, n *Network) (*dbLogin, *Network, error) {
	at, nw := *l, *n
	_, domain, _ := strings.Cut(l.host, ".")
	if strings.Count(l.host, ".") < 2 || isAddress(l.host) {
		return nil, nil, errors.New("its address names no domain that has servers")
	}
	_, servers, err := n.wire.resolver.LookupSRV(ctx, "mongodb", "tcp", l.host)
	if err != nil {
		return nil, nil, plainError(err)
	}
	i := slices.IndexFunc(servers, func(s *net.SRV) bool {
		return strings.HasSuffix(strings.ToLower(strings.TrimSuffix(s.Target, ".")), "."+domain)
	})
	if i < 0 {
		return nil, nil, errors.New("the servers that its name leads to are of another domain, which was not approved")
	}
	at.host, at.port = strings.ToLower(strings.TrimSuffix(servers[i].Target, ".")), strconv.Itoa(int(servers[i].Port))
	nw.host = at.address()
	if at.params.Get("authsource") == "" {
		texts, err := n.wire.resolver.LookupTXT(ctx, l.host)
		if missing, ok := errors.AsType[*net.DNSError](err); err != nil && (!ok || !missing.IsNotFound) {
			return nil, nil, plainError(err)
		}
		for option := range strings.SplitSeq(strings.Join(texts, "&"), "&") {
			if source, ok := strings.CutPrefix(option, "authSource="); ok {
				at.params.Set("authsource", source)
			}
		}
	}
	return &at, &nw, nil
}

type mongoTalk struct {
	*conversation
	login  *dbLogin
	number uint32 // of the last message
}

// A mongoError is an error that the server tells.
type mongoError struct {
	code int32
	text string
}

// Error implements error. The server's words are left away.
func (e *mongoError) Error() string {
	return fmt.Sprintf("the server refuses for another reason than the password (%d)", e.code)
}

// rejects reports whether the error is that user and password do not fit: those
// of MongoDB itself, and of Atlas.
func (e *mongoError) rejects() bool {
	const authenticationFailed, atlasError = 18, 8000
	return e.code == authenticationFailed || e.code == atlasError && strings.Contains(strings.ToLower(e.text), "bad auth")
}

// source is the database that knows the user.
func (m *mongoTalk) source() string {
	if s := m.login.params.Get("authsource"); s != "" {
		return s
	}
	if m.login.database != "" {
		return m.login.database
	}
	return "admin"
}

// signIn proves the password.
func (m *mongoTalk) signIn() error {
	method, err := m.method()
	if err != nil {
		return err
	}
	s := m.scram(method)
	answer, err := m.command(m.source(), bsonDoc{
		{"saslStart", int32(1)},
		{"mechanism", method},
		{"payload", []byte(s.first())},
		{"autoAuthorize", int32(1)},
		{"options", bsonDoc{{"skipEmptyExchange", true}}},
	})
	if err != nil {
		return err
	}
	challenge, _ := answer.field("payload").([]byte)
	proof, err := s.answer(string(challenge))
	if err != nil {
		return err
	}
	answer, err = m.goOn(answer, []byte(proof))
	if err != nil {
		return err
	}
	final, _ := answer.field("payload").([]byte)
	if err := s.check(string(final)); err != nil {
		return err
	}
	if done, _ := answer.field("done").(bool); !done { // servers older than 4.4
		if answer, err = m.goOn(answer, []byte{}); err != nil {
			return err
		}
	}
	if done, _ := answer.field("done").(bool); !done {
		return errScram
	}
	return nil
}

func (m *mongoTalk) goOn(answer bsonDoc, payload []byte) (bsonDoc, error) {
	return m.command(m.source(), bsonDoc{
		{"saslContinue", int32(1)},
		{"conversationId", answer.number("conversationId")},
		{"payload", payload},
	})
}

// method returns the kind of SCRAM that the server knows the user by.
func (m *mongoTalk) method() (string, error) {
	ask := bsonDoc{{"hello", int32(1)}, {"saslSupportedMechs", m.source() + "." + m.login.user}}
	answer, err := m.command("admin", ask)
	const commandNotFound = 59
	if e, ok := errors.AsType[*mongoError](err); ok && e.code == commandNotFound { // servers older than 4.4
		ask[0].name = "isMaster"
		answer, err = m.command("admin", ask)
	}
	if err != nil {
		return "", err
	}
	if told := strings.ToUpper(m.login.params.Get("authmechanism")); told == scramSHA1 || told == scramSHA256 {
		return told, nil
	}
	for _, f := range answer.doc("saslSupportedMechs") {
		if f.value == scramSHA256 {
			return scramSHA256, nil
		}
	}
	return scramSHA1, nil
}

func (m *mongoTalk) scram(method string) *scram {
	l := m.login
	if method == scramSHA256 {
		l.unsure = l.unsure || !isASCII(l.password)
		return &scram{hash: sha256.New, user: scramName(l.user), password: l.password}
	}
	digest := md5.Sum([]byte(l.user + ":mongo:" + l.password))
	return &scram{hash: sha1.New, user: scramName(l.user), password: hex.EncodeToString(digest[:])}
}

// describe adds what the server says of the user's roles.
func (m *mongoTalk) describe(a *dbAnswer) {
	answer, err := m.command("admin", bsonDoc{{"connectionStatus", int32(1)}})
	if err != nil {
		return
	}
	info := answer.doc("authInfo")
	for _, f := range info.doc("authenticatedUsers") {
		if user, ok := f.value.(bsonDoc); ok && user.text("user") != "" {
			a.fact("user", user.text("user")+"@"+user.text("db"))
		}
	}
	for _, f := range info.doc("authenticatedUserRoles") {
		if role, ok := f.value.(bsonDoc); ok && role.text("role") != "" {
			a.may(role.text("role")+"@"+role.text("db"), mongoGrade(role.text("role")))
		}
	}
}

// mongoGrade grades the roles that MongoDB defines. Of others the name tells
// nothing.
func mongoGrade(role string) mudlark.Privilege {
	switch role {
	case "root", "__system", "dbOwner", "userAdmin", "userAdminAnyDatabase", "clusterAdmin", "clusterManager", "dbAdminAnyDatabase",
		"restore", "hostManager", "atlasAdmin":
		return mudlark.PrivilegeAdmin
	case "readWrite", "readWriteAnyDatabase", "dbAdmin", "enableSharding":
		return mudlark.PrivilegeWrite
	case "read", "readAnyDatabase", "clusterMonitor", "backup", "directShardOperations":
		return mudlark.PrivilegeRead
	}
	return mudlark.PrivilegeUnset
}

// command sends a command to a database and reads the answer to it, each as an
// OP_MSG of one document.
func (m *mongoTalk) command(database string, d bsonDoc) (bsonDoc, error) {
	const opMsg, head, deepest = 2013, 16, 8
	body := append([]byte{0, 0, 0, 0, 0}, append(d, bsonField{"$db", database}).encode()...)
	m.number++
	var message []byte
	for _, n := range [...]uint32{uint32(head + len(body)), m.number, 0, opMsg} {
		message = binary.LittleEndian.AppendUint32(message, n)
	}
	if err := m.send(append(message, body...)); err != nil {
		return nil, err
	}
	start, err := m.take(head)
	if err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(start)
	if size < head+5 || size > maxTalk || binary.LittleEndian.Uint32(start[8:]) != m.number || binary.LittleEndian.Uint32(start[12:]) != opMsg {
		return nil, errForeign
	}
	rest, err := m.take(int(size) - head)
	if err != nil {
		return nil, err
	}
	const checksum, flags = 1, 4
	if rest[0]&checksum != 0 {
		rest = rest[:max(flags+1, len(rest)-4)]
	}
	answer, ok := decodeBSON(rest[flags+1:], deepest)
	if !ok || rest[flags] != 0 {
		return nil, errForeign
	}
	if answer.number("ok") != 1 {
		return nil, &mongoError{answer.number("code"), answer.text("errmsg")}
	}
	return answer, nil
}
