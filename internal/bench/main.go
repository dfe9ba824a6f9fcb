//go:build unix

// Command bench measures mudlark beside the programs that its users compare it
// with, in one run on one machine, and prints ratios as a table in Markdown.
// make bench runs it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

func main() {
	mudlark := flag.String("mudlark", "./mudlark", "the program to measure")
	commits := flag.Int("commits", 50_000, "size of the histories that are made")
	tree := flag.String("tree", goSources(), "source text for dir, and of which the histories are made")
	repo := flag.String("repo", "", "measure on this bare repository instead of histories made for it")
	floor := flag.String("inflate", "", "do nothing but inflate the packs of this bare repository")
	made := flag.String("make", "", "do nothing but make a history in this folder")
	leaky := flag.Bool("leaky", false, "with secrets, for -make")
	flag.Parse()
	path, err := filepath.Abs(*mudlark)
	self, selfErr := os.Executable()
	err = errors.Join(err, selfErr)
	b := bench{self: self, mudlark: path, commits: *commits, tree: *tree, repo: *repo}
	switch {
	case err != nil:
	case *floor != "":
		err = inflate(*floor)
	case *made != "":
		err = b.makeRepo(*made, *leaky)
	default:
		err = b.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// goSources is the source text of the Go that runs this.
func goSources() string {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "."
	}
	return filepath.Join(strings.TrimSpace(string(root)), "src")
}

type bench struct {
	self                string // this program
	mudlark, tree, repo string
	commits             int
}

func (b bench) run() error {
	dir, err := os.MkdirTemp("", "mudlark-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	header()
	repos := []string{b.repo}
	if b.repo == "" {
		// Nothing is planted in the first, so that nothing has to be attributed.
		repos = []string{filepath.Join(dir, "clean.git"), filepath.Join(dir, "leaky.git")}
		for i, repo := range repos {
			if err := b.again("-make", repo, "-leaky="+strconv.FormatBool(i > 0), "-commits", strconv.Itoa(b.commits), "-tree", b.tree); err != nil {
				return err
			}
		}
	}
	for _, repo := range repos {
		b.history(repo)
	}
	for i, repo := range repos {
		if err := b.push(repo, filepath.Join(dir, "receiver"+strconv.Itoa(i)+".git")); err != nil {
			return err
		}
	}
	b.directory()
	b.catalogue()
	if err := b.stream(filepath.Join(dir, "stream")); err != nil {
		return err
	}
	return b.start(filepath.Join(dir, "work"))
}

// again runs this program with other arguments, in a process of its own: a
// child's peak memory is at least what its parent has had.
func (b bench) again(args ...string) error {
	cmd := exec.Command(b.self, args...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

func (b bench) makeRepo(dir string, leaky bool) error {
	set, err := rules.Source()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(set.Rules, func(r rules.Rule) bool { return r.ID == planted })
	if at < 0 {
		return fmt.Errorf("there is no rule %s", planted)
	}
	template := set.Rules[at].Examples[0]
	o := bigrepo.Options{Seed: 1, Commits: b.commits, Files: 2000, Corpus: sources(b.tree), Every: 50}
	if leaky {
		o.Plant = func(n int) string { text, _ := rules.Fill(template, uint64(n)); return strings.TrimSpace(text) }
	}
	if _, err := bigrepo.Make(dir, o); err != nil {
		return err
	}
	for _, args := range [][]string{{"repack", "-adfq", "--depth=50", "--window=10"}, {"pack-refs", "--all"}} {
		if _, err := bigrepo.Git(dir, args...); err != nil {
			return err
		}
	}
	return nil
}

// sources returns source files of ordinary size.
func sources(tree string) (texts []string) {
	_ = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != ".go" {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() > 8<<10 && info.Size() < 200<<10 {
			text, _ := os.ReadFile(path)
			texts = append(texts, string(text))
		}
		return nil
	})
	return texts
}

// planted is the rule whose example is planted.
const planted = "github-pat"
