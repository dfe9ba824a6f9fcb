//go:build !gendoc

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/mudlark-scan/mudlark"
)

// A place is where a token was put, and what must be said of it.
type place struct {
	name   string
	token  string
	path   string // of the finding; "" is not compared
	part   string
	line   int // 0 is not compared
	commit string
	held   mudlark.Held
}

// TestEveryPlaceOfARepositoryIsRead puts a token in each place of a repository
// and looks for it, loose and packed.
func TestEveryPlaceOfARepositoryIsRead(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			r := newRepo(t, "--object-format="+format)
			places := fill(r)
			for _, state := range []struct{ name, repack string }{
				{"loose", ""},
				{"packed", "repack -adfq --cruft --depth=50 --window=50"},
			} {
				t.Run(state.name, func(t *testing.T) {
					if state.repack != "" {
						r.git(strings.Fields(state.repack)...)
					}
					checkPlaces(t, scanned(t, "git", r.dir), places)
				})
			}
		})
	}
}

func checkPlaces(t *testing.T, rec record, places []place) {
	t.Helper()
	for _, p := range places {
		found := rec.of(p.token)
		if len(found) == 0 {
			t.Errorf("%s: not found", p.name)
			continue
		}
		var said []string
		ok := false
		for _, f := range found {
			ok = ok || p.matches(f)
			said = append(said, fmt.Sprintf("path %q part %q line %d commit %v held %+v", f.Origin.Path, f.Origin.Part, f.Position.StartLine, f.Origin.Commit, f.Origin.Exposure))
		}
		if !ok {
			t.Errorf("%s: want %+v, got\n%s", p.name, p, strings.Join(said, "\n"))
		}
	}
}

func (p place) matches(f mudlark.Finding) bool {
	commit, held := "", mudlark.Held("")
	if f.Origin.Commit != nil {
		commit = f.Origin.Commit.ID
	}
	if f.Origin.Exposure != nil {
		held = f.Origin.Exposure.Held
	}
	return (p.path == "" || p.path == f.Origin.Path) &&
		(p.part == "" || p.part == f.Origin.Part) &&
		(p.line == 0 || p.line == f.Position.StartLine) &&
		(p.commit == "" || p.commit == commit) &&
		(p.held == "" || p.held == held)
}

