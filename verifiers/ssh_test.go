package verifiers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
	"github.com/mudlark-scan/mudlark/rules"
)

// newKey returns the key that a seed makes.
func newKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), ed25519.SeedSize)))
}

// newPEMKey returns the key that a seed makes as a block of PEM.
func newPEMKey(t testing.TB, seed byte) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(newKey(seed))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// keyForms returns keys as files hold them, by a name, and the line for
// authorized_keys of each.
func keyForms(t testing.TB) (forms, lines map[string]string) {
	t.Helper()
	forms, lines = map[string]string{}, map[string]string{}
	add := func(name, kind string, der []byte, public any) {
		key, err := ssh.NewPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		forms[name] = string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		lines[name] = string(ssh.MarshalAuthorizedKey(key))
	}
	r, errRSA := rsa.GenerateKey(rand.Reader, 2048)
	e, errEC := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(errRSA, errEC); err != nil {
		t.Fatal(err)
	}
	ec, errEC := x509.MarshalECPrivateKey(e)
	pkcs8, errPKCS8 := x509.MarshalPKCS8PrivateKey(newKey(2))
	open, errOpen := ssh.MarshalPrivateKey(newKey(3), "of tests")
	if err := errors.Join(errEC, errPKCS8, errOpen); err != nil {
		t.Fatal(err)
	}
	add("RSA", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r), &r.PublicKey)
	add("EC", "EC PRIVATE KEY", ec, &e.PublicKey)
	add("PKCS#8", "PRIVATE KEY", pkcs8, newKey(2).Public())
	add("OpenSSH", open.Type, open.Bytes, newKey(3).Public())
	for name, change := range map[string]func(string) string{
		"in a string": func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) },
		"indented":    func(s string) string { return strings.ReplaceAll(s, "\n", "\n    ") },
		"in a program": func(s string) string {
			return strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\\n\" +\n  \"")
		},
		"commented out": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n# ") },
	} {
		forms[name], lines[name] = change(forms["OpenSSH"]), lines["OpenSSH"]
	}
	return forms, lines
}

func putty(t testing.TB, seed byte) (text, line string) {
	t.Helper()
	key, err := ssh.NewPublicKey(newKey(seed).Public())
	if err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(key.Marshal())
	text = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n" + encoded[:64] + "\n" + encoded[64:] +
		"\nPrivate-Lines: 1\n" + drawn(t, "<base64 44>", 1) + "\nPrivate-MAC: " + drawn(t, "<hex 64>", 1) + "\n"
	return text, string(ssh.MarshalAuthorizedKey(key))
}

