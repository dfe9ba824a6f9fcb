package verifiers

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// smtp asks a mail server about the password in an smtp, smtps or submission
// address, or about one that a provider of mail issues, whose server it knows.
// It logs in and quits: no mail is begun. It changes to TLS wherever the server
// offers that, insists on it at the providers' own servers and on the public
// network, and over smtps speaks it from the first byte. See RFC 4954 and RFC
// 3207.
type smtp struct{}

// A mailProvider is one whose passwords work at a server that is known.
type mailProvider struct {
	rule, host string
	elsewhere  bool // it has other servers, which the password may be for
}

func mailProviders() []mailProvider {
	return []mailProvider{
		{"brevo-smtp-key", "smtp-relay.brevo.com", false},
		{"mailersend-smtp-credential", "smtp.mailersend.net", false},
		{"mailgun-smtp-credential", "smtp.mailgun.org", true}, // or smtp.eu.mailgun.org
		{"aws-ses-smtp-password", "email-smtp.us-east-1.amazonaws.com", true},
	}
}

// smtpUserRule is the rule that names whose password it is.
const smtpUserRule = "smtp-user"

// A mailLogin is a login at a mail server.
type mailLogin struct {
	serviceLogin
	fixed     bool // the program knows the server
	elsewhere bool
}

func readMailLogin(c Credential) (m mailLogin, err error) {
	providers := mailProviders()
	i := slices.IndexFunc(providers, func(p mailProvider) bool { return p.rule == c.Rule.ID })
	if i < 0 {
		m.serviceLogin, err = readServiceLogin(c)
		if err == nil && m.user == "" {
			err = lacks("its address names no user")
		}
		return m, err
	}
	p := providers[i]
	m.scheme, m.host, m.fixed, m.elsewhere = "smtp", p.host, true, p.elsewhere
	if c.Endpoint != "" {
		m.host, m.port = cutPort(strings.TrimPrefix(c.Endpoint, "https://"))
		m.elsewhere = false
	}
	m.user, m.password = c.Parts[smtpUserRule], c.Secret
	if p.rule == "aws-ses-smtp-password" && m.user == "" {
		m.user = c.Parts["aws-access-key-id"]
	}
	if m.user == "" {
		return m, lacks("no user whose password it is stands near it")
	}
	return m, nil
}

// Target implements Verifier.
func (smtp) Target(c Credential) (Target, error) {
	m, err := readMailLogin(c)
	if err != nil {
		return Target{}, err
	}
	t := m.target("smtp", smtpPort(m), "")
	t.Guessed = t.Guessed && !m.fixed
	return t, nil
}

func smtpPort(m mailLogin) string {
	if m.fromTheStart() {
		return "465"
	}
	return "587"
}

// fromTheStart reports whether the server speaks TLS from the first byte.
func (m mailLogin) fromTheStart() bool {
	switch m.scheme {
	case "smtps", "ssmtp", "submissions":
		return m.port == "" || m.port == "465"
	}
	return m.port == "465"
}

// Verify implements Verifier.
func (smtp) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	m, err := readMailLogin(c)
	if err != nil {
		return unknown, err
	}
	conn, greeting, err := greeted(ctx, net, m.address(smtpPort(m)), m.fromTheStart())
	if err != nil {
		return unknown, err
	}
	defer conn.leave("QUIT\r\n")
	return askSMTP(conn, net, m, greeting[0])
}

