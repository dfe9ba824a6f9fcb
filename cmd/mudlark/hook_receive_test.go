//go:build !gendoc

package main

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

// TestPushesAreJudgedWhereTheyArrive: leak and clean, to existing, new and deleted
// branches and tags, by force too; with objects that wait in packs and in files of
// their own, over a path and over a URL.
func TestPushesAreJudgedWhereTheyArrive(t *testing.T) {
	long(t)
	for _, c := range []struct{ name, hook, unpackLimit, url string }{
		{"pre-receive of a pack", "pre-receive", "1", "../there.git"},
		{"pre-receive of loose objects", "pre-receive", "10000", "file://"},
		{"update", "update", "1", "file://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHooked(t)
			h.passes("git", "init", "-q", "--bare", "-b", "main", "../there.git")
			h.passes("git", "-C", "../there.git", "config", "receive.unpackLimit", c.unpackLimit)
			if c.url == "file://" {
				c.url += h.dir + "/../there.git"
			}
			h.passes("git", "remote", "add", "origin", c.url)
			r := receiver{hooked: h, secret: fillToken(t, 1)}
			r.prepare()
			h.passes("mudlark", "hook", "install", "--hook", c.hook, "../there.git")
			r.branches()
			r.tags()
			r.several(c.hook)
			r.shallow()
		})
	}
}

