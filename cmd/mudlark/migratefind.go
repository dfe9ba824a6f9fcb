package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/suppress"
)

// An input is a file of another tool, and what became of what it says.
type input struct {
	path  string // to open it
	shown string // in messages and reasons
	kind  inputKind
	tool  string
	list  suppress.List
	used  int  // entries that are about something
	made  int  // fingerprints
	lists int  // paths and patterns of allowlists
	left  int  // what stays behind
	named bool // on the command line
	other bool // it has the name of one, and is something else
}

// inputKind is how a file is read.
type inputKind int

const (
	ignoreInput   inputKind = iota // fingerprints by place
	baselineInput                  // whatever suppress.ReadBaseline knows
	configInput
	importInput // whatever suppress.Import knows
)

// tools are the tools whose files are known.
func tools() []string {
	return []string{"gitleaks", "betterleaks", "detect-secrets", "trufflehog", suppress.Ripsecrets, suppress.Secretlint, suppress.Keyhog, suppress.Talisman}
}

// A knownFile is a name under which tools keep what they were told.
type knownFile struct {
	pattern, tool string
	kind          inputKind
}

func knownFiles() []knownFile {
	return []knownFile{
		{".gitleaks.toml", "gitleaks", configInput},
		{".betterleaks.toml", "betterleaks", configInput},
		{".gitleaksignore", "gitleaks", ignoreInput},
		{".betterleaksignore", "betterleaks", ignoreInput},
		{"*gitleaks*.json", "gitleaks", baselineInput},
		{"*baseline*.json", "gitleaks", baselineInput},
		{".secrets.baseline", "detect-secrets", baselineInput},
		{".trufflehog-exclude", "trufflehog", importInput},
		{".trufflehogignore", "trufflehog", importInput},
		{"trufflehog-exclude*.txt", "trufflehog", importInput},
		{".trufflehog-exclude*.txt", "trufflehog", importInput},
		{".secretsignore", suppress.Ripsecrets, importInput},
		{".secretlintignore", suppress.Secretlint, importInput},
		{".keyhogignore", suppress.Keyhog, importInput},
		{".talismanrc", suppress.Talisman, importInput},
	}
}

// find gathers the files: those that are named, else those that lie there.
func (m *migration) find() error {
	for _, path := range m.named {
		in, err := m.named1(path)
		if err != nil {
			return err
		}
		m.add(&in)
	}
	if len(m.named) > 0 && m.from != "" {
		return nil
	}
	entries, err := os.ReadDir(m.root)
	if err != nil {
		return err
	}
	for _, k := range knownFiles() {
		if m.from != "" && k.tool != m.from {
			continue
		}
		for _, e := range entries {
			if ok, _ := filepath.Match(k.pattern, strings.ToLower(e.Name())); ok && e.Type().IsRegular() {
				m.add(&input{path: m.own(e.Name()), shown: e.Name(), tool: k.tool, kind: k.kind})
			}
		}
	}
	return nil
}

// add adds a file, once. Of configurations the first counts, as for a scan.
func (m *migration) add(in *input) {
	for i := range m.inputs {
		if same(m.inputs[i].path, in.path) {
			return
		}
	}
	if in.kind == configInput && m.config != nil {
		m.notes = append(m.notes, fmt.Sprintf("%s is not used, as there is %s", in.shown, m.config.shown))
		return
	}
	m.inputs = append(m.inputs, in)
	if in.kind == configInput {
		m.config = in
	}
}

func same(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && x == y
}

