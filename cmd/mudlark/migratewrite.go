package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/suppress"
)

// An allowed is something for an allowlist, and the file that says it.
type allowed struct {
	suppress.Allow
	in *input
}

// compose makes the text of mudlark.toml, if there is something to say in it.
func (m *migration) compose() error {
	lists := m.lists()
	if m.config == nil && len(lists) == 0 {
		return nil
	}
	var name, header, text string
	if m.config != nil {
		name = m.config.path
		header = fmt.Sprintf("Made by mudlark migrate from %s, which means the same.", report.Printable(m.config.shown))
		var err error
		if text, err = readBounded(name); err != nil {
			return errConfig(name, err)
		}
	} else {
		header = "Made by mudlark migrate. All built-in rules are used; below is what other tools were told to leave alone."
	}
	if line := secretLine(text); line > 0 && !m.force {
		m.noConfiguration(fmt.Sprintf("line %d holds what looks like a secret: take it out and migrate again, or say --force", line))
		return nil
	}
	made, err := rules.Adopt(name, []byte(text), m.own("mudlark.toml"), header, lists)
	if errors.Is(err, rules.ErrAdopt) {
		m.noConfiguration(err.Error())
		return nil
	}
	if err != nil {
		return errConfig(name, err)
	}
	m.toml = made
	for _, a := range m.allows {
		a.in.lists++
	}
	return nil
}

// noConfiguration says why no mudlark.toml is written. A .gitleaks.toml is read by
// scans as it is.
func (m *migration) noConfiguration(why string) {
	if m.config != nil {
		m.stays(m.config, m.config.shown, "", why)
	}
	for _, a := range m.allows {
		m.stays(a.in, a.Place, a.Text, "mudlark.toml is not written")
	}
	m.allows = nil
}

// secretLine returns the line of a text that holds a secret for certain, or 0.
func secretLine(text string) (line int) {
	engine, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		return 0
	}
	engine.Detect(mudlark.Chunk{Data: []byte(text), Line: 1, Column: 1}, func(f mudlark.Finding) {
		if f.Counts() && f.Confidence >= mudlark.High && line == 0 {
			line = f.Position.StartLine
		}
	})
	return line
}

// lists are the allowlists to write: one for the paths of each file, one for each
// pattern.
func (m *migration) lists() []rules.Added {
	m.allows = slices.DeleteFunc(m.allows, func(a allowed) bool {
		telling := slices.ContainsFunc(a.Regexes, m.telling)
		if telling {
			m.stays(a.in, a.Place, a.Text, "it may be a secret itself, so it is not written; what it hides now has a fingerprint")
		}
		return telling
	})
	var lists []rules.Added
	at := map[*input]int{} // of the list of paths, from 1
	for _, a := range m.allows {
		if len(a.Regexes) > 0 {
			lists = append(lists, rules.Added{
				Allowlist: rules.Allowlist{Description: "migrated from " + report.Printable(a.Place), Paths: a.Paths, Regexes: a.Regexes, Target: a.Target, All: len(a.Paths) > 0},
				Comment:   "From " + a.Place + ", " + a.Text,
			})
			continue
		}
		if at[a.in] == 0 {
			lists = append(lists, rules.Added{
				Allowlist: rules.Allowlist{Description: "migrated from " + report.Printable(a.in.shown)},
				Comment:   "From " + a.in.shown,
			})
			at[a.in] = len(lists)
		}
		l := &lists[at[a.in]-1]
		for _, p := range a.Paths {
			l.Paths = append(l.Paths, p)
			remark := strings.TrimPrefix(a.Place, a.in.shown)
			if a.Text != p {
				remark += " " + a.Text
			}
			l.Remarks = append(l.Remarks, strings.TrimPrefix(remark, ":"))
		}
	}
	return lists
}

// telling reports whether a pattern may be a secret, written out.
func (m *migration) telling(pattern string) bool {
	const long = 12
	return m.secrets[mudlark.NewSensitive(pattern)] || len(pattern) >= long && regexp.QuoteMeta(pattern) == pattern || secretLine(pattern) > 0
}

