//go:build !gendoc

package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mudlark-scan/mudlark/internal/providers"
)

// A scriptWorld answers questions to providers as a script's file says.
type scriptWorld struct {
	mu    sync.Mutex
	rows  [][]string // host, what the request holds, status, body
	asked []string
}

// ServeHTTP implements http.Handler.
func (w *scriptWorld) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	text := fmt.Sprint(r.Method, " ", r.URL, " ", r.Header, " ", string(body))
	if user, password, ok := r.BasicAuth(); ok {
		text += user + " " + password
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, r.Method+" "+r.Host)
	for _, row := range w.rows {
		if row[0] != r.Host || !strings.Contains(text, row[1]) {
			continue
		}
		status, err := strconv.Atoi(row[2])
		if err != nil {
			panic(err)
		}
		out.Header().Set("Content-Type", "application/json")
		for _, h := range row[4:] {
			name, value, _ := strings.Cut(h, "=")
			out.Header().Set(name, value)
		}
		out.WriteHeader(status)
		_, _ = io.WriteString(out, row[3])
		return
	}
	out.WriteHeader(http.StatusUnauthorized)
}

type worldKey struct{}

// cmdWorld starts the world of a file: a line for each answer, with host, a text
// that the request holds, status, body, and name=value for each header, with |
// between. Other questions get 401. Commands that follow reach it through a proxy.
func cmdWorld(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: world FILE")
	}
	w := &scriptWorld{}
	for line := range strings.Lines(os.Expand(ts.ReadFile(args[0]), ts.Getenv)) {
		if line = strings.TrimSpace(line); line != "" {
			w.rows = append(w.rows, strings.Split(line, "|"))
		}
	}
	world, err := providers.Start(w)
	ts.Check(err)
	ts.Defer(world.Close)
	ts.Check(os.WriteFile(ts.MkAbs("authority.pem"), world.PEM, 0o600))
	ts.Setenv("SSL_CERT_FILE", ts.MkAbs("authority.pem"))
	ts.Setenv("HTTPS_PROXY", world.Proxy.String())
	ts.Value(worldKey{}).(*worldOf).scriptWorld = w
}

// worldOf is the world of one script, once it has one.
type worldOf struct{ *scriptWorld }

// cmdAsked checks how many questions the world got since it was last asked, and
// of whom.
func cmdAsked(ts *testscript.TestScript, _ bool, args []string) {
	w := ts.Value(worldKey{}).(*worldOf).scriptWorld
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.asked) // hosts are asked side by side
	if want := strings.Join(args, ", "); strings.Join(w.asked, ", ") != want {
		ts.Fatalf("asked: %s\nwant:  %s", strings.Join(w.asked, ", "), want)
	}
	w.asked = nil
}

// cmdNowhere checks that no file below a folder holds a text.
func cmdNowhere(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: nowhere TEXT FOLDER...")
	}
	for _, folder := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if bytes.Contains(text, []byte(args[0])) {
				ts.Fatalf("%s holds the text", path)
			}
			return err
		}))
	}
}
