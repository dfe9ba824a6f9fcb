package git_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// A repo is a repository made with the git program, in which nothing depends on
// the machine: no configuration of a user, fixed dates, one hour apart.
type repo struct {
	testing.TB
	dir  string
	now  time.Time
	home string
}

func newRepo(tb testing.TB, args ...string) *repo {
	tb.Helper()
	r := &repo{TB: tb, dir: filepath.Join(tb.TempDir(), "repo"), now: time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC), home: tb.TempDir()}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	r.git(append([]string{"init", "-q", "-b", "main"}, args...)...)
	return r
}

// in returns r as seen from another folder.
func (r *repo) in(dir string) *repo {
	other := *r
	other.dir = dir
	return &other
}

func (r *repo) git(args ...string) string {
	r.Helper()
	out, err := r.try(args...)
	if err != nil {
		r.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (r *repo) try(args ...string) (string, error) {
	r.now = r.now.Add(time.Hour)
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	stamp := fmt.Sprintf("%d +0000", r.now.Unix())
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+r.home, "TZ=UTC", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Ann Author", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE="+stamp,
		"GIT_COMMITTER_NAME=Carl Committer", "GIT_COMMITTER_EMAIL=carl@example.com", "GIT_COMMITTER_DATE="+stamp,
		"GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=true")
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, errors.String())
	}
	return strings.TrimRight(string(out), "\n"), err
}

func (r *repo) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

func (r *repo) write(name, content string) {
	r.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(r.path(name), []byte(content), 0o644); err != nil {
		r.Fatal(err)
	}
}

func (r *repo) read(name string) string {
	r.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.Fatal(err)
	}
	return string(text)
}

func (r *repo) remove(name string) {
	r.Helper()
	if err := os.RemoveAll(r.path(name)); err != nil {
		r.Fatal(err)
	}
}

// commit commits everything and returns the commit's id.
func (r *repo) commit(message string) string {
	r.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

// stdin runs git with input and returns what it prints.
func (r *repo) stdin(input string, args ...string) string {
	r.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+r.home)
	out, err := cmd.Output()
	if err != nil {
		r.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out))
}

// pack puts everything into one pack of long delta chains.
func (r *repo) pack() {
	r.Helper()
	r.git("repack", "-q", "-adf", "--depth=50", "--window=50", "--keep-unreachable")
	r.git("prune-packed")
}

// A result is what a scan gave.
type result struct {
	testing.TB
	found    []mudlark.Finding
	skips    []mudlark.Skip
	coverage mudlark.Coverage
	chunks   int
}

// mark returns a secret of the rule that these tests look for. It is spelled in
// parts so that no file of the project holds one.
func mark(name string) string { return "MARK" + "_" + name + "_END" }

var marks = regexp.MustCompile("MARK" + "_[a-zA-Z0-9]+_END")

// scan reads a repository and finds marks, as a scanner would.
func scan(tb testing.TB, opts git.Options, env mudlark.Env) result {
	tb.Helper()
	src, err := opts.Open(context.Background(), env)
	if err != nil {
		tb.Fatal(err)
	}
	return read(tb, src)
}

// read reads a source and closes it.
func read(tb testing.TB, src mudlark.Source) result {
	tb.Helper()
	if c, ok := src.(interface{ Close() error }); ok {
		defer c.Close()
	}
	r := result{TB: tb}
	var mu sync.Mutex
	yield := func(c mudlark.Chunk, err error) error {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			var s *mudlark.Skip
			if !errors.As(err, &s) {
				tb.Errorf("%+v: the error is no skip: %v", c.Origin, err)
				return nil
			}
			skip := *s
			skip.Origin = c.Origin
			r.skips = append(r.skips, skip)
			return nil
		}
		r.chunks++
		r.found = append(r.found, detect(c)...)
		return nil
	}
	err := src.Chunks(context.Background(), yield)
	if err != nil {
		tb.Fatal(err)
	}
	r.found = sorted(r.found)
	if r.found, err = src.(mudlark.Attributor).Attribute(context.Background(), r.found, yield); err != nil {
		tb.Fatal(err)
	}
	r.found = sorted(r.found)
	slices.SortFunc(r.skips, func(a, b mudlark.Skip) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	r.coverage = src.(mudlark.Accountant).Covered()
	return r
}