func fillToken(t *testing.T, seed uint64) string {
	t.Helper()
	token, err := rules.Fill("<github ghp_>", seed)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A receiver has a leak in its history from before the hook, which is no news.
type receiver struct {
	*hooked
	secret string
}

func (r *receiver) prepare() {
	r.write("old.txt", fillToken(r.t, 2)+"\n")
	r.commit("old leak")
	r.write("README", "hello\n")
	r.commit("clean")
	r.passes("git", "push", "-q", "origin", "main", "main:refs/heads/gone")
}

func (r *receiver) commit(message string) {
	r.t.Helper()
	r.passes("git", "add", ".")
	r.passes("git", "commit", "-qm", message)
}

// leaking makes a branch with a leak in a commit behind its tip.
func (r *receiver) leaking(name, from string) {
	r.t.Helper()
	r.passes("git", "checkout", "-q", "-b", name, from)
	r.write("app.env", "A=1\nTOKEN="+r.secret+"\n")
	r.commit("leak")
	r.write("app.env", "A=1\n")
	r.commit("gone again")
}

func (r *receiver) clean(name, from string) {
	r.t.Helper()
	r.passes("git", "checkout", "-q", "-b", name, from)
	r.write(name+".txt", "nothing\n")
	r.commit("clean")
}

// blocked pushes what must not arrive.
func (r *receiver) blocked(place string, args ...string) {
	r.t.Helper()
	before := r.passes("git", "ls-remote", "origin")
	r.stops(place, append([]string{"git", "push", "origin"}, args...)...)
	out, _ := r.run(append([]string{"git", "push", "origin"}, args...)...)
	if strings.Contains(out, r.secret) || strings.Contains(out, "old.txt") {
		r.t.Errorf("push %q says\n%s", args, out)
	}
	if after := r.passes("git", "ls-remote", "origin"); after != before {
		r.t.Errorf("push %q changed the receiver:\n%s", args, after)
	}
}

// arrives pushes what must, without a word.
func (r *receiver) arrives(args ...string) {
	r.t.Helper()
	out := r.passes(append([]string{"git", "push", "origin"}, args...)...)
	if strings.Contains(out, "mudlark") {
		r.t.Errorf("push %q says\n%s", args, out)
	}
}

const leakLine = `remote:   app\.env:2 in commit [0-9a-f]{10}: REDACTED`

func (r *receiver) branches() {
	r.leaking("leak", "main")
	r.clean("fine", "main")
	r.blocked(leakLine, "leak:main")
	r.blocked(leakLine, "leak")
	r.arrives("fine:main")
	r.arrives("fine")
	r.arrives("main:refs/heads/old")
	r.arrives(":gone")

	// By force: history is made anew, with and without a leak, and cut back.
	r.clean("anew", "main~1")
	r.leaking("worse", "main~1")
	r.blocked(leakLine, "+worse:fine")
	r.arrives("+anew:fine")
	r.arrives("+main:fine")
	r.arrives("+main~1:fine")

	// A merge of what is there brings nothing; one that leaks itself does.
	r.passes("git", "checkout", "-q", "-b", "merged", "fine")
	r.passes("git", "merge", "-q", "--no-edit", "anew")
	r.arrives("anew", "merged")
	r.passes("git", "checkout", "-q", "-b", "evil", "fine")
	r.passes("git", "merge", "-q", "--no-commit", "--no-ff", "anew")
	r.write("app.env", "A=1\nTOKEN="+r.secret+"\n")
	r.commit("evil merge")
	r.blocked(leakLine, "+evil:merged")
	r.stops("remote:   ref name:1: REDACTED", "git", "push", "origin", "main:refs/heads/"+r.secret)
	r.stops("in the commit message|commit message:", "git", "push", "origin", r.saying("the key "+r.secret)+":refs/heads/said")
}

// saying makes a commit with a message.
func (r *receiver) saying(message string) string {
	r.t.Helper()
	return strings.TrimSpace(r.passes("git", "commit-tree", "-p", "main", "-m", message, "main^{tree}"))
}

func (r *receiver) tags() {
	r.passes("git", "tag", "light", "fine")
	r.passes("git", "tag", "light-leak", "leak")
	r.passes("git", "tag", "-am", "release", "noted", "fine")
	r.passes("git", "tag", "-am", "of a leak", "noted-leak", "leak")
	r.passes("git", "tag", "-am", "the key is "+r.secret, "loud", "fine")
	r.passes("git", "tag", "-am", "around it", "outer", "loud")
	r.arrives("light")
	r.arrives("noted")
	r.blocked(leakLine, "light-leak")
	r.blocked(leakLine, "noted-leak")
	r.blocked(`remote:   tag:[0-9]+: REDACTED`, "loud")
	r.blocked(`remote:   tag:[0-9]+: REDACTED`, "outer")
	r.arrives("noted:refs/tags/again", "+noted:refs/tags/light")
	r.arrives(":light", ":noted")

	// What is no commit: a file, a folder.
	r.write("leak.txt", r.secret+"\n")
	blob := strings.TrimSpace(r.passes("git", "hash-object", "-w", "leak.txt"))
	r.passes("rm", "leak.txt")
	r.blocked("REDACTED", blob+":refs/tags/blob")
	r.blocked(`app\.env:2: REDACTED`, "leak~1^{tree}:refs/tags/folder")
	r.arrives("main^{tree}:refs/tags/folder", "main:README:refs/tags/blob")
}

// several pushes many refs at once: one scan for pre-receive, which takes all or
// none, and one for each ref for update.
func (r *receiver) several(hook string) {
	r.clean("other", "main")
	out, err := r.run("git", "push", "origin", "other", "leak", ":old")
	arrived := strings.Contains(r.passes("git", "ls-remote", "origin"), "refs/heads/other")
	if err == nil || arrived != (hook == "update") || strings.Count(out, "mudlark stopped the push") != 1 {
		r.t.Errorf("%v, arrived: %t\n%s", err, arrived, out)
	}
	if strings.Contains(r.passes("git", "ls-remote", "origin"), "refs/heads/leak") {
		r.t.Error("the leak arrived")
	}
	r.blocked(leakLine, "--atomic", "leak", "other:refs/heads/more")
}

// shallow pushes from a clone without history: into a receiver that has it, and into
// one that takes it without. Then all of the oldest commit is new.
func (r *receiver) shallow() {
	r.passes("git", "clone", "-q", "--depth=1", "-b", "main", "file://"+r.dir+"/../there.git", "../shallow")
	whole := r.hooked.dir
	defer func() { r.hooked.dir = whole }()
	r.hooked.dir = whole + "/../shallow"
	r.clean("short", "main")
	r.arrives("short")
	r.passes("git", "init", "-q", "--bare", "../short.git")
	r.passes("git", "-C", "../short.git", "config", "receive.shallowUpdate", "true")
	r.passes("mudlark", "hook", "install", "../short.git")
	r.stops(`remote:   old\.txt:1 in commit`, "git", "push", "../short.git", "short")
	r.passes("git", "rm", "-q", "old.txt")
	r.passes("git", "checkout", "-q", "--orphan", "without")
	r.commit("without")
	if out := r.passes("git", "push", "../short.git", "without"); strings.Contains(out, "mudlark") {
		r.t.Error(out)
	}
}
