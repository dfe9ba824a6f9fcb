//go:build unix && !gendoc

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
)

// commands lists every command there is.
func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}

func TestEveryCommandHasHelpWithExamples(t *testing.T) {
	root := newRoot(&app{sys: system()})
	root.InitDefaultHelpCmd()
	for _, c := range commands(root) {
		args := strings.Fields(c.CommandPath())[1:]
		res := mud(t, "", append(args, "--help")...)
		if res.code != exitClean || res.err != "" || !strings.Contains(res.out, "Usage:") {
			t.Errorf("mudlark %s --help: exit code %d, %q", strings.Join(args, " "), res.code, res.err)
		}
		ours := len(args) > 0 && args[0] != "help" && args[0] != "completion"
		if ours && !c.HasSubCommands() && !strings.Contains(res.out, "Examples:") {
			t.Errorf("mudlark %s --help has no examples", strings.Join(args, " "))
		}
		for i, line := range strings.Split(res.out, "\n") {
			if len(line) > 200 {
				t.Errorf("mudlark %s --help: line %d has %d bytes", strings.Join(args, " "), i+1, len(line))
			}
		}
	}
	for _, args := range [][]string{{}, {"help"}, {"--help"}, {"-h"}} {
		if res := mud(t, "", args...); res.code != exitClean || !strings.Contains(res.out, "Examples:") {
			t.Errorf("mudlark %v: exit code %d", args, res.code)
		}
	}
}

// TestUsageErrorsSayWhatToDo: each is exit code 2, nothing on standard output,
// and words that lead on.
func TestUsageErrorsSayWhatToDo(t *testing.T) {
	r := newRepo(t)
	r.write("d/a.txt", "text\n")
	r.commit("text")
	t.Chdir(r.dir)
	for _, c := range []struct {
		args  string
		words string
	}{
		{"dir d --workers x", "--workers takes a whole number"}, {"dir d --timeout x", "--timeout takes a time such as 90s"}, {"dir d --redact=x", "--redact takes"}, {"dir d --redact=101", "percentage"},
		{"dir d --redact=-1", "percentage"}, {"dir d --exit-code x", "--exit-code"}, {"dir d --confidence x", "use one of low, medium, high"},
		{"dir d --max-file-size x", "write it as"}, {"dir d --max-file-size -1", "write it as"}, {"dir d --max-decode-bytes x", "write it as"},
		{"dir d --max-archive-bytes 1XB", "write it as"}, {"dir d --max-archive-ratio x", "not a number"}, {"dir d --max-archive-depth -1", "not a number"},
		{"dir d --format x", "use one of text"}, {"dir d -f", "needs an argument"}, {"dir d --accept x", "no such reason"}, {"dir d --formt json", "did you mean --format?"}, {"dir d --ignore-inline=x", "true or false"},
		{"dir d -x", `See "mudlark dir --help"`}, {"dir nowhere", "check the path"}, {"dir d --config nowhere", "--config"}, {"dir d --enable-rule github-pta", "did you mean"},
		{"dir d --disable-rule github-pta", "did you mean"}, {"dir d --exclude [", "no pattern"}, {"dir d --ignore-file nowhere", "--ignore-file"},
		{"git nowhere", "nowhere"}, {"git a b", "at most 1 argument"}, {"git d/a.txt", "mudlark dir"}, {"git --range x", `"x"`}, {"git --range a..b..c", "range"},
		{"git --since x", "2024"}, {"git --scope x", "use head, refs, all, or branch="}, {"git --scope branch=", "branch="}, {"git --scope branch=x", "git branch"},
		{"git --stagd", "did you mean --staged?"}, {"git -staged", "did you mean --staged?"}, {"help nonsense", `See "mudlark --help"`}, {"help ruls", "did you mean rules?"},
		{"help rules lst", "did you mean list?"}, {"help git x", `unknown command "x" for "mudlark git"`}, {"completion tcsh", "did you mean bash or"}, {"completion bsh", "did you mean bash"}, {"version x", "takes no arguments"}, {"rules list x", "takes no arguments"},
		{"git https://example.com/a.git", "clone it first"}, {"git ssh://git@example.com/a.git", "clone it first"}, {"git git@example.com:a/b.git", "clone it first"}, {"dir https://example.com/", "clone it first"},
		{"git --staged --range a..b", "leave out"}, {"git --staged --since 2024-01-01", "leave out"}, {"stdin x", "mudlark dir"},
		{"gti", "did you mean git?"}, {"dri .", "did you mean dir?"}, {"sdtin", "did you mean stdin?"}, {"rule list", "did you mean rules?"},
		{"rules lst", "did you mean list?"}, {"report convrt x", "did you mean convert?"}, {"nonsense", `See "mudlark --help"`},
		{"rules show", "rules show github-pat"}, {"report convert", "jsonl"}, {"report convert nowhere", "nowhere"}, {"report convert d/a.txt", "jsonl"}, {"rules show github-pta", "did you mean"}, {"rules check nowhere", "nowhere"},
	} {
		res := mud(t, "", strings.Fields(c.args)...)
		if res.code != exitTrouble || res.out != "" {
			t.Errorf("mudlark %s: exit code %d, %.100q", c.args, res.code, res.out)
		}
		if strings.Contains(res.err, "strconv") || !strings.HasPrefix(res.err, "mudlark: ") || !strings.Contains(res.err, c.words) {
			t.Errorf("mudlark %s: %q does not say %q", c.args, res.err, c.words)
		}
	}
}

