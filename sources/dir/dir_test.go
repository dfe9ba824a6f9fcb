package dir

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/sourcetest"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// tree writes files below a new folder, which becomes the working directory. A
// content that begins with "-> " makes a link, an empty path's end a folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, files)
	if t, ok := t.(interface{ Chdir(string) }); ok {
		t.Chdir(root)
	}
	return root
}

func write(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := files[name]
		path := filepath.Join(root, filepath.FromSlash(name))
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if strings.HasSuffix(name, "/") {
			check(os.MkdirAll(path, 0o755))
			continue
		}
		check(os.MkdirAll(filepath.Dir(path), 0o755))
		if to, ok := strings.CutPrefix(content, "-> "); ok {
			if err := os.Symlink(to, path); err != nil {
				t.Skipf("no links here: %v", err)
			}
			continue
		}
		check(os.WriteFile(path, []byte(content), 0o644))
	}
}

// scan returns the content of files by path, and the source.
func scan(t testing.TB, o Options) (content map[string]string, skips map[string]mudlark.Reason, c mudlark.Coverage) {
	t.Helper()
	src, err := o.Open(context.Background(), mudlark.Env{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	content, skips = map[string]string{}, map[string]mudlark.Reason{}
	var mu sync.Mutex
	err = src.Chunks(context.Background(), func(c mudlark.Chunk, err error) error {
		mu.Lock()
		defer mu.Unlock()
		var skip *mudlark.Skip
		if errors.As(err, &skip) {
			skips[c.Origin.Path] = skip.Reason
			return nil
		}
		key := sourcetest.PathAndPart(c)
		if _, ok := content[key]; ok {
			t.Errorf("%q came twice", key)
		}
		content[key] = string(c.Data)
		return err
	})
	if err != nil {
		t.Fatalf("Chunks: %v", err)
	}
	return content, skips, src.(mudlark.Accountant).Covered()
}

// contentPaths returns the paths of content of files.
func contentPaths(content map[string]string) []string {
	var paths []string
	for key := range content {
		if !strings.HasSuffix(key, "]") {
			paths = append(paths, key)
		}
	}
	slices.Sort(paths)
	return paths
}

func wantPaths(t *testing.T, content map[string]string, want ...string) {
	t.Helper()
	if got := contentPaths(content); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestConformance(t *testing.T) {
	long := strings.Repeat("a line of text that is repeated\n", 200_000)
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	f, _ := z.Create("inner/secret.txt")
	_, _ = f.Write([]byte("in an archive"))
	_ = z.Close()
	files := map[string]string{
		"a.env": "KEY=value\n", ".hidden": "seen", "dir/b.txt": "text\nof two lines", "dir/sub/c": "c", "empty": "", "long.log": long,
		"x.zip": packed.String(),
	}
	want := map[string]string{}
	for i := range 100 {
		files[fmt.Sprintf("many/%03d.txt", i)] = strings.Repeat("x", i+1)
	}
	for name, content := range files {
		want[name] = content
		want[name+" [path name]"] = name
	}
	delete(want, "x.zip")
	want["x.zip!inner/secret.txt"] = "in an archive"
	want["x.zip!inner/secret.txt [path name]"] = "inner/secret.txt"
	files["link"] = "-> /some/where"
	want["link [path name]"] = "link"
	want["link [symlink target]"] = "/some/where"
	tree(t, files)
	sourcetest.Run(t, sourcetest.Fixture{
		Open: func(tb testing.TB, env mudlark.Env) mudlark.Source {
			src, err := new(Options).Open(context.Background(), env)
			if err != nil {
				tb.Fatal(err)
			}
			return src
		},
		Want: want,
	})
}

func TestPathsAreAsTheUserTypedThem(t *testing.T) {
	root := tree(t, map[string]string{"src/a.env": "a", "src/sub/b": "b"})
	for target, want := range map[string]string{
		".": "src/a.env", "./": "src/a.env", "src": "src/a.env", "./src": "src/a.env", "src/": "src/a.env", "src/a.env": "src/a.env",
		"src/sub/..": "src/a.env", root: filepath.ToSlash(root) + "/src/a.env", "../" + filepath.Base(root): "../" + filepath.Base(root) + "/src/a.env",
	} {
		content, _, _ := scan(t, Options{Paths: []string{target}})
		if content[want] != "a" {
			t.Errorf("%q: read %q, want %q among them", target, contentPaths(content), want)
		}
	}
}

func TestSeveralTargetsAreReadOnce(t *testing.T) {
	tree(t, map[string]string{"a/x": "x", "a/sub/y": "y", "b/z": "z"})
	content, _, c := scan(t, Options{Paths: []string{"a", "b/z", "a/sub", "b", "a", "./a/x"}})
	wantPaths(t, content, "a/sub/y", "a/x", "b/z")
	if c.Files != 3 {
		t.Errorf("%d files, want 3", c.Files)
	}
}

func TestMissingTargetIsAnError(t *testing.T) {
	tree(t, map[string]string{"a": "a"})
	_, err := (&Options{Paths: []string{"a", "no/such"}}).Open(context.Background(), mudlark.Env{})
	if err == nil || !strings.Contains(err.Error(), "no/such") || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("Open: %v", err)
	}
}

func TestGitFoldersAreLeftOut(t *testing.T) {
	tree(t, map[string]string{
		".git/config": "x", ".git/objects/ab/cd": "x", "a": "a", "sub/.git": "gitdir: ../.git/modules/sub\n", "other/.git/HEAD": "x",
		"bare.git/HEAD": "ref", "bare.git/objects/": "", "bare.git/refs/": "", "bare.git/config": "url = x",
	})
	content, skips, c := scan(t, Options{})
	wantPaths(t, content, "a", "bare.git/HEAD", "bare.git/config", "sub/.git")
	if len(skips) > 0 {
		t.Errorf("skips %v", skips)
	}
	notes := strings.Join(c.Notes, "\n")
	if !strings.Contains(notes, "2 git object stores were not read") || !strings.Contains(notes, "1 folder is a bare git repository") {
		t.Errorf("notes %q", notes)
	}
	content, _, _ = scan(t, Options{Paths: []string{".git"}})
	wantPaths(t, content, ".git/config", ".git/objects/ab/cd")
}

func TestEmptyFolderIsRead(t *testing.T) {
	tree(t, map[string]string{"empty/": ""})
	content, skips, c := scan(t, Options{})
	if len(contentPaths(content)) > 0 || len(skips) > 0 || c.Files != 0 {
		t.Errorf("read %q, skips %v, %d files", contentPaths(content), skips, c.Files)
	}
	if content["empty [path name]"] != "empty" {
		t.Error("the name of an empty folder was not read")
	}
	if len(c.Notes) != 1 || c.Notes[0] != "there was no file to read" {
		t.Errorf("notes %q", c.Notes)
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, map[string]string{"secret": "outside"})
	tree(t, map[string]string{"a": "a", "tofile": "-> a", "todir": "-> " + outside, "broken": "-> nowhere"})
	content, skips, _ := scan(t, Options{})
	wantPaths(t, content, "a")
	if len(skips) > 0 {
		t.Errorf("skips %v", skips)
	}
	if content["todir [symlink target]"] != outside || content["broken [symlink target]"] != "nowhere" {
		t.Errorf("targets of links: %q", content)
	}
	// A link on the command line is followed, one below it is not.
	content, _, _ = scan(t, Options{Paths: []string{"todir", "tofile"}})
	wantPaths(t, content, "todir/secret", "tofile")
}

func TestFollowedLinks(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, map[string]string{"deep/secret": "outside", "deep/back": "-> ..", "other": "o"})
	tree(t, map[string]string{
		"a": "a", "dup": "-> a", "1dir": "-> " + outside + "/deep", "2dir": "-> " + outside + "/deep", "3file": "-> " + outside + "/other",
		"loop": "-> .", "self": "-> self", "broken": "-> nowhere",
	})
	content, skips, c := scan(t, Options{FollowSymlinks: true})
	wantPaths(t, content, "1dir/back/other", "1dir/secret", "a")
	want := map[string]mudlark.Reason{"self": mudlark.Unreadable}
	if !maps.Equal(skips, want) {
		t.Errorf("skips %v, want %v", skips, want)
	}
	if !slices.Contains(c.Notes, "1 link leads nowhere") {
		t.Errorf("notes %q", c.Notes)
	}
}

func TestExclude(t *testing.T) {
	tree(t, map[string]string{
		"a.go": "", "b.log": "x", "node_modules/m/index.js": "x", "src/c.log": "x", "src/gen/d.go": "x", "src/keep/e.go": "x", "vendor/f": "x",
	})
	content, _, c := scan(t, Options{Exclude: []string{"*.log", "node_modules/**", "src/gen", "/vendor/"}})
	wantPaths(t, content, "a.go", "src/keep/e.go")
	if want := "5 paths were excluded by --exclude, with all below them"; !slices.Contains(c.Notes, want) {
		t.Errorf("notes %q, want %q", c.Notes, want)
	}
	if _, err := (&Options{Exclude: []string{"[a"}}).Open(context.Background(), mudlark.Env{}); err == nil {
		t.Error("a bad pattern was taken")
	}
}

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"*.log", "a/b/c.log", true}, {"*.log", "a.log/b", false}, {"a", "x/a", true}, {"/a", "x/a", false}, {"/a", "a", true}, {"a/b", "a/b", true},
		{"a/b", "x/a/b", false}, {"**/b", "b", true}, {"**/b", "x/y/b", true}, {"a/**/b", "a/b", true}, {"a/**/b", "a/x/y/b", true}, {"a/**/b", "b", false},
		{"a/**", "a", true}, {"a/*/c", "a/b/c", true}, {"a/*/c", "a/b/b/c", false}, {"./a/b", "a/b", true}, {"?.txt", "a.txt", true}, {"**", "a/b", true},
		{"a/", "x/a", true}, {"**/node_modules/**", "x/node_modules", true},
	} {
		gs, err := parseGlobs([]string{tt.pattern})
		if err != nil {
			t.Fatalf("%q: %v", tt.pattern, err)
		}
		if got := gs.match(tt.path, tt.path); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.pattern, tt.path, got, tt.want)
		}
	}
}