func detect(c mudlark.Chunk) []mudlark.Finding {
	var out []mudlark.Finding
	for _, at := range marks.FindAllIndex(c.Data, -1) {
		start := bytes.LastIndexByte(c.Data[:at[0]], '\n') + 1
		end := len(c.Data)
		if i := bytes.IndexByte(c.Data[at[1]:], '\n'); i >= 0 {
			end = at[1] + i
		}
		line := max(c.Line, 1) + bytes.Count(c.Data[:at[0]], []byte("\n"))
		out = append(out, mudlark.Finding{
			RuleID:  "mark",
			Secret:  mudlark.NewSensitive(string(c.Data[at[0]:at[1]])),
			Excerpt: mudlark.Excerpt{Text: mudlark.NewSensitive(string(c.Data[start:end]))},
			Position: mudlark.Position{
				Offset: c.Offset + int64(at[0]), StartLine: line, EndLine: line,
				StartColumn: at[0] - start + 1, EndColumn: at[1] - start + 1,
			},
			Origin: c.Origin,
		})
	}
	return out
}

func sorted(found []mudlark.Finding) []mudlark.Finding {
	slices.SortFunc(found, func(a, b mudlark.Finding) int {
		return cmp.Or(strings.Compare(describe(a), describe(b)), cmp.Compare(a.Position.Offset, b.Position.Offset))
	})
	return found
}

// describe says of a finding what matters, in a line: the mark, where it is,
// which commit brought it, what holds it.
func describe(f mudlark.Finding) string {
	o := f.Origin
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(strings.TrimPrefix(f.Secret.Reveal(), "MARK"+"_"), "_END"))
	fmt.Fprintf(&b, " %s:%d", o.Path, f.Position.StartLine)
	if o.Part != "" {
		fmt.Fprintf(&b, " [%s]", o.Part)
	}
	if o.Commit != nil {
		fmt.Fprintf(&b, " by %s", o.Commit.Subject)
	}
	if e := o.Exposure; e != nil {
		fmt.Fprintf(&b, " %s", e.Held)
		if len(e.Refs) > 0 {
			fmt.Fprintf(&b, " refs=%s", strings.Join(e.Refs, ","))
		}
		if len(e.Tips) > 0 {
			fmt.Fprintf(&b, " tips=%s", strings.Join(e.Tips, ","))
		}
	}
	if f.Suppression.By != "" {
		fmt.Fprintf(&b, " -%s", f.Suppression.By)
	}
	return b.String()
}

func (r result) lines() []string {
	var lines []string
	for _, f := range r.found {
		lines = append(lines, describe(f))
	}
	return lines
}

// want fails unless the findings are these, in any order.
func (r result) want(lines ...string) {
	r.Helper()
	got := r.lines()
	slices.Sort(got)
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		r.Errorf("found:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

// complete fails if anything was skipped.
func (r result) complete() result {
	r.Helper()
	for _, s := range r.skips {
		r.Errorf("skipped: %s %+v", s.Error(), s.Origin)
	}
	return r
}

func (r result) reasons() map[mudlark.Reason]int {
	n := map[mudlark.Reason]int{}
	for _, s := range r.skips {
		n[s.Reason] += max(1, s.Count)
	}
	return n
}

// has reports whether a mark was found anywhere.
func (r result) has(name string) bool {
	return slices.ContainsFunc(r.found, func(f mudlark.Finding) bool { return f.Secret.Reveal() == mark(name) })
}

// both runs a test on loose objects and then on a pack.
func both(t *testing.T, r *repo, check func(t *testing.T, r *repo)) {
	t.Helper()
	t.Run("loose", func(t *testing.T) { check(t, r) })
	r.pack()
	t.Run("packed", func(t *testing.T) { check(t, r) })
}

func whole(t testing.TB, r *repo) result {
	t.Helper()
	return scan(t, git.Options{Path: r.dir}, mudlark.Env{Workers: 2})
}