// askSMTP logs in on a connection that was greeted.
func askSMTP(conn *conversation, n *Network, m mailLogin, greeting string) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	can, err := ehlo(conn)
	if err != nil {
		return unknown, err
	}
	if !conn.secured() {
		switch {
		case can.tls:
			can, err = startSMTPTLS(conn, n, m.host)
		case m.fixed || m.scheme == "smtps" || m.scheme == "submissions" || m.scheme == "ssmtp":
			err = errors.New("the server does not offer TLS, without which it is not told a password")
		default:
			err = conn.discreet()
		}
		if err != nil {
			return unknown, err
		}
	}
	code, text, err := smtpAuth(conn, can, m)
	if err != nil {
		return unknown, err
	}
	switch {
	case code == "235":
		return loginWorks(mudlark.Fact{Name: "user", Value: m.user}, mudlark.Fact{Name: "server", Value: shown(greeting)}), nil
	case code != "535" || !smtpWrongPassword(text):
		return unknown, fmt.Errorf("the server answers the login with code %s, which does not say whether it is right", code)
	case m.elsewhere:
		return unknown, fmt.Errorf("%s does not know it, but another server of the provider may", m.host)
	}
	return m.fails(conn.secured())
}

// smtpWrongPassword reports whether the text behind code 535 says nothing else
// than that the login is wrong. It may begin with a status of RFC 3463: 5.7.8,
// or what some servers say in its place. Microsoft's 5.7.139, for one, means
// that the account may not log in this way at all. Others have words for that.
func smtpWrongPassword(text []string) bool {
	all := strings.ToLower(strings.Join(text, " "))
	for _, word := range [...]string{
		"too many", "temporar", "later", "locked", "disabled", "suspend", "blocked", "limit", "busy", "generic failure", "no mechanism", "not enabled",
		"not allowed", "not permitted", "has expired", "password expired", "application-specific", "app password", "web login", "policy", "maintenance",
	} {
		if strings.Contains(all, word) {
			return false
		}
	}
	status, _, _ := strings.Cut(strings.TrimPrefix(text[0], "#"), " ")
	if strings.Count(status, ".") != 2 || strings.Trim(status, "0123456789.") != "" {
		return true
	}
	switch status {
	case "5.7.8", "5.7.3", "5.7.0":
		return true
	}
	return false
}

// smtpCan is what a server says that it can.
type smtpCan struct{ tls, plain, login bool }

// ehlo greets the server.
func ehlo(conn *conversation) (can smtpCan, err error) {
	code, text, err := conn.command("EHLO localhost")
	if err != nil {
		return can, err
	}
	if code != "250" {
		return can, fmt.Errorf("the server answers a greeting with code %s", code)
	}
	for _, line := range text[1:] {
		words := strings.Fields(strings.ToUpper(strings.Replace(line, "=", " ", 1)))
		switch {
		case len(words) == 0:
		case words[0] == "STARTTLS":
			can.tls = true
		case words[0] == "AUTH":
			can.plain = can.plain || slices.Contains(words, "PLAIN")
			can.login = can.login || slices.Contains(words, "LOGIN")
		}
	}
	return can, nil
}

func startSMTPTLS(conn *conversation, n *Network, host string) (can smtpCan, err error) {
	code, _, err := conn.command("STARTTLS")
	if err != nil {
		return can, err
	}
	if code != "220" {
		return can, fmt.Errorf("the server offers TLS, and then answers with code %s", code)
	}
	if err := conn.secure(n, host); err != nil {
		return can, err
	}
	return ehlo(conn)
}

// smtpAuth tells the server the login.
func smtpAuth(conn *conversation, can smtpCan, m mailLogin) (code string, text []string, err error) {
	encode := base64.StdEncoding.EncodeToString
	switch {
	case can.plain:
		return conn.command("AUTH PLAIN " + encode([]byte("\x00"+m.user+"\x00"+m.password)))
	case !can.login:
		return "", nil, errors.New("the server takes no passwords: it offers neither PLAIN nor LOGIN")
	}
	for _, line := range []string{"AUTH LOGIN", encode([]byte(m.user))} {
		if code, _, err = conn.command(line); err != nil {
			return "", nil, err
		}
		if code != "334" { // it was not told the password yet
			return "", nil, fmt.Errorf("the server does not ask for the password: code %s", code)
		}
	}
	return conn.command(encode([]byte(m.password)))
}
