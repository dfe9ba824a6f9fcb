package verifiers

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/mudlark-scan/mudlark"
)

// A fakeMongo answers on loopback as a MongoDB server does, as none can be
// installed here. What it says is modelled on the manual and on FerretDB.
type fakeMongo struct {
	user, source, password string
	methods                []string // of login
	refusal                int32    // the code for a wrong password
	old                    bool     // knows neither hello nor the shorter login
	roles                  [][2]string
	lies                   bool // about knowing the password
	tls                    *tls.Config
}

func (f *fakeMongo) start(t testing.TB) (address string, stop func()) {
	return listening(t, func(c net.Conn) {
		if f.tls != nil {
			c = tls.Server(c, f.tls)
		}
		s := &fakeMongoSession{fakeMongo: f, conn: c}
		for s.serve() == nil {
		}
	})
}

type fakeMongoSession struct {
	*fakeMongo
	conn                           net.Conn
	first, challenge, nonce, final string
	method                         string
	step                           int
	in                             bool
}

func (s *fakeMongoSession) serve() error {
	head := make([]byte, 21)
	if _, err := io.ReadFull(s.conn, head); err != nil {
		return err
	}
	body := make([]byte, binary.LittleEndian.Uint32(head)-21)
	if _, err := io.ReadFull(s.conn, body); err != nil {
		return err
	}
	d, ok := decodeBSON(body, 8)
	if !ok || binary.LittleEndian.Uint32(head[12:]) != 2013 {
		return io.ErrUnexpectedEOF
	}
	text := append([]byte{0, 0, 0, 0, 0}, s.answer(d).encode()...)
	message := binary.LittleEndian.AppendUint32(nil, uint32(len(text)+16))
	message = append(append(message, 0, 0, 0, 0), head[4:8]...)
	_, err := s.conn.Write(append(binary.LittleEndian.AppendUint32(message, 2013), text...))
	return err
}

func (s *fakeMongoSession) answer(d bsonDoc) bsonDoc {
	fails := func(code int32, text string) bsonDoc {
		return bsonDoc{{"ok", int32(0)}, {"errmsg", text}, {"code", code}}
	}
	wrong := fails(s.refusal, map[int32]string{18: "Authentication failed.", 8000: "bad auth : authentication failed"}[s.refusal])
	payload, _ := d.field("payload").([]byte)
	switch name := d[0].name; {
	case name == "hello" && !s.old || name == "isMaster":
		answer := bsonDoc{{"ok", int32(1)}}
		if d.text("saslSupportedMechs") == s.source+"."+s.user {
			var methods bsonDoc
			for _, m := range s.methods {
				methods = append(methods, bsonField{"0", m})
			}
			answer = append(answer, bsonField{"saslSupportedMechs", methods})
		}
		return answer
	case name == "saslStart":
		_, s.first, _ = strings.Cut(string(payload), "n,,")
		user, nonce, _ := strings.Cut(strings.TrimPrefix(s.first, "n="), ",r=")
		if s.method = d.text("mechanism"); user != scramName(s.user) || d.text("$db") != s.source || !strings.Contains(strings.Join(s.methods, " "), s.method) {
			return wrong
		}
		s.nonce = nonce + "more"
		s.challenge = "r=" + s.nonce + ",s=c2FsdHNhbHQ=,i=4096"
		return bsonDoc{{"conversationId", int32(7)}, {"done", false}, {"payload", []byte(s.challenge)}, {"ok", int32(1)}}
	case name == "saslContinue" && d.number("conversationId") == 7:
		if s.step++; s.step == 2 {
			s.in = true
			return bsonDoc{{"conversationId", int32(7)}, {"done", true}, {"payload", []byte{}}, {"ok", int32(1)}}
		}
		if !s.proven(string(payload)) {
			return wrong
		}
		s.in = !s.old
		return bsonDoc{{"conversationId", int32(7)}, {"done", !s.old}, {"payload", []byte(s.final)}, {"ok", int32(1)}}
	case name == "connectionStatus" && s.in:
		var roles bsonDoc
		for _, r := range s.roles {
			roles = append(roles, bsonField{"0", bsonDoc{{"role", r[0]}, {"db", r[1]}}})
		}
		users := bsonDoc{{"0", bsonDoc{{"user", s.user}, {"db", s.source}}}}
		return bsonDoc{{"authInfo", bsonDoc{{"authenticatedUsers", users}, {"authenticatedUserRoles", roles}}}, {"ok", int32(1)}}
	}
	return fails(59, "no such command")
}

