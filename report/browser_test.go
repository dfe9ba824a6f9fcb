package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark/internal/servers"
)

// A browser is a Chromium with one page, told what to do through a pipe by the
// DevTools protocol (https://chromedevtools.github.io/devtools-protocol). All it
// would send to a network goes to a proxy on loopback, which notes it and hangs
// up.
type browser struct {
	t       testing.TB
	in      *os.File
	out     *bufio.Reader
	session string
	id      int
	// What went wrong in the page, and what it asked for, since it was opened.
	errors, requests []string

	mu      sync.Mutex
	proxied []string // first lines of what came to the proxy
}

// newBrowser starts a browser, which the end of the test ends.
func newBrowser(t testing.TB) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	program := servers.Need(t, "chromium")
	folder, err := os.MkdirTemp("", "browser")
	must(t, err)
	// Its last process may still write: what is left then is no failure.
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	b := &browser{t: t}
	command := exec.Command(program,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-breakpad",
		"--force-prefers-reduced-motion", "--lang=en-US", "--user-data-dir="+folder,
		"--proxy-server="+b.proxy(), "--proxy-bypass-list=<-loopback>")
	command.Env = append(os.Environ(), "HOME="+folder)
	toBrowser, in := pipe(t)
	out, fromBrowser := pipe(t)
	command.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	b.in, b.out = in, bufio.NewReaderSize(out, 1<<20)
	s := servers.Start(t, command, func() error { return nil })
	must(t, toBrowser.Close())
	must(t, fromBrowser.Close())
	// A browser that hangs is ended, and then reading from it fails.
	watch := time.AfterFunc(3*time.Minute, s.Stop)
	t.Cleanup(func() { watch.Stop() })
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func pipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// proxy notes the first line of whatever connects, and returns its address.
func (b *browser) proxy() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b.t, err)
	b.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			c.Close()
			b.mu.Lock()
			b.proxied = append(b.proxied, strings.TrimSpace(line))
			b.mu.Unlock()
		}
	}()
	return l.Addr().String()
}

// An event is a message of the browser: the answer to a call, or news.
type event struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// call tells the browser to do something and waits for the answer.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	message := map[string]any{"id": b.id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	must(b.t, err)
	_, err = b.in.Write(append(text, 0))
	must(b.t, err)
	for {
		e := b.next()
		if e.ID != b.id {
			continue
		}
		if e.Error != nil {
			b.t.Fatalf("%s: %s", method, e.Error.Message)
		}
		if result != nil {
			must(b.t, json.Unmarshal(e.Result, result))
		}
		return
	}
}

// next reads a message, and notes what it says of the page.
func (b *browser) next() event {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("reading from the browser: %v", err)
	}
	var e event
	must(b.t, json.Unmarshal(text[:len(text)-1], &e))
	switch e.Method {
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
		b.errors = append(b.errors, string(e.Params))
	case "Network.requestWillBeSent":
		var sent struct{ Request struct{ URL string } }
		must(b.t, json.Unmarshal(e.Params, &sent))
		b.requests = append(b.requests, sent.Request.URL)
	}
	return e
}

// write puts a page into a file.
func (b *browser) write(page string) (address string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "report ü.html")
	must(b.t, os.WriteFile(file, []byte(page), 0o644))
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
}

// open opens an address anew and waits until it has been loaded.
func (b *browser) open(address string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": "about:blank"}, nil)
	b.errors, b.requests = nil, nil
	b.call("Page.navigate", map[string]any{"url": address}, nil)
	for b.next().Method != "Page.loadEventFired" {
	}
	b.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))", nil)
}

// eval computes a JavaScript expression in the page, a promise too.
func (b *browser) eval(expression string, result any) {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, answer.ExceptionDetails)
	}
	if result != nil {
		must(b.t, json.Unmarshal(answer.Result.Value, result))
	}
}

// text returns what a JavaScript expression gives, as text.
func (b *browser) text(expression string) string {
	b.t.Helper()
	var value any
	b.eval(expression, &value)
	return fmt.Sprint(value)
}

// press presses a key and lets go of it.
func (b *browser) press(key string, code int) {
	b.t.Helper()
	down := map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code}
	if key == "Enter" {
		down["text"] = "\r"
	}
	b.call("Input.dispatchKeyEvent", down, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code}, nil)
}

// look sets what the page is looked at with.
func (b *browser) look(scheme string, width, height int) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// quiet complains about errors of the page, and about anything that it asked
// for besides its own file. What the browser asks for on its own account, such
// as the time, is none of its business: reports of tests name reserved domains.
func (b *browser) quiet(address string) {
	b.t.Helper()
	for _, e := range b.errors {
		b.t.Errorf("the console says %s", e)
	}
	for _, r := range b.requests {
		if own, _, _ := strings.Cut(address, "#"); r != own && !strings.HasPrefix(r, own+"#") && !strings.HasPrefix(r, "data:") {
			b.t.Errorf("the page asks for %s", r)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.proxied {
		if strings.Contains(line, "example") || strings.Contains(line, ".invalid") {
			b.t.Errorf("the network was asked for %s", line)
		}
	}
}
