package verifiers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// askRedis signs in to a Redis server, or one that speaks its protocol, and asks
// for the user's rights. The protocol is written here, as it takes three
// commands: see "Redis serialization protocol" in its documentation.
//
// The password goes out in the clear, as Redis has no other way, unless the
// address is one for TLS.
func askRedis(ctx context.Context, l *dbLogin, n *Network) (mudlark.Verification, error) {
	t, err := converse(ctx, n, l.address())
	if err != nil {
		return mudlark.Verification{}, err
	}
	r := redisTalk{t}
	defer r.close()
	if l.tls {
		if err := r.secure(n, l.host); err != nil {
			return mudlark.Verification{}, err
		}
	}
	user, err := r.signIn(l)
	switch {
	case errors.Is(err, errRedisRejected):
		return l.rejected()
	case err != nil:
		return mudlark.Verification{}, err
	}
	a := newDBAnswer(l)
	a.fact("user", user)
	r.describe(a)
	return a.Verification, nil
}

type redisTalk struct{ *conversation }

// A redisError is an error that the server tells: its first word.
type redisError struct{ code, text string }

// Error implements error.
func (e *redisError) Error() string { return "the server answers " + e.code }

var errRedisRejected = errors.New("the server does not take the password")

// signIn proves the password. Servers older than 6 know no users, and many
// programs for them leave away the user that an address names, so that one that
// is not taken is tried without.
func (r redisTalk) signIn(l *dbLogin) (user string, err error) {
	if l.user != "" && l.user != "default" {
		err := r.auth(l.user, l.password)
		if err == nil {
			return l.user, nil
		}
		if old, ok := errors.AsType[*redisError](err); !errors.Is(err, errRedisRejected) && (!ok || !strings.Contains(old.text, "wrong number of arguments")) {
			return "", err
		}
	}
	return "default", r.auth(l.password)
}

func (r redisTalk) auth(words ...string) error {
	answer, err := r.do(append([]string{"AUTH"}, words...)...)
	if e, ok := errors.AsType[*redisError](err); ok {
		return e.ofAuth()
	}
	if err == nil && answer.text != "OK" {
		return errForeign
	}
	return err
}

// ofAuth is what an error says that AUTH is answered with.
func (e *redisError) ofAuth() error {
	switch {
	case e.code == "WRONGPASS", strings.HasPrefix(e.text, "ERR invalid password"):
		return errRedisRejected
	case strings.Contains(e.text, "without any password configured"), strings.Contains(e.text, "no password is set"):
		return errors.New("the server lets everybody in without a password")
	case e.code == "LOADING" || e.code == "BUSY" || e.code == "MASTERDOWN" || strings.Contains(e.text, "max number of clients"):
		return Again(e, 0)
	}
	return e
}

// describe adds who the server says that the user is, and the rights if the user
// may ask for them.
func (r redisTalk) describe(a *dbAnswer) {
	who, err := r.do("ACL", "WHOAMI")
	if err != nil || who.text == "" {
		return
	}
	a.fact("user", who.text)
	rights, err := r.do("ACL", "GETUSER", who.text)
	if err != nil {
		return
	}
	for i := 0; i+1 < len(rights.list); i += 2 {
		value := rights.list[i+1]
		switch rights.list[i].text { // "passwords" are hashes, and stay where they are
		case "commands":
			for right := range strings.FieldsSeq(value.text) {
				a.may(right, mudlark.PrivilegeUnset)
			}
			a.Privilege = redisGrade(value.text)
		case "keys":
			a.may(value.joined(), mudlark.PrivilegeUnset)
		}
	}
}

// redisGrade grades a list of rules such as "-@all +@read +get".
func redisGrade(commands string) mudlark.Privilege {
	grade := mudlark.PrivilegeRead
	admin, write := false, false
	for rule := range strings.FieldsSeq(commands) {
		on := strings.HasPrefix(rule, "+")
		switch name := strings.TrimLeft(rule, "+-"); name {
		case "@all":
			admin, write = on, on
		case "@admin", "@dangerous", "config", "acl":
			admin = on
		case "@write":
			write = on
		case "@read", "@connection", "@fast", "@slow", "@keyspace", "@pubsub", "ping", "info", "hello", "select", "acl|whoami", "scan", "get":
		default:
			write = write || on && redisWrites(name)
		}
	}
	switch {
	case admin:
		grade = mudlark.PrivilegeAdmin
	case write:
		grade = mudlark.PrivilegeWrite
	}
	return grade
}

// redisWrites reports whether a command or category changes what is stored, as
// far as its name tells.
func redisWrites(name string) bool {
	for _, w := range [...]string{"set", "del", "push", "pop", "incr", "decr", "expire", "flush", "rename", "unlink", "append", "eval", "publish", "@scripting", "@string", "@hash", "@list", "@stream", "zadd", "sadd", "xadd", "zrem", "srem"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// A redisValue is an answer: a text, or a list.
type redisValue struct {
	text string
	list []redisValue
}

// joined is the text of a value that older servers answer as a list.
func (v redisValue) joined() string {
	words := make([]string, 0, len(v.list)+1)
	if v.text != "" {
		words = append(words, v.text)
	}
	for _, w := range v.list {
		words = append(words, w.text)
	}
	return strings.Join(words, " ")
}

// do sends a command and reads the answer to it.
func (r redisTalk) do(words ...string) (redisValue, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if err := r.send([]byte(b.String())); err != nil {
		return redisValue{}, err
	}
	const deepest = 4
	return r.hear(deepest)
}

// hear reads an answer, in which lists are nested no deeper than depth.
func (r redisTalk) hear(depth int) (redisValue, error) {
	line, err := r.line()
	if err != nil {
		return redisValue{}, err
	}
	if line == "" {
		return redisValue{}, errForeign
	}
	kind, rest := line[0], line[1:]
	if kind == '-' {
		code, _, _ := strings.Cut(rest, " ")
		if strings.Trim(code, alphanumericCapitals) != "" || len(code) > 20 {
			return redisValue{}, errForeign
		}
		return redisValue{}, &redisError{code, rest}
	}
	if kind == '+' || kind == ':' {
		return redisValue{text: rest}, nil
	}
	size, err := strconv.Atoi(rest)
	switch {
	case err != nil || kind != '$' && kind != '*':
		return redisValue{}, errForeign
	case size < 0: // no value
		return redisValue{}, nil
	case kind == '$':
		data, err := r.take(min(size, maxTalk) + len("\r\n"))
		return redisValue{text: strings.TrimSuffix(string(data), "\r\n")}, err
	case depth == 0:
		return redisValue{}, errEndless
	}
	v := redisValue{}
	for range size {
		element, err := r.hear(depth - 1)
		if err != nil {
			return redisValue{}, err
		}
		v.list = append(v.list, element)
	}
	return v, nil
}
