package verifiers

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// amqp asks a broker of AMQP 0-9-1, RabbitMQ for one, about the password in an
// amqp or amqps address. It logs in, opens the address's virtual host, and
// closes both: no channel, no queue, no message. Over amqp that is plain text, as
// the protocol has no way to change to TLS; over amqps it is TLS.
//
// The few frames that this takes are written here, after the protocol's
// description at https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf and
// RabbitMQ's extension authentication_failure_close: a client library reads for
// as long as the broker likes, and does not tell a login that was refused from
// a virtual host that was.
//
// With that extension RabbitMQ says at once that a password is wrong; without it,
// it is silent for three seconds and hangs up.
type amqp struct{}

// Target implements Verifier.
func (amqp) Target(c Credential) (Target, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return Target{}, err
	}
	if l.user == "" {
		return Target{}, lacks("its address names no user")
	}
	return l.target("amqp", amqpPort(l), l.path), nil
}

func amqpPort(l serviceLogin) string {
	if l.scheme == "amqps" {
		return "5671"
	}
	return "5672"
}

// Verify implements Verifier.
func (amqp) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	conn, err := l.opener("amqps", "5671")(ctx, net, l.address(amqpPort(l)))
	if err != nil {
		return mudlark.Verification{}, err
	}
	defer conn.close()
	return amqpLogin{conn}.ask(l)
}

// An amqpMethod is a class and the number of a method of it, 16 bits each.
type amqpMethod uint32

// The methods of a connection's begin and end.
const (
	amqpStart   amqpMethod = 10<<16 | 10
	amqpStartOK amqpMethod = 10<<16 | 11
	amqpTune    amqpMethod = 10<<16 | 30
	amqpTuneOK  amqpMethod = 10<<16 | 31
	amqpOpen    amqpMethod = 10<<16 | 40
	amqpOpenOK  amqpMethod = 10<<16 | 41
	amqpClose   amqpMethod = 10<<16 | 50
)

type amqpLogin struct{ *conversation }

// ask logs in and out.
func (a amqpLogin) ask(l serviceLogin) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	if err := a.send([]byte("AMQP\x00\x00\x09\x01")); err != nil {
		return unknown, err
	}
	method, args, err := a.method()
	if err != nil {
		return unknown, err
	}
	start, ok := readAMQPStart(args)
	if method != amqpStart || !ok {
		return unknown, errForeign
	}
	if !strings.Contains(" "+start.mechanisms+" ", " PLAIN ") {
		return unknown, errors.New("the broker takes no passwords: it does not offer PLAIN")
	}
	if err := a.sendMethod(amqpStartOK, amqpStartReply(l)); err != nil {
		return unknown, err
	}
	if method, args, err = a.method(); err != nil {
		return unknown, err
	}
	switch {
	case method == amqpClose:
		return refusedByAMQP(args, l, a.secured())
	case method != amqpTune || len(args) != 8:
		return unknown, errForeign
	}
	works := loginWorks(
		mudlark.Fact{Name: "user", Value: l.user},
		mudlark.Fact{Name: "server", Value: shown(start.product + " " + start.version)},
		mudlark.Fact{Name: "virtual host", Value: a.openHost(args, l.virtualHost())},
	)
	return works, nil
}

// openHost opens a virtual host and closes the connection. It returns the
// host's name if the broker opened it.
func (a amqpLogin) openHost(tune []byte, host string) string {
	// The broker's bounds suit us, and no heartbeat is needed.
	if a.sendMethod(amqpTuneOK, append(tune[:6:6], 0, 0)) != nil {
		return ""
	}
	if a.sendMethod(amqpOpen, append(amqpShort(nil, host), 0, 0)) != nil {
		return ""
	}
	method, _, err := a.method()
	if err != nil || method != amqpOpenOK {
		return ""
	}
	const ok = 200
	bye := amqpShort(binary.BigEndian.AppendUint16(nil, ok), "")
	if a.sendMethod(amqpClose, append(bye, 0, 0, 0, 0)) == nil {
		_, _, _ = a.method() // closed, which changes nothing of the answer
	}
	return host
}

// refusedByAMQP is what a broker says of a login that it closes the connection
// over. RabbitMQ refuses guest everywhere but on its own machine, whatever the
// password, and in the same words.
func refusedByAMQP(args []byte, l serviceLogin, proven bool) (mudlark.Verification, error) {
	if len(args) < 3 || len(args) < 3+int(args[2]) {
		return mudlark.Verification{}, errForeign
	}
	const accessRefused = 403
	code, text := binary.BigEndian.Uint16(args), string(args[3:3+int(args[2])])
	switch {
	case code == accessRefused && (l.user == "guest" || strings.Contains(text, "localhost")):
		return mudlark.Verification{}, errors.New("the broker may let this user in from its own machine alone")
	case code == accessRefused:
		return l.fails(proven)
	}
	return mudlark.Verification{}, errors.New("the broker closed the connection with code " + strconv.Itoa(int(code)))
}

