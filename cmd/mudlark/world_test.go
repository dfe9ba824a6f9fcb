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

	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/internal/providers"
	"github.com/mudlark-scan/mudlark/rules"
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
		if row[0] != "*" && row[0] != r.Host || !strings.Contains(text, row[1]) {
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
// between; the host * is any. Other questions get 401. Commands that follow reach it through a proxy.
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

// cmdPlant writes, for each kind of secret that can be asked about by itself at a
// fixed host, an example into a file of a folder, and all secrets into another.
func cmdPlant(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: plant FOLDER SECRETS")
	}
	set, err := rules.Source()
	ts.Check(err)
	ts.Check(set.Select(nil, nil))
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	var secrets []string
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.Set != "" || r.Guessable || r.Verify == nil || r.Verify.FixedHost() == "" || len(r.Verify.Needs()) > 0 || len(r.Verify.Values) > 0 {
			continue
		}
		text, err := rules.Fill(r.Examples[0], 11)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), r.ID+".txt"), []byte(text+"\n"), 0o600))
		if f, err := detectors.Example(&rules.Set{Rules: []rules.Rule{*r}}, r.ID); err == nil {
			secrets = append(secrets, f.Secret.Reveal())
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(secrets, "\n")), 0o600))
}

// cmdPlanned checks that a plan's number of questions is that of those asked since
// the last time, and of the lines of the log.
func cmdPlanned(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: planned PLAN LOG LEAST")
	}
	var questions, hosts, least int
	plan := ts.ReadFile(args[0])
	if _, err := fmt.Sscanf(plan, "%d questions to %d hosts", &questions, &hosts); err != nil {
		ts.Fatalf("no plan: %q", plan)
	}
	least, err := strconv.Atoi(args[2])
	ts.Check(err)
	w := ts.Value(worldKey{}).(*worldOf).scriptWorld
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := strings.Count(ts.ReadFile(args[1]), "\n")
	if questions != len(w.asked) || questions != lines || questions < least {
		ts.Fatalf("planned %d, asked %d, logged %d, want %d at least", questions, len(w.asked), lines, least)
	}
	asked := map[string]bool{}
	for _, a := range w.asked {
		_, host, _ := strings.Cut(a, " ")
		asked[host] = true
	}
	if len(asked) != hosts {
		ts.Fatalf("planned %d hosts, asked %d", hosts, len(asked))
	}
	w.asked = nil
}

// cmdNoneOf checks that no file below folders holds a line of a list.
func cmdNoneOf(ts *testscript.TestScript, neg bool, args []string) {
	for secret := range strings.SplitSeq(ts.ReadFile(args[0]), "\n") {
		cmdNowhere(ts, neg, append([]string{secret}, args[1:]...))
	}
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
