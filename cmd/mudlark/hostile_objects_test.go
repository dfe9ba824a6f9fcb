//go:build !gendoc

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

const who = "A U Thor <author@example.com> 1600000000 +0000"

// commit adds a commit.
func (p *packer) commit(tree oid, message string, parents ...oid) oid {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, parent := range parents {
		fmt.Fprintf(&b, "parent %s\n", parent)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s\n", who, who, message)
	return p.add(kindCommit, []byte(b.String()))
}

// A leaf is an entry of a tree.
type leaf struct {
	mode, name string
	id         oid
}

func (p *packer) tree(leaves ...leaf) oid { return p.add(kindTree, treeOf(leaves...)) }

func treeOf(leaves ...leaf) []byte {
	var b []byte
	for _, l := range leaves {
		b = append(b, l.mode+" "+l.name+"\x00"...)
		b = append(b, l.id[:]...)
	}
	return b
}

func (p *packer) tag(name string, target oid, kind string) oid {
	return p.add(kindTag, fmt.Appendf(nil, "object %s\ntype %s\ntag %s\ntagger %s\n\n%s\n", target, kind, name, who, name))
}

// A monster is a repository of well-formed objects that hang together as no
// sane ones do.
type monster struct {
	name string
	// make adds objects and returns what refs are to name, by their names.
	make func(p *packer, leak oid) map[string]oid
	told bool // that something is not read; what is read for itself need not be
	// most is how many findings there may be of the one leak; 0: one.
	most int
}

func monsters() []monster {
	return []monster{
		{name: "tree bomb", most: 100, make: func(p *packer, leak oid) map[string]oid {
			at := p.tree(leaf{"100644", "leak.txt", leak})
			for range 10 {
				var leaves []leaf
				for i := range 10 {
					leaves = append(leaves, leaf{"40000", fmt.Sprint(i), at})
				}
				at = p.tree(leaves...)
			}
			return map[string]oid{"refs/heads/main": p.commit(at, "bomb")}
		}},
		{name: "tree bomb in many commits", most: 3000, make: func(p *packer, leak oid) map[string]oid {
			var parents []oid
			for n := range 30 {
				at := p.tree(leaf{"100644", fmt.Sprintf("leak%d.txt", n), leak})
				for range 8 {
					var leaves []leaf
					for i := range 10 {
						leaves = append(leaves, leaf{"40000", fmt.Sprint(i), at})
					}
					at = p.tree(leaves...)
				}
				parents = []oid{p.commit(at, "bomb", parents...)}
			}
			return map[string]oid{"refs/heads/main": parents[0]}
		}},
		{name: "deep tree", told: true, make: func(p *packer, leak oid) map[string]oid {
			at := p.tree(leaf{"100644", "leak.txt", leak})
			for range 20_000 {
				at = p.tree(leaf{"40000", "d", at})
			}
			return map[string]oid{"refs/heads/main": p.commit(at, "deep")}
		}},
		{name: "10000 parents", make: func(p *packer, leak oid) map[string]oid {
			tree := p.tree(leaf{"100644", "leak.txt", leak})
			empty := p.tree()
			var parents []oid
			for i := range 10_000 {
				parents = append(parents, p.commit(empty, fmt.Sprint(i)))
			}
			return map[string]oid{"refs/heads/main": p.commit(tree, "octopus", parents...)}
		}},
		{name: "one parent 10000 times", make: func(p *packer, leak oid) map[string]oid {
			parent := p.commit(p.tree(), "parent")
			parents := make([]oid, 10_000)
			for i := range parents {
				parents[i] = parent
			}
			return map[string]oid{"refs/heads/main": p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "again", parents...)}
		}},
		{name: "ladder of merges", make: func(p *packer, leak oid) map[string]oid {
			a := p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "a")
			b := p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "b", a)
			for i := range 500 {
				tree := p.tree(leaf{"100644", "leak.txt", leak}, leaf{"100644", "n", p.blob(fmt.Sprint(i))})
				a, b = p.commit(tree, "left", a, b), p.commit(tree, "right", b, a)
			}
			return map[string]oid{"refs/heads/main": p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "top", a, b)}
		}},
		{name: "10000 tags of tags", make: func(p *packer, leak oid) map[string]oid {
			at, kind := p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "tagged"), "commit"
			for i := range 10_000 {
				at, kind = p.tag(fmt.Sprint("t", i), at, kind), "tag"
			}
			return map[string]oid{"refs/tags/last": at}
		}},
		{name: "tag that lies of its kind", make: func(p *packer, leak oid) map[string]oid {
			return map[string]oid{"refs/tags/liar": p.tag("liar", leak, "commit"), "refs/tags/blob": leak}
		}},
		{name: "commit whose tree is a blob", make: func(p *packer, leak oid) map[string]oid {
			return map[string]oid{"refs/heads/main": p.commit(leak, "no tree")}
		}},
		{name: "commit whose parent is a blob", make: func(p *packer, leak oid) map[string]oid {
			return map[string]oid{"refs/heads/main": p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "no parent", leak)}
		}},
		{name: "folder that is a blob", make: func(p *packer, leak oid) map[string]oid {
			return map[string]oid{"refs/heads/main": p.commit(p.tree(leaf{"40000", "leak.txt", leak}), "no folder")}
		}},
		{name: "branch that names a tree", make: func(p *packer, leak oid) map[string]oid {
			return map[string]oid{"refs/heads/main": p.tree(leaf{"100644", "leak.txt", leak})}
		}},
		{name: "100000 refs", make: func(p *packer, leak oid) map[string]oid {
			refs := map[string]oid{}
			at := p.commit(p.tree(leaf{"100644", "leak.txt", leak}), "much named")
			for i := range 100_000 {
				refs[fmt.Sprintf("refs/heads/b%06d", i)] = at
			}
			return refs
		}},
		{name: "commit of 20 MB", make: func(p *packer, leak oid) map[string]oid {
			at := p.commit(p.tree(leaf{"100644", "leak.txt", leak}), strings.Repeat("a long story\n", 20*mb/13))
			return map[string]oid{"refs/heads/main": at}
		}},
		{name: "tree of 200000 names", make: func(p *packer, leak oid) map[string]oid {
			leaves := []leaf{{"100644", "+leak.txt", leak}}
			other := p.blob("text\n")
			for i := range 200_000 {
				leaves = append(leaves, leaf{"100644", fmt.Sprintf("f%06d", i), other})
			}
			return map[string]oid{"refs/heads/main": p.commit(p.tree(leaves...), "wide")}
		}},
	}
}