// TestValuesOutOfRangeAreRefused: a flag says what it takes.
func TestValuesOutOfRangeAreRefused(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "d/a.txt", []byte("token: "+token(t, "<github ghp_>", 1)+"\n"))
	t.Chdir(dir)
	for _, c := range []struct {
		args  string
		words string
	}{
		{"dir d --workers -3", "--workers"}, {"dir d --timeout -5s", "--timeout"}, {"dir d --exit-code 256", "--exit-code"}, {"dir d --exit-code -1", "--exit-code"},
		{"dir d --log-level loud", "--log-level"}, {"dir d --max-decode-depth -1", "--max-decode-depth"},
	} {
		res := mud(t, "", strings.Fields(c.args)...)
		if res.code != exitTrouble || !strings.Contains(res.err, c.words) || strings.Contains(res.err, "strconv") {
			t.Errorf("mudlark %s: exit code %d, %q", c.args, res.code, res.err)
		}
	}
}

// TestExitCodeOfFindingsIsNeverZeroByAccident: a shell sees the low eight bits.
func TestExitCodeOfFindingsIsNeverZeroByAccident(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "a.txt", []byte("token: "+token(t, "<github ghp_>", 1)+"\n"))
	for _, code := range []string{"256", "512", "-256"} {
		if e := (spawn{dir: dir}).mud(t, "dir", ".", "--exit-code", code); e.code == exitClean {
			t.Errorf("--exit-code %s: the exit code is 0 with a leak found", code)
		}
	}
}

// TestEmptyArgumentsAreRefused: a variable of a shell that is not set is not the
// current folder, and not every reason.
func TestEmptyArgumentsAreRefused(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "a.txt", []byte("text\n"))
	t.Chdir(dir)
	for _, c := range []struct {
		words string
		args  []string
	}{
		{"say . if the current folder", []string{"dir", ""}}, {"say . if the current folder", []string{"git", ""}},
		{`--accept "": there is no such reason`, []string{"dir", ".", "--accept", ""}}, {`--accept "": there is no`, []string{"dir", ".", "--accept", "shallow,"}},
	} {
		if res := mud(t, "", c.args...); res.code != exitTrouble || res.out != "" || !strings.Contains(res.err, c.words) {
			t.Errorf("mudlark %q: exit code %d, %q does not say %q", c.args, res.code, res.err, c.words)
		}
	}
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// onTerminal runs the command as on a terminal.
func onTerminal(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	run(t.Context(), args, sys{
		in: strings.NewReader(""), out: &out, err: &errs, outTerm: true, width: 80,
		getenv: func(name string) string { return env[name] },
		now:    func() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	return out.String()
}

func TestColoursOnATerminalAloneAndNotIfRefused(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "a.txt", []byte("token: "+token(t, "<github ghp_>", 1)+"\n"))
	putFile(t, dir, "b"+evil+".txt", []byte("token: "+token(t, "<github ghp_>", 2)+evil+"\n"))
	coloured := onTerminal(t, nil, "dir", dir)
	if !colour.MatchString(coloured) {
		t.Error("no colours on a terminal")
	}
	if where := unsafe(colour.ReplaceAllString(coloured, "")); where != "" {
		t.Errorf("raw on the terminal: %s", where)
	}
	plain := mud(t, "", "dir", dir).out
	for name, out := range map[string]string{
		"--no-color": onTerminal(t, nil, "dir", dir, "--no-color"), "NO_COLOR": onTerminal(t, map[string]string{"NO_COLOR": "1"}, "dir", dir),
		"the colours taken away": colour.ReplaceAllString(coloured, ""),
	} {
		if out != plain {
			t.Errorf("%s: %s", name, firstDifference(plain, out))
		}
	}
	for _, format := range []string{"json", "jsonl", "sarif"} {
		if out := onTerminal(t, nil, "dir", dir, "--format", format); strings.Contains(out, "\x1b") {
			t.Errorf("%s has colours", format)
		}
	}
	if out := onTerminal(t, nil, "dir", dir, "--out", filepath.Join(dir, "x.txt")); out != "" {
		t.Errorf("with --out: %q", out)
	}
}

// A trickle gives a text at once and then nothing, until it is closed. When the
// text was taken it says so.
type trickle struct {
	text  string
	taken func()
	quit  chan struct{}
}

// Read implements io.Reader.
func (s *trickle) Read(p []byte) (int, error) {
	if s.text == "" {
		if s.taken != nil {
			s.taken()
			s.taken = nil
		}
		<-s.quit
		return 0, io.EOF
	}
	n := copy(p, s.text)
	s.text = s.text[n:]
	return n, nil
}

// TestInterruptedScanReportsWhatItFound interrupts the scan of a stream that
// does not end.
func TestInterruptedScanReportsWhatItFound(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	for name, sig := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The beginning was read when the last of several megabytes was.
			var process *os.Process
			stream := &trickle{text: "token: " + secret + "\n" + strings.Repeat("a line of a log\n", 5*mb/16), quit: make(chan struct{})}
			running := make(chan struct{})
			stream.taken = func() {
				<-running
				_ = process.Signal(sig)
				time.AfterFunc(time.Second, func() { close(stream.quit) })
			}
			dir := t.TempDir()
			child := spawn{dir: dir, stdin: stream, started: func(p *os.Process) { process = p; close(running) }}
			e := child.mud(t, "stdin", "--out", "scan.jsonl")
			text, err := os.ReadFile(filepath.Join(dir, "scan.jsonl"))
			if err != nil {
				t.Fatalf("no report: %v, %q", err, e.err)
			}
			rec := parseRecord(t, string(text))
			rec.told(t, mudlark.Interrupted)
			if len(rec.findings) != 1 || e.code != exitFound {
				t.Errorf("%d findings, exit code %d", len(rec.findings), e.code)
			}
			if !strings.HasPrefix(e.err, "mudlark: found, incomplete: ") {
				t.Errorf("%q", e.err)
			}
		})
	}
}

