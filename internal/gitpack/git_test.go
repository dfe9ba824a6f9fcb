package gitpack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A repo is a repository that a test makes with git.
type repo struct {
	t      testing.TB
	dir    string
	format Format
	clock  int
	grown  bool
}

func newRepo(t testing.TB, f Format) *repo {
	t.Helper()
	r := &repo{t: t, dir: t.TempDir(), format: f}
	r.git("init", "-q", "--object-format="+f.String(), "-b", "main", ".")
	return r
}

func (r *repo) objects() string { return filepath.Join(r.dir, ".git", "objects") }

func (r *repo) packDir() string { return filepath.Join(r.objects(), "pack") }

// git runs git with an environment of its own, and returns what it prints.
func (r *repo) git(args ...string) string {
	r.t.Helper()
	return r.gitInput("", args...)
}

func (r *repo) gitInput(input string, args ...string) string {
	r.t.Helper()
	r.clock++
	date := fmt.Sprintf("%d +0130", 1700000000+r.clock*60)
	cmd := exec.Command("git", append([]string{"-c", "gc.auto=0", "-c", "maintenance.auto=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "LC_ALL=C",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=" + date,
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

func (r *repo) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
}

// history commits n versions of a few growing and changing files, all as loose
// objects.
func (r *repo) history(n int, seed uint64) {
	r.t.Helper()
	rng := newRand(seed)
	var out strings.Builder
	from := ""
	if r.grown {
		from = "from refs/heads/main^0\n"
	}
	r.grown = true
	who := func(name string) string {
		r.clock++
		return fmt.Sprintf("%s <%s@example.com> %d +0130\n", name, strings.ToLower(name[:1]), 1700000000+r.clock*60)
	}
	data := func(text string) string { return fmt.Sprintf("data %d\n%s\n", len(text), text) }
	var files [6][]string
	for i := range n {
		f := &files[rng.IntN(len(files))]
		for range 1 + rng.IntN(6) {
			line := fmt.Sprintf("%d %x %x", i, rng.Uint64(), rng.Uint64())
			at := rng.IntN(len(*f) + 1)
			*f = append((*f)[:at:at], append([]string{line}, (*f)[at:]...)...)
		}
		if len(*f) > 20 && rng.IntN(4) == 0 {
			at := rng.IntN(len(*f) - 5)
			*f = append((*f)[:at:at], (*f)[at+5:]...)
		}
		fmt.Fprintf(&out, "commit refs/heads/main\nmark :%d\nauthor %scommitter %s%s%s",
			i+1, who("A U Thor"), who("C O Mitter"), data(fmt.Sprintf("change %d\n", i)), from)
		from = ""
		for j, lines := range files {
			fmt.Fprintf(&out, "M 100644 inline dir%d/file%d.txt\n%s", j%3, j, data(strings.Join(lines, "\n")))
		}
		if i%7 == 3 {
			fmt.Fprintf(&out, "M 100755 inline new/%d/only\n%s", i, data(fmt.Sprintf("once %d", i)))
		}
		if i%10 == 9 {
			fmt.Fprintf(&out, "tag v%d-%d\nfrom :%d\ntagger %s%s", seed, i, i+1, who("C O Mitter"), data("tag"))
		}
	}
	r.gitInput(out.String(), "-c", "fastimport.unpackLimit=1000000", "fast-import", "--quiet")
}

// truth returns what git says the store holds.
func (r *repo) truth() map[OID]Object {
	r.t.Helper()
	out := bufio.NewReader(strings.NewReader(r.git("cat-file", "--batch-all-objects", "--batch", "--unordered")))
	objects := make(map[OID]Object)
	for {
		line, err := out.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return objects
		}
		fields := strings.Fields(line)
		if len(fields) != 3 {
			r.t.Fatalf("git cat-file: %q", line)
		}
		id, err := r.format.Parse(fields[0])
		if err != nil {
			r.t.Fatal(err)
		}
		size, _ := strconv.Atoi(fields[2])
		data := make([]byte, size+1)
		if _, err := io.ReadFull(out, data); err != nil {
			r.t.Fatal(err)
		}
		kind, _ := parseType([]byte(fields[1]))
		objects[id] = Object{OID: id, Type: kind, Data: data[:size]}
	}
}

func (r *repo) open(opts Options) *Store {
	r.t.Helper()
	s, err := Open(r.objects(), r.format, opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.Close() })
	return s
}

// A seen is what a walk gave.
type seen struct {
	objects map[OID]Object
	bad     map[OID]error
	twice   []OID
	copied  int // objects of which it was said what they share with their base
}

// walkAll walks, and holds what the walk says of copies against the bases. With a
// plan it does so twice, for blobs and for all else.
func walkAll(t testing.TB, s *Store, o WalkOptions) seen {
	t.Helper()
	got := seen{objects: make(map[OID]Object), bad: make(map[OID]error)}
	c := newCopyCheck(t)
	goes := [][]Type{o.Types}
	if o.Plan != nil {
		goes = [][]Type{{Commit, Tree, Tag}, {Blob}}
	}
	for _, types := range goes {
		bad := make(map[OID]error)
		o.Types = types
		c.walk(s, o, func(o OID, err error) {
			if _, ok := bad[o]; ok {
				got.twice = append(got.twice, o)
			}
			bad[o], got.bad[o] = err, err
		})
	}
	for id, times := range c.objects {
		if times > 1 {
			got.twice = append(got.twice, id)
		}
		got.objects[id] = Object{OID: id, Type: c.kept[id].kind, Data: c.kept[id].data}
	}
	got.copied = len(c.copied)
	return got
}

// check holds the store against git.
func (r *repo) check(opts Options) {
	r.t.Helper()
	truth := r.truth()
	s := r.open(opts)
	if p := s.Problems(); len(p) > 0 {
		r.t.Errorf("problems: %v", p)
	}
	if s.Len() != len(truth) {
		r.t.Errorf("Len: got %d, want %d", s.Len(), len(truth))
	}
	for _, workers := range []int{1, 2, 3} {
		r.checkWalk(s, truth, workers)
	}
	if p := s.Problems(); len(p) > 0 {
		r.t.Errorf("problems after the walk: %v", p)
	}
	var buf []byte
	s.Each(func(o OID) bool {
		want := truth[o]
		kind, size, err := s.Type(o)
		if err != nil || kind != want.Type || size != int64(len(want.Data)) {
			r.t.Errorf("Type(%s): got %v %d %v, want %v %d", o, kind, size, err, want.Type, len(want.Data))
		}
		got, err := s.Read(o, buf)
		if err != nil || got.Type != want.Type || !bytes.Equal(got.Data, want.Data) {
			r.t.Errorf("Read(%s): %d bytes, %v", o, len(got.Data), err)
		}
		buf = got.Data
		return !r.t.Failed()
	})
}

func (r *repo) checkWalk(s *Store, truth map[OID]Object, workers int) {
	r.t.Helper()
	var told int64
	check := Checking(workers % 2) // CheckCRC unless there are two
	got := walkAll(r.t, s, WalkOptions{Workers: workers, Check: check, Advance: func(n int64) { told += n }})
	if len(got.bad) > 0 || len(got.twice) > 0 || len(got.objects) != len(truth) {
		r.t.Errorf("%d workers: visited %d of %d, %d twice, bad %v", workers, len(got.objects), len(truth), len(got.twice), got.bad)
	}
	for id, want := range truth {
		if o := got.objects[id]; o.Type != want.Type || !bytes.Equal(o.Data, want.Data) {
			r.t.Fatalf("%d workers: %s: got %v of %d bytes, want %v of %d", workers, id, o.Type, len(o.Data), want.Type, len(want.Data))
		}
	}
	if want := deltas(s); got.copied < want*9/10 {
		r.t.Errorf("%d workers: %d objects have copies, but %d are deltas", workers, got.copied, want)
	}
	if told != s.PackedBytes() {
		r.t.Errorf("%d workers: Advance told %d bytes, PackedBytes %d", workers, told, s.PackedBytes())
	}
	told = 0
	again := walkAll(r.t, s, WalkOptions{Workers: workers, Check: check, Plan: new(Plan), Advance: func(n int64) { told += n }})
	if len(again.bad) > 0 || len(again.twice) > 0 || len(again.objects) != len(truth) || again.copied != got.copied || told != 2*s.PackedBytes() {
		r.t.Errorf("%d workers, two walks: visited %d of %d, %d twice, bad %v, %d with copies of %d, told %d bytes of 2 times %d", workers,
			len(again.objects), len(truth), len(again.twice), again.bad, again.copied, got.copied, told, s.PackedBytes())
	}
}
