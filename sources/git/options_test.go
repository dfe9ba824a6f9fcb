package git_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
	"github.com/mudlark-scan/mudlark/sources/sourcetest"
)

func TestOptionsThatCannotBe(t *testing.T) {
	r := newRepo(t)
	r.write("f", "1")
	r.commit("one")
	bare := filepath.Join(t.TempDir(), "bare")
	r.git("clone", "-q", "--bare", r.dir, bare)
	empty := t.TempDir()
	for _, test := range []struct {
		opts git.Options
		want []string
	}{
		{git.Options{Path: empty}, []string{empty, "not a git repository", "mudlark dir"}},
		{git.Options{Path: empty + "/none"}, []string{empty + "/none", "no such file"}},
		{git.Options{Path: r.path("f")}, []string{"is a file, not a repository", "mudlark dir"}},
		{git.Options{Files: []string{"a", "b"}}, []string{"accepts at most 1 argument"}},
		{git.Options{Path: r.dir, Scope: "some"}, []string{`unknown scope "some"`, "branch="}},
		{git.Options{Path: r.dir, Scope: "branch=none"}, []string{`"none"`, "git branch -a"}},
		{git.Options{Path: r.dir, Scope: "branch="}, []string{"unknown scope"}},
		{git.Options{Path: r.dir, Staged: true, Range: "HEAD"}, []string{"leave out --range"}},
		{git.Options{Path: r.dir, PreCommit: true, Since: "now"}, []string{"leave out --range"}},
		{git.Options{Path: bare, PreCommit: true}, []string{"is a bare repository"}},
		{git.Options{Path: r.dir, Range: "none..HEAD"}, []string{`range "none..HEAD"`, `revision "none"`}},
		{git.Options{Path: r.dir, Since: "when it was warm"}, []string{"2 weeks ago"}},
	} {
		_, err := test.opts.Open(context.Background(), mudlark.Env{})
		if err == nil {
			t.Errorf("%+v: opened", test.opts)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %q, want %q in it", test.opts, err, want)
			}
		}
	}
}

