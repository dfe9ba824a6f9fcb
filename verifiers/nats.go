package verifiers

import (
	"context"
	"crypto/ed25519"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// nats asks a NATS server about the password in a nats or tls address. It
// connects, pings and leaves: nothing is subscribed to or published. It changes
// to TLS wherever the server offers that, and insists on it for tls addresses and
// on the public network.
//
// A server that asks for no login is not told any: that it lets us in would say
// nothing.
//
// The few lines are written here, after
// https://docs.nats.io/reference/reference-protocols/nats-protocol.
type nats struct{}

// Target implements Verifier.
func (nats) Target(c Credential) (Target, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return Target{}, err
	}
	return l.target("nats", natsPort, ""), nil
}

const natsPort = "4222"

// natsInfo is what a server says of itself.
type natsInfo struct {
	Version      string `json:"version"`
	Name         string `json:"server_name"`
	AuthRequired bool   `json:"auth_required"`
	TLSRequired  bool   `json:"tls_required"`
	TLSAvailable bool   `json:"tls_available"`
	Nonce        string `json:"nonce"`
}

// natsHello is how a client presents itself.
type natsHello struct {
	Verbose   bool   `json:"verbose"`
	Pedantic  bool   `json:"pedantic"`
	Name      string `json:"name"`
	Lang      string `json:"lang"`
	Version   string `json:"version"`
	Protocol  int    `json:"protocol"`
	User      string `json:"user,omitempty"`
	Password  string `json:"pass,omitempty"`
	Token     string `json:"auth_token,omitempty"`
	NKey      string `json:"nkey,omitempty"`
	Signature string `json:"sig,omitempty"`
}

// Verify implements Verifier.
func (nats) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return askNATS(ctx, net, l, func(natsInfo) (natsHello, error) {
		if l.user == "" {
			return natsHello{Token: l.password}, nil
		}
		return natsHello{User: l.user, Password: l.password}, nil
	})
}

// askNATS connects with what login says.
func askNATS(ctx context.Context, net *Network, l serviceLogin, login func(natsInfo) (natsHello, error)) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	conn, err := converse(ctx, net, l.address(natsPort))
	if err != nil {
		return unknown, err
	}
	defer conn.close()
	info, err := natsGreeting(conn)
	switch {
	case err != nil:
		return unknown, err
	case !info.AuthRequired:
		return unknown, errors.New("the server lets in anyone, so it says nothing of a login")
	case info.TLSRequired || info.TLSAvailable:
		err = conn.secure(net, l.host)
	case l.scheme == "tls":
		err = errors.New("the server does not offer TLS, which the address wants")
	default:
		err = conn.discreet()
	}
	if err != nil {
		return unknown, err
	}
	hello, err := login(info)
	if err != nil {
		return unknown, err
	}
	hello.Name, hello.Lang, hello.Version, hello.Protocol = "mudlark", "go", "1", 1
	text, err := json.Marshal(hello)
	if err != nil {
		return unknown, errors.New("the login makes no message")
	}
	if err := conn.send([]byte("CONNECT " + string(text) + "\r\nPING\r\n")); err != nil {
		return unknown, err
	}
	switch works, err := natsAnswer(conn); {
	case err != nil:
		return unknown, err
	case !works:
		return l.fails(conn.secured())
	}
	who := l.user
	if who == "" {
		who = hello.NKey
	}
	return loginWorks(
		mudlark.Fact{Name: "user", Value: who},
		mudlark.Fact{Name: "server", Value: shown("NATS " + info.Version)},
		mudlark.Fact{Name: "server name", Value: shown(info.Name)},
	), nil
}

// natsGreeting reads what the server says first.
func natsGreeting(conn *conversation) (info natsInfo, err error) {
	line, err := conn.longLine()
	if err != nil {
		return info, err
	}
	text, found := strings.CutPrefix(line, "INFO ")
	if !found || json.Unmarshal([]byte(text), &info) != nil {
		return info, errForeign
	}
	return info, nil
}

// natsAnswer reads up to what says whether the server took the login.
func natsAnswer(conn *conversation) (works bool, err error) {
	for range 50 {
		line, err := conn.longLine()
		if err != nil {
			return false, err
		}
		switch word, rest, _ := strings.Cut(line, " "); word {
		case "PONG":
			return true, nil
		case "-ERR":
			if strings.EqualFold(strings.Trim(rest, " '"), "Authorization Violation") {
				return false, nil
			}
			// Its text is not passed on: it was told the password.
			return false, errors.New("the server refuses the connection for another reason than the login")
		case "INFO", "+OK", "PING":
		default:
			return false, errForeign
		}
	}
	return false, errEndless
}

// natsSeed asks a NATS server whether it takes a user's seed, a private key of
// Ed25519. It signs what the server makes up for that; the seed is not sent. The
// user says which server that is, with --endpoint nats=https://HOST:PORT.
type natsSeed struct{}

// Target implements Verifier.
func (natsSeed) Target(c Credential) (Target, error) {
	l, _, err := readNATSSeed(c)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: "nats", Host: l.address(natsPort)}, nil
}

// Verify implements Verifier.
func (natsSeed) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	l, key, err := readNATSSeed(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return askNATS(ctx, net, l, func(info natsInfo) (natsHello, error) {
		switch {
		case info.Nonce == "":
			return natsHello{}, errors.New("the server takes no seeds: it gives nothing to sign")
		case !isNATSNonce(info.Nonce): // what is signed must not mean anything elsewhere
			return natsHello{}, errForeign
		}
		public := key.Public().(ed25519.PublicKey)
		const user = 20 << 3 // "U"
		return natsHello{
			NKey:      natsKey(user, public),
			Signature: base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(info.Nonce))),
		}, nil
	})
}

// readNATSSeed reads a seed: in base32 without padding 18 and the kind, five
// bits each and six for alignment, 32 bytes, and a checksum. See
// https://github.com/nats-io/nkeys.
func readNATSSeed(c Credential) (l serviceLogin, key ed25519.PrivateKey, err error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(c.Secret)
	switch {
	case err != nil || len(raw) != 2+ed25519.SeedSize+2 || crc16(raw[:34]) != binary.LittleEndian.Uint16(raw[34:]):
		return l, nil, lacks("it is no seed: its checksum is wrong")
	case !strings.HasPrefix(c.Secret, "SU"):
		return l, nil, lacks("it is not a user's seed, and servers take no others as a login")
	case c.Endpoint == "":
		return l, nil, lacks("only you know its server: name it with --endpoint %s=https://HOST:%s", c.Rule.EndpointName(), natsPort)
	}
	host := strings.TrimPrefix(c.Endpoint, "https://")
	l.host, l.port = cutPort(host)
	return l, ed25519.NewKeyFromSeed(raw[2:34]), nil
}

// isNATSNonce reports whether a text is one that servers make up: some random
// bytes in base64.
func isNATSNonce(text string) bool {
	const longest = 64
	return len(text) <= longest && isBase64(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "=")))
}

// natsKey is a public key as NATS writes it.
func natsKey(kind byte, public []byte) string {
	raw := append([]byte{kind}, public...)
	raw = binary.LittleEndian.AppendUint16(raw, crc16(raw))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
}

// crc16 is the CRC of XMODEM: polynomial 0x1021, from zero.
func crc16(data []byte) (sum uint16) {
	for _, b := range data {
		sum ^= uint16(b) << 8
		for range 8 {
			if sum&0x8000 != 0 {
				sum = sum<<1 ^ 0x1021
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}