// named1 says what a file on the command line is: by --from, by its name, by its
// content.
func (m *migration) named1(path string) (input, error) {
	in := input{path: path, shown: filepath.ToSlash(path), tool: m.from, named: true}
	name := strings.ToLower(filepath.Base(path))
	for _, k := range knownFiles() {
		if ok, _ := filepath.Match(k.pattern, name); ok && (m.from == "" || m.from == k.tool) {
			in.tool, in.kind = k.tool, k.kind
			return in, nil
		}
	}
	head, err := headOf(path)
	if err != nil {
		return in, fmt.Errorf("%q: %w", path, cause(err))
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	json := bytes.HasPrefix(head, []byte("{")) || bytes.HasPrefix(head, []byte("[{")) || bytes.HasPrefix(head, []byte("[]")) ||
		bytes.HasPrefix(head, []byte("[\n"))
	switch {
	case strings.HasSuffix(name, ".toml"):
		in.kind = configInput
	case json:
		in.kind = baselineInput
	case m.from == "gitleaks" || m.from == "betterleaks" || m.from == "" && strings.HasSuffix(name, "ignore"):
		in.kind = ignoreInput
	case slices.Contains(tools(), m.from) && m.from != "detect-secrets":
		in.kind = importInput
	default:
		return in, fmt.Errorf("%q: say with --from whose file it is: %s", path, strings.Join(tools(), ", "))
	}
	return in, nil
}

var errNoFile = errors.New("it is no file, but a folder, a pipe or a device")

// openFile opens what is a file. A pipe would be waited for, and can be read but once.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	return os.Open(path)
}

func headOf(path string) ([]byte, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}

// readLists reads what the files say of secrets and places. What cannot be read
// stays behind.
func (m *migration) readLists(set *rules.Set) {
	for _, in := range m.inputs {
		var err error
		switch in.kind {
		case ignoreInput:
			err = m.readIgnore(in)
		case baselineInput:
			err = m.readBaseline(in, set)
		case importInput:
			err = m.readImport(in)
		}
		if err != nil {
			m.stays(in, in.shown, "", err.Error())
			m.unread = true
		}
	}
	m.inputs = slices.DeleteFunc(m.inputs, func(in *input) bool { return in.other })
}

// stays notes what could not be carried over.
func (m *migration) stays(in *input, place, text, why string) {
	in.left++
	if text != "" {
		place += "  " + text
	}
	m.left = append(m.left, place+": "+why)
}

// readIgnore reads a file of places. A line that is none stays behind, as it never
// matched.
func (m *migration) readIgnore(in *input) error {
	text, err := readBounded(in.path)
	if err != nil {
		return err
	}
	var kept strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		n++
		if new(suppress.Ignore).Read("", strings.NewReader(line)) != nil {
			m.lost = append(m.lost, fmt.Sprintf("%s:%d  (this is no fingerprint, and never matched)", in.shown, n))
			line = "\n"
		}
		kept.WriteString(line)
	}
	list := &suppress.Ignore{Names: rules.Names}
	in.list = list
	return list.Read(in.shown, strings.NewReader(kept.String()))
}

func readBounded(path string) (string, error) {
	const most = 4 << 20
	f, err := openFile(path)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = errors.New("it is larger than 4 MB")
	}
	return string(text), err
}

func (m *migration) readBaseline(in *input, set *rules.Set) error {
	f, err := openFile(in.path)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	list, _, err := suppress.ReadBaseline(in.shown, f, suppress.BaselineOptions{Names: rules.Names, Guessable: func(id string) bool {
		r := set.Rule(id)
		return r != nil && r.Guessable
	}})
	if err != nil && !in.named && in.tool == "gitleaks" && errors.Is(err, suppress.ErrBaseline) {
		in.other = true
		return nil
	}
	if err != nil {
		return err
	}
	in.list = list
	for _, a := range suppress.Allows(list) {
		m.allows = append(m.allows, allowed{a, in})
	}
	return nil
}

func (m *migration) readImport(in *input) error {
	f, err := openFile(in.path)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	got, err := suppress.Import(in.tool, in.shown, f)
	if err != nil {
		return err
	}
	in.list = got.List
	for _, a := range got.Allows {
		m.allows = append(m.allows, allowed{a, in})
	}
	for _, l := range got.Left {
		m.stays(in, l.Place, l.Text, l.Why)
	}
	if len(got.Files) > 0 {
		m.checkFiles(in, got.Files)
	}
	return nil
}
