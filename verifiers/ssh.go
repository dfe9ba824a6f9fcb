package verifiers

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/mudlark-scan/mudlark"
)

// sshKey asks an SSH server whether it lets the owner of a private key in. It
// offers the public key alone, and a server that would take it asks for a
// signature: that is the answer. Nothing is signed and nobody is logged in, so
// nothing of the key leaves the program that is not public. The server does learn
// that somebody here asks about that key.
//
// The server is the one that the user names, with --endpoint
// ssh=https://HOST:PORT/USER, or the one of a command near the key
// (ssh-destination), or github.com. What a server that the user did not name
// says no to is not inactive: keys work in any number of places. Nor is what one
// says no to that the user named, if it was not told which user to let in, or
// if what stands near the key names another one.
//
// Some servers ask anybody for a signature. One that did is therefore offered a
// key that was never used before; if it would take that as well, its first answer
// said nothing.
//
// The code hosts prove who they are by host keys that are known here. Any other
// server is believed; the answer holds its host key's fingerprint.
type sshKey struct{}

// sshDestinationRule is the rule that finds USER@HOST in commands.
const sshDestinationRule = "ssh-destination"

// An sshPlace is whom and where a key may be for.
type sshPlace struct {
	user, host, port string
	from             placeFrom
	sure             bool // its No counts
}

// placeFrom is who says that it is this place.
type placeFrom int

const (
	fromProgram placeFrom = iota
	fromContent
	fromUser
)

func (p sshPlace) address() string { return net.JoinHostPort(p.host, p.port) }

func readSSHPlace(c Credential) (p sshPlace, err error) {
	p = sshPlace{user: "git", host: "github.com", port: "22"}
	near := c.Parts[sshDestinationRule]
	switch {
	case c.Endpoint != "":
		u, err := url.Parse(c.Endpoint)
		if err != nil {
			return p, lacks("its endpoint is no address")
		}
		p.host, p.from = u.Hostname(), fromUser
		if u.Port() != "" {
			p.port = u.Port()
		}
		if user := strings.Trim(u.Path, "/"); user != "" {
			p.user, p.sure = user, true
		}
		_, place, _ := strings.Cut(near, "@")
		host, _ := cutPort(place)
		p.sure = (p.sure || hostKeys(p.host) != nil) && (near == "" || strings.EqualFold(host, p.host))
	case near != "":
		user, place, found := strings.Cut(near, "@")
		host, port := cutPort(place)
		if !found || user == "" || !isHostName(host) {
			break
		}
		p.user, p.host, p.from = user, host, fromContent
		if port != "" {
			p.port = port
		}
	}
	if hostKeys(p.host) != nil && p.port == "22" {
		p.user = "git"
		if p.from == fromContent { // one of the program's own servers
			p.from = fromProgram
		}
	}
	return p, nil
}

// hostKeys are the fingerprints of a code host's keys, nil for other hosts. See
// https://docs.github.com/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints,
// https://docs.gitlab.com/user/gitlab_com/#ssh-host-keys-fingerprints and
// https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/.
func hostKeys(host string) []string {
	switch strings.ToLower(host) {
	case "github.com":
		return []string{
			"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
			"SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
		}
	case "gitlab.com":
		return []string{
			"SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
			"SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw",
		}
	case "bitbucket.org":
		return []string{
			"SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM",
			"SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0",
		}
	}
	return nil
}

// hostKeyAlgorithms are those of the keys in hostKeys, in order.
func hostKeyAlgorithms() []string { return []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256} }

// Target implements Verifier.
func (sshKey) Target(c Credential) (Target, error) {
	if _, err := publicKey(c); err != nil {
		return Target{}, err
	}
	p, err := readSSHPlace(c)
	return Target{Method: "ssh", Host: p.address(), Guessed: p.from == fromContent, Subject: p.user}, err
}

var errWrongHostKey = errors.New("the server does not prove who it is: its host key is not one that the provider published")