func TestFileSizes(t *testing.T) {
	files := map[string]string{}
	for _, n := range []int{0, 1, 511, 512, 513, 64<<10 - 512, 64 << 10, wholeBytes, wholeBytes + 1} {
		files[fmt.Sprint(n)] = strings.Repeat("x", n)
	}
	tree(t, files)
	total := map[string]int{}
	var mu sync.Mutex
	src, _ := new(Options).Open(context.Background(), mudlark.Env{})
	_ = src.Chunks(context.Background(), func(c mudlark.Chunk, err error) error {
		mu.Lock()
		defer mu.Unlock()
		if c.Origin.Part != "" {
			return nil
		}
		if c.Fresh == nil {
			total[c.Origin.Path] += len(c.Data)
		} else {
			total[c.Origin.Path] += c.Fresh[0].Len()
		}
		return nil
	})
	for name, content := range files {
		if total[name] != len(content) {
			t.Errorf("%s: %d bytes", name, total[name])
		}
	}
	_, skips, _ := scan(t, Options{Limits: split.Limits{MaxFileBytes: 600}})
	for name, content := range files {
		if (skips[name] == mudlark.TooLarge) != (len(content) > 600) {
			t.Errorf("--max-file-size 600: %s: %q", name, skips[name])
		}
	}
}

