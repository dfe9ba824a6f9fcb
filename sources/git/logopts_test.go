package git_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// chosenBy returns the commits that a scan with arguments of git log reads.
func chosenBy(t *testing.T, dir, args string) ([]string, error) {
	t.Helper()
	src, err := (&git.Options{Path: dir, LogOpts: args}).Open(t.Context(), mudlark.Env{Workers: 1})
	if err != nil {
		return nil, err
	}
	var ids []string
	err = src.Chunks(t.Context(), func(c mudlark.Chunk, err error) error {
		if c.Origin.Part == "commit header" {
			ids = append(ids, c.Origin.Object)
		}
		return err
	})
	slices.Sort(ids)
	return ids, err
}

// manyAuthors gives the commits of a history for git fast-import different
// authors.
func manyAuthors(history string, rng *rand.Rand) string {
	names := []string{"Ann Lee <ann@example.com>", "Bob (B+C) <bob@example.org>", "Änne [x] <aenne@example.com>"}
	var out strings.Builder
	for line := range strings.Lines(history) {
		if rest, ok := strings.CutPrefix(line, "author Dev <dev@example.com>"); ok {
			line = "author " + names[rng.IntN(len(names))] + rest
		}
		out.WriteString(line)
	}
	return out.String()
}

// TestLogOptsChooseAsGitDoes compares with git log on random histories.
func TestLogOptsChooseAsGitDoes(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 99))
		r := newRepo(t)
		r.stdin(manyAuthors(randomHistory(300+seed), rng), "fast-import", "--quiet", "--force")
		r.git("symbolic-ref", "HEAD", "refs/heads/b0")
		r.git("reset", "-q", "--hard")
		r.git("tag", "-a", "-m", "x", "v1/a", "b1~1")
		r.git("tag", "v2", "b2")
		r.git("update-ref", "refs/remotes/origin/main", "b3~1")
		r.git("update-ref", "refs/remotes/other/x", "b2~2")
		r.git("reset", "-q", "--hard", "b0~2")
		r.git("reset", "-q", "--hard", "ORIG_HEAD")
		for _, args := range []string{
			" ", "b1", "b0..b1", "b0...b1", "^b0 b1 b2", "--all", "b1 b2 --not b0 b3", "--all --not b0", "--not b0 --not b1", "b0 --not --remotes",
			"--branches", "--tags", "--remotes", "--branches=b[12]", "--branches=b*", "--tags=v*", "--tags=v1", "--remotes=origin/*", "--remotes=o*",
			"--remotes=origin", "--all -n 5", "-3", "-n2 --all", "--max-count=4 --skip=3 --all", "--skip 2 b1 -n 3", "b0 -n 0", "--all --max-count=-1", "--all --skip=1 -n 9223372036854775807",
			"--no-merges --all", "--merges --all", "--merges -n 3 --all", "--first-parent b0", "--first-parent b0 b1 --not b3", "--first-parent -n 4 --all",
			"--first-parent --merges b1", "--reverse -n 4 b1", "--reflog", "-g", "-g -n 2", "-g HEAD", "-g --skip=1", "--reflog --not b0", "--full-history b2",
			"b0 b0~3 ^b0~5", "HEAD~1", "HEAD^2..b1 --no-merges", "b0..b1 b2..b3",
			"--author=Ann", "--author=ann@example.com --all", `--author="Ann Lee" --all`, "'--author=Bob (B+C)' --all", `--author '^Ä' --all`,
			`--author='An\|Bo' --all`, `--author='\[x]' --all -n 3`, `--author='[xA]' --all`, `--author=o* --all`, `--author='B\(o\)b' --all`, `--author='com>$' --all`,
			"--author=Ann --author=Bob --all", `--author='*' --all`, `--author='e\{2\}' --all`, "--author=nobody --all",
			"--full-history --all -- d", "--full-history --all --no-merges -- d/a", "--full-history b0 -- a x.txt", "--full-history --all -- '*.txt'",
			"--full-history b1 -- . ':!d'", "--full-history b1 -- ':(exclude)*.txt'", "--full-history --all -n 3 -- d/e", "--full-history --all -- ':(top)d-e'",
			"--full-history --all -- 'd?e'", "--full-history --first-parent b0 -- d", "--full-history --all --skip=1 -n 2 -- d/e a", "--full-history --all -- 'd/[ab]'",
			"--full-history --all -- :/d/e ':^d/e/a'", "--full-history b0..b1 -- d", "--full-history b0...b3 -- d-e x.txt", "--full-history b1 b2 --not b0 -- d/e",
			"-n 100 --all -- d", "-n 5 --all -- d/e", "-n 4 b0..b1 -- d", "-n 3 --skip 1 b0 -- x.txt a", "--skip=2 --all -- '*.txt'", "-n 6 --first-parent b1 -- d",
			"-n 100 b1 b2 --not b3 -- d-e d/b",
		} {
			if strings.Contains(args, "HEAD^2") {
				if _, err := r.try("rev-parse", "-q", "--verify", "HEAD^2"); err != nil {
					continue
				}
			}
			want := strings.Fields(r.git(append([]string{"log", "--format=%H"}, shellWords(r, args)...)...))
			if _, not, ok := strings.Cut(args, "--not "); ok && strings.Contains(args, "--first-parent") {
				// Wrong clocks make git show there what it should leave out.
				out := r.git("rev-list", not)
				want = slices.DeleteFunc(want, func(id string) bool { return strings.Contains(out, id) })
			}
			if strings.HasPrefix(args, "-g") {
				slices.Sort(want)
				want = slices.Compact(want)
			}
			slices.Sort(want)
			got, err := chosenBy(t, r.dir, args)
			if err != nil && len(want) > 0 {
				t.Errorf("seed %d, %s: %v", seed, args, err)
			} else if !slices.Equal(got, want) {
				t.Errorf("seed %d, %s: got %d commits, want %d\n got %.9s\nwant %.9s", seed, args, len(got), len(want), got, want)
			}
		}
	}
}