// TestWhatCameInBeforeTheEndOfTimeIsScanned: of a stream that trickles, what
// came is looked at when time is over.
func TestWhatCameInBeforeTheEndOfTimeIsScanned(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	stream := &trickle{text: "token: " + secret + "\n", quit: make(chan struct{})}
	stream.taken = func() { time.AfterFunc(2*time.Second, func() { close(stream.quit) }) }
	rec, _ := spawn{stdin: stream}.scanned(t, "stdin", "--timeout", "1s")
	rec.told(t, mudlark.TimedOut)
	if len(rec.of(secret)) != 1 {
		t.Errorf("found %d times", len(rec.of(secret)))
	}
}

func TestTimeoutEndsAnyScanInTime(t *testing.T) {
	dir := t.TempDir()
	text := flood(t, 900)
	for i := range 60 {
		putFile(t, dir, fmt.Sprintf("%d.txt", i), append(fmt.Appendf(nil, "%d\n", i), text...))
	}
	r := &repo{TB: t, dir: dir}
	r.git("init", "-q", "-b", "main")
	r.commit("much")
	for _, source := range []string{"dir", "git"} {
		rec, e := spawn{}.scanned(t, source, dir, "--timeout", "50ms", "--workers", "1")
		if e.took > 20*time.Second {
			t.Errorf("%s ended after %v", source, e.took)
		}
		if len(rec.skipped(mudlark.TimedOut)) == 0 {
			t.Errorf("%s: %+v", source, rec.skips)
		}
		rec.told(t, mudlark.TimedOut)
	}
}

func TestQuietIsQuiet(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "a.txt", []byte("token: "+token(t, "<github ghp_>", 1)+"\n"))
	if res := mud(t, "", "dir", dir, "-q"); res.err != "" || res.code != exitFound {
		t.Errorf("exit code %d, %q", res.code, res.err)
	}
	if res := mud(t, "", "dir", dir+"/nowhere", "-q"); res.err == "" || res.code != exitTrouble {
		t.Errorf("a failure is not said: exit code %d", res.code)
	}
}

// TestOneCommandIsMadeAsAllAre: which commands are made depends on the command line
// alone, and every command is made by its own name.
func TestOneCommandIsMadeAsAllAre(t *testing.T) {
	all := newRoot(&app{sys: system()})
	for _, m := range makers() {
		one := newRoot(&app{sys: system(), args: []string{m.name, "--help"}})
		want, _, err := all.Find([]string{m.name})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := one.Find([]string{m.name})
		if err != nil || got.Name() != m.name || got.UsageString() != want.UsageString() {
			t.Errorf("%s: %v, made as %s", m.name, err, got.Name())
		}
	}
}
