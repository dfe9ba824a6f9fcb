package verifiers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// ftp asks an FTP server about the password in an ftp, ftps or ftpes address. It
// logs in and quits: nothing is listed or moved. Over ftp it changes to TLS if
// the server offers that, and else speaks plain text on one's own network alone;
// the others insist on it, ftps from the first byte. See RFC 959 and RFC 4217.
type ftp struct{}

// Target implements Verifier.
func (ftp) Target(c Credential) (Target, error) {
	l, err := readServiceLogin(c)
	switch {
	case err != nil:
		return Target{}, err
	case l.user == "":
		return Target{}, lacks("its address names no user")
	case strings.EqualFold(l.user, "anonymous"), strings.EqualFold(l.user, "ftp"):
		return Target{}, lacks("its user is everybody, with any password")
	}
	return l.target("ftp", ftpPort(l), ""), nil
}

func ftpPort(l serviceLogin) string {
	if l.scheme == "ftps" {
		return "990"
	}
	return "21"
}

// Verify implements Verifier.
func (ftp) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	l, err := readServiceLogin(c)
	if err != nil {
		return unknown, err
	}
	conn, greeting, err := greeted(ctx, net, l.address(ftpPort(l)), l.port == "990" || l.port == "" && l.scheme == "ftps")
	if err != nil {
		return unknown, err
	}
	defer conn.leave("QUIT\r\n")
	return askFTP(conn, net, l, strings.Join(greeting, " "))
}

// askFTP logs in on a connection that was greeted.
func askFTP(conn *conversation, n *Network, l serviceLogin, greeting string) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	if !conn.secured() {
		code, _, err := conn.command("AUTH TLS")
		switch {
		case err != nil:
			return unknown, err
		case code == "234":
			err = conn.secure(n, l.host)
		case l.scheme != "ftp":
			err = errors.New("the server does not offer TLS, which the address wants")
		default:
			err = conn.discreet()
		}
		if err != nil {
			return unknown, err
		}
	}
	code, _, err := conn.command("USER " + l.user)
	if err != nil {
		return unknown, err
	}
	if code != "331" {
		return unknown, fmt.Errorf("the server does not ask for this user's password: code %s", code)
	}
	code, text, err := conn.command("PASS " + l.password)
	if err != nil {
		return unknown, err
	}
	switch {
	case code == "230":
		return loginWorks(mudlark.Fact{Name: "user", Value: l.user}, mudlark.Fact{Name: "server", Value: shown(greeting)}), nil
	case code == "530" && ftpWrongPassword(strings.Join(text, " ")):
		return l.fails(conn.secured())
	}
	return unknown, fmt.Errorf("the server answers the password with code %s, which does not say whether it is right", code)
}

// ftpWrongPassword reports whether a text says that the login is wrong, and
// nothing else: servers have one code for that, for logins that they know and do
// not let in, and for homes that are not there.
func ftpWrongPassword(text string) bool {
	text = strings.ToLower(text)
	holds := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	return holds("incorrect", "authentication failed", "authentication failure", "logon failure", "login failed", "invalid", "wrong", "bad password") &&
		!holds("maximum", "too many", "limit", "tls", "ssl", "encrypt", "secure", "anonymous", "later", "unavailable", "directory", "expired", "disabled", "locked", "address")
}