// fill makes the repository.
func fill(r *repo) []place {
	n := 0
	next := func() string { n++; return token(r, "<github ghp_>", n) }
	var all []place
	add := func(p place) { all = append(all, p) }

	r.write("README", "nothing\n")
	r.commit("first")

	// Content, and content that git is told not to show.
	file := place{name: "file", token: next(), path: "src/app.conf", line: 3, held: mudlark.HeldByRef}
	r.write("src/app.conf", "a\nb\ntoken = "+file.token+"\n")
	file.commit = r.commit("a file")
	add(file)

	hidden := place{name: "hidden by .gitattributes", token: next(), path: "hidden.bin", line: 1}
	r.write(".gitattributes", "hidden.bin binary -diff -text\n")
	r.write("hidden.bin", hidden.token+"\n\x00")
	hidden.commit = r.commit("hidden")
	add(hidden)

	gone := place{name: "removed again", token: next(), path: "gone.txt", line: 1}
	r.write("gone.txt", gone.token)
	gone.commit = r.commit("comes")
	r.git("rm", "-q", "gone.txt")
	r.commit("goes")
	add(gone)

	// Words of commits.
	message := place{name: "commit message", token: next()}
	message.commit = r.commit("deploy with " + message.token)
	add(message)
	author := place{name: "author", token: next()}
	author.commit = r.commit("x", "--author", author.token+" <a@example.com>")
	add(author)
	committer := place{name: "committer", token: next()}
	r.git("-c", "user.name="+committer.token, "commit", "-q", "--allow-empty", "-m", "y")
	r.env = append(r.env, "GIT_COMMITTER_NAME="+committer.token)
	r.git("commit", "-q", "--allow-empty", "-m", "by another")
	r.env = r.env[:len(r.env)-1]
	committer.commit = r.git("rev-parse", "HEAD")
	add(committer)

	// Names.
	path := place{name: "path name", token: next(), part: "path name"}
	r.write("dir/"+path.token+".txt", "empty\n")
	path.commit = r.commit("a name")
	add(path)
	link := place{name: "symlink target", token: next(), path: "link"}
	if err := os.Symlink("/srv/"+link.token, filepath.Join(r.dir, "link")); err != nil {
		r.Fatal(err)
	}
	link.commit = r.commit("a link")
	add(link)
	ref := place{name: "ref name", token: next(), part: "ref name"}
	r.git("branch", "fix/"+ref.token)
	add(ref)

	// Beside branches.
	tag := place{name: "tag message", token: next()}
	r.git("tag", "-a", "v1", "-m", "release "+tag.token)
	add(tag)
	note := place{name: "note", token: next()}
	r.git("notes", "add", "-m", "see "+note.token)
	add(note)

	// A merge that brings what neither side has.
	r.git("checkout", "-q", "-b", "side", "HEAD~2")
	r.write("side.txt", "side\n")
	r.commit("side")
	r.git("checkout", "-q", "main")
	merge := place{name: "merge", token: next(), path: "evil.txt", line: 2}
	r.git("merge", "-q", "--no-commit", "--no-ff", "side")
	r.write("evil.txt", "1\n"+merge.token+"\n")
	merge.commit = r.commit("merge side")
	add(merge)

	// Containers.
	docx := place{name: "office document", token: next(), path: "doc.docx!word/document.xml"}
	r.write("doc.docx", zipped(r, "word/document.xml", "<w:t>"+docx.token+"</w:t>"))
	nested := place{name: "archive in archive", token: next(), path: "a.tar.gz!in/b.zip!c.env", line: 1}
	r.write("a.tar.gz", tarred(r, "in/b.zip", zipped(r, "c.env", "TOKEN="+nested.token+"\n")))
	docx.commit = r.commit("containers")
	nested.commit = docx.commit
	add(docx)
	add(nested)

	all = append(all, encodings(r, next)...)
	return append(all, outsideBranches(r, next)...)
}

// encodings commits a token in each encoding.
func encodings(r *repo, next func() string) []place {
	var all []place
	put := func(name, text string, tok string, line int) {
		r.write("enc/"+name, text)
		all = append(all, place{name: "encoding " + name, token: tok, path: "enc/" + name, line: line})
	}
	std := base64.StdEncoding.EncodeToString
	long := func(tok string) string {
		return "user: deploy\ntoken: " + tok + "\ncomment: some more text to make it longer\n"
	}
	t := next()
	put("base64", "x\ndata: "+std([]byte(long(t)))+"\n", t, 2)
	t = next()
	put("base64url", "data="+base64.RawURLEncoding.EncodeToString([]byte("??>>"+long(t)))+"\n", t, 1)
	t = next()
	put("base64-wrapped", "key: |\n"+wrapped(std([]byte(strings.Repeat("filler text ", 12)+long(t))), 64)+"end\n", t, 0)
	t = next()
	put("hex", "blob: "+hex.EncodeToString([]byte(long(t)))+"\n", t, 1)
	t = next()
	put("percent", "GET /?q=token%3D"+percent(t)+"%26x=1\n", t, 1)
	t = next()
	put("unicode", `{"token": "`+escaped(t)+"\"}\n", t, 1)
	t = next()
	put("html", "<p>token: "+entities(t)+"</p>\n", t, 1)
	t = next()
	put("utf16-mark", utf16le("\ufefftoken: "+t+"\r\n"), t, 1)
	t = next()
	put("utf16", utf16le("first\r\ntoken: "+t+"\r\n"), t, 2)
	t = next()
	put("utf32", utf32be("token: "+t+"\n"), t, 1)
	t = next()
	put("gzip-base64", "data: "+std(gzipped(r, long(t)))+"\n", t, 1)
	t = next()
	put("base64-in-base64", "data: "+std([]byte("inner: "+std([]byte(long(t)))+"\n"))+"\n", t, 1)
	commit := r.commit("encodings")
	for i := range all {
		all[i].commit = commit
	}
	return all
}

