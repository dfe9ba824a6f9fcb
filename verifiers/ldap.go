package verifiers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// ldap asks a directory about the password of an entry: that in an ldap or
// ldaps address, or one of a configuration with the entry's name
// (ldap-bind-dn) and the directory's address (ldap-server) beside it. It binds,
// asks who it is, and unbinds. Over ldap it changes to TLS if the directory
// offers that, and else speaks plain text on one's own network alone; over ldaps
// it is TLS.
//
// The few messages are written here, after RFC 4511, RFC 4532 and X.690: a
// client library takes memory for as many bytes as the directory announces.
type ldap struct{}

// The rules that name a bind's entry and directory.
const (
	ldapEntryRule  = "ldap-bind-dn"
	ldapServerRule = "ldap-server"
)

// readLDAPLogin reads whom to bind as, and where.
func readLDAPLogin(c Credential) (serviceLogin, error) {
	if strings.Contains(c.Match, "://") {
		l, err := readServiceLogin(c)
		if err == nil && l.user == "" {
			err = lacks("its address names no entry to bind as")
		}
		return l, err
	}
	entry, server := c.Parts[ldapEntryRule], c.Parts[ldapServerRule]
	switch {
	case entry == "":
		return serviceLogin{}, lacks("no name of the entry that it belongs to stands near it")
	case server == "" && c.Endpoint == "":
		return serviceLogin{}, lacks("no directory's address stands near it: name it with --endpoint %s=https://HOST:PORT", c.Rule.EndpointName())
	case server == "":
		server = "ldap://directory" // the endpoint takes its place
	}
	scheme, place, found := strings.Cut(server, "://")
	if !found {
		scheme, place = "ldap", server
	}
	l, err := readServiceLogin(Credential{
		Secret: c.Secret, Match: scheme + "://:" + c.Secret + "@" + strings.TrimRight(place, "/"), Endpoint: c.Endpoint, Rule: c.Rule,
	})
	l.user, l.password = entry, c.Secret // neither is encoded there
	l.strange = l.strange && c.Parts[ldapServerRule] != ""
	return l, err
}

// Target implements Verifier.
func (ldap) Target(c Credential) (Target, error) {
	l, err := readLDAPLogin(c)
	if err != nil {
		return Target{}, err
	}
	return l.target("ldap", ldapPort(l), ""), nil
}

func ldapPort(l serviceLogin) string {
	if l.scheme == "ldaps" {
		return "636"
	}
	return "389"
}

// Results of an operation. See RFC 4511, appendix A.
const (
	ldapSuccess            = 0
	ldapInvalidCredentials = 49
)

// Verify implements Verifier.
func (ldap) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	l, err := readLDAPLogin(c)
	if err != nil {
		return unknown, err
	}
	conn, err := l.opener("ldaps", "636")(ctx, net, l.address(ldapPort(l)))
	if err != nil {
		return unknown, err
	}
	d := &directory{conversation: conn}
	defer d.unbind()
	if !d.secured() {
		if err := d.startTLS(net, l.host); err != nil {
			return unknown, err
		}
	}
	return d.bind(l)
}

// A directory is a conversation in LDAP.
type directory struct {
	*conversation
	last byte // the number of the last request
}

// The kinds of messages, their tags.
const (
	ldapBind          = 0x60
	ldapBindAnswer    = 0x61
	ldapUnbind        = 0x42
	ldapExtended      = 0x77
	ldapExtendedReply = 0x78
)

// startTLS changes to TLS, if the directory can.
func (d *directory) startTLS(n *Network, host string) error {
	const oid = "1.3.6.1.4.1.1466.20037"
	r, err := d.ask(ldapExtended, berValue(0x80, []byte(oid)), ldapExtendedReply)
	switch {
	case err != nil:
		return err
	case r.code != ldapSuccess:
		return d.discreet()
	}
	return d.secure(n, host)
}

// bind asks whether the login works.
func (d *directory) bind(l serviceLogin) (mudlark.Verification, error) {
	const version, simple = "\x02\x01\x03", 0x80
	request := append([]byte(version), berValue(0x04, []byte(l.user))...)
	request = append(request, berValue(simple, []byte(l.password))...)
	r, err := d.ask(ldapBind, request, ldapBindAnswer)
	switch {
	case err != nil:
		return mudlark.Verification{}, err
	case r.code == ldapInvalidCredentials:
		return refusedByDirectory(r.text, l, d.secured())
	case r.code != ldapSuccess:
		return mudlark.Verification{}, fmt.Errorf("the directory answers the login with result %d, which says nothing of the password", r.code)
	}
	return loginWorks(mudlark.Fact{Name: "user", Value: l.user}, mudlark.Fact{Name: "entry", Value: shown(l.masked(d.whoAmI()))}), nil
}