// shellWords splits as a shell does, to be compared with.
func shellWords(r *repo, text string) []string {
	r.Helper()
	out := r.stdin(`printf '%s\n' `+text, "-c", "alias.words=!sh -s", "words")
	if out == "" {
		return nil
	}
	return strings.Split(out, "\n")
}

// TestLogOptsDates: git stops at the first commit that is older, here clocks may be
// wrong, so the dates themselves are compared.
func TestLogOptsDates(t *testing.T) {
	r := newRepo(t)
	r.stdin(randomHistory(401), "fast-import", "--quiet", "--force")
	type commit struct {
		id   string
		when int64
	}
	var all []commit
	for line := range strings.Lines(r.git("log", "--all", "--format=%H %ct")) {
		id, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		when, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, commit{id, when})
	}
	middle := all[len(all)/2].when
	for args, keep := range map[string]func(int64) bool{
		fmt.Sprintf("--all --since=%d", middle):                             func(w int64) bool { return w >= middle },
		fmt.Sprintf("--all --until=@%d", middle):                            func(w int64) bool { return w <= middle },
		fmt.Sprintf("--all --after %d --before=%d", middle-40000, middle):   func(w int64) bool { return w >= middle-40000 && w <= middle },
		"--all --since '2020-09-13 20:00:00 +0000'":                         func(w int64) bool { return w >= 1600027200 },
		`--all --until="2020-09-13T23:59:59Z"`:                              func(w int64) bool { return w <= 1600041599 },
		"--all --since=2020-09-14T00:00:00Z --until='2020-09-14T03:00:00Z'": func(w int64) bool { return w >= 1600041600 && w <= 1600052400 },
	} {
		var want []string
		for _, c := range all {
			if keep(c.when) {
				want = append(want, c.id)
			}
		}
		slices.Sort(want)
		got, err := chosenBy(t, r.dir, args)
		if err != nil || !slices.Equal(got, want) || len(want) == 0 || len(want) == len(all) {
			t.Errorf("%s: got %d commits, want %d of %d: %v", args, len(got), len(want), len(all), err)
		}
	}
}

