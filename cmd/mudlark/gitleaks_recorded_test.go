//go:build !gendoc

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
)

// A section is a part of a recorded case: a file that it needs, or what was recorded.
type section struct{ name, text string }

// A recordedCase is a command line and what gitleaks did with it.
type recordedCase struct {
	path     string
	head     string // what it shows, in words
	command  []string
	env      []string
	stdin    string
	sections []section
}

// reserved sections are not files that a case needs.
const (
	sectionRecorded = "recorded" // exit code and findings, by gitleaks
	sectionOurs     = "ours"     // ours, where they are meant to differ
	sectionBecause  = "because"  // why
	sectionStdin    = "stdin"
	goldenPrefix    = "report " // a report, byte for byte
	oursPrefix      = "our report "
)

func readCase(t *testing.T, path string) *recordedCase {
	t.Helper()
	c := &recordedCase{path: path}
	name, text := "", ""
	add := func() {
		if name == "" {
			c.head = text
		} else {
			c.sections = append(c.sections, section{name, text})
		}
	}
	for line := range strings.Lines(readText(t, path)) {
		if s, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(s, " --\n") {
			add()
			name, text = strings.TrimSuffix(s, " --\n"), ""
			continue
		}
		text += line
	}
	add()
	for line := range strings.Lines(c.head) {
		if words, ok := strings.CutPrefix(line, "$ "); ok {
			c.command = shellWords(words)
		}
	}
	for len(c.command) > 0 && strings.Contains(c.command[0], "=") {
		c.env, c.command = append(c.env, c.command[0]), c.command[1:]
	}
	if len(c.command) == 0 || c.command[0] != "gitleaks" {
		t.Fatalf("%s: no line \"$ gitleaks ...\"", path)
	}
	c.command = c.command[1:]
	return c
}

// shellWords splits a command line; quotes hold words together.
func shellWords(line string) (words []string) {
	for _, w := range regexp.MustCompile(`(?:'[^']*'|[^\s'])+`).FindAllString(line, -1) {
		words = append(words, strings.ReplaceAll(w, "'", ""))
	}
	return words
}

func (c *recordedCase) section(name string) (string, bool) {
	for _, s := range c.sections {
		if s.name == name {
			return s.text, true
		}
	}
	return "", false
}

func (c *recordedCase) set(name, text string) {
	for i := range c.sections {
		if c.sections[i].name == name {
			c.sections[i].text = text
			return
		}
	}
	c.sections = append(c.sections, section{name, text})
}

func (c *recordedCase) write(t *testing.T) {
	t.Helper()
	text := c.head
	for _, s := range c.sections {
		text += "-- " + s.name + " --\n" + s.text
	}
	noError(t, os.WriteFile(c.path, []byte(text), 0o644))
}

func recordedSection(name string) bool {
	return slices.Contains([]string{sectionRecorded, sectionOurs, sectionBecause, sectionStdin}, name) ||
		strings.HasPrefix(name, goldenPrefix) || strings.HasPrefix(name, oursPrefix)
}

// prepare makes the folder in which a case runs.
func (c *recordedCase) prepare(t *testing.T, all *corpus) string {
	t.Helper()
	dir := t.TempDir()
	all.copyTo(t, dir, c.command)
	noError(t, os.WriteFile(filepath.Join(dir, "rules.toml"), []byte(readText(t, filepath.Join(gitleaksData, "rules.toml"))), 0o644))
	for _, s := range c.sections {
		if s.name == sectionStdin {
			c.stdin = all.expand(s.text)
		}
		if recordedSection(s.name) {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(s.name))
		noError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		noError(t, os.WriteFile(path, []byte(all.expand(s.text)), 0o644))
	}
	return dir
}

// findingsFile is the report that a case has written if it asks for none itself.
const findingsFile = "found.json"

