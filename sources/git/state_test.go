package git_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// TestSpoiledStates changes states in every way: each is refused with its name
// and what to do, and none makes anything seem scanned.
func TestSpoiledStates(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("f"))
	r.commit("one")
	n := newNightly(r)
	n.scan()
	whole, err := os.ReadFile(n.state)
	if err != nil {
		t.Fatal(err)
	}
	head := bytes.IndexByte(whole, '\n') + 1
	end := head + bytes.IndexByte(whole[head:], '\n') + 1
	spoiled := map[string][]byte{
		"empty":    {},
		"no state": []byte("hello\n"),
		"no line":  bytes.Repeat([]byte("x"), 1<<20),
		"version":  bytes.Replace(whole, []byte("state 1"), []byte("state 9"), 1),
		"no head":  whole[:head],
		"bad head": append([]byte("mudlark state 1\n{\n"), whole[end:]...),
		"sha256":   bytes.Replace(whole, []byte(`"sha1"`), []byte(`"sha256"`), 1),
		"more":     append(bytes.Clone(whole), whole...),
		"huge":     bytes.Replace(whole, []byte(`"known":`), []byte(`"known":99999999999999`), 1),
		"negative": bytes.Replace(whole, []byte(`"known":`), []byte(`"known":-`), 1),
		"unread":   bytes.Replace(whole, []byte(`"known":`), []byte(`"unread":1,"known":`), 1),
		"order":    append(bytes.Clone(whole[:end]), append(bytes.Clone(whole[end+20:]), whole[end:end+20]...)...),
	}
	for i := 0; i < len(whole); i += 7 {
		spoiled[fmt.Sprint("cut at ", i)] = whole[:i]
	}
	for i := end; i < len(whole); i++ {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1
		spoiled[fmt.Sprint("flipped at ", i)] = flipped
	}
	for name, content := range spoiled {
		if err := os.WriteFile(n.state, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := (&git.Options{Path: r.dir, SinceState: n.state}).Open(t.Context(), mudlark.Env{})
		if err == nil {
			t.Errorf("%s: it is taken for a state", name)
			continue
		}
		if text := err.Error(); !strings.Contains(text, n.state) || !strings.Contains(text, "delete it to start over") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStatesAreFilesOfTheirOwn is about places that no state is written to.
func TestStatesAreFilesOfTheirOwn(t *testing.T) {
	r := newRepo(t)
	r.write("tracked", "x")
	r.commit("one")
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{
		dir:                               "no file",
		filepath.Join(dir, "none", "f"):   "create it first",
		filepath.Join(r.dir, "tracked"):   "file of the repository itself",
		filepath.Join(dir, "target", "f"): "",
	}
	if runtime.GOOS != "windows" {
		places[filepath.Join(dir, "link")] = "symbolic link"
		if err := os.Symlink(target, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range places {
		_, err := (&git.Options{Path: r.dir, SinceState: path}).Open(t.Context(), mudlark.Env{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if text, _ := os.ReadFile(target); string(text) != "x" {
		t.Error("a state was written through a link")
	}
}

// TestStatesHoldNoText is about who may read a state, and what.
func TestStatesHoldNoText(t *testing.T) {
	n := newNightly(newRepo(t))
	n.write("in/"+mark("path")+".zip", "PK"+mark("content"))
	n.write("bad.zip", zipped(t, "m", "x")[:40])
	n.commit(mark("message"))
	n.git("tag", mark("ref"))
	for range 2 {
		n.scan()
		text, err := os.ReadFile(n.state)
		if err != nil || bytes.Contains(text, []byte("MARK")) {
			t.Errorf("%v: the state holds text: %q", err, text)
		}
	}
	if info, _ := os.Stat(n.state); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(n.state), "*")); len(left) != 1 {
		t.Errorf("files left: %q", left)
	}
}

// TestStateOfAnotherRepository is about ids that are known from elsewhere, and
// objects that are gone.
func TestStateOfAnotherRepository(t *testing.T) {
	a := newRepo(t)
	a.write("a", mark("a"))
	a.commit("one")
	b := newRepo(t)
	b.write("b", mark("b"))
	b.commit("one")
	state := filepath.Join(t.TempDir(), "state")
	for i, r := range []*repo{a, b, a} {
		res, asked := since(t, git.Options{Path: r.dir, SinceState: state}, mudlark.Env{})
		if len(res.complete().found) != 1 || strings.HasPrefix(asked, "what came in") {
			t.Errorf("%d: %q %q", i, asked, res.lines())
		}
	}
	b.git("fetch", "-q", a.dir, "main:refs/heads/other")
	res, _ := since(t, git.Options{Path: b.dir, SinceState: state}, mudlark.Env{})
	res.complete()
	if !res.has("b") || res.has("a") {
		t.Errorf("found %q", res.lines())
	}
}

func TestSinceStateStandsAlone(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	for _, opts := range []git.Options{{Staged: true}, {PreCommit: true}, {Range: "HEAD"}, {Since: "now"}, {Scope: "head"}} {
		opts.Path, opts.SinceState = r.dir, filepath.Join(t.TempDir(), "state")
		if _, err := opts.Open(t.Context(), mudlark.Env{}); err == nil || !strings.Contains(err.Error(), "--since-state") {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}