// proven checks a proof the way a server does, from the keys that it keeps.
func (s *fakeMongoSession) proven(message string) bool {
	login := (&mongoTalk{login: &dbLogin{user: s.user, password: s.password}}).scram(s.method)
	without, proof, _ := strings.Cut(message, ",p=")
	salted, _ := pbkdf2.Key(login.hash, login.password, []byte("saltsalt"), 4096, login.hash().Size())
	signed := s.first + "," + s.challenge + "," + without
	got, err := base64.StdEncoding.DecodeString(proof)
	key := login.mac(salted, "Client Key")
	stored := login.hash()
	stored.Write(key)
	signature := login.mac(stored.Sum(nil), signed)
	for i := range signature {
		signature[i] ^= key[i]
	}
	s.final = "v=" + base64.StdEncoding.EncodeToString(login.mac(login.mac(salted, "Server Key"), signed))
	if s.lies {
		s.final = "v=" + base64.StdEncoding.EncodeToString(make([]byte, login.hash().Size()))
		return true
	}
	return err == nil && hmac.Equal(got, signature) && without == "c=biws,r="+s.nonce
}

func TestPasswordAtAFakeOfMongoDB(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p, wrong := dbPassword(t, 80), dbPassword(t, 81)
	both := []string{scramSHA1, scramSHA256}
	for name, f := range map[string]*fakeMongo{
		"new":   {user: "app", source: "main", methods: both, refusal: 18},
		"old":   {user: "app", source: "main", methods: both[:1], refusal: 18, old: true},
		"atlas": {user: "app", source: "main", methods: both[1:], refusal: 8000},
		"signs": {user: "a,b=c", source: "main", methods: both, refusal: 18},
	} {
		f.password, f.roles = p, [][2]string{{"readWrite", "main"}, {"read", "other"}}
		address, stop := f.start(t)
		user := strings.NewReplacer(",", "%2C", "=", "%3D").Replace(f.user)
		v := dbWant(t, "mongodb://"+user+":"+p+"@"+address+"/main", p, nil, mudlark.Active)
		dbKnown(t, v, mudlark.PrivilegeWrite, f.user+"@main", "readWrite@main", "read@other")
		dbWant(t, "mongodb://"+user+":"+p+"@"+address+"/other?authSource=main", p, nil, mudlark.Active)
		dbWant(t, "mongodb://"+user+":"+p+"@"+address+"/other", p, nil, mudlark.Inactive)
		dbWant(t, "mongodb://"+user+":"+wrong+"@"+address+"/main", wrong, nil, mudlark.Inactive)
		dbWant(t, "mongodb://nobody:"+p+"@"+address+"/main", p, nil, mudlark.Inactive)
		stop()
		dbWant(t, "mongodb://"+user+":"+p+"@"+address+"/main", p, nil, mudlark.Unknown)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestMongoDBThatDoesNotKnowThePasswordIsNotBelieved(t *testing.T) {
	p := dbPassword(t, 82)
	address, stop := (&fakeMongo{user: "app", source: "admin", password: "another", methods: []string{scramSHA256}, lies: true}).start(t)
	defer stop()
	dbWant(t, "mongodb://app:"+p+"@"+address, p, nil, mudlark.Unknown)
}

func TestMongoDBThatRefusesOtherwiseSaysNothing(t *testing.T) {
	p := dbPassword(t, 83)
	address, stop := (&fakeMongo{user: "app", source: "admin", password: "another", methods: []string{scramSHA256}, refusal: 334}).start(t)
	defer stop()
	dbWant(t, "mongodb://app:"+p+"@"+address, p, nil, mudlark.Unknown)
}

// A seedlist is a name server that knows the servers of one name.
type seedlist struct {
	target string
	port   uint16
	text   string
}

func (s seedlist) start(t testing.TB) (*net.Resolver, func()) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) == nil && len(m.Questions) == 1 {
				s.answer(&m)
				if text, err := m.Pack(); err == nil {
					_, _ = conn.WriteTo(text, from)
				}
			}
		}
	}()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	return resolver, func() {
		conn.Close()
		<-done
	}
}

