package git_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// TestAttributionAgainstOracle holds attribution on random histories against a
// slow program that asks git itself about every file of every commit.
func TestAttributionAgainstOracle(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := newRepo(t)
			r.stdin(randomHistory(uint64(seed)), "fast-import", "--quiet", "--force")
			if seed%2 == 1 {
				r.pack()
			}
			o := newOracle(r)
			want := o.introductions(nil)
			got := map[string]int{}
			src, err := (&git.Options{Path: r.dir}).Open(t.Context(), mudlark.Env{Workers: 1 + seed%3})
			if err != nil {
				t.Fatal(err)
			}
			if seed%3 == 2 {
				git.LimitFilters(src, 20)
			}
			for _, f := range read(t, src).complete().found {
				if f.Origin.Part == "" {
					got[o.line(f)]++
				}
			}
			compareCounts(t, got, want)
		})
	}
}

// TestRangesAgainstOracle does the same for ranges of commits, chosen as git
// rev-list chooses them.
func TestRangesAgainstOracle(t *testing.T) {
	for seed := range 4 {
		r := newRepo(t)
		r.stdin(randomHistory(uint64(100+seed)), "fast-import", "--quiet", "--force")
		o := newOracle(r)
		for _, text := range []string{
			"b0..b1", "b1...b2", "b0 ^b1", "b2~3..b2", "b0^..b0", "b1 b2 ^b0 ^b3", "b0~4", o.commits[3][:9] + "..b3", "refs/heads/b1...b3~1",
		} {
			t.Run(fmt.Sprintf("%d/%s", seed, text), func(t *testing.T) {
				args := append([]string{"rev-list"}, strings.Fields(text)...)
				chosen := map[string]bool{}
				for _, id := range strings.Fields(r.git(args...)) {
					chosen[id] = true
				}
				got := map[string]int{}
				res := scan(t, git.Options{Path: r.dir, Range: text}, mudlark.Env{Workers: 2}).complete()
				for _, f := range res.found {
					if f.Origin.Part == "" {
						got[o.line(f)]++
					}
				}
				want := o.introductions(chosen)
				// Which tips still hold it is known of the files that were read only.
				trim := func(m map[string]int) map[string]int {
					out := map[string]int{}
					for line, n := range m {
						line, _, _ = strings.Cut(line, " tips=")
						out[line] += n
					}
					return out
				}
				compareCounts(t, trim(got), trim(want))
				if res.coverage.Commits != len(chosen) {
					t.Errorf("%d commits were read, want %d", res.coverage.Commits, len(chosen))
				}
			})
		}
	}
}