// TestLogOptsThatAreRefused: what would be left out in silence, or is no choice of
// commits, is refused by name.
func TestLogOptsThatAreRefused(t *testing.T) {
	r := newRepo(t)
	r.write("sub/a.txt", "a")
	r.commit("one")
	for args, want := range map[string]string{
		"--grep=x":                     `"--grep" is not supported`,
		"--output=/tmp/x":              `"--output" is not supported`,
		"--ext-diff":                   `"--ext-diff" is not supported`,
		"-S token":                     `"-S" is not supported`,
		"--upload-pack=touch":          `"--upload-pack" is not supported`,
		"--committer=x":                `"--committer" is not supported`,
		"--all=x":                      `"--all" is not supported`,
		"-G":                           `"-G" is not supported`,
		"-nx":                          `"-nx" is not supported`,
		"-n x":                         `-n takes a number, not "x"`,
		"-n":                           "-n is followed by no number",
		"--since":                      "--since is followed by no value",
		"--since=someday":              `date "someday" is not understood`,
		"--max-count=many":             `--max-count takes a number, not "many"`,
		"main..nowhere":                `revision "nowhere"`,
		"nowhere":                      `revision "nowhere"`,
		"--branches=none":              "no ref is called refs/heads/none",
		"--remotes":                    "no ref is called refs/remotes/*",
		"--not main":                   "only leaves out commits",
		"--not main...main":            "behind --not is not supported",
		"'main":                        "a quote (') is opened and not closed",
		`"main`:                        `a quote (") is opened and not closed`,
		"''":                           "an argument is empty",
		"--merges --no-merges":         "leave no commit",
		"-g --since=2020-01-01":        "-g is not supported together with dates",
		"-g --not main":                "-g takes refs alone",
		`--author='\(a\)\1'`:           "back references are not supported",
		"--author='[a'":                "is not closed",
		"-- ':(attr:x)a'":              `"attr:x" is not supported`,
		"-- '[a'":                      "is not closed",
		"-- ../../x":                   "outside of the repository",
		"-- sub/mistyped.txt":          `no commit that was chosen has anything at the path "sub/mistyped.txt"`,
		"-- sub mistyped":              `no commit that was chosen has anything at the path "mistyped"`,
		"-g -- mistyped":               `no commit that was chosen has anything at the path "mistyped"`,
		"sub --all":                    `"sub" is a path, behind which only paths can stand`,
		strings.Repeat("main ", 20000): "longer than",
	} {
		if _, err := chosenBy(t, r.dir, args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error %v, want %s", args, err, want)
		}
	}
	for _, opts := range []git.Options{{Range: "HEAD"}, {Since: "2020-01-01"}, {SinceState: "x"}, {Push: &git.Push{}}} {
		opts.Path, opts.LogOpts = r.dir, "HEAD"
		if _, err := opts.Open(t.Context(), mudlark.Env{}); err == nil || !strings.Contains(err.Error(), "--log-opts says which commits") {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}

// TestLogOptsFindWhatTheCommitsAdd: within the paths, and of merges that are
// followed along their first parent all that they brought.
func TestLogOptsFindWhatTheCommitsAdd(t *testing.T) {
	r := newRepo(t)
	r.write("src/a.txt", mark("a"))
	r.commit("one")
	r.write("src/b.txt", mark("b"))
	r.write("doc/c.txt", mark("c"))
	r.commit("two")
	r.git("checkout", "-q", "-b", "side", "HEAD~1")
	r.write("side.txt", mark("side"))
	r.commit("on side")
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	for _, c := range []struct{ path, args, want string }{
		{"", "main~1 -- src", "a b"},
		{"", "-1 main~1 -- src", "b"},
		{"", "main~1 src", "a b"},
		{"src", "main~1 -- .", "a b"},
		{"src", "main~1 -- b.txt", "b"},
		{"src", "main~1 -- :/doc", "c"},
		{"", "main -- . ':!src'", "c side"},
		{"", "--first-parent -1", "side"},
		{"", "--first-parent --merges", "side"},
		{"", "-1", ""},
		{"", "--all", "a b c side"},
	} {
		res := scan(t, git.Options{Path: r.path(c.path), LogOpts: c.args}, mudlark.Env{Workers: 2}).complete()
		var got []string
		for _, f := range res.found {
			if f.Origin.Part == "" {
				got = append(got, strings.TrimSuffix(strings.TrimPrefix(f.Secret.Reveal(), mark("")[:5]), "_END"))
			}
		}
		slices.Sort(got)
		if strings.Join(slices.Compact(got), " ") != c.want {
			t.Errorf("%s in %q: found %q, want %s", c.args, c.path, got, c.want)
		}
	}
}

// TestLogOptsOfAShallowClone: only a cut that what is asked for reaches makes the
// scan incomplete.
func TestLogOptsOfAShallowClone(t *testing.T) {
	r := newRepo(t)
	for _, m := range []string{"one", "two", "three", "four"} {
		r.write("f", m)
		r.commit(m)
	}
	clone := r.in(r.path("../clone"))
	r.git("clone", "-q", "--depth=2", "file://"+r.dir, clone.dir)
	for args, cut := range map[string]bool{"": true, "--all": true, "-1": false, "-n 2": false, "-n 3": true, "HEAD~1..HEAD": false, "--first-parent": true} {
		res := scan(t, git.Options{Path: clone.dir, LogOpts: args + " HEAD"}, mudlark.Env{})
		if got := len(res.skips) > 0; got != cut {
			t.Errorf("%s: skips %v", args, res.skips)
		}
	}
}

func FuzzLogOpts(f *testing.F) {
	for _, text := range []string{"--all -n 3 -- a 'b c'", `--author="x\"y" main..HEAD`, "--branches=[a-z]* ^main", "-- ':(top,exclude)a' '*.t[!x]t'"} {
		f.Add(text)
	}
	r := newRepo(f)
	r.write("a", "a")
	r.commit("one")
	f.Fuzz(func(t *testing.T, text string) {
		src, err := (&git.Options{Path: r.dir, LogOpts: text}).Open(t.Context(), mudlark.Env{Workers: 1})
		if err != nil {
			return
		}
		_ = src.Chunks(t.Context(), func(mudlark.Chunk, error) error { return nil })
	})
}
