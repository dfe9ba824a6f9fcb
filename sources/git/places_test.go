package git_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlaces puts a mark into each place that git keeps text in.
func TestPlaces(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			r := newRepo(t, "--object-format="+format)
			want := places(r)
			both(t, r, func(t *testing.T, r *repo) { whole(t, r).complete().want(want...) })
		})
	}
}

func places(r *repo) []string {
	r.write("file.txt", "1\n2\n"+mark("blob")+"\n")
	r.write("hidden.bin", mark("attribute")+"\n")
	r.write(".gitattributes", "hidden.bin binary -diff export-ignore filter=none\n")
	if err := os.Symlink("to/"+mark("link"), r.path("link")); err != nil {
		r.Fatal(err)
	}
	r.write("in/"+mark("path")+"/a.txt", "a")
	r.write("in/"+mark("path")+"/b.txt", "b")
	r.write("archive.zip", zipped(r, "member.txt", "x\n"+mark("member")+"\n"))
	r.commit("first")
	r.git("commit", "-q", "--allow-empty", "-m", "subject\n\nbody "+mark("message"))
	r.git("commit", "-q", "--allow-empty", "-m", "author", "--author", mark("author")+" <ann@example.com>")
	r.git("tag", "-a", "v1", "-m", "about "+mark("tag"))
	r.git("notes", "add", "-m", "note "+mark("note"))

	r.write("file.txt", "3\n"+mark("stash0")+"\n")
	r.git("stash")
	r.write("file.txt", "3\n"+mark("stash1")+"\n")
	r.git("add", "file.txt")
	r.git("stash")
	r.write("untracked.txt", mark("stash2")+"\n")
	r.git("stash", "-u")

	r.write("lost.txt", mark("reflog"))
	r.commit("lost commit")
	r.git("reset", "-q", "--hard", "HEAD~1")
	r.write("deleted.txt", mark("deleted"))
	r.commit("has it")
	r.git("rm", "-q", "deleted.txt")
	r.commit("deletes it")
	r.git("update-ref", "refs/heads/"+mark("ref"), "HEAD")
	r.stdin(mark("dangling"), "hash-object", "-w", "--stdin")
	object := r.stdin(mark("named"), "hash-object", "-w", "--stdin")
	r.git("update-ref", "refs/blobs/one", object)

	r.write("staged.txt", mark("staged"))
	r.git("add", "staged.txt")
	r.write("config.txt", "") // meant to be added: no content is staged
	r.git("add", "-N", "config.txt")
	r.git("config", "remote.origin.url", "https://user:"+mark("config")+"@example.com/x.git")
	r.git("update-ref", "--create-reflog", "-m", "note "+mark("logged"), "refs/heads/other", "HEAD")
	r.write(".git/description", mark("description"))
	large := mark("large") + "\n"
	pointer, store := lfs(large)
	r.write(".git/lfs/objects/"+store, large)
	r.write("large.bin", pointer)
	r.git("add", "large.bin")

	head := r.git("rev-parse", "v1^{}")
	all := []string{"HEAD", "refs/heads/" + mark("ref"), "refs/heads/main", "refs/heads/other", "refs/stash", "refs/tags/v1"}
	refs, tips := " ref refs="+strings.Join(all, ","), " tips="+strings.Join(all, ",")
	live := " ref refs=" + strings.Join(all[:4], ",")
	return []string{
		"blob file.txt:3 by first" + refs + tips,
		"attribute hidden.bin:1 by first" + refs + tips,
		"link link:1 [symlink target] by first" + refs + tips,
		"path in/" + mark("path") + ":1 [path name] by first" + refs + tips,
		"member archive.zip!member.txt:2 by first" + refs + tips,
		"message :3 [commit message] by subject" + refs,
		"author :3 [commit header] by author" + refs + " tips=refs/tags/v1",
		"tag :6 [tag] ref refs=refs/tags/v1 tips=refs/tags/v1",
		"note " + head + ":1 by Notes added by 'git notes add' ref refs=refs/notes/commits tips=refs/notes/commits",
		"stash0 file.txt:2 by WIP on main: " + head[:7] + " author stash",
		"stash1 file.txt:2 by index on main: " + head[:7] + " author stash",
		"stash2 untracked.txt:1 by untracked files on main: " + head[:7] + " author stash refs=refs/stash",
		"reflog lost.txt:1 by lost commit reflog",
		"deleted deleted.txt:1 by has it" + live,
		"ref :1 [ref name] ref refs=refs/heads/" + mark("ref") + " tips=refs/heads/" + mark("ref"),
		"dangling :1 unreachable",
		"named :1 ref refs=refs/blobs/one tips=refs/blobs/one",
		"staged staged.txt:1 index",
		"config .git/config:" + fmt.Sprint(strings.Count(before(r.read(".git/config"), "MARK"), "\n")+1) + " [git file] worktree",
		"logged .git/logs/refs/heads/other:1 [reflog] worktree",
		"description .git/description:1 [git file] worktree",
		"large large.bin:1 index",
	}
}

func before(text, word string) string {
	text, _, _ = strings.Cut(text, word)
	return text
}

func zipped(tb testing.TB, name, content string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err != nil || w.Close() != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// lfs returns the pointer for a large file, and its path in the store.
func lfs(content string) (pointer, store string) {
	sum := sha256.Sum256([]byte(content))
	id := hex.EncodeToString(sum[:])
	pointer = fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", id, len(content))
	return pointer, filepath.ToSlash(filepath.Join(id[:2], id[2:4], id))
}
