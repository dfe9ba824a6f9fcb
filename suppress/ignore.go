package suppress

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// An Ignore is the content of ignore files: findings that somebody looked at
// and decided about. A nil Ignore ignores nothing.
type Ignore struct {
	// Names returns what other tools call a rule: an entry in their form that
	// holds such a name is about that rule. Without it, names are the rules' own.
	Names func(ruleID string) []string
	// Paths returns another way to write a path that entries of other tools may
	// have, or the path itself; nil: there is none.
	Paths func(path string) string

	// Reasons says that an entry without a reason ignores nothing.
	Reasons bool

	entries []Entry
	about   map[string]int // by fingerprint, or by "commit:path:rule:line" and "path:rule:line"
}

// maxIgnoreBytes bounds one ignore file, which may come with what is scanned.
const maxIgnoreBytes = 4 << 20

// errNoFingerprint does not quote what stands there: somebody may have pasted
// the secret itself.
var errNoFingerprint = errors.New("this is no fingerprint: copy one from a report, as in v1:github-pat:0123456789abcdef")

// ErrIgnore is in the chain of every error about an ignore file's content.
var ErrIgnore = errors.New("ignore file")

// Read adds the entries of one ignore file, name, to i.
//
// A line holds a fingerprint, then, after a blank, the reason and until=DATE if
// it is to end. Empty lines and lines that begin with # say nothing. gitleaks'
// fingerprints, "commit:path:rule:line" and "path:rule:line", are understood.
func (i *Ignore) Read(name string, r io.Reader) error {
	return i.read(name, r, func(_ int, err error) error { return err })
}

// ReadForeign is Read for a file of another tool, where a line that is no entry is
// passed over. The warnings tell of such lines.
func (i *Ignore) ReadForeign(name string, r io.Reader) (warnings []string, err error) {
	var bad []string
	err = i.read(name, r, func(n int, _ error) error {
		bad = append(bad, strconv.Itoa(n))
		return nil
	})
	const most = 10
	if n := len(bad); n > most {
		bad = append(bad[:most], fmt.Sprintf("and %d more", n-most))
	}
	if len(bad) > 0 {
		warnings = []string{fmt.Sprintf("%s: passed over, as it is not path:rule:line or commit:path:rule:line: line %s", name, strings.Join(bad, ", "))}
	}
	return warnings, err
}

// read reads a file and calls wrong for each line that is no entry.
func (i *Ignore) read(name string, r io.Reader, wrong func(line int, err error) error) error {
	if i.about == nil {
		i.about = map[string]int{}
	}
	whole := &io.LimitedReader{R: r, N: maxIgnoreBytes + 1}
	lines := bufio.NewScanner(whole)
	n := 1
	for ; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, entry, err := parseIgnore(line)
		if err != nil {
			if err := wrong(n, err); err != nil {
				return fmt.Errorf("%w %q, line %d: %w", ErrIgnore, name, n, err)
			}
			continue
		}
		entry.Kind, entry.File, entry.Line, entry.Text = mudlark.ByIgnoreFile, name, n, key
		i.about[key] = len(i.entries)
		i.entries = append(i.entries, entry)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w %q, line %d: it is longer than %d kB", ErrIgnore, name, n, bufio.MaxScanTokenSize>>10)
	} else if err != nil {
		return fmt.Errorf("%w %q: %w", ErrIgnore, name, err)
	}
	if whole.N == 0 {
		return fmt.Errorf("%w %q: it is larger than %d MB", ErrIgnore, name, maxIgnoreBytes>>20)
	}
	return nil
}

func parseIgnore(line string) (key string, e Entry, err error) {
	if strings.HasPrefix(line, "v1:") {
		key, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if strings.Count(key, ":") != 2 {
			return "", e, errNoFingerprint
		}
		e.Rule = strings.Split(key, ":")[1]
		e.Reason, e.Until, err = parseReason(rest)
		return key, e, err
	}
	if key, rule, ok := parsePlace(line); ok {
		return key, Entry{Rule: rule, Positional: true}, nil
	}
	return "", e, errNoFingerprint
}