// arguments are those of the case and what all have: leaks have an exit code of
// their own, and nothing is hidden unless the case is about that.
func (c *recordedCase) arguments(all *corpus) []string {
	var args []string
	for _, a := range c.command {
		args = append(args, all.expand(a))
	}
	has := func(flag string) bool {
		return slices.ContainsFunc(args, func(a string) bool { return a == flag || strings.HasPrefix(a, flag+"=") })
	}
	for _, flag := range []string{"--redact=0", "--exit-code=7", "--report-path=" + findingsFile, "--no-banner"} {
		if name, _, _ := strings.Cut(flag, "="); !has(name) && !has("--bare") {
			args = append(args, flag)
		}
	}
	return slices.DeleteFunc(args, func(a string) bool { return a == "--bare" })
}

// An outcome is what a program did with a case.
type outcome struct {
	told    string            // exit code and findings
	reports map[string]string // by name, other than findingsFile
	said    string            // on standard error
}

// outcome reads what is in the folder after a run.
func (c *recordedCase) outcome(t *testing.T, all *corpus, dir string, code int, said string) outcome {
	t.Helper()
	o := outcome{reports: map[string]string{}, said: said, told: fmt.Sprintf("exit %d\n", code)}
	for _, name := range []string{findingsFile, "out.json", "out.csv", "out.xml"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if name == findingsFile {
			o.told += strings.Join(places(t, all.fold(string(text))), "")
			continue
		}
		o.reports[name] = all.fold(canonical(t, name, string(text)))
	}
	return o
}

// places returns a line for each finding of a report in gitleaks' JSON.
func places(t *testing.T, text string) (lines []string) {
	t.Helper()
	var found []struct {
		RuleID, File, Commit, Secret, Match        string
		StartLine, EndLine, StartColumn, EndColumn int
		Tags                                       []string
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	for _, f := range found {
		commit := ""
		if f.Commit != "" {
			commit = " " + f.Commit
		}
		lines = append(lines, fmt.Sprintf("%s%s %s:%d:%d-%d:%d %q %q\n",
			f.RuleID, commit, f.File, f.StartLine, f.StartColumn, f.EndLine, f.EndColumn, f.Secret, f.Tags))
	}
	slices.Sort(lines)
	return lines
}

// canonical puts the findings of a report in an order that does not depend on the
// program: gitleaks goes through files and rules as it happens.
func canonical(t *testing.T, name, text string) string {
	t.Helper()
	var at [][]int
	switch filepath.Ext(name) {
	case ".json":
		at = regexp.MustCompile(`(?ms)^ \{\n.*?^ \}`).FindAllStringIndex(text, -1)
	case ".xml":
		at = regexp.MustCompile(`(?ms)^\t\t<testcase .*?^\t\t</testcase>`).FindAllStringIndex(text, -1)
	case ".csv":
		at = rows(t, text)
	}
	if len(at) == 0 {
		return text
	}
	var parts []string
	for _, r := range at {
		parts = append(parts, text[r[0]:r[1]])
	}
	slices.Sort(parts)
	out := text[:at[0][0]]
	for i, p := range parts {
		if i > 0 {
			out += text[at[i-1][1]:at[i][0]]
		}
		out += p
	}
	return out + text[at[len(at)-1][1]:]
}

// rows returns where the rows of a CSV are, other than the first.
func rows(t *testing.T, text string) (at [][]int) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	for {
		begin := r.InputOffset()
		if _, err := r.Read(); err != nil {
			break
		}
		if begin > 0 {
			at = append(at, []int{int(begin), int(r.InputOffset())})
		}
	}
	return at
}

// golden is a report as it stands in a case.
func golden(text string) string {
	if !strings.HasSuffix(text, "\n") {
		text += "\\ no line end\n"
	}
	return text
}

