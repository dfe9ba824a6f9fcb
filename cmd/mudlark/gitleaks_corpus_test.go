//go:build !gendoc

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// gitleaksData is where the recorded answers of gitleaks are, and what they are about.
var gitleaksData = filepath.Join("..", "..", "testdata", "gitleaks")

// A labelled text has a name, by which recorded files call it.
type labelled struct{ name, text string }

// A corpus is the repository and the folder that corpus.sh makes.
type corpus struct {
	dir     string
	tokens  []labelled // that stand for secrets, the longest first
	commits []labelled
}

func newCorpus(t *testing.T) *corpus {
	t.Helper()
	c := &corpus{dir: t.TempDir()}
	for line := range strings.Lines(readText(t, filepath.Join(gitleaksData, "tokens"))) {
		name, template, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		seed := uint64(7)
		for _, b := range []byte(name) {
			seed = seed*131 + uint64(b)
		}
		text, err := rules.Fill(template, seed)
		if err != nil {
			t.Fatal(err)
		}
		c.tokens = append(c.tokens, labelled{name, text})
	}
	slices.SortStableFunc(c.tokens, func(a, b labelled) int { return cmp.Compare(len(b.text), len(a.text)) })

	made := t.TempDir()
	c.archive(t, filepath.Join(made, "outer.zip"))
	labels := filepath.Join(made, "labels")
	script := prelude + "name() { echo \"$1 $(git rev-parse HEAD)\" >>\"$LABELS\"; }\n" + readText(t, filepath.Join(gitleaksData, "corpus.sh"))
	script = strings.Replace(script, `[ -n "${BARE:-}" ] || git init`, ": git init", 1) // the script does that where it wants it
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir, cmd.Env = c.dir, append(bigrepo.Env(), "MADE="+made, "LABELS="+labels)
	for _, p := range c.tokens {
		cmd.Env = append(cmd.Env, p.name+"="+p.text)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("corpus.sh: %v\n%s", err, out)
	}
	for line := range strings.Lines(readText(t, labels)) {
		name, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		c.commits = append(c.commits, labelled{name, id})
	}
	return c
}

// archive makes outer.zip, in which a file and an archive lie.
func (c *corpus) archive(t *testing.T, path string) {
	t.Helper()
	var inner, outer bytes.Buffer
	deep := "x\nACME=" + c.expand("${A24}") + "\n"
	tw := tar.NewWriter(&inner)
	noError(t, tw.WriteHeader(&tar.Header{Name: "deep.env", Mode: 0o644, Size: int64(len(deep))}))
	_, err := tw.Write([]byte(deep))
	noError(t, err)
	noError(t, tw.Close())
	zw := zip.NewWriter(&outer)
	for _, member := range []labelled{{"in ner/inner.env", "ACME=" + c.expand("${A23}") + "\n"}, {"deep.tar", inner.String()}} {
		w, err := zw.Create(member.name)
		noError(t, err)
		_, err = w.Write([]byte(member.text))
		noError(t, err)
	}
	noError(t, zw.Close())
	noError(t, os.WriteFile(path, outer.Bytes(), 0o644))
}

// copyTo copies what a command line names of the corpus into a folder that a case
// may change.
func (c *corpus) copyTo(t *testing.T, dir string, command []string) {
	t.Helper()
	words := strings.Join(command, " ")
	for _, part := range []string{"repo", "odd", "files", "oddfiles", "packed"} {
		if regexp.MustCompile(`\b` + part + `\b`).MatchString(words) {
			noError(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(c.dir, part))))
		}
	}
}

var placeholder = regexp.MustCompile(`\$\{([A-Z0-9]+)(?::(\d+))?\}`)

// expand puts in what placeholders stand for.
func (c *corpus) expand(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		for _, all := range [][]labelled{c.tokens, c.commits} {
			i := slices.IndexFunc(all, func(x labelled) bool { return x.name == m[1] })
			if i < 0 {
				continue
			}
			if n, err := strconv.Atoi(m[2]); err == nil {
				return all[i].text[:n]
			}
			return all[i].text
		}
		return p
	})
}

// shortest is how much of a secret is taken for its beginning, and shortestCut
// before "...".
const (
	shortest    = 12
	shortestCut = 6
)

// fold puts placeholders in, so that a text holds no secret and no commit's id.
func (c *corpus) fold(text string) string {
	for _, p := range slices.Concat(c.tokens, c.commits) {
		text = strings.ReplaceAll(text, p.text, "${"+p.name+"}")
	}
	for _, p := range c.tokens {
		for n := len(p.text) - 1; n >= shortestCut; n-- {
			name := fmt.Sprintf("${%s:%d}", p.name, n)
			if n >= shortest {
				text = strings.ReplaceAll(text, p.text[:n], name)
			} else {
				text = strings.ReplaceAll(text, p.text[:n]+"...", name+"...")
			}
		}
	}
	return text
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	noError(t, err)
	return string(text)
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
