package git_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// ended says of each finding which commits removed it, by their subjects.
func ended(res result, r *repo) map[string]string {
	res.Helper()
	out := map[string]string{}
	for _, f := range res.found {
		if f.Origin.Commit == nil {
			continue
		}
		var by []string
		for _, removal := range f.Origin.Exposure.Removed {
			by = append(by, r.git("log", "-1", "--format=%s", removal.Commit))
			if want := r.git("log", "-1", "--format=%ct", removal.Commit); fmt.Sprint(removal.Date.Unix()) != want {
				res.Errorf("%s was removed at %s, want %s", describe(f), removal.Date, want)
			}
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f.Secret.Reveal(), mark("")[:5]), "_END")
		out[name+" by "+f.Origin.Commit.Subject] = strings.Join(by, ",")
	}
	return out
}

func (r result) wantEnds(repo *repo, want map[string]string) {
	r.Helper()
	got := ended(r, repo)
	for what, by := range want {
		if g, ok := got[what]; !ok || g != by {
			r.Errorf("%s: removed by %q, want %q (found: %v)", what, g, by, got)
		}
	}
}

func TestRemoval(t *testing.T) {
	r := newRepo(t)
	r.write("a", "x\n"+mark("edited")+"\n")
	r.write("b", mark("moved")+"\n")
	r.write("c", mark("copied")+"\n")
	r.write("d", mark("kept")+"\n")
	r.write("e", mark("back")+"\n")
	r.commit("one")
	r.write("a", "x\ny\n"+mark("edited")+"\n")
	r.git("mv", "b", "moved")
	r.write("f/c", mark("copied")+"\n")
	r.remove("e")
	r.commit("two")
	r.write("a", "x\ny\n")
	r.remove("c")
	r.write("e", mark("back")+"\n")
	r.commit("three")
	r.remove("moved")
	r.remove("e")
	r.commit("four")
	both(t, r, func(t *testing.T, r *repo) {
		whole(t, r).complete().wantEnds(r, map[string]string{
			"edited by one": "three",
			"moved by one":  "four",
			"moved by two":  "four",
			"copied by one": "",
			"kept by one":   "",
			"back by one":   "two,four",
			"back by three": "four",
		})
	})
}

// TestRemovalInBranches has a branch that is merged after the secret was removed
// from what it is merged into, one that the merge itself cleans, and one that
// nobody merged.
func TestRemovalInBranches(t *testing.T) {
	r := newRepo(t)
	r.write("a", mark("old")+"\n")
	r.commit("one")
	r.git("branch", "stale")
	r.git("branch", "left")
	r.write("a", "clean\n")
	r.commit("cleaned")
	r.git("checkout", "-q", "stale")
	r.write("b", mark("dropped")+"\n")
	r.commit("added b")
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-commit", "stale")
	r.remove("b")
	r.commit("merged")
	r.git("branch", "-D", "stale")
	r.git("checkout", "-q", "left")
	r.write("c", "c\n")
	r.commit("left alone")
	res := whole(t, r).complete()
	res.wantEnds(r, map[string]string{"old by one": "cleaned", "dropped by added b": "merged"})
	res.want(
		"old a:1 by one ref refs=HEAD,refs/heads/left,refs/heads/main tips=HEAD,refs/heads/left",
		"dropped b:1 by added b ref refs=refs/heads/main",
	)
}

// TestRemovalThatNoRefHolds amends a commit that removed a secret.
func TestRemovalThatNoRefHolds(t *testing.T) {
	r := newRepo(t)
	r.write("a", mark("a")+"\n")
	r.commit("one")
	r.write("a", "\n")
	r.write("b", mark("b")+"\n")
	r.commit("two")
	r.remove("b")
	r.commit("three")
	r.git("reset", "-q", "--hard", "HEAD~2")
	whole(t, r).complete().wantEnds(r, map[string]string{"a by one": "", "b by two": "three"})
}

func TestRemovalOfPath(t *testing.T) {
	r := newRepo(t)
	r.write("d/"+mark("p")+"/f", "1\n")
	r.commit("one")
	r.write("d/"+mark("p")+"/f", "2\n")
	r.commit("two")
	r.git("mv", "d/"+mark("p"), "d/q")
	r.commit("three")
	res := whole(t, r).complete()
	res.wantEnds(r, map[string]string{"p by one": "three"})
	res.want("p d/" + mark("p") + ":1 [path name] by one ref refs=HEAD,refs/heads/main")
}