// TestMonstersAreReadInBoundedTimeAndMemory scans repositories that hang
// together in strange ways; git itself is not asked to read them.
func TestMonstersAreReadInBoundedTimeAndMemory(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	for _, m := range monsters() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir := handmade(t, "")
			p := newPacker()
			refs := m.make(p, p.blob("token: "+secret+"\n"))
			p.place(t, dir, true, nil)
			var packed strings.Builder
			for name, id := range refs {
				fmt.Fprintf(&packed, "%s %s\n", id, name)
			}
			putFile(t, dir, ".git/packed-refs", []byte(packed.String()))
			rec, e := spawn{}.scanned(t, "git", dir)
			e.below(t, 200*mb+2*20*mb)
			if n := len(rec.of(secret)); n == 0 || n > max(m.most, 1) {
				t.Errorf("the leak was found %d times", n)
			}
			if m.told {
				rec.told(t, mudlark.Corrupt, mudlark.Missing, mudlark.Unsupported)
			} else if rec.summary.Incomplete {
				t.Errorf("incomplete: %.500v", rec.skips)
			}
		})
	}
}

// TestObjectsThatCannotBeUnderstoodAreToldOrRead gives a tree, a commit and a
// tag contents that no git would write. The leaks they lead to are in the store
// and have to be found; what cannot be parsed is told.
func TestObjectsThatCannotBeUnderstoodAreToldOrRead(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	odd := []struct {
		name string
		kind int
		data func(leak oid) []byte
		told bool
	}{
		{"mode of no octal digits", kindTree, func(l oid) []byte { return treeOf(leaf{"9x9999", "a", l}) }, true},
		{"mode without end", kindTree, func(l oid) []byte { return treeOf(leaf{strings.Repeat("1", 100), "a", l}) }, true},
		{"no mode", kindTree, func(l oid) []byte { return treeOf(leaf{"", "a", l}) }, true},
		{"no name", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", "", l}) }, true},
		{"mode of nothing", kindTree, func(l oid) []byte { return treeOf(leaf{"0", "a", l}) }, false},
		{"mode of many bits", kindTree, func(l oid) []byte { return treeOf(leaf{"777777", "a", l}) }, false},
		{"parent folder", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", "..", l}, leaf{"100644", ".", l}) }, false},
		{"git folder", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", ".git", l}, leaf{"100644", ".GIT", l}) }, false},
		{"slashes", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", "/etc/../a//b/", l}) }, false},
		{"long name", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", strings.Repeat("a", 5*mb), l}) }, false},
		{"same name twice", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", "a", l}, leaf{"100644", "a", l}) }, false},
		{"not in order", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", "b", l}, leaf{"100644", "a", l}) }, false},
		{"cut tree", kindTree, func(l oid) []byte { return treeOf(leaf{"100644", "a", l})[:20] }, true},
		{"no tree but text", kindTree, func(oid) []byte { return []byte(strings.Repeat("text ", 1000)) }, true},
		{"empty commit", kindCommit, func(oid) []byte { return nil }, true},
		{"commit without a tree", kindCommit, func(oid) []byte { return []byte("author " + who + "\n\nx") }, true},
		{"commit of binary", kindCommit, func(oid) []byte { return []byte(strings.Repeat("\x00\xff\n", 1000)) }, true},
		{"commit with a date beyond time", kindCommit, func(oid) []byte {
			return []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a> 99999999999999999999 +9999\ncommitter A <a> -1 x\n\nx")
		}, false},
		{"commit with many trees", kindCommit, func(l oid) []byte { return []byte(strings.Repeat("tree "+l.String()+"\n", 1000) + "\nx") }, false},
		{"empty tag", kindTag, func(oid) []byte { return nil }, true},
		{"tag without a target", kindTag, func(oid) []byte { return []byte("type commit\ntag x\n\nx") }, true},
		{"tag of itself by a lie", kindTag, func(oid) []byte {
			return []byte("object " + strings.Repeat("ab", 20) + "\ntype tag\ntag x\n\nx")
		}, true},
	}
	for _, o := range odd {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			dir := handmade(t, "")
			p := newPacker()
			leak := p.blob("token: " + secret + "\n")
			id := p.add(o.kind, o.data(leak))
			p.place(t, dir, true, nil)
			putFile(t, dir, ".git/packed-refs", fmt.Appendf(nil, "%s refs/heads/main\n", id))
			rec, e := spawn{}.scanned(t, "git", dir)
			e.below(t, 200*mb)
			if len(rec.of(secret)) == 0 {
				t.Error("the leak was not found")
			}
			if o.told {
				rec.told(t, mudlark.Corrupt, mudlark.Missing)
			}
			for _, f := range rec.of(secret) {
				if f.Origin.Path != "" && f.Position.StartLine != 1 {
					t.Errorf("at %q:%d", f.Origin.Path, f.Position.StartLine)
				}
			}
		})
	}
}

// TestCirclesByLyingIDsEnd makes tags, trees and commits name each other in a
// circle, which only an index that lies can do. All bytes can be read; whether
// the lie is told depends on how much of an index is taken for granted.
func TestCirclesByLyingIDsEnd(t *testing.T) {
	one, two := fakeID(1), fakeID(2)
	for name, kind := range map[string]int{"tags": kindTag, "trees": kindTree, "commits": kindCommit} {
		t.Run(name, func(t *testing.T) {
			dir := handmade(t, "")
			p := newPacker()
			for _, at := range [][2]oid{{one, two}, {two, one}} {
				var data []byte
				switch kind {
				case kindTag:
					data = fmt.Appendf(nil, "object %s\ntype tag\ntag x\ntagger %s\n\nx\n", at[1], who)
				case kindTree:
					data = treeOf(leaf{"40000", "d", at[1]})
				case kindCommit:
					data = fmt.Appendf(nil, "tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n", idOf(kindTree, nil), at[1], who, who)
				}
				p.raw(at[0], entryHeader(kind, uint64(len(data))), deflate(data))
			}
			p.place(t, dir, true, nil)
			putFile(t, dir, ".git/packed-refs", fmt.Appendf(nil, "%s refs/heads/main\n%s refs/tags/x\n", one, two))
			_, e := spawn{}.scanned(t, "git", dir)
			e.below(t, 200*mb)
			for _, more := range [][]string{{"--scope", "head"}, {"--range", "refs/tags/x"}, {"--range", "main~1..main"}, {"--since", "2001-01-01"}, {"--staged"}} {
				spawn{}.mud(t, append([]string{"git", dir}, more...)...).below(t, 200*mb)
			}
		})
	}
}

// TestGarbageInGitsOwnFilesIsTold writes garbage where git keeps what is no
// object, into a repository with a leak.
func TestGarbageInGitsOwnFilesIsTold(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	garbage := strings.Repeat("\xff\x00garbage \x1b[2J", 500)
	for _, g := range []struct {
		name, file, text string
		told             bool
	}{
		{"packed refs", ".git/packed-refs", garbage, true},
		{"packed refs of half lines", ".git/packed-refs", strings.Repeat("ab", 20) + "\n^" + strings.Repeat("ab", 20) + " refs/heads/x\n", true},
		{"index", ".git/index", "DIRC" + garbage, true},
		{"index of too many entries", ".git/index", "DIRC\x00\x00\x00\x02\xff\xff\xff\xff" + garbage, true},
		{"index of nothing", ".git/index", "", true},
		{"config of 50 MB", ".git/config", strings.Repeat("[a]\n\tb = c\n", 50*mb/11), true},
		{"config of garbage", ".git/config", garbage, true},
		{"config of one line", ".git/config", "[remote \"" + strings.Repeat("x", 5*mb), true},
		{"config that includes itself", ".git/config", "[include]\n\tpath = config\n[include]\n\tpath = /etc/passwd\n", false},
		{"shallow", ".git/shallow", garbage, true},
		{"grafts", ".git/info/grafts", garbage, false},
		{"alternates", ".git/objects/info/alternates", garbage, true},
		{"alternates of itself", ".git/objects/info/alternates", "../objects\n../objects/../objects\n", false},
		{"alternates of a device", ".git/objects/info/alternates", "/dev/zero\n/proc\n", true},
		{"ref of garbage", ".git/refs/heads/x", garbage, true},
		{"ref to itself", ".git/refs/heads/x", "ref: refs/heads/x\n", true},
		{"ref out of the repository", ".git/refs/heads/x", "ref: ../../../../etc/passwd\n", false},
		{"ref to a device", ".git/refs/heads/x", "ref: /dev/zero\n", false},
		{"reflog of garbage", ".git/logs/HEAD", garbage, true},
		{"fetch head", ".git/FETCH_HEAD", garbage, false},
		{"commondir", ".git/commondir", garbage, false},
		{"worktree of garbage", ".git/worktrees/x/gitdir", garbage, false},
		{"worktree that is outside", ".git/worktrees/x/commondir", "/etc\n", false},
	} {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			dir := handmade(t, secret)
			putFile(t, dir, g.file, []byte(g.text))
			res := spawn{}.mud(t, "git", dir, "--format", "jsonl", "--redact=0")
			res.below(t, 200*mb)
			if res.out == "" {
				if res.code != exitTrouble || !strings.HasPrefix(res.err, "mudlark: failed: ") {
					t.Errorf("exit code %d, %.300q", res.code, res.err)
				}
				return
			}
			rec := parseRecord(t, res.out)
			if len(rec.of(secret)) == 0 {
				t.Errorf("the leak was not found: %.300s", res.err)
			}
			if g.told && !rec.summary.Incomplete {
				t.Error("nothing is said of it")
			}
		})
	}
}

// TestLoopsOfRefsEnd makes refs that name each other, and a HEAD of garbage.
func TestLoopsOfRefsEnd(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	dir := handmade(t, secret)
	for i := range 100 {
		putFile(t, dir, fmt.Sprintf(".git/refs/heads/loop%d", i), fmt.Appendf(nil, "ref: refs/heads/loop%d\n", (i+1)%100))
	}
	if err := os.Symlink("..", filepath.Join(dir, ".git", "refs", "heads", "up")); err != nil {
		t.Skip(err)
	}
	rec, _ := spawn{}.scanned(t, "git", dir)
	if len(rec.of(secret)) != 1 {
		t.Errorf("the leak was found %d times", len(rec.of(secret)))
	}
	rec.told(t, mudlark.Corrupt, mudlark.Symlink, mudlark.Missing)

	for _, head := range []string{"", "garbage\x1b[2J", "ref: HEAD\n", "ref: refs/heads/../../../x\n", strings.Repeat("a", mb)} {
		dir := handmade(t, secret)
		putFile(t, dir, ".git/HEAD", []byte(head))
		res := spawn{}.mud(t, "git", dir, "--format", "jsonl", "--redact=0")
		switch {
		case res.code == exitClean:
			t.Errorf("HEAD %.20q: exit code 0", head)
		case res.out == "" && !strings.HasPrefix(res.err, "mudlark: failed: "):
			t.Errorf("HEAD %.20q: %.300q", head, res.err)
		case res.out != "":
			if rec := parseRecord(t, res.out); len(rec.of(secret)) != 1 || !rec.summary.Incomplete && !strings.HasPrefix(head, "ref: refs/") {
				t.Errorf("HEAD %.20q: found %d times, skips %v", head, len(rec.of(secret)), rec.skips)
			}
		}
		if strings.Contains(res.err, "\x1b") {
			t.Errorf("HEAD %.20q: raw on the terminal", head)
		}
	}
}

// TestGitFilesThatNeverEnd puts pipes and devices where git has files.
func TestGitFilesThatNeverEnd(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	for _, file := range []string{
		"index", "packed-refs", "HEAD", "config", "refs/heads/x", "logs/HEAD", "shallow", "objects/info/alternates",
		"objects/pack/pack-x.pack", "objects/pack/pack-x.idx", "objects/ab/" + strings.Repeat("cd", 19), "info/exclude", "COMMIT_EDITMSG",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			dir := handmade(t, secret)
			path := filepath.Join(dir, ".git", file)
			_ = os.Remove(path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			e := spawn{}.shell(t, "mkfifo '"+path+"' && exec mudlark git '"+dir+"' --format jsonl --redact=0")
			if e.code == exitClean {
				t.Error("exit code 0")
			}
			if e.out == "" {
				if !strings.HasPrefix(e.err, "mudlark: failed: ") {
					t.Errorf("%.300q", e.err)
				}
				return
			}
			rec := parseRecord(t, e.out)
			if len(rec.of(secret)) == 0 {
				t.Errorf("the leak was not found: %.300s", e.err)
			}
			if !rec.summary.Incomplete {
				t.Errorf("nothing is said of it: %.300s", e.err)
			}
		})
	}
}