// refusedByDirectory is what result 49 says. Active Directory gives its reason
// behind "data": 52e is a wrong password, 525 an unknown user; the others are
// of accounts that are locked, expired or not let in there, which says little of
// the password. Other directories say that in words.
func refusedByDirectory(text string, l serviceLogin, proven bool) (mudlark.Verification, error) {
	_, reason, found := strings.Cut(text, ", data ")
	reason, _, _ = strings.Cut(reason, ",")
	if found && reason != "52e" && reason != "525" {
		return mudlark.Verification{}, errors.New("the directory refuses the account for a reason of its own: data " + shown(l.masked(reason)))
	}
	text = strings.ToLower(text)
	for _, word := range [...]string{"expire", "lock", "disable", "inactiv", "must_change", "must change", "restrict", "too many", "exceed"} {
		if strings.Contains(text, word) {
			return mudlark.Verification{}, errors.New("the directory refuses the account, but not for its password being wrong")
		}
	}
	return l.fails(proven)
}

// whoAmI is who the directory says that we are.
func (d *directory) whoAmI() string {
	const oid = "1.3.6.1.4.1.4203.1.11.3"
	r, err := d.ask(ldapExtended, berValue(0x80, []byte(oid)), ldapExtendedReply)
	if err != nil || r.code != ldapSuccess {
		return ""
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(r.value, "dn:"), "u:"))
}

// unbind ends the conversation.
func (d *directory) unbind() { d.leave(string(d.message(ldapUnbind, nil))) }

// message returns the next message.
func (d *directory) message(kind byte, content []byte) []byte {
	d.last++
	return berValue(0x30, append([]byte{0x02, 1, d.last}, berValue(kind, content)...))
}

// A directoryResult is what an operation ended in.
type directoryResult struct {
	code  int
	text  string // what the directory says of it
	value string // of an extended operation
}

// ask sends a request and reads the answer, which must be of a kind.
func (d *directory) ask(kind byte, content []byte, answer byte) (r directoryResult, err error) {
	if err := d.send(d.message(kind, content)); err != nil {
		return r, err
	}
	head, err := d.take(2)
	if err != nil {
		return r, err
	}
	if head[0] != 0x30 {
		return r, errForeign
	}
	size := int(head[1])
	if more := size &^ 0x80; size&0x80 != 0 {
		if more < 1 || more > 4 {
			return r, errForeign
		}
		length, err := d.take(more)
		if err != nil {
			return r, err
		}
		for size = 0; len(length) > 0; length = length[1:] {
			size = size<<8 | int(length[0])
		}
	}
	data, err := d.take(size)
	if err != nil {
		return r, err
	}
	return readLDAPResult(data, d.last, answer)
}

// readLDAPResult reads the content of a message that answers request id.
func readLDAPResult(data []byte, id, answer byte) (r directoryResult, err error) {
	kind, number, data, ok := cutBER(data)
	if !ok || kind != 0x02 || len(number) == 0 || number[len(number)-1] != id {
		return r, errForeign
	}
	kind, data, _, ok = cutBER(data)
	if !ok || kind != answer {
		return r, errForeign
	}
	kind, code, data, ok := cutBER(data)
	if !ok || kind != 0x0a || len(code) != 1 {
		return r, errForeign
	}
	r.code = int(code[0])
	_, _, data, _ = cutBER(data) // the entry that matched
	_, text, data, ok := cutBER(data)
	if !ok {
		return r, errForeign
	}
	r.text = string(text)
	for len(data) > 0 {
		var value []byte
		if kind, value, data, ok = cutBER(data); !ok {
			return r, errForeign
		}
		if kind == 0x8b {
			r.value = string(value)
		}
	}
	return r, nil
}

// berValue is a value with its tag and length before it.
func berValue(tag byte, value []byte) []byte {
	n := len(value)
	if n < 0x80 {
		return append([]byte{tag, byte(n)}, value...)
	}
	return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, value...)
}

// cutBER cuts a value off. Its length may be written longer than need be.
func cutBER(data []byte) (tag byte, value, rest []byte, ok bool) {
	if len(data) < 2 {
		return 0, nil, nil, false
	}
	tag, size, data := data[0], int(data[1]), data[2:]
	if more := size &^ 0x80; size&0x80 != 0 {
		if more < 1 || more > 4 || len(data) < more {
			return 0, nil, nil, false
		}
		size = 0
		for _, b := range data[:more] {
			size = size<<8 | int(b)
		}
		data = data[more:]
	}
	if size < 0 || size > len(data) {
		return 0, nil, nil, false
	}
	return tag, data[:size], data[size:], true
}
