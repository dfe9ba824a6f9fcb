package verifiers

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
	"github.com/mudlark-scan/mudlark/rules"
)

// startRabbit starts RabbitMQ with one user, on two ports: in plain text and in
// TLS.
func startRabbit(t testing.TB, password string) (s *servers.Server, plain, secure string, want func(Verifier, Credential, mudlark.Status) mudlark.Verification) {
	t.Helper()
	program := servers.Need(t, "rabbitmq-server")
	const own = "/usr/lib/rabbitmq/bin/rabbitmq-server" // Debian's in PATH asks who runs it
	if _, err := os.Stat(own); err == nil {
		program = own
	}
	folder := servers.Folder(t, "rabbitmq")
	cert, key, roots := certified(t, folder)
	plain, secure = servers.Address(servers.Port(t)), servers.Address(servers.Port(t))
	config := written(t, filepath.Join(folder, "rabbitmq.conf"), fmt.Sprintf(`listeners.tcp.1 = %s
listeners.ssl.1 = %s
ssl_options.certfile = %s
ssl_options.keyfile = %s
default_user = app
default_pass = %s
`, plain, secure, cert, key, password))
	plugins := written(t, filepath.Join(folder, "plugins"), "[].")
	names, epmd := servers.Port(t), servers.Port(t)
	// Brokers start one that outlives them if there is none.
	phoneBook := exec.Command(servers.Need(t, "epmd"), "-port", fmt.Sprint(epmd), "-address", "127.0.0.1")
	servers.Start(t, phoneBook, servers.Dialled(servers.Address(epmd)))
	cmd := exec.Command(program)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "HOME="+folder, fmt.Sprintf("RABBITMQ_NODENAME=t%d@localhost", names), fmt.Sprint("RABBITMQ_DIST_PORT=", names),
		fmt.Sprint("ERL_EPMD_PORT=", epmd), "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_CONFIG_FILE="+strings.TrimSuffix(config, ".conf"), "RABBITMQ_MNESIA_BASE="+folder+"/mnesia", "RABBITMQ_LOG_BASE="+folder+"/log",
		"RABBITMQ_ENABLED_PLUGINS_FILE="+plugins, "RABBITMQ_PID_FILE="+folder+"/pid")
	if err := servers.As(cmd, "rabbitmq"); err != nil {
		t.Fatal(err)
	}
	s = servers.Start(t, cmd, servers.Dialled(secure))
	return s, plain, secure, func(v Verifier, c Credential, want mudlark.Status) mudlark.Verification {
		t.Helper()
		return wantStatus(t, v, c, roots, want)
	}
}

func TestRabbitMQ(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs ten seconds to start")
	}
	password, wrong := drawn(t, "<alnum 20>", 1), drawn(t, "<alnum 20>", 2)
	server, plain, secure, want := startRabbit(t, password)
	login := func(password, scheme, place string) Credential {
		return addressed("amqp-url", "app", password, scheme, place)
	}
	v := want(amqp{}, login(password, "amqp", plain), mudlark.Active)
	wantFacts(t, v, "user=app", "server=RabbitMQ 3.", "virtual host=/")
	v = want(amqp{}, login(password, "amqps", secure+"/%2f"), mudlark.Active)
	wantFacts(t, v, "virtual host=/")
	v = want(amqp{}, login(password, "amqp", plain+"/nowhere"), mudlark.Active)
	for _, f := range v.Identity {
		if f.Name == "virtual host" {
			t.Errorf("a virtual host that there is not is a fact: %v", f)
		}
	}
	want(amqp{}, login(wrong, "amqp", plain), mudlark.Inactive)
	if v, err := asked(t, amqp{}, login(password, "amqps", secure), nil); err == nil {
		t.Errorf("a broker that nobody vouches for was told the password: %+v", v)
	}
	server.Stop()
	want(amqp{}, login(password, "amqp", plain), mudlark.Unknown)
}

func TestBrokerThatOffersNoPasswordsIsUnknown(t *testing.T) {
	start := []byte{0, 10, 0, 10, 0, 9}
	start = amqpLong(amqpLong(amqpLong(start, ""), "EXTERNAL"), "en_US")
	frame := append([]byte{1, 0, 0, 0, 0, 0, byte(len(start))}, append(start, 0xce)...)
	address := peerServer(t, func(c net.Conn) {
		_, _ = c.Write(frame)
		_, _ = c.Read(make([]byte, 100))
	})
	wantStatus(t, amqp{}, addressed("amqp-url", "app", drawn(t, "<alnum 20>", 1), "amqp", address), nil, mudlark.Unknown)
}