// outsideBranches puts tokens where no branch leads. It comes last: nothing
// must commit after it.
func outsideBranches(r *repo, next func() string) []place {
	var all []place
	add := func(p place) { all = append(all, p) }

	reflog := place{name: "reflog only", token: next(), path: "lost.txt", held: mudlark.HeldByReflog}
	r.write("lost.txt", reflog.token)
	reflog.commit = r.commit("will be reset")
	r.git("reset", "-q", "--hard", "HEAD~1")
	add(reflog)

	text := place{name: "reflog text", token: next()}
	r.git("update-ref", "-m", "deploy "+text.token, "refs/heads/logged", "HEAD", "--create-reflog")
	add(text)

	for depth := range 3 {
		stash := place{name: fmt.Sprintf("stash %d", depth), token: next(), path: "README", held: mudlark.HeldByStash}
		r.write("README", stash.token)
		r.git("stash", "push", "-q")
		add(stash)
	}
	untracked := place{name: "untracked files of a stash", token: next(), path: "new.txt", held: mudlark.HeldByStash}
	r.write("new.txt", untracked.token)
	r.git("stash", "push", "-q", "-u")
	add(untracked)

	dangling := place{name: "unreachable blob", token: next(), held: mudlark.HeldByNothing}
	r.write("tmp.txt", dangling.token)
	r.git("hash-object", "-w", "tmp.txt")
	os.Remove(filepath.Join(r.dir, "tmp.txt"))
	add(dangling)

	tree := filepath.Join(r.TempDir(), "linked")
	r.git("worktree", "add", "-q", tree, "-b", "linked")
	worktree := place{name: "index of a worktree", token: next(), path: "w.txt", held: mudlark.HeldByIndex}
	linked := &repo{TB: r.TB, dir: tree}
	linked.write("w.txt", worktree.token)
	linked.git("add", "w.txt")
	add(worktree)

	staged := place{name: "index", token: next(), path: "staged.txt", held: mudlark.HeldByIndex}
	r.write("staged.txt", staged.token)
	r.git("add", "staged.txt")
	add(staged)

	remote := place{name: "URL in .git/config", token: next(), path: ".git/config"}
	r.git("remote", "add", "origin", "https://x:"+remote.token+"@github.com/acme/app.git")
	add(remote)

	other := &repo{TB: r.TB, dir: r.TempDir()}
	other.git("init", "-q", "--object-format="+r.git("rev-parse", "--show-object-format"))
	alternate := place{name: "alternate object store", token: next()}
	other.write("a.txt", alternate.token)
	other.git("hash-object", "-w", "a.txt")
	info := filepath.Join(r.dir, ".git/objects/info/alternates")
	if err := os.WriteFile(info, []byte(filepath.Join(other.dir, ".git/objects")+"\n"), 0o644); err != nil {
		r.Fatal(err)
	}
	add(alternate)
	return all
}

func zipped(t testing.TB, name, text string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarred(t testing.TB, name, text string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))})
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(gzipped(t, b.String()))
}

func gzipped(t testing.TB, text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

func wrapped(text string, width int) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString("  " + text[:width] + "\n")
		text = text[width:]
	}
	return b.String() + "  " + text + "\n"
}

func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, `\u%04x`, text[i])
	}
	return b.String()
}

func entities(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "&#x%x;", text[i])
	}
	return b.String()
}

func utf16le(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func utf32be(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.Write([]byte{byte(r >> 24), byte(r >> 16), byte(r >> 8), byte(r)})
	}
	return b.String()
}