// What was written of the two files.
type written struct {
	toml, ignore string
	lines        []string // of the ignore file
}

// apply writes what there is to write, or says what would be.
func (m *migration) apply() (w written, err error) {
	tomlPath, ignorePath := m.own("mudlark.toml"), m.own(".mudlarkignore")
	old, err := m.readOwn(ignorePath)
	if err != nil {
		return w, err
	}
	lines := m.lines(old)
	there := exists(tomlPath)
	if m.toml != nil && there {
		if text, err := readBounded(tomlPath); err == nil && text == string(m.toml) {
			m.toml = nil // as it was migrated before
		}
	}
	if m.toml != nil && there && !m.force && !m.dry {
		return w, errMigrateThere(tomlPath)
	}
	w.lines = lines
	if m.toml != nil {
		w.toml = state(there, "replaced", "new")
	}
	if len(lines) > 0 {
		w.ignore = state(old != "", "added to", "new") + ", " + counted(len(lines), "fingerprint")
	}
	if m.dry {
		return w, nil
	}
	if len(lines) > 0 && old != "" && !m.write {
		if err := m.ask(ignorePath, len(lines)); err != nil {
			return w, err
		}
	}
	if m.toml != nil {
		if err := replaceFile(tomlPath, string(m.toml)); err != nil {
			return w, err
		}
	}
	if len(lines) > 0 {
		if old != "" && !strings.HasSuffix(old, "\n") {
			old += "\n"
		}
		return w, replaceFile(ignorePath, old+strings.Join(lines, "\n")+"\n")
	}
	return w, nil
}

func state(yes bool, then, otherwise string) string {
	if yes {
		return then
	}
	return otherwise
}

// readOwn reads an ignore file of ours, which must make sense if it is there.
func (m *migration) readOwn(path string) (string, error) {
	if !exists(path) {
		return "", nil
	}
	text, err := readBounded(path)
	if err == nil {
		err = new(suppress.Ignore).Read(path, strings.NewReader(text))
	}
	if err != nil {
		return "", errIgnoreFile(path, err)
	}
	return text, nil
}

// safe is a text without secrets and escapes.
func (m *migration) safe(text string) string {
	return report.Printable(scanner.Conceal(m.finder, text))
}

// lines are those that the ignore file lacks.
func (m *migration) lines(old string) []string {
	there := map[string]bool{}
	for line := range strings.Lines(old) {
		for _, word := range strings.Fields(line)[:min(1, len(strings.Fields(line)))] {
			there[word] = true
		}
	}
	var lines []string
	for _, p := range m.prints {
		switch {
		case there[p.fingerprint]:
		case p.place != "":
			lines = append(lines, "# "+m.safe(p.place)+"; it names a place\n"+p.fingerprint)
		default:
			lines = append(lines, p.fingerprint+" "+m.safe(p.reason))
		}
	}
	return lines
}

// ask asks whether lines may be added to a file that somebody wrote.
func (m *migration) ask(path string, n int) error {
	if !m.sys.talks() {
		return errMigrateAdd(path)
	}
	fmt.Fprintf(m.sys.err, "Add %s to %s? [y/N] ", counted(n, "line"), report.Printable(path))
	answer, _ := bufio.NewReader(m.sys.in).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errMigrateAdd(path)
	}
	return nil
}

// replaceFile writes a file in one go: it is there whole, or as it was. It is not
// written through a link.
func replaceFile(path, text string) error {
	mode := fs.FileMode(0o644)
	info, err := os.Lstat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%q is no file, but a link or a folder: nothing is written through it", path)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("writing %q: %w", path, cause(err))
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".mudlark-*.tmp")
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, cause(err))
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %q: %w", path, cause(err))
	}
	return nil
}