func TestMosquitto(t *testing.T) {
	program, maker := servers.Need(t, "mosquitto"), servers.Need(t, "mosquitto_passwd") //nolint:misspell // its name
	folder := servers.Folder(t, "mosquitto")                                            //nolint:misspell // its user
	cert, key, roots := certified(t, folder)
	password, wrong := drawn(t, "<alnum 20>", 1), drawn(t, "<alnum 20>", 2)
	users := filepath.Join(folder, "users")
	servers.Run(t, exec.Command(maker, "-b", "-c", users, "app", password))
	if err := os.Chmod(users, 0o644); err != nil {
		t.Fatal(err)
	}
	plain, secure, open := servers.Port(t), servers.Port(t), servers.Port(t)
	config := written(t, filepath.Join(folder, "conf"), fmt.Sprintf(`per_listener_settings true
listener %d 127.0.0.1
allow_anonymous false
password_file %s
listener %d 127.0.0.1
allow_anonymous false
password_file %s
certfile %s
keyfile %s
listener %d 127.0.0.1
allow_anonymous true
`, plain, users, secure, users, cert, key, open))
	server := servers.Start(t, exec.Command(program, "-c", config), servers.Dialled(servers.Address(open)))
	login := func(password, scheme string, port int) Credential {
		return addressed("service-url-password", "app", password, scheme, servers.Address(port))
	}
	v := wantStatus(t, mqtt{}, login(password, "mqtt", plain), roots, mudlark.Active)
	wantFacts(t, v, "user=app")
	wantStatus(t, service{}, login(password, "mqtts", secure), roots, mudlark.Active)
	wantStatus(t, mqtt{}, login(wrong, "mqtt", plain), roots, mudlark.Inactive)
	wantStatus(t, mqtt{}, login(wrong, "mqtts", secure), roots, mudlark.Inactive)
	wantStatus(t, mqtt{}, login(password, "mqtts", secure), nil, mudlark.Unknown) // nobody vouches for it
	wantStatus(t, mqtt{}, login(password, "mqtt", open), roots, mudlark.Unknown)  // it lets in anyone
	server.Stop()
	wantStatus(t, mqtt{}, login(password, "mqtt", plain), roots, mudlark.Unknown)
}

func TestNATS(t *testing.T) {
	program := servers.Need(t, "nats-server")
	folder := servers.Folder(t, "")
	cert, key, roots := certified(t, folder)
	password, wrong := drawn(t, "<alnum 20>", 1), drawn(t, "<alnum 20>", 2)
	seed, public := natsUser(1)
	stranger, _ := natsUser(2)
	start := func(settings string) (*servers.Server, string) {
		address := servers.Address(servers.Port(t))
		config := written(t, filepath.Join(folder, strings.ReplaceAll(address, ":", "-")), "listen: \""+address+"\"\n"+settings)
		return servers.Start(t, exec.Command(program, "-c", config), servers.Dialled(address)), address
	}
	users := fmt.Sprintf("authorization: { users: [{user: \"app\", password: %q}, {nkey: %s}] }\n", password, public)
	server, plain := start(users)
	_, secure := start(users + fmt.Sprintf("tls: { cert_file: %q, key_file: %q }\n", cert, key))
	_, open := start("")
	login := func(password, scheme, place string) Credential {
		return addressed("service-url-password", "app", password, scheme, place)
	}
	v := wantStatus(t, nats{}, login(password, "nats", plain), roots, mudlark.Active)
	wantFacts(t, v, "user=app", "server=NATS 2.", "server name=")
	wantStatus(t, service{}, login(password, "nats", secure), roots, mudlark.Active)
	wantStatus(t, nats{}, login(wrong, "nats", plain), roots, mudlark.Inactive)
	wantStatus(t, nats{}, login(wrong, "tls", secure), roots, mudlark.Inactive)
	wantStatus(t, nats{}, login(password, "nats", secure), nil, mudlark.Unknown) // nobody vouches for it
	wantStatus(t, nats{}, login(password, "tls", plain), roots, mudlark.Unknown) // it must be TLS
	wantStatus(t, nats{}, login(password, "nats", open), roots, mudlark.Unknown) // it lets in anyone
	ofSeed := func(seed, place string) Credential {
		return Credential{Rule: &rules.Rule{ID: "nats-nkey-seed"}, Secret: seed, Endpoint: "https://" + place}
	}
	v = wantStatus(t, natsSeed{}, ofSeed(seed, plain), roots, mudlark.Active)
	wantFacts(t, v, "user="+public)
	wantStatus(t, natsSeed{}, ofSeed(seed, secure), roots, mudlark.Active)
	wantStatus(t, natsSeed{}, ofSeed(stranger, plain), roots, mudlark.Inactive)
	server.Stop()
	wantStatus(t, nats{}, login(password, "nats", plain), roots, mudlark.Unknown)
}

// natsUser returns the seed and the public key of a user.
func natsUser(n byte) (seed, public string) {
	const kind, user = 18, 20
	key := newKey(n)
	raw := append([]byte{kind<<3 | user>>2, user & 3 << 6}, key.Seed()...)
	sum := crc16(raw)
	raw = append(raw, byte(sum), byte(sum>>8))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw), natsKey(user<<3, key[32:])
}

func TestSeedThatNoServerIsNamedForIsNotAskedAbout(t *testing.T) {
	seed, _ := natsUser(1)
	rule := &rules.Rule{ID: "nats-nkey-seed"}
	for name, c := range map[string]Credential{
		"no server":    {Rule: rule, Secret: seed},
		"an account's": {Rule: rule, Secret: "SA" + seed[2:], Endpoint: "https://nats.acme.io"},
		"altered":      {Rule: rule, Secret: seed[:20] + "AAAA" + seed[24:], Endpoint: "https://nats.acme.io"},
		"short":        {Rule: rule, Secret: seed[:40], Endpoint: "https://nats.acme.io"},
	} {
		if got, err := (natsSeed{}).Target(c); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestNATSServerThatRefusesForAnotherReasonIsUnknown(t *testing.T) {
	info, err := json.Marshal(natsInfo{AuthRequired: true})
	if err != nil {
		t.Fatal(err)
	}
	address := peerServer(t, func(c net.Conn) {
		_, _ = c.Write([]byte("INFO " + string(info) + "\r\n"))
		_, _ = c.Read(make([]byte, 4096))
		_, _ = c.Write([]byte("-ERR 'maximum connections exceeded'\r\n"))
	})
	wantStatus(t, nats{}, addressed("x", "app", drawn(t, "<alnum 20>", 1), "nats", address), nil, mudlark.Unknown)
}