// runOriginal runs gitleaks itself.
func (c *recordedCase) runOriginal(t *testing.T, program string, all *corpus) outcome {
	t.Helper()
	dir := c.prepare(t, all)
	cmd := exec.Command(program, c.arguments(all)...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stderr = dir, append(bigrepo.Env(), c.env...), strings.NewReader(c.stdin), &stderr
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return c.outcome(t, all, dir, cmd.ProcessState.ExitCode(), stderr.String())
}

// runOurs runs the program by gitleaks' name.
func (c *recordedCase) runOurs(t *testing.T, all *corpus) outcome {
	t.Helper()
	dir := c.prepare(t, all)
	t.Chdir(dir)
	var out, errs bytes.Buffer
	code := runAs(t.Context(), "gitleaks", c.arguments(all), sys{
		in: strings.NewReader(c.stdin), out: &out, err: &errs,
		getenv: func(name string) string {
			for _, kv := range c.env {
				if value, ok := strings.CutPrefix(kv, name+"="); ok {
					return value
				}
			}
			return ""
		},
		now: func() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	return c.outcome(t, all, dir, code, errs.String())
}

// record writes what gitleaks did into the case.
func (c *recordedCase) record(t *testing.T, o outcome) {
	t.Helper()
	c.set(sectionRecorded, o.told)
	for name, text := range o.reports {
		c.set(goldenPrefix+name, golden(text))
	}
	c.write(t)
}

// compare says what is not as it was recorded.
func (c *recordedCase) compare(t *testing.T, o outcome) {
	t.Helper()
	recorded, ok := c.section(sectionRecorded)
	if !ok {
		t.Fatal("nothing is recorded for it")
	}
	ours, differs := c.section(sectionOurs)
	if differs {
		if _, ok := c.section(sectionBecause); !ok {
			t.Error("it has ours, and no reason in because")
		}
		if ours == recorded {
			t.Error("ours is what gitleaks does: take ours and because out of the case")
		}
		recorded = ours
	}
	if o.told != recorded {
		t.Errorf("%s\n%s\nit said: %s", c.head, lineDiff(recorded, o.told), o.said)
	}
	for name, text := range o.reports {
		want, _ := c.section(goldenPrefix + name)
		if own, ok := c.section(oursPrefix + name); ok {
			if own == want {
				t.Errorf("our %s is gitleaks': take it out of the case", name)
			}
			want = own
		}
		if golden(text) != want {
			t.Errorf("%s\n%s:\n%s", c.head, name, lineDiff(want, golden(text)))
		}
	}
	for _, s := range c.sections {
		name, ok := strings.CutPrefix(s.name, goldenPrefix)
		if _, written := o.reports[name]; ok && !written {
			t.Errorf("%s: %s was not written", c.head, name)
		}
	}
}

// lineDiff lists the lines that only one of two texts has.
func lineDiff(want, got string) string {
	var out []string
	left := slices.Collect(strings.Lines(got))
	for line := range strings.Lines(want) {
		if i := slices.Index(left, line); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			out = append(out, "- "+line)
		}
	}
	for _, line := range left {
		out = append(out, "+ "+line)
	}
	return strings.Join(out, "")
}

// TestGitleaksRecorded: called by that name, the program does what gitleaks does.
func TestGitleaksRecorded(t *testing.T) {
	long(t)
	all := newCorpus(t)
	original := os.Getenv("MUDLARK_RECORD")
	seen := 0
	err := filepath.WalkDir(gitleaksData, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".txtar" {
			return err
		}
		seen++
		rel, err := filepath.Rel(gitleaksData, path)
		noError(t, err)
		path, err = filepath.Abs(path)
		noError(t, err)
		t.Run(strings.TrimSuffix(filepath.ToSlash(rel), ".txtar"), func(t *testing.T) {
			c := readCase(t, path)
			if original != "" {
				c.record(t, c.runOriginal(t, original, all))
				return
			}
			c.compare(t, c.runOurs(t, all))
		})
		return nil
	})
	noError(t, err)
	if seen < 200 {
		t.Errorf("only %d cases", seen)
	}
}