// Verify implements Verifier.
func (sshKey) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	var unknown mudlark.Verification
	key, err := publicKey(c)
	if err != nil {
		return unknown, err
	}
	p, err := readSSHPlace(c)
	if err != nil {
		return unknown, err
	}
	conn, err := converse(ctx, net, p.address())
	if err != nil {
		return unknown, err
	}
	defer conn.close()
	offered := &offer{key: key}
	served, err := offered.ask(conn, p)
	switch {
	case offered.taken:
		if err := p.mustKnowKeys(ctx, net); err != nil {
			return unknown, err
		}
		return loginWorks(
			mudlark.Fact{Name: "user", Value: p.user},
			mudlark.Fact{Name: "key", Value: ssh.FingerprintSHA256(key)},
			mudlark.Fact{Name: "host key", Value: served},
		), nil
	case err == nil: // it lets in whoever comes
		return unknown, errors.New("the server lets this user in without a key, so it says nothing of one")
	case errors.Is(err, errWrongHostKey):
		return unknown, errWrongHostKey
	case !offered.refused(err):
		return unknown, sshFailure(conn, err)
	case p.sure:
		return mudlark.Verification{Status: mudlark.Inactive, Reason: "said by the server with host key " + served}, nil
	}
	return unknown, errors.New(p.host + " does not take this key for " + p.user +
		", but another server may: name it with --endpoint " + c.Rule.EndpointName() + "=https://HOST:PORT/USER")
}

// mustKnowKeys returns an error if the server would take a key that nobody has.
// The code hosts are known not to.
func (p sshPlace) mustKnowKeys(ctx context.Context, net *Network) error {
	if hostKeys(p.host) != nil {
		return nil
	}
	fresh, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	key, err := ssh.NewPublicKey(fresh)
	if err != nil {
		return err
	}
	conn, err := converse(ctx, net, p.address())
	if err != nil {
		return err
	}
	defer conn.close()
	nobodys := &offer{key: key}
	switch _, err = nobodys.ask(conn, p); {
	case err == nil, nobodys.taken:
		return errors.New("the server takes any key, so that it takes this one says nothing")
	case !nobodys.refused(err):
		return sshFailure(conn, err)
	}
	return nil
}

// An offer is a public key that a server is asked about. It is a signer that
// never signs.
type offer struct {
	key   ssh.PublicKey
	taken bool // the server asked for a signature
}

// ask offers the key and returns the fingerprint of the server's.
func (o *offer) ask(conn *conversation, p sshPlace) (served string, err error) {
	config := &ssh.ClientConfig{
		User:          p.user,
		Auth:          []ssh.AuthMethod{ssh.PublicKeys(o)},
		ClientVersion: "SSH-2.0-mudlark",
	}
	known := hostKeys(p.host)
	if known != nil {
		config.HostKeyAlgorithms = hostKeyAlgorithms()
	}
	config.HostKeyCallback = func(_ string, _ net.Addr, key ssh.PublicKey) error {
		served = ssh.FingerprintSHA256(key)
		if known != nil && !slices.Contains(known, served) {
			return errWrongHostKey
		}
		return nil
	}
	open, channels, requests, err := ssh.NewClientConn(bounded{conn.conn, conn.left}, p.address(), config)
	if err != nil {
		return served, err
	}
	_ = open.Close()
	go ssh.DiscardRequests(requests)
	for channel := range channels {
		_ = channel.Reject(ssh.Prohibited, "")
	}
	_ = open.Wait()
	return served, nil
}

// refused reports whether err is that of a server that was offered the key and
// wanted it not.
func (o *offer) refused(err error) bool {
	text := err.Error()
	return strings.Contains(text, "unable to authenticate, attempted methods") && strings.Contains(text, "publickey")
}

// sshFailure is why there was no answer.
func sshFailure(conn *conversation, err error) error {
	switch failed := conn.failed(err); {
	case !errors.Is(failed, errHungUp), errors.Is(err, io.EOF):
		return failed
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return errHungUp
	}
	return errForeign
}

var errNotSigned = errors.New("nothing is signed")

// PublicKey implements ssh.Signer.
func (o *offer) PublicKey() ssh.PublicKey { return o.key }

// Sign implements ssh.Signer. It notes that the server asked.
func (o *offer) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	o.taken = true
	return nil, errNotSigned
}

// SignWithAlgorithm implements ssh.AlgorithmSigner, without which RSA keys would
// be offered in a way that servers refuse since long.
func (o *offer) SignWithAlgorithm(io.Reader, []byte, string) (*ssh.Signature, error) {
	return o.Sign(nil, nil)
}

// bounded is a connection of which no more than a conversation may hold is read.
type bounded struct {
	net.Conn
	left io.Reader
}

// Read implements io.Reader.
func (b bounded) Read(p []byte) (int, error) { return b.left.Read(p) }
