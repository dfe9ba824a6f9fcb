package verifiers

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// mqtt asks an MQTT broker about the password in an mqtt or mqtts address. It
// connects and disconnects: nothing is subscribed to or published, and its
// session has a name of its own, is clean and leaves nothing. Over mqtt that is
// plain text, as the protocol has no way to change to TLS; over mqtts it is TLS.
//
// Many brokers let in anyone and never look at the password. One that lets us in
// is therefore asked a second time without a login; if it lets that in as well,
// its first answer said nothing.
//
// The two packets are written here, after MQTT 3.1.1, sections 3.1 and 3.2,
// which brokers of version 5 speak, too.
type mqtt struct{}

// Target implements Verifier.
func (mqtt) Target(c Credential) (Target, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return Target{}, err
	}
	if l.user == "" {
		return Target{}, lacks("its address names no user")
	}
	return l.target("mqtt", mqttPort(l), ""), nil
}

func mqttPort(l serviceLogin) string {
	if l.scheme == "mqtts" {
		return "8883"
	}
	return "1883"
}

// What a broker says of a connection.
const (
	mqttAccepted     = 0
	mqttIdentifier   = 2
	mqttUnavailable  = 3
	mqttBadLogin     = 4
	mqttUnauthorized = 5 // Mosquitto's word for a wrong password
)

// Verify implements Verifier.
func (mqtt) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	code, err := mqttConnect(ctx, net, l)
	if err != nil {
		return mudlark.Verification{}, err
	}
	switch code {
	case mqttUnauthorized:
		if namesItsClients(l.host) {
			return mudlark.Verification{}, errors.New("the broker refuses the connection, which may be for its client's name")
		}
		return l.fails(l.speaksTLS("mqtts", "8883"))
	case mqttBadLogin:
		return l.fails(l.speaksTLS("mqtts", "8883"))
	case mqttUnavailable:
		return mudlark.Verification{}, errors.New("the broker says that it is not available")
	case mqttAccepted:
	default:
		return mudlark.Verification{}, fmt.Errorf("the broker refused the connection with code %d, which says nothing of the login", code)
	}
	nobody := l
	nobody.user, nobody.password = "", ""
	switch code, err = mqttConnect(ctx, net, nobody); {
	case err != nil && !errors.Is(err, errHungUp):
		return mudlark.Verification{}, err
	case err == nil && code == mqttAccepted:
		return mudlark.Verification{}, errors.New("the broker lets in anyone, so that it let this login in says nothing")
	}
	return loginWorks(mudlark.Fact{Name: "user", Value: l.user}), nil
}

// namesItsClients reports whether a broker lets in only clients whose names it
// knows. To take such a name would throw out who has it.
func namesItsClients(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, cloud := range [...]string{".azure-devices.net", ".azure-devices.cn", ".azure-devices.us", ".amazonaws.com", ".amazonaws.com.cn", ".eventgrid.azure.net"} {
		if strings.HasSuffix(host, cloud) {
			return true
		}
	}
	return false
}

// mqttConnect connects, and disconnects if the broker took the connection. It
// returns the broker's code.
func mqttConnect(ctx context.Context, net *Network, l serviceLogin) (code byte, err error) {
	conn, err := l.opener("mqtts", "8883")(ctx, net, l.address(mqttPort(l)))
	if err != nil {
		return 0, err
	}
	const disconnect = "\xe0\x00"
	defer conn.leave(disconnect)
	if err := conn.send(mqttHello(l)); err != nil {
		return 0, err
	}
	answer, err := conn.take(4)
	if err != nil {
		return 0, err
	}
	const connack = 0x20
	if answer[0] != connack || answer[1] != 2 || answer[2] > 1 {
		return 0, errForeign
	}
	return answer[3], nil
}

// mqttHello is the packet that connects. Without a user it has no login.
func mqttHello(l serviceLogin) []byte {
	const clean, user, password = 0x02, 0x80, 0x40
	const version, keepAlive = 4, 30 // of 3.1.1, in seconds
	flags := byte(clean)
	if l.user != "" {
		flags |= user | password
	}
	body := mqttText(nil, "MQTT")
	body = append(body, version, flags, 0, keepAlive)
	// A name that no other client has: the broker throws out its namesake.
	body = mqttText(body, "mudlark"+strings.ToLower(rand.Text()[:13]))
	if l.user != "" {
		body = mqttText(mqttText(body, l.user), l.password)
	}
	packet := []byte{0x10}
	for n := len(body); ; {
		digit := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			packet = append(packet, digit|0x80)
			continue
		}
		return append(append(packet, digit), body...)
	}
}

func mqttText(to []byte, text string) []byte {
	text = text[:min(len(text), 1<<16-1)]
	return append(binary.BigEndian.AppendUint16(to, uint16(len(text))), text...)
}
