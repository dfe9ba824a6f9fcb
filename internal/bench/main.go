//go:build unix

// Command bench measures mudlark beside the programs that its users compare it
// with, in one run on one machine, and prints ratios. make bench runs it.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
)

func main() {
	mudlark := flag.String("mudlark", "./mudlark", "the program to measure")
	commits := flag.Int("commits", 6000, "size of the history that is made")
	tree := flag.String("tree", goSources(), "source text for dir")
	repo := flag.String("repo", "", "also measure on this repository")
	flag.Parse()
	path, err := filepath.Abs(*mudlark)
	if err == nil {
		err = bench{mudlark: path, commits: *commits, tree: *tree, repo: *repo}.run()
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
	mudlark, tree, repo string
	commits             int
}

// A cost is what one process took.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // bytes at the peak
}

func (b bench) run() error {
	dir, err := os.MkdirTemp("", "mudlark-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "measured\tfigure\tCPU\tbeside it\tCPU\tpeak memory")

	made := filepath.Join(dir, "made.git")
	if err := b.makeRepo(made); err != nil {
		return err
	}
	for _, repo := range []string{made, b.repo} {
		if repo != "" {
			b.history(table, repo)
		}
	}
	b.directory(table)
	return b.start(table, dir)
}

func (b bench) makeRepo(dir string) error {
	plant := func(n int) string { return fmt.Sprintf("token: %s%036d", "ghp"+"_", n) }
	if _, err := bigrepo.Make(dir, bigrepo.Options{Seed: 1, Commits: b.commits, Plant: plant, Every: 50}); err != nil {
		return err
	}
	_, err := bigrepo.Git(dir, "repack", "-adfq", "--depth=50", "--window=50")
	return err
}

func (b bench) history(w *tabwriter.Writer, repo string) {
	log := measure(repo, "git", "log", "-p", "-U0", "--all")
	scan := measure(repo, b.mudlark, "git", ".", "--format", "json")
	one := measure(repo, b.mudlark, "git", ".", "--format", "json", "--workers", "1")
	fmt.Fprintf(w, "whole history, wall time over git log -p (%s)\t%.2f\t%v\tgit log -p -U0 --all\t%v\t%d MB\n",
		filepath.Base(repo), ratio(scan.wall, log.wall), round(scan.cpu), round(log.cpu), scan.rss>>20)
	fmt.Fprintf(w, "whole history, CPU over git log -p\t%.2f\t%v\t\t\t\n", ratio(scan.cpu, log.cpu), round(scan.cpu))
	fmt.Fprintf(w, "two workers over one, wall time\t%.2f\t\t\t\t%d MB\n", ratio(one.wall, scan.wall), one.rss>>20)
}

func (b bench) directory(w *tabwriter.Writer) {
	size := treeSize(b.tree)
	// Archives are left closed: what is measured is the scanning of source text.
	scan := measure(".", b.mudlark, "dir", b.tree, "--workers", "1", "--max-archive-depth", "0", "--format", "json")
	mbs := float64(size) / 1e6 / scan.cpu.Seconds()
	beside, cpu := "", ""
	if rg, err := exec.LookPath("rg"); err == nil {
		search := measure(".", rg, "-uuu", "-a", "-j1", "-c", "--fixed-strings", "no such text anywhere", b.tree)
		beside, cpu = fmt.Sprintf("rg, one literal: %.2f of its speed", ratio(search.cpu, scan.cpu)), round(search.cpu).String()
	}
	fmt.Fprintf(w, "dir, MB/s a core\t%.0f\t%v\t%s\t%s\t%d MB\n", mbs, round(scan.cpu), beside, cpu, scan.rss>>20)
}

// start measures what a developer waits for: a process from start to end.
func (b bench) start(w *tabwriter.Writer, dir string) error {
	work := filepath.Join(dir, "work")
	for i := range 10_000 {
		path := filepath.Join(work, fmt.Sprintf("d%d/e%d", i%50, i%7), fmt.Sprintf("f%d.txt", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, "file %d\n", i), 0o644); err != nil {
			return err
		}
	}
	change := filepath.Join(work, "d1/e1/f1.txt")
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "gc.auto=0", "commit", "-qm", "all"}, {"gc", "-q"}} {
		if _, err := bigrepo.Git(work, args...); err != nil {
			return err
		}
	}
	if err := os.WriteFile(change, []byte(strings.Repeat("a changed line\n", 20)), 0o644); err != nil {
		return err
	}
	if _, err := bigrepo.Git(work, "add", "."); err != nil {
		return err
	}
	gitStart := median(work, "git", "diff", "--cached", "--stat")
	fmt.Fprintf(w, "git --staged, 10,000 files, median\t%.1f ms\t\tgit diff --cached: %.1f ms\t\t\n",
		ms(median(work, b.mudlark, "git", "--staged")), ms(gitStart))
	fmt.Fprintf(w, "version, median\t%.1f ms\t\tgit version: %.1f ms\t\t\n", ms(median(work, b.mudlark, "version")), ms(median(work, "git", "version")))
	return nil
}

func median(dir, name string, args ...string) time.Duration {
	var all []time.Duration
	for range 21 {
		all = append(all, measure(dir, name, args...).wall)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func measure(dir, name string, args ...string) cost {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, bigrepo.Env()
	start := time.Now()
	_ = cmd.Run() // findings are an exit code
	c := cost{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.rss = usage.Maxrss << 10
	}
	return c
}

func treeSize(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / max(b.Seconds(), 1e-9) }

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