func (s seedlist) answer(m *dnsmessage.Message) {
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	q := m.Questions[0]
	var body dnsmessage.ResourceBody
	switch {
	case q.Type == dnsmessage.TypeSRV && strings.HasPrefix(q.Name.String(), "_mongodb._tcp."):
		body = &dnsmessage.SRVResource{Port: s.port, Target: dnsmessage.MustNewName(s.target)}
	case q.Type == dnsmessage.TypeTXT && s.text != "":
		body = &dnsmessage.TXTResource{TXT: []string{s.text}}
	case q.Type == dnsmessage.TypeA:
		body = &dnsmessage.AResource{A: netip.MustParseAddr("127.0.0.1").As4()}
	default:
		return
	}
	m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: body}}
}

func TestServersOfAMongoDBNameAreThoseOfItsDomain(t *testing.T) {
	server := httptest.NewTLSServer(nil) // for its certificate, which is for *.example.com
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	p := dbPassword(t, 84)
	f := &fakeMongo{user: "app", source: "users", password: p, methods: []string{scramSHA256}, refusal: 18, tls: &tls.Config{Certificates: server.TLS.Certificates}}
	address, stop := f.start(t)
	defer stop()
	port := netip.MustParseAddrPort(address).Port()
	for _, test := range []struct {
		list seedlist
		path string
		want mudlark.Status
	}{
		{seedlist{"s1.example.com.", port, "authSource=users&replicaSet=r"}, "/main", mudlark.Active},
		{seedlist{"s1.example.com.", port, ""}, "/users", mudlark.Active},
		{seedlist{"s1.example.com.", port, ""}, "/main", mudlark.Inactive},
		{seedlist{"s1.example.com.", port, ""}, "/main?authSource=users", mudlark.Active},
		{seedlist{"s1.elsewhere.com.", port, ""}, "/users", mudlark.Unknown},
		{seedlist{"example.com.", port, ""}, "/users", mudlark.Unknown},
		{seedlist{"c0.example.com.evil.com.", port, ""}, "/users", mudlark.Unknown},
	} {
		resolver, stop := test.list.start(t)
		match := "mongodb+srv://app:" + p + "@c0.example.com" + test.path
		c := Credential{Match: match, Line: match, Secret: p}
		target, err := database{"mongodb"}.Target(c)
		if err != nil || target.Host != "c0.example.com:27017" {
			t.Fatalf("target %v, %v", target, err)
		}
		n := newTestNetwork(t, target.Host)
		n.wire.roots, n.wire.resolver = roots, resolver
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		v, err := database{"mongodb"}.Verify(ctx, c, n)
		if err == nil && v.Status != test.want || err != nil && test.want != mudlark.Unknown {
			t.Errorf("%v %s: got %v, %v, want %s", test.list, test.path, v, err, test.want)
		}
		cancel()
		stop()
	}
}

func FuzzBSONThatIsReadIsWhatWasWritten(f *testing.F) {
	full := bsonDoc{{"a", "b"}, {"c", bsonDoc{{"d", true}, {"e", int32(7)}}}, {"f", []byte{1, 2}}}.encode()
	f.Add(full[4 : len(full)-1])
	f.Add([]byte("\x10a\x00\x01\x00\x00\x00"))
	f.Add([]byte("\x02a\x00\xff\x00"))
	f.Add([]byte("\x03a\x00\xff\xff\xff\x7f"))
	f.Add([]byte("\x12a\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01b\x00\x00\x00\x00\x00\x00\x00\xf0\x3f"))
	f.Fuzz(func(t *testing.T, fields []byte) {
		data := append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(fields)+5)), fields...), 0)
		d, ok := decodeBSON(data, 8)
		if !ok {
			return
		}
		again, ok := decodeBSON(d.encode(), 8)
		if !ok || again.text("a") != d.text("a") || again.number("a") != d.number("a") {
			t.Errorf("%x: read %v, written and read again %v, %t", data, d, again, ok)
		}
	})
}
