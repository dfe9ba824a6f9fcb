package verifiers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestRedirectToAnotherHostIsNotFollowed(t *testing.T) {
	for _, location := range []string{
		"https://evil.example/take", "//evil.example/take", "http://api.acme.example/v1/me", "https://api.acme.example:8443/", "https://u@api.acme.example/",
		"https://api.acme.example.evil.example/",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			var got recorder
			v := statusOf(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
				got.add(r, nil)
				w.Header().Set("Location", location)
				w.WriteHeader(status)
			})
			if v.Status != mudlark.Unknown || len(got.all()) != 1 || got.all()[0].Host != "api.acme.example" {
				t.Errorf("%d to %s: %s, asked %v", status, location, v.Status, got.all())
			}
		}
	}
}

func TestRedirectOnTheSameHostIsFollowed(t *testing.T) {
	v := statusOf(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/me" {
			http.Redirect(w, r, "/v1/me/", http.StatusPermanentRedirect)
			return
		}
		answerJSON(w, 200, map[string]any{"ok": r.Header.Get("Authorization") != ""})
	})
	if v.Status != mudlark.Active {
		t.Errorf("got %+v", v)
	}
	v = statusOf(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"/", http.StatusPermanentRedirect)
	})
	if v.Status != mudlark.Unknown {
		t.Errorf("an endless chain: got %+v", v)
	}
}

// TestRedirectToAnotherQuestionIsNotFollowed: what answers a GET says nothing of the
// DELETE or POST that led there.
func TestRedirectToAnotherQuestionIsNotFollowed(t *testing.T) {
	posted := strings.Replace(revocableRule, "[rules.verify]", "[rules.verify]\nmethod = \"POST\"\neffect = \"query\"", 1)
	for status, follows := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		var got recorder
		p := worldPool(t, setOf(t, posted), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got.add(r, nil)
			if !strings.HasSuffix(r.URL.Path, "/moved") {
				http.Redirect(w, r, r.URL.Path+"/moved", status)
				return
			}
			answerJSON(w, 200, map[string]any{"ok": true})
		}))
		list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
		p.Verify(t.Context(), list)
		if v := list[0].Verification; (v.Status == mudlark.Active) != follows {
			t.Errorf("%d: a check that became another: %+v", status, v)
		}
		r, err := p.Revocation(&list[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Send(t.Context()); (err == nil) != follows {
			t.Errorf("%d: a revocation that became another: %v", status, err)
		}
		for _, s := range got.all() {
			if s.Method == http.MethodGet {
				t.Errorf("%d: asked %s %s", status, s.Method, s.URL)
			}
		}
	}
}