// parseReason splits "any words until=2027-01-31" into its two halves.
func parseReason(text string) (reason string, until time.Time, err error) {
	var words []string
	for _, w := range strings.Fields(text) {
		date, ok := strings.CutPrefix(w, "until=")
		if !ok {
			words = append(words, w)
			continue
		}
		if until, err = time.Parse(time.DateOnly, date); err != nil {
			return "", until, errors.New("until= is followed by no date: write it as until=2027-01-31")
		}
	}
	return strings.Join(words, " "), until, nil
}

// parsePlace understands gitleaks' fingerprints. A path may hold colons, so
// rule and line are taken from the end. Line 0 is a file found by its name.
func parsePlace(entry string) (key, rule string, ok bool) {
	parts := strings.Split(entry, ":")
	if len(parts) < 3 {
		return "", "", false
	}
	line, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || line < 0 {
		return "", "", false
	}
	rule = parts[len(parts)-2]
	tail := ":" + rule + ":" + strconv.Itoa(line)
	path := parts[:len(parts)-2]
	commit := ""
	if len(path) > 1 && isCommitID(path[0]) {
		commit, path = path[0]+":", path[1:]
	}
	return commit + strings.ReplaceAll(strings.Join(path, ":"), `\`, "/") + tail, rule, true
}

func isCommitID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// Find implements List.
func (i *Ignore) Find(f *mudlark.Finding, now time.Time) (by mudlark.Suppression, ok bool) {
	if i == nil || len(i.entries) == 0 {
		return by, false
	}
	for _, key := range i.keys(f) {
		at, known := i.about[key]
		if known && i.Reasons && i.entries[at].Reason == "" {
			continue
		}
		if known && i.entries[at].meet(now) && !ok {
			by, ok = i.entries[at].by(), true
		}
	}
	return by, ok
}

// Entries implements List.
func (i *Ignore) Entries() []Entry {
	if i == nil {
		return nil
	}
	return i.entries
}

// keys returns what an entry about f may be filed under. Names are looked up
// here and not when a file is read, so that a large file costs no more memory.
func (i *Ignore) keys(f *mudlark.Finding) []string {
	keys := []string{f.Fingerprint}
	names := []string{f.RuleID}
	if i.Names != nil {
		names = slices.Compact(slices.Sorted(slices.Values(append(names, i.Names(f.RuleID)...))))
	}
	paths := []string{f.Origin.Path}
	if f.Origin.Source == "stdin" { // which has no path elsewhere
		paths = append(paths, "")
	}
	if i.Paths != nil {
		if other := i.Paths(f.Origin.Path); other != f.Origin.Path {
			paths = append(paths, other)
		}
	}
	lines := []int{max(f.Position.StartLine, 1)}
	switch n := matchLine(f); {
	case ofName(f):
		lines = []int{0}
	case n != f.Position.StartLine:
		lines = append(lines, n)
	}
	for _, name := range names {
		for _, path := range paths {
			for _, line := range lines {
				place := path + ":" + name + ":" + strconv.Itoa(line)
				keys = append(keys, commitID(&f.Origin)+":"+place, place)
			}
		}
	}
	return keys
}

// ofName reports whether f is about the name of a file, and not of text in it.
func ofName(f *mudlark.Finding) bool {
	return f.Secret.Len() == 0 && strings.HasPrefix(f.Match.Reveal(), "file detected: ")
}

// matchLine is the line that the match begins on, which other tools name: the
// secret may stand further down.
func matchLine(f *mudlark.Finding) int {
	if f.MatchPosition.StartLine > 0 {
		return f.MatchPosition.StartLine
	}
	before, _, ok := strings.Cut(f.Match.Reveal(), f.Secret.Reveal())
	if !ok {
		return f.Position.StartLine
	}
	return f.Position.StartLine - strings.Count(before, "\n")
}

func commitID(o *mudlark.Origin) string {
	if o.Commit == nil {
		return ""
	}
	return o.Commit.ID
}