// virtualHost is what the address's path names. See
// https://www.rabbitmq.com/docs/uri-spec.
func (l serviceLogin) virtualHost() string {
	name, found := strings.CutPrefix(l.path, "/")
	if !found || name == "" || name == "/" {
		return "/"
	}
	return percentDecoded(name)
}

// method reads a method and its arguments.
func (a amqpLogin) method() (amqpMethod, []byte, error) {
	const methodFrame, frameEnd, header = 1, 0xce, 7
	for range 100 {
		head, err := a.take(header)
		if err != nil {
			return 0, nil, err
		}
		if head[0] == 'A' || head[0] > 8 { // the broker names its own version
			return 0, nil, errForeign
		}
		body, err := a.take(int(min(binary.BigEndian.Uint32(head[3:]), maxTalk)) + 1)
		switch {
		case err != nil:
			return 0, nil, err
		case body[len(body)-1] != frameEnd:
			return 0, nil, errForeign
		case head[0] != methodFrame: // a heartbeat
			continue
		case len(body) < 5:
			return 0, nil, errForeign
		}
		return amqpMethod(binary.BigEndian.Uint32(body)), body[4 : len(body)-1], nil
	}
	return 0, nil, errEndless
}

// sendMethod sends a method on the connection's own channel.
func (a amqpLogin) sendMethod(m amqpMethod, args []byte) error {
	frame := []byte{1, 0, 0}
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(args)+4))
	frame = binary.BigEndian.AppendUint32(frame, uint32(m))
	return a.send(append(append(frame, args...), 0xce))
}

// amqpStartReply is what answers the broker's start: who we are, the login, and
// a language.
func amqpStartReply(l serviceLogin) []byte {
	capabilities := append(amqpShort(nil, "authentication_failure_close"), 't', 1)
	properties := amqpLong(append(amqpShort(nil, "product"), 'S'), "mudlark")
	properties = amqpLong(append(amqpShort(properties, "capabilities"), 'F'), string(capabilities))
	reply := amqpLong(nil, string(properties))
	reply = amqpShort(reply, "PLAIN")
	reply = amqpLong(reply, "\x00"+l.user+"\x00"+l.password)
	return amqpShort(reply, "en_US")
}

func amqpShort(to []byte, text string) []byte {
	text = text[:min(len(text), 255)]
	return append(append(to, byte(len(text))), text...)
}

func amqpLong(to []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(text))), text...)
}

// An amqpGreeting is what a broker says of itself.
type amqpGreeting struct{ product, version, mechanisms string }

// readAMQPStart reads the arguments of a broker's start.
func readAMQPStart(args []byte) (g amqpGreeting, ok bool) {
	if len(args) < 2 {
		return g, false
	}
	table, rest, ok := cutLong(args[2:])
	if !ok {
		return g, false
	}
	mechanisms, _, ok := cutLong(rest)
	g.mechanisms = string(mechanisms)
	for len(table) > 1 {
		n := 1 + int(table[0])
		if len(table) < n+1 {
			break
		}
		name, kind := string(table[1:n]), table[n]
		table = table[n+1:]
		size := amqpSize(kind)
		if size >= 0 {
			table = table[min(size, len(table)):]
			continue
		}
		var value []byte
		if value, table, ok = cutLong(table); !ok {
			return g, false
		}
		switch name {
		case "product":
			g.product = string(value)
		case "version":
			g.version = string(value)
		}
	}
	return g, ok
}

// amqpSize is how many bytes a value of a kind takes; -1: a length says so. See
// https://www.rabbitmq.com/amqp-0-9-1-errata.
func amqpSize(kind byte) int {
	switch kind {
	case 'V':
		return 0
	case 't', 'b', 'B':
		return 1
	case 's', 'u', 'U':
		return 2
	case 'I', 'i', 'f':
		return 4
	case 'D':
		return 5
	case 'l', 'L', 'd', 'T':
		return 8
	}
	return -1
}

// cutLong cuts a value off that its length stands before.
func cutLong(data []byte) (value, rest []byte, ok bool) {
	if len(data) < 4 || uint64(len(data)-4) < uint64(binary.BigEndian.Uint32(data)) {
		return nil, nil, false
	}
	end := 4 + int(binary.BigEndian.Uint32(data))
	return data[4:end], data[end:], true
}