func TestManyLevels(t *testing.T) {
	root := tree(t, nil)
	deep := strings.Repeat("d/", 60)
	write(t, root, map[string]string{deep + "f": "deep"})
	content, _, _ := scan(t, Options{})
	wantPaths(t, content, deep+"f")
}

func TestProgress(t *testing.T) {
	tree(t, map[string]string{"a": "12345", "b": strings.Repeat("x", wholeBytes+10)})
	p := &counter{}
	src, _ := new(Options).Open(context.Background(), mudlark.Env{Progress: p})
	if err := src.Chunks(context.Background(), func(mudlark.Chunk, error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if want := int64(5 + wholeBytes + 10); p.expected != want || p.advanced != want {
		t.Errorf("expected %d, advanced %d, want %d", p.expected, p.advanced, want)
	}
}

type counter struct {
	mu                 sync.Mutex
	expected, advanced int64
}

func (c *counter) Expect(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expected += n
}

func (c *counter) Advance(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advanced += n
}

func TestOptions(t *testing.T) {
	var o Options
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	o.Flags(fs)
	if err := fs.Parse([]string{"--follow-symlinks", "--exclude", "a", "--exclude=b", "--max-file-size=1MB", "x", "y"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Args(fs.Args()); err != nil {
		t.Fatal(err)
	}
	if o.Target() != "x y" || o.Asked() != "all files but a, b, following links" || o.MaxFileBytes != 1_000_000 {
		t.Errorf("target %q, asked %q, max %d", o.Target(), o.Asked(), o.MaxFileBytes)
	}
	if (&Options{}).Target() != "." {
		t.Error("the default target is the working directory")
	}
}

func BenchmarkChunks(b *testing.B) {
	root := b.TempDir()
	text := strings.Repeat("key = value # a line of ordinary text\n", 270)
	total := 0
	for i := range 4000 {
		name := filepath.Join(root, fmt.Sprintf("d%02d", i%100), fmt.Sprintf("f%04d.txt", i))
		_ = os.MkdirAll(filepath.Dir(name), 0o755)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		total += len(text)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		src, err := (&Options{Paths: []string{root}}).Open(context.Background(), mudlark.Env{Workers: 1})
		if err != nil {
			b.Fatal(err)
		}
		_ = src.Chunks(context.Background(), func(mudlark.Chunk, error) error { return nil })
	}
}