func compareCounts(t *testing.T, got, want map[string]int) {
	t.Helper()
	for _, line := range slices.Sorted(maps.Keys(want)) {
		if got[line] != want[line] {
			t.Errorf("%d times, want %d: %s", got[line], want[line], line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(got)) {
		if want[line] == 0 {
			t.Errorf("%d times, want none: %s", got[line], line)
		}
	}
}

// randomHistory writes a history for git fast-import: four branches that fork,
// merge criss-cross and by three at a time, rename, delete and bring back files
// with a handful of marks.
func randomHistory(seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 7))
	var out strings.Builder
	type state struct {
		tip   int
		files map[string]string
	}
	branches := make([]*state, 4)
	for i := range branches {
		branches[i] = &state{files: map[string]string{}}
	}
	paths := []string{"a", "d/a", "d/b", "d/e/a", "d/e/c", "x.txt", "d.txt", "d-e"}
	line := func() string {
		if rng.IntN(3) == 0 {
			return fmt.Sprintf("k%d=%s", rng.IntN(3), mark(fmt.Sprint("m", rng.IntN(6))))
		}
		return fmt.Sprint("line", rng.IntN(20))
	}
	for n := 1; n <= 40; n++ {
		b := rng.IntN(len(branches))
		s := branches[b]
		when := 1600000000 + 3600*n
		if rng.IntN(10) == 0 {
			when -= rng.IntN(400000) // clocks differ
		}
		who := fmt.Sprintf("Dev <dev@example.com> %d +0000", when)
		subject := fmt.Sprint("commit", n)
		fmt.Fprintf(&out, "commit refs/heads/b%d\nmark :%d\nauthor %s\ncommitter %s\ndata %d\n%s\n", b, n, who, who, len(subject), subject)
		switch {
		case s.tip == 0 && n > 4:
			from := branches[rng.IntN(len(branches))]
			if from.tip != 0 {
				fmt.Fprintf(&out, "from :%d\n", from.tip)
				s.files = maps.Clone(from.files)
			}
		case s.tip != 0:
			fmt.Fprintf(&out, "from :%d\n", s.tip)
		}
		if s.tip != 0 && rng.IntN(3) == 0 {
			for range 1 + rng.IntN(2) {
				other := branches[rng.IntN(len(branches))]
				if other.tip == 0 || other == s {
					continue
				}
				fmt.Fprintf(&out, "merge :%d\n", other.tip)
				for _, p := range slices.Sorted(maps.Keys(other.files)) {
					if _, ours := s.files[p]; !ours || rng.IntN(2) == 0 {
						s.files[p] = other.files[p]
					}
				}
			}
		}
		for range 1 + rng.IntN(3) {
			p := paths[rng.IntN(len(paths))]
			switch old := s.files[p]; {
			case old != "" && rng.IntN(5) == 0:
				delete(s.files, p)
			case old != "" && rng.IntN(5) == 0:
				delete(s.files, p)
				s.files[paths[rng.IntN(len(paths))]] = old
			case old != "" && rng.IntN(2) == 0:
				lines := strings.SplitAfter(old, "\n")
				lines = slices.Insert(lines, rng.IntN(len(lines)), line()+"\n")
				s.files[p] = strings.Join(lines, "")
			default:
				s.files[p] = line() + "\n" + line() + "\n" + line() + "\n"
			}
		}
		out.WriteString("deleteall\n")
		for _, p := range slices.Sorted(maps.Keys(s.files)) {
			fmt.Fprintf(&out, "M 100644 inline %s\ndata %d\n%s\n", p, len(s.files[p]), s.files[p])
		}
		out.WriteString("\n")
		s.tip = n
	}
	for i, s := range branches {
		if s.tip == 0 {
			fmt.Fprintf(&out, "reset refs/heads/b%d\nfrom :40\n\n", i)
		}
	}
	out.WriteString("reset refs/heads/main\nfrom :20\n\nreset refs/tags/light\nfrom :10\n\n")
	return out.String()
}

// An oracle knows every file of every commit.
type oracle struct {
	r       *repo
	commits []string
	parents map[string][]string
	files   map[string]map[string]string // content, by commit and path
	refs    map[string][]string          // names of the refs that lead to a commit
	tips    map[string]string            // by name of the ref: its commit
	behind  map[string]map[string]bool   // by commit: those that it leads to, itself included
	dates   map[string]int64             // by commit: when it was committed
}

func newOracle(r *repo) *oracle {
	o := &oracle{r: r, parents: map[string][]string{}, files: map[string]map[string]string{}, refs: map[string][]string{}, tips: map[string]string{}}
	for _, line := range strings.Split(r.git("rev-list", "--all", "--parents"), "\n") {
		ids := strings.Fields(line)
		o.commits = append(o.commits, ids[0])
		o.parents[ids[0]] = ids[1:]
	}
	blobs := map[string]string{}
	for _, c := range o.commits {
		o.files[c] = map[string]string{}
		for _, line := range strings.Split(r.git("ls-tree", "-r", c), "\n") {
			info, path, ok := strings.Cut(line, "\t")
			if !ok {
				continue
			}
			id := strings.Fields(info)[2]
			if _, known := blobs[id]; !known {
				blobs[id] = r.git("cat-file", "blob", id) + "\n"
			}
			o.files[c][path] = blobs[id]
		}
	}
	for _, line := range strings.Split(r.git("for-each-ref", "--format=%(refname) %(objectname)"), "\n") {
		name, id, _ := strings.Cut(line, " ")
		o.tips[name] = id
	}
	o.tips["HEAD"] = r.git("rev-parse", "HEAD")
	o.behind, o.dates = map[string]map[string]bool{}, map[string]int64{}
	for _, c := range o.commits {
		o.behind[c] = map[string]bool{}
		for _, id := range strings.Fields(r.git("rev-list", c)) {
			o.behind[c][id] = true
		}
		o.dates[c], _ = strconv.ParseInt(r.git("log", "-1", "--format=%ct", c), 10, 64)
	}
	for name, id := range o.tips {
		for _, c := range strings.Fields(r.git("rev-list", id)) {
			o.refs[c] = append(o.refs[c], name)
		}
	}
	return o
}