// TestManyRemovals has a secret that comes and goes more often than is told.
func TestManyRemovals(t *testing.T) {
	r := newRepo(t)
	var in strings.Builder
	const times = 130
	for n := range times {
		when := 1600000000 + 3600*n
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 1\nc\n", when)
		if n%2 == 0 {
			fmt.Fprintf(&in, "M 100644 inline a\ndata %d\n%s\n", len(mark("m")), mark("m"))
		} else {
			in.WriteString("D a\n")
		}
	}
	r.stdin(in.String(), "fast-import", "--quiet")
	res := whole(t, r).complete()
	if len(res.found) != times/2 {
		t.Fatalf("%d findings, want %d", len(res.found), times/2)
	}
	for _, f := range res.found {
		e := f.Origin.Exposure
		n := int(e.First.Unix()-1600000000) / 3600
		if got, want := len(e.Removed)+e.MoreRemoved, (times-n)/2; got != want || len(e.Removed) != min(want, 20) {
			t.Errorf("commit %d: %d removals and %d more, want %d in all", n, len(e.Removed), e.MoreRemoved, want)
		}
		if last := e.Removed[len(e.Removed)-1].Date; last != time.Unix(1600000000+3600*(times-1), 0).UTC() {
			t.Errorf("commit %d: the last removal was at %s", n, last)
		}
		if want := time.Unix(1600000000+3600*(times-2), 0).UTC(); e.Last != want {
			t.Errorf("commit %d: seen last at %s, want %s", n, e.Last, want)
		}
	}
}

// TestManyRefs has more findings and refs than a report has room for: of each
// finding all refs are counted and the first are named.
func TestManyRefs(t *testing.T) {
	r := newRepo(t)
	var text, in strings.Builder
	const secrets, refs = 400, 900
	for n := range secrets {
		fmt.Fprintln(&text, mark(fmt.Sprint("s", n)))
	}
	fmt.Fprintf(&in, "commit refs/heads/main\nmark :1\ncommitter C <c@example.com> 1600000000 +0000\ndata 1\nc\n")
	fmt.Fprintf(&in, "M 100644 inline a\ndata %d\n%s\n", text.Len(), text.String())
	for n := range refs {
		fmt.Fprintf(&in, "reset refs/tags/t%03d\nfrom :1\n\n", n)
	}
	r.stdin(in.String(), "fast-import", "--quiet")
	res := whole(t, r).complete()
	if len(res.found) != secrets {
		t.Fatalf("%d findings, want %d", len(res.found), secrets)
	}
	for _, f := range res.found {
		e := f.Origin.Exposure
		if len(e.Refs)+e.MoreRefs != refs+2 || len(e.Tips)+e.MoreTips != refs+2 {
			t.Fatalf("%d refs and %d more, %d tips and %d more, want %d", len(e.Refs), e.MoreRefs, len(e.Tips), e.MoreTips, refs+2)
		}
		if most := (1 << 16) / secrets; len(e.Refs) != most || e.Refs[0] != "HEAD" || e.Refs[1] != "refs/heads/main" || e.Refs[most-1] != "refs/tags/t160" {
			t.Fatalf("%d refs are named, from %s to %s", len(e.Refs), e.Refs[0], e.Refs[len(e.Refs)-1])
		}
	}
}

// TestNoRemovalFromGaps has a history of which a version is missing: that a
// secret is not in what was read does not mean that it was removed.
func TestNoRemovalFromGaps(t *testing.T) {
	r := newRepo(t)
	r.write("a", mark("a")+"\n")
	r.commit("one")
	r.write("a", mark("a")+"\nmore\n")
	r.commit("two")
	id := r.git("rev-parse", "HEAD:a")
	if err := os.Remove(r.path(".git/objects/" + id[:2] + "/" + id[2:])); err != nil {
		t.Fatal(err)
	}
	res := whole(t, r)
	if len(res.skips) == 0 || len(res.found) != 1 {
		t.Fatalf("%d skips, %d findings", len(res.skips), len(res.found))
	}
	if e := res.found[0].Origin.Exposure; len(e.Removed) > 0 || !e.Last.IsZero() || e.First.IsZero() {
		t.Errorf("%+v", *e)
	}
}

// TestRangeTellsNoRemovals reads a few commits only.
func TestRangeTellsNoRemovals(t *testing.T) {
	r := newRepo(t)
	r.write("a", mark("a")+"\n")
	r.commit("one")
	r.write("a", "\n")
	r.commit("two")
	res := scan(t, git.Options{Path: r.dir, Range: "HEAD"}, mudlark.Env{}).complete()
	if e := res.found[0].Origin.Exposure; len(e.Removed) > 0 || !e.Last.IsZero() || len(e.Tips) > 0 {
		t.Errorf("%+v", *e)
	}
}