// report says what was done and what is left to do.
func (m *migration) report(w written) {
	p := migrationPage{m: m}
	p.line("Read:")
	for _, in := range m.inputs {
		p.item(in.shown + " (" + in.tool + ")" + m.outcome(in))
	}
	p.line("")
	p.line(state(m.dry, "Would be written:", "Written:"))
	switch {
	case w.toml == "" && w.ignore == "":
		p.item("nothing")
	default:
		if w.toml != "" {
			p.item(m.own("mudlark.toml") + " (" + w.toml + ")")
		}
		if w.ignore != "" {
			p.item(m.own(".mudlarkignore") + " (" + w.ignore + ")")
		}
	}
	p.list("No longer matches anything that is found:", m.lost, !m.verbose)
	p.list("Not carried over:", m.left, false)
	p.list("Notes:", m.notes, false)
	if m.dry {
		p.text("mudlark.toml:", string(m.toml))
		p.text(".mudlarkignore:", strings.Join(w.lines, "\n"))
		return
	}
	p.next(w)
}

// outcome says what became of a file.
func (m *migration) outcome(in *input) string {
	var words []string
	if in.kind == configInput && in.left == 0 {
		words = append(words, "all of it")
	}
	if in.list != nil {
		words = append(words, fmt.Sprintf("%d of %d entries in use", in.used, len(in.list.Entries())), counted(in.made, "fingerprint"))
	}
	if in.lists > 0 {
		words = append(words, fmt.Sprintf("%d for allowlists", in.lists))
	}
	if in.left > 0 {
		words = append(words, fmt.Sprintf("%d not carried over", in.left))
	}
	if len(words) == 0 {
		words = []string{"it says nothing"}
	}
	return ": " + strings.Join(words, ", ")
}

// A migrationPage writes to standard output, without escapes of anybody's.
type migrationPage struct{ m *migration }

// line writes a line. It may repeat what stands in a file of another tool, where
// somebody may have put a secret.
func (p migrationPage) line(text string) { fmt.Fprintln(p.m.sys.out, p.m.safe(text)) }

func (p migrationPage) item(text string) { p.line("  " + text) }

func (p migrationPage) list(title string, items []string, short bool) {
	const most = 20
	if len(items) == 0 {
		return
	}
	p.line("")
	p.line(title)
	for i, item := range items {
		if short && i == most && len(items) > most+1 {
			p.item(fmt.Sprintf("and %d more (-v lists them)", len(items)-most))
			break
		}
		p.item(item)
	}
}

func (p migrationPage) text(title, text string) {
	if text == "" {
		return
	}
	p.line("")
	p.line(title)
	for line := range strings.Lines(text) {
		p.item(strings.TrimRight(line, "\n"))
	}
}

// next says what to do now.
func (p migrationPage) next(w written) {
	var done, kept []string
	for _, in := range p.m.inputs {
		if in.left == 0 {
			done = append(done, in.shown)
		} else {
			kept = append(kept, in.shown)
		}
	}
	p.line("")
	p.line("Next:")
	if tool := p.m.hooked(); tool != "" {
		p.item(".pre-commit-config.yaml runs " + tool + ": doc/migrating.md says what to write in its place")
	}
	scan := "dir"
	if sources.IsRepository(p.m.root) {
		scan = "git"
	}
	p.item("see what counts now: mudlark " + scan + " " + p.m.root)
	var files []string
	if w.toml != "" {
		files = append(files, "mudlark.toml")
	}
	if w.ignore != "" {
		files = append(files, ".mudlarkignore")
	}
	if len(files) > 0 {
		p.item("read and commit " + strings.Join(files, " and "))
	}
	if len(done) > 0 {
		p.item("not needed any more, unless the other tool still runs: " + strings.Join(done, ", "))
	}
	if len(kept) > 0 {
		p.item("keep until what is not carried over is settled: " + strings.Join(kept, ", "))
	}
}

// hooked is the tool that a hook of the pre-commit framework runs here, if one does.
func (m *migration) hooked() string {
	text, err := readBounded(m.own(".pre-commit-config.yaml"))
	if err != nil {
		return ""
	}
	for _, tool := range tools() {
		if strings.Contains(text, tool) {
			return tool
		}
	}
	return ""
}