func TestEndlessBodyIsNoAnswer(t *testing.T) {
	var sent atomic.Int64
	v := statusOf(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok": true, "more": "`)
		piece := []byte(strings.Repeat("x", 64<<10))
		for sent.Load() < 10<<30 {
			n, err := w.Write(piece)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	if v.Status != mudlark.Unknown {
		t.Errorf("got %+v", v)
	}
	if sent.Load() > 64<<20 {
		t.Errorf("%d MB were taken", sent.Load()>>20)
	}
}

func TestSlowDripIsNoAnswer(t *testing.T) {
	v := statusOf(t, Options{Timeout: 200 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	})
	if v.Status != mudlark.Unknown || v.Reason != errSlow.Error() {
		t.Errorf("got %+v", v)
	}
}

func TestGarbageIsNoAnswer(t *testing.T) {
	for _, body := range []string{
		`{"ok": true`, `{"ok": true} {"ok": true}`, strings.Repeat("[", 500_000), strings.Repeat(`{"ok":`, 100_000), "\x00\xff\xfe", "",
		`{"ok": true}` + "\x00", `<html><script>{"ok": true}</script>`, "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true}",
	} {
		v := statusOf(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		if v.Status != mudlark.Unknown {
			t.Errorf("%.40q: got %+v", body, v)
		}
	}
}

func TestServerThatDoesNotProveItselfGetsNothing(t *testing.T) {
	var asked atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked.Add(1) })
	world, other := newWorld(t, handler), newWorld(t, handler)
	p, err := New(setOf(t, acmeRule), Options{Proxy: world.Through, Roots: other.Roots})
	if err != nil {
		t.Fatal(err)
	}
	list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	p.Verify(t.Context(), list)
	if v := list[0].Verification; v.Status != mudlark.Unknown || asked.Load() != 0 || !strings.Contains(v.Reason, "prove") {
		t.Errorf("asked %d times: %+v", asked.Load(), v)
	}
}

// A dns is a name server on loopback whose answers change.
type dns struct{ answers []string }

// resolver returns a resolver that asks it.
func (d *dns) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go d.serve(conn)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (d *dns) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for asked := 0; ; {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
			continue
		}
		m.Response = true
		q := m.Questions[0]
		if q.Type == dnsmessage.TypeA {
			ip := netip.MustParseAddr(d.answers[min(asked, len(d.answers)-1)])
			asked++
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: ip.As4()},
			}}
		}
		m.Additionals = nil
		text, err := m.Pack()
		if err == nil {
			_, _ = conn.WriteTo(text, from)
		}
	}
}

func TestNameThatTurnsPrivateIsNotConnectedTo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var came atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	// The first address is of a block for documentation, which leads nowhere.
	d := &dns{answers: []string{"203.0.113.7", "127.0.0.1"}}
	set := setOf(t, strings.Replace(acmeRule, "api.acme.example", "api.acme.example:"+port, 1))
	p, err := New(set, Options{Resolver: d.resolver(t), AllowInternal: true})
	if err != nil {
		t.Fatal(err)
	}
	list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	for range 3 {
		p.Verify(t.Context(), list)
		if v := list[0].Verification; v.Status != mudlark.Unknown || !strings.Contains(v.Reason, "no question goes there") {
			t.Errorf("got %+v", v)
		}
	}
	if came.Load() != 0 {
		t.Errorf("%d connections were made", came.Load())
	}
}

func TestAddressesThatNoQuestionGoesTo(t *testing.T) {
	for _, test := range []struct {
		ip               string
		public, internal bool // whether it may be asked, and with AllowInternal
	}{
		{"8.8.8.8", true, true},
		{"2606:4700::1111", true, true},
		{"127.0.0.1", false, true},
		{"::1", false, true},
		{"10.1.2.3", false, true},
		{"172.31.0.1", false, true},
		{"192.168.1.1", false, true},
		{"fd00::1", false, true},
		{"100.64.0.1", false, true},
		{"169.254.169.254", false, false},
		{"fe80::1", false, false},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"224.0.0.1", false, false},
		{"255.255.255.255", false, false},
		{"240.0.0.1", false, false},
		{"::ffff:127.0.0.1", false, true},
		{"::ffff:169.254.169.254", false, false},
		{"64:ff9b::7f00:1", false, true},
		{"64:ff9b::a9fe:a9fe", false, false},
		{"64:ff9b::808:808", true, true},
		{"2002:7f00:1::", false, false},
		{"::127.0.0.1", false, false},
		{"203.0.113.1", false, false},
		{"fec0::1", false, false},
	} {
		at := netip.AddrPortFrom(netip.MustParseAddr(test.ip), 443).String()
		if err := allowed(at, false); (err == nil) != test.public {
			t.Errorf("%s: %v", test.ip, err)
		}
		if err := allowed(at, true); (err == nil) != test.internal {
			t.Errorf("%s with internal ones allowed: %v", test.ip, err)
		}
	}
}

const guessRule = `
[[rules]]
id = "forge-token"
description = "Forge token"
regex = '''\bforge_[0-9a-z]{32}\b'''
keywords = ["forge_"]
[rules.verify]
url = "https://{{endpoint}}/api/user"
headers = { Authorization = "token {{secret}}" }
values = { endpoint = { from = "line", regex = 'https://([^/ ]+)' } }
active = { status = [200] }
inactive = { status = [401] }
`

func TestHostFromTheContentIsAskedOnlyIfApproved(t *testing.T) {
	for _, test := range []struct {
		line   string
		opts   Options
		asked  string
		reason string
	}{
		{line: "https://git.corp.example/x", reason: "--allow-host git.corp.example"},
		{line: "https://git.corp.example/x", opts: Options{Hosts: []string{"git.corp.example"}}, asked: "git.corp.example"},
		{line: "https://git.corp.example/x", opts: Options{Hosts: []string{"*.corp.example"}}, asked: "git.corp.example"},
		{line: "https://corp.example/x", opts: Options{Hosts: []string{"*.corp.example"}}, reason: "--allow-host corp.example"},
		{line: "https://evilcorp.example/x", opts: Options{Hosts: []string{"*.corp.example", "corp.example"}}, reason: "--allow-host"},
		{line: "https://git.corp.example@evil.example/x", opts: Options{Hosts: []string{"*.corp.example", "*.example"}}, reason: "host's name"},
		{line: "https://git.corp.example:22#/x", opts: Options{Hosts: []string{"git.corp.example"}}, reason: "host's name"},
		{line: "https://169.254.169.254/x", opts: Options{Hosts: []string{"169.254.169.254"}, AllowInternal: true}, reason: "link-local"},
		{line: "https://10.0.0.1/x", opts: Options{Hosts: []string{"10.0.0.1"}}, reason: "--allow-internal"},
		{line: "https://evil.example/", opts: Options{Endpoints: map[string]string{"forge": "https://own.example"}}, asked: "own.example"},
		{line: "https://evil.example/", opts: Options{Endpoints: map[string]string{"forge-token": "https://own.example/sub/"}}, asked: "own.example"},
		{line: "no host", reason: "endpoint"},
	} {
		var got recorder
		p := worldPool(t, setOf(t, guessRule), test.opts, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got.add(r, nil) }))
		f := found("forge-token", drawn(t, "forge_<base32lower 32>", 1))
		f[0].Excerpt.Text = mudlark.NewSensitive(test.line)
		p.Verify(t.Context(), f)
		v := f[0].Verification
		switch {
		case test.asked == "" && (len(got.all()) != 0 || v.Status != mudlark.Unknown || !strings.Contains(v.Reason, test.reason)):
			t.Errorf("%s: asked %v, %+v", test.line, got.all(), v)
		case test.asked != "" && (len(got.all()) != 1 || got.all()[0].Host != test.asked || v.Status != mudlark.Active):
			t.Errorf("%s: asked %v, %+v", test.line, got.all(), v)
		}
	}
}

func TestValuesCannotLeaveTheirPlace(t *testing.T) {
	rule := strings.NewReplacer(`"https://{{region}}.pair.example/v1/{{pair-id}}"`, `"https://api.pair.example/v1/{{pair-id}}/x?y={{pair-id}}"
method = "POST"
effect = "query"
headers = { X-Id = "{{pair-id}}" }
body = '{"id": "{{pair-id}}"}'`, "{8}", "{8,}").Replace(pairRule)
	rule = strings.Replace(rule, "values =", "# values =", 1)
	for _, id := range []string{"../../admin", "a\"},{\"b\":\"c", "x&z=1#?%2e", "a/b", "{{secret}}"} {
		var got recorder
		p := worldPool(t, setOf(t, rule), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got.add(r, body)
		}))
		list := []mudlark.Finding{pair(drawn(t, "psec_<base32lower 32>", 1), id, "")}
		p.Verify(t.Context(), list)
		if len(got.all()) != 1 {
			t.Errorf("%q: asked %d times: %+v", id, len(got.all()), list[0].Verification)
			continue
		}
		s := got.all()[0]
		u, err := url.Parse(s.URL)
		var body map[string]string
		if err != nil || json.Unmarshal([]byte(s.Body), &body) != nil {
			t.Fatalf("%q: %v: %+v", id, err, s)
		}
		if u.EscapedPath() != "/v1/"+url.PathEscape(id)+"/x" || len(u.Query()) != 1 || u.Query().Get("y") != id || len(body) != 1 || body["id"] != id {
			t.Errorf("%q: it left its place: %+v", id, s)
		}
	}
	for _, id := range []string{"..", "a\r\nX-Evil: 1", "a\x00b"} {
		var asked atomic.Int64
		p := worldPool(t, setOf(t, rule), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1) }))
		list := []mudlark.Finding{pair(drawn(t, "psec_<base32lower 32>", 1), id, "")}
		p.Verify(t.Context(), list)
		if v := list[0].Verification; asked.Load() != 0 || v.Status != mudlark.Unknown || strings.Contains(v.Reason, "Evil") {
			t.Errorf("%q: asked %d times: %+v", id, asked.Load(), v)
		}
	}
}

func TestNetworkLeadsToTheTargetAlone(t *testing.T) {
	n := newTestNetwork(t, "api.acme.example")
	for _, address := range []string{"https://evil.example/", "http://api.acme.example/", "https://api.acme.example:8443/", "https://api.acme.example.evil.example/"} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Do(t.Context(), req); err == nil || !strings.Contains(err.Error(), "not what was planned") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := n.Dial(t.Context(), "tcp", "evil.example:5432"); err == nil || !strings.Contains(err.Error(), "not what was planned") {
		t.Errorf("dial: %v", err)
	}
}

func TestChecksOfTheScannedPlaceAreNotTrusted(t *testing.T) {
	set := setOf(t, acmeRule+"\n[extend]\nuseDefault = true\n")
	lost := set.Distrust()
	if fmt.Sprint(lost) != "[acme-token]" || set.Rule("acme-token").Verify != nil {
		t.Errorf("lost %v", lost)
	}
	p, err := New(set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	p.Verify(t.Context(), list)
	if list[0].Verification.Status != mudlark.NotAsked {
		t.Errorf("got %+v", list[0].Verification)
	}
	kept := 0
	for i := range set.Rules {
		if set.Rules[i].Verify != nil {
			kept++
		}
	}
	if kept == 0 && slicesHaveChecks(rules.Builtin()) {
		t.Error("built-in checks were lost too")
	}
}

func slicesHaveChecks(s *rules.Set) bool {
	for i := range s.Rules {
		if s.Rules[i].Verify != nil {
			return true
		}
	}
	return false
}
