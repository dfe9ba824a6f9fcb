package verifiers

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Bounds of what a provider may make us read.
const (
	maxAnswer    = 1 << 20 // bytes of a body
	maxHeader    = 64 << 10
	maxRedirects = 3
)

// A Network is the way out for one question. It leads to the question's target
// and nowhere else: no other host, no address that is not public unless the
// user allowed it, and over HTTP no scheme but https.
type Network struct {
	wire     *wire
	host     string // of the target, as Target told it
	internal bool   // addresses that are not public are allowed
}

// A wire is what the networks of a pool share.
type wire struct {
	client    *http.Client
	roots     *x509.CertPool // nil: those of the system
	proxy     func(*url.URL) (*url.URL, error)
	userAgent string
	resolver  *net.Resolver // nil: the system's
	now       func() time.Time
}

func newWire(opts Options) *wire {
	w := &wire{roots: opts.Roots, proxy: opts.Proxy, resolver: opts.Resolver, userAgent: opts.userAgent(), now: opts.Now}
	w.client = &http.Client{
		CheckRedirect: onSameHost,
		Transport: &http.Transport{
			Proxy:                  w.proxyOf,
			DialContext:            w.dial,
			TLSClientConfig:        w.tls(),
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // a small body must not become a large one
			MaxResponseHeaderBytes: maxHeader,
			MaxConnsPerHost:        perHost,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        5 * time.Second,
			TLSHandshakeTimeout:    dialTimeout, // a dial outlives the question that began it
		},
	}
	return w
}

// Answer is what a server answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // all of it
}

// Do sends req, which must go to the target, and reads the answer. It follows
// redirects on the same host alone; another one is the answer. An error holds
// nothing of the request.
func (n *Network) Do(ctx context.Context, req *http.Request) (*Answer, error) {
	return n.exchange(req.WithContext(n.onWire(ctx)), n.wire.client.Do)
}

// exchange sends req, which must go to the target, in the given way, and reads the
// answer.
func (n *Network) exchange(req *http.Request, send func(*http.Request) (*http.Response, error)) (*Answer, error) {
	if req.URL.Scheme != "https" || !strings.EqualFold(req.URL.Host, n.host) {
		return nil, fmt.Errorf("asking %s is not what was planned: only https://%s is", req.URL.Host, n.host)
	}
	req.Header.Set("User-Agent", n.wire.userAgent)
	resp, err := send(req)
	if err != nil {
		return nil, plainError(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, plainError(err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// Post is the request of a body to a URL.
func Post(ctx context.Context, address, contentType string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("it does not make an address")
	}
	req.Header.Set("Content-Type", contentType)
	return req, nil
}

// Dial connects to the target, for protocols other than HTTP. The address is
// of the form host:port, and must be the target's: at another port of the same
// host somebody else may listen.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	planned := n.host
	if _, _, err := net.SplitHostPort(planned); err != nil {
		planned = net.JoinHostPort(strings.Trim(planned, "[]"), "443")
	}
	if !strings.EqualFold(address, planned) {
		return nil, fmt.Errorf("dialling %s is not what was planned: only %s is", address, n.host)
	}
	conn, err := n.wire.dial(n.onWire(ctx), network, address)
	return conn, plainError(err)
}

// TLS returns a configuration that verifies the server's name.
func (n *Network) TLS(server string) *tls.Config {
	c := n.wire.tls()
	c.ServerName = server
	return c
}

// Now is the present time.
func (n *Network) Now() time.Time { return n.wire.now() }

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

func (w *wire) tls() *tls.Config { return &tls.Config{RootCAs: w.roots, MinVersion: tls.VersionTLS12} }

// passage is what a dial must know of the question it is for.
type passage struct {
	internal bool
	proxied  atomic.Bool // the connection is to a proxy, which the user chose
}

type passageKey struct{}

func (n *Network) onWire(ctx context.Context) context.Context {
	return context.WithValue(ctx, passageKey{}, &passage{internal: n.internal})
}

// proxyOf is the transport's question for a proxy. What is asked for by address
// is judged here, where a proxy would dial for us.
func (w *wire) proxyOf(req *http.Request) (*url.URL, error) {
	if w.proxy == nil {
		return nil, nil
	}
	p, err := w.proxy(req.URL)
	if p == nil || err != nil {
		return nil, err
	}
	pass, ok := req.Context().Value(passageKey{}).(*passage)
	if !ok {
		return nil, errors.New("a request that no question is behind")
	}
	if err := allowed(net.JoinHostPort(req.URL.Hostname(), "443"), pass.internal); err != nil && isAddress(req.URL.Hostname()) {
		return nil, err
	}
	pass.proxied.Store(true)
	return p, nil
}

func isAddress(host string) bool { return net.ParseIP(strings.Trim(host, "[]")) != nil }

// dial connects, and judges the address when it is known: a name may resolve to
// another one with every question.
func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	pass, ok := ctx.Value(passageKey{}).(*passage)
	if !ok {
		return nil, errors.New("a connection that no question is behind")
	}
	d := net.Dialer{Timeout: dialTimeout, Resolver: w.resolver}
	d.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		if pass.proxied.Load() {
			return nil
		}
		return allowed(resolved, pass.internal)
	}
	return d.DialContext(ctx, network, address)
}

// onSameHost lets redirects lead to the same host alone, and to the same question:
// a POST that becomes a GET is another one.
func onSameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || req.URL.Scheme != "https" || !strings.EqualFold(req.URL.Host, first.Host) || req.URL.User != nil || req.Method != via[0].Method {
		return http.ErrUseLastResponse
	}
	return nil
}

// plainError is err without the URL, which may hold the secret. A connection
// that failed may be tried again.
func plainError(err error) error {
	if err == nil {
		return nil
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if no, ok := errors.AsType[*refused](err); ok {
		return no
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errSlow
	case errors.Is(err, context.Canceled):
		return err
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return errSlow
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &unproven{err}
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		return fmt.Errorf("the name %s is not known", d.Name)
	}
	return Again(err, 0)
}

// unproven is that a certificate is not the server's.
type unproven struct{ err error }

// Error implements error. All names of the certificate may be in the reason.
func (u *unproven) Error() string {
	return "the server does not prove who it is: " + cut(u.err.Error())
}

// Unwrap returns the reason.
func (u *unproven) Unwrap() error { return u.err }

// errSlow is a provider that does not answer in time.
var errSlow = errors.New("no answer in time")

// retryAfter reads a Retry-After header: seconds, or a date. See RFC 9110,
// section 10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