// introductions returns, for all commits or those chosen, what they introduce.
func (o *oracle) introductions(chosen map[string]bool) map[string]int {
	out := map[string]int{}
	for _, c := range o.commits {
		if chosen != nil && !chosen[c] {
			continue
		}
		for path, content := range o.files[c] {
			for secret, n := range count(content) {
				most := 0
				lines := map[string]int{}
				for _, p := range o.parents[c] {
					most = max(most, count(o.files[p][path])[secret])
					for _, l := range strings.Split(o.files[p][path], "\n") {
						lines[l]++
					}
				}
				fresh := 0
				for _, l := range strings.Split(content, "\n") {
					if !strings.Contains(l, secret) {
						continue
					}
					if lines[l] > 0 {
						lines[l]--
					} else {
						fresh++
					}
				}
				if n = min(n-most, fresh); n > 0 {
					out[o.tell(secret, path, c)] = n
				}
			}
		}
	}
	return out
}

func count(content string) map[string]int {
	n := map[string]int{}
	for _, m := range marks.FindAllString(content, -1) {
		n[m]++
	}
	return n
}

// tell says in a line what a finding should say.
func (o *oracle) tell(secret, path, commit string) string {
	refs := slices.Sorted(slices.Values(o.refs[commit]))
	var tips []string
	for _, name := range refs {
		if o.has(o.tips[name], secret) {
			tips = append(tips, name)
		}
	}
	var removed []string
	last := int64(0)
	for _, c := range o.commits {
		if !o.behind[c][commit] {
			continue
		}
		if o.has(c, secret) {
			last = max(last, o.dates[c])
		} else if o.ends(c, commit, secret) {
			removed = append(removed, fmt.Sprint(o.dates[c], " ", c))
		}
	}
	slices.Sort(removed)
	if len(tips) < len(refs) && len(removed) == 0 {
		o.r.Errorf("%s of %s left %v without a commit that removed it", secret, commit, refs)
	}
	return fmt.Sprintf("%s %s %s refs=%v tips=%v first=%d last=%d removed=%q", secret, path, commit, refs, tips, o.dates[commit], last, removed)
}

// has reports whether a secret is anywhere in a commit's files.
func (o *oracle) has(commit, secret string) bool {
	for _, content := range o.files[commit] {
		if strings.Contains(content, secret) {
			return true
		}
	}
	return false
}

// ends reports whether all parents of c that come after a commit, or are it,
// have a secret. There must be one.
func (o *oracle) ends(c, commit, secret string) bool {
	after := 0
	for _, p := range o.parents[c] {
		if o.behind[p][commit] {
			if after++; !o.has(p, secret) {
				return false
			}
		}
	}
	return after > 0
}

// line says of a finding what tell says, after checking that the secret is where
// the finding says.
func (o *oracle) line(f mudlark.Finding) string {
	commit := f.Origin.Commit.ID
	lines := strings.Split(o.files[commit][f.Origin.Path], "\n")
	if n := f.Position.StartLine; n > len(lines) || !strings.Contains(lines[n-1], f.Secret.Reveal()) {
		o.r.Errorf("%s: the secret is not on that line of that commit", describe(f))
	}
	e := f.Origin.Exposure
	tips := e.Tips
	if tips == nil {
		tips = []string{}
	}
	var removed []string
	for _, r := range e.Removed {
		removed = append(removed, fmt.Sprint(r.Date.Unix(), " ", r.Commit))
	}
	return fmt.Sprintf("%s %s %s refs=%v tips=%v first=%d last=%d removed=%q",
		f.Secret.Reveal(), f.Origin.Path, commit, e.Refs, tips, e.First.Unix(), e.Last.Unix(), removed)
}