func TestOptionsFromFlagsAndJSON(t *testing.T) {
	var o git.Options
	fs := flag.NewFlagSet("git", flag.ContinueOnError)
	o.Flags(fs)
	if err := fs.Parse([]string{"--scope=head", "--range=a..b", "--since", "2 weeks ago", "--max-file-size=1MB", "--staged", "x"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Args(fs.Args()); err != nil {
		t.Fatal(err)
	}
	if o.Scope != "head" || o.Range != "a..b" || o.Since != "2 weeks ago" || o.MaxFileBytes != 1_000_000 || !o.Staged || o.Target() != "x" {
		t.Errorf("%+v", o)
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back git.Options
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&back); err != nil || back.Asked() != o.Asked() || back.MaxFileBytes != o.MaxFileBytes {
		t.Errorf("%s: %+v, %v", text, back, err)
	}
}

func TestAsked(t *testing.T) {
	for want, o := range map[string]git.Options{
		"the whole repository, all refs":             {},
		"the whole repository, all refs, scope head": {Scope: "head"},
		"range a..b":                           {Range: "a..b", Scope: "all"},
		"range a..b, commits since 2024-01-01": {Range: "a..b", Since: "2024-01-01"},
		"commits since 2024-01-01":             {Since: "2024-01-01"},
		"what is staged for the next commit":   {Staged: true, PreCommit: true},
		"changes that are not staged":          {PreCommit: true},
	} {
		if got := o.Asked(); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
		if o.Target() != "." {
			t.Errorf("target %q", o.Target())
		}
	}
}

func TestScope(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("base"))
	r.commit("base")
	r.git("checkout", "-q", "-b", "side")
	r.write("g", mark("side"))
	r.commit("on side")
	r.git("tag", "-a", "-m", mark("tag"), "v1")
	r.git("checkout", "-q", "main")
	r.write("h", mark("staged"))
	r.git("add", "h")
	r.git("config", "x.y", mark("config"))
	for scope, want := range map[string][]string{
		"all": nil, "": nil,
		"refs":                   {"staged", "config"},
		"head":                   {"side", "staged", "config", "tag"},
		"branch=main":            {"side", "staged", "config", "tag"},
		"branch=side":            {"staged", "config"},
		"branch=refs/heads/side": {"staged", "config"},
	} {
		res := scan(t, git.Options{Path: r.dir, Scope: scope}, mudlark.Env{}).complete()
		if len(res.found) != 5 {
			t.Fatalf("found %q", res.lines())
		}
		for _, f := range res.found {
			name := strings.Fields(describe(f))[0]
			if out := f.Suppression.By == mudlark.ByScope; out != slices.Contains(want, name) {
				t.Errorf("scope %s: %s: outside: %v (%s)", scope, describe(f), out, f.Suppression.Reason)
			}
		}
	}
}

func TestWorkersMakeNoDifference(t *testing.T) {
	r := newRepo(t)
	r.stdin(randomHistory(5), "fast-import", "--quiet", "--force")
	r.stdin(randomHistory(6), "fast-import", "--quiet", "--force")
	r.pack()
	var first string
	for _, workers := range []int{1, 2, 8, 8} {
		res := scan(t, git.Options{Path: r.dir}, mudlark.Env{Workers: workers}).complete()
		var text strings.Builder
		for _, f := range res.found {
			fmt.Fprintf(&text, "%s %s %+v %+v\n", describe(f), f.Origin.Object, f.Origin.Commit, f.Position)
		}
		fmt.Fprintf(&text, "%+v", res.coverage)
		if first == "" {
			first = text.String()
		} else if first != text.String() {
			t.Errorf("%d workers: another result", workers)
		}
	}
}

// TestConformance holds all ways of reading a repository to what a source
// promises.
func TestConformance(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", "first\n")
	r.write("d/b.txt", strings.Repeat("line\n", 1000))
	r.commit("one")
	r.git("tag", "v1")
	r.write("a.txt", "second\n")
	r.write("archive.zip", zipped(t, "m.txt", "member"))
	r.write("twice.txt", "first\n")
	id := r.commit("two")
	r.write("a.txt", "third\n")
	r.git("add", "a.txt")
	r.write("a.txt", "fourth\n")
	blob := func(rev string) string { return r.git("rev-parse", rev) }
	byObject := func(c mudlark.Chunk) string {
		switch {
		case c.Origin.Object != "" && c.Origin.Part == "":
			_, member, _ := strings.Cut(c.Origin.Path, "!")
			return c.Origin.Object + member
		case c.Origin.Part == "path name" && c.Origin.Object == "":
			return c.Origin.Path + " [path]"
		case c.Origin.Part == "commit message":
			return c.Origin.Object + " [message]"
		}
		return ""
	}
	content := map[string]string{
		blob("v1:a.txt"): "first\n", blob("HEAD:a.txt"): "second\n", blob("HEAD:d/b.txt"): strings.Repeat("line\n", 1000),
		blob("HEAD:archive.zip") + "m.txt": "member",
	}
	all := map[string]string{
		blob(":a.txt"): "third\n", "a.txt [path]": "a.txt", "d/b.txt [path]": "d/b.txt", "twice.txt [path]": "twice.txt",
		"archive.zip [path]": "archive.zip", id + " [message]": "two\n", blob("v1") + " [message]": "one\n",
	}
	for k, v := range content {
		all[k] = v
	}
	two := map[string]string{
		blob("v1:a.txt"): "first\n", blob("HEAD:a.txt"): "second\n",
		blob("HEAD:archive.zip") + "m.txt": "member", id + " [message]": "two\n",
		"archive.zip [path]": "archive.zip", "twice.txt [path]": "twice.txt",
	}
	for _, test := range []struct {
		name string
		opts git.Options
		want map[string]string
	}{
		{"history", git.Options{}, all},
		{"range", git.Options{Range: "v1..HEAD"}, two},
		{"tree", git.Options{Tree: &git.Tree{Revision: "HEAD"}}, map[string]string{
			blob("v1:a.txt"): "first\n", blob("HEAD:a.txt"): "second\n", blob("HEAD:d/b.txt"): content[blob("HEAD:d/b.txt")], blob("HEAD:archive.zip") + "m.txt": "member",
			"a.txt [path]": "a.txt", "d/b.txt [path]": "d/b.txt", "twice.txt [path]": "twice.txt", "archive.zip [path]": "archive.zip",
		}},
		{"staged", git.Options{Staged: true}, map[string]string{blob(":a.txt"): "third\n", blob("HEAD:a.txt"): "second\n"}},
		{"unstaged", git.Options{PreCommit: true}, map[string]string{
			blob(":a.txt"): "third\n", r.stdin("fourth\n", "hash-object", "--stdin"): "fourth\n",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := test.opts
			opts.Path = r.dir
			sourcetest.Run(t, sourcetest.Fixture{
				Open: func(tb testing.TB, env mudlark.Env) mudlark.Source {
					src, err := opts.Open(context.Background(), env)
					if err != nil {
						tb.Fatal(err)
					}
					return src
				},
				Want: test.want,
				Key:  byObject,
			})
		})
	}
}

// A counter is a mudlark.Progress.
type counter struct {
	mu               sync.Mutex
	expected, passed int64
}

func (c *counter) Expect(n int64)  { c.mu.Lock(); c.expected += n; c.mu.Unlock() }
func (c *counter) Advance(n int64) { c.mu.Lock(); c.passed += n; c.mu.Unlock() }

func TestProgressComesToItsEnd(t *testing.T) {
	r := newRepo(t)
	r.stdin(randomHistory(5), "fast-import", "--quiet", "--force")
	r.pack()
	var c counter
	scan(t, git.Options{Path: r.dir}, mudlark.Env{Workers: 2, Progress: &c})
	if c.expected == 0 || c.passed != c.expected {
		t.Errorf("%d of %d bytes", c.passed, c.expected)
	}
}

// TestUnreadableFiles is about what the system refuses.
func TestUnreadableFiles(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	r := newRepo(t)
	r.write("f", mark("f"))
	r.commit("one")
	for _, name := range []string{".git/index", ".git/logs/HEAD", ".git/description", ".git/refs/heads/main"} {
		if err := os.Chmod(r.path(name), 0); err != nil {
			t.Fatal(err)
		}
		if n := whole(t, r).reasons(); n[mudlark.Unreadable] == 0 {
			t.Errorf("%s cannot be read, and skips are %v", name, n)
		}
		_ = os.Chmod(r.path(name), 0o644)
	}
}