// startSSHD starts an OpenSSH server that lets the owners of keys in.
func startSSHD(t testing.TB, authorized string) (*servers.Server, int) {
	t.Helper()
	program := servers.Need(t, "sshd")
	if os.Getuid() == 0 { // it separates its privileges there
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	folder, port := servers.Folder(t, ""), servers.Port(t)
	host := filepath.Join(folder, "host")
	servers.Run(t, exec.Command(servers.Need(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", host))
	keys := written(t, filepath.Join(folder, "keys"), authorized)
	config := written(t, filepath.Join(folder, "config"), fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s
PidFile %s
AuthorizedKeysFile %s
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
UsePAM no
ForceCommand false
`, port, host, filepath.Join(folder, "pid"), keys))
	return servers.Start(t, exec.Command(program, "-D", "-e", "-f", config), servers.Dialled(servers.Address(port))), port
}

func sshCredential(secret string, port int) Credential {
	user := os.Getenv("USER")
	if user == "" {
		user = "root"
	}
	return Credential{
		Rule: &rules.Rule{ID: "openssh-private-key"}, Secret: secret, Match: secret,
		Endpoint: fmt.Sprintf("https://127.0.0.1:%d/%s", port, user),
	}
}

func TestKeyThatOpenSSHKnowsIsActive(t *testing.T) {
	forms, lines := keyForms(t)
	ppk, puttyLine := putty(t, 4)
	authorized := puttyLine
	for _, line := range lines {
		authorized += line
	}
	server, port := startSSHD(t, authorized)
	for name, form := range forms {
		v := wantStatus(t, sshKey{}, sshCredential(form, port), nil, mudlark.Active)
		if t.Failed() {
			t.Fatal(name)
		}
		wantFacts(t, v, "user=", "key=SHA256:", "host key=SHA256:")
	}
	ofPutty := sshCredential(drawn(t, "<base64 44>", 1), port)
	ofPutty.Match = ppk
	wantStatus(t, sshKey{}, ofPutty, nil, mudlark.Active)
	stranger := newPEMKey(t, 9)
	wantStatus(t, sshKey{}, sshCredential(stranger, port), nil, mudlark.Inactive)
	guessed := sshCredential(stranger, port)
	guessed.Endpoint, guessed.Parts = "", map[string]string{sshDestinationRule: "root@127.0.0.1:" + fmt.Sprint(port)}
	wantStatus(t, sshKey{}, guessed, nil, mudlark.Unknown)
	guessed.Secret = forms["RSA"]
	wantStatus(t, sshKey{}, guessed, nil, mudlark.Active)
	server.Stop()
	wantStatus(t, sshKey{}, sshCredential(forms["RSA"], port), nil, mudlark.Unknown)
}

func TestNothingIsSigned(t *testing.T) {
	host, err := ssh.NewSignerFromKey(newKey(5))
	if err != nil {
		t.Fatal(err)
	}
	own, err := publicKey(Credential{Secret: newPEMKey(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var logins, offers int
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !bytes.Equal(key.Marshal(), own.Marshal()) {
				return nil, errors.New("unknown")
			}
			offers++
			return nil, nil
		},
		VerifiedPublicKeyCallback: func(_ ssh.ConnMetadata, _ ssh.PublicKey, p *ssh.Permissions, _ string) (*ssh.Permissions, error) {
			logins++
			return p, nil
		},
	}
	config.AddHostKey(host)
	done := make(chan struct{}, 2)
	address := peerServer(t, func(c net.Conn) {
		_, _, _, _ = ssh.NewServerConn(c, config)
		done <- struct{}{}
	})
	c := sshCredential(newPEMKey(t, 1), 1)
	c.Endpoint = "https://" + address
	wantStatus(t, sshKey{}, c, nil, mudlark.Active)
	<-done // with the key
	<-done // with nobody's
	if offers != 1 || logins != 0 {
		t.Errorf("the key was offered %d times and signed with %d times, want once and never", offers, logins)
	}
}

func TestServerThatTakesAnyKeySaysNothingOfOne(t *testing.T) {
	host, err := ssh.NewSignerFromKey(newKey(5))
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(host)
	address := peerServer(t, func(c net.Conn) { _, _, _, _ = ssh.NewServerConn(c, config) })
	c := sshCredential(newPEMKey(t, 1), 1)
	c.Endpoint = "https://" + address + "/deploy"
	wantStatus(t, sshKey{}, c, nil, mudlark.Unknown)
}

func TestServerThatMayNotBeTheKeysSaysNothingOfIt(t *testing.T) {
	host, err := ssh.NewSignerFromKey(newKey(5))
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, errors.New("unknown")
	}}
	config.AddHostKey(host)
	address := peerServer(t, func(c net.Conn) { _, _, _, _ = ssh.NewServerConn(c, config) })
	for _, c := range []struct {
		path, near string
		want       mudlark.Status
	}{
		{"/deploy", "", mudlark.Inactive},
		{"/deploy", "ops@127.0.0.1", mudlark.Inactive},
		{"", "", mudlark.Unknown}, // as whom it was not said
		{"/deploy", "ops@build.acme.io", mudlark.Unknown},
	} {
		asked := sshCredential(newPEMKey(t, 1), 1)
		asked.Endpoint, asked.Parts = "https://"+address+c.path, map[string]string{sshDestinationRule: c.near}
		if wantStatus(t, sshKey{}, asked, nil, c.want); t.Failed() {
			t.Fatal(c)
		}
	}
}

func TestServerThatLetsAnybodyInSaysNothingOfAKey(t *testing.T) {
	host, err := ssh.NewSignerFromKey(newKey(5))
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(host)
	address := peerServer(t, func(c net.Conn) {
		if conn, _, _, err := ssh.NewServerConn(c, config); err == nil {
			_ = conn.Wait()
		}
	})
	c := sshCredential(newPEMKey(t, 1), 1)
	c.Endpoint = "https://" + address
	wantStatus(t, sshKey{}, c, nil, mudlark.Unknown)
}

func TestCodeHostMustProveWhoItIs(t *testing.T) {
	host, err := ssh.NewSignerFromKey(newKey(5))
	if err != nil {
		t.Fatal(err)
	}
	offers := 0
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		offers++
		return nil, nil
	}}
	config.AddHostKey(host)
	key, err := publicKey(Credential{Secret: newPEMKey(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"github.com", "gitlab.com", "bitbucket.org"} {
		done := make(chan struct{})
		address := peerServer(t, func(c net.Conn) {
			defer close(done)
			_, _, _, _ = ssh.NewServerConn(c, config)
		})
		conn, err := converse(t.Context(), newTestNetwork(t, address), address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&offer{key: key}).ask(conn, sshPlace{host: name, user: "git", port: "22"})
		conn.close()
		<-done
		if !errors.Is(err, errWrongHostKey) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if offers > 0 {
		t.Error("the key was offered all the same")
	}
}

func TestKeyIsAskedAboutAtTheServerThatIsNamed(t *testing.T) {
	secret := newPEMKey(t, 1)
	for _, c := range []struct{ endpoint, near, want string }{
		{"", "", "github.com:22 git false"},
		{"", "git@gitlab.com", "gitlab.com:22 git false"},
		{"", "deploy@build.acme.io", "build.acme.io:22 deploy true"},
		{"", "deploy@build.acme.io:2222", "build.acme.io:2222 deploy true"},
		{"", "deploy@$HOST", "github.com:22 git false"},
		{"https://bitbucket.org", "deploy@build.acme.io", "bitbucket.org:22 git false"},
		{"https://build.acme.io:2200/ci", "", "build.acme.io:2200 ci false"},
	} {
		got, err := sshKey{}.Target(Credential{Secret: secret, Endpoint: c.endpoint, Parts: map[string]string{sshDestinationRule: c.near}})
		if text := fmt.Sprint(got.Host, " ", got.Subject, " ", got.Guessed); err != nil || text != c.want {
			t.Errorf("%s %s: got %s, %v, want %s", c.endpoint, c.near, text, err, c.want)
		}
	}
}

func TestKeyThatCannotBeReadIsNotAskedAbout(t *testing.T) {
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(newKey(3), "", []byte(drawn(t, "<alnum 12>", 1)))
	if err != nil {
		t.Fatal(err)
	}
	whole := newPEMKey(t, 1)
	for name, secret := range map[string]string{
		"encrypted":       string(pem.EncodeToMemory(locked)),
		"encrypted (old)": strings.Replace(whole, "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
		"cut":             whole[:80],
		"no key":          drawn(t, "<pem RSA PRIVATE KEY>", 1),
		"not PEM":         "x",
	} {
		if got, err := (sshKey{}).Target(Credential{Secret: secret}); !errors.Is(err, errLacks) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
