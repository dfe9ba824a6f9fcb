package scanner

import (
	"bufio"
	"errors"
	"fmt"
	"io"
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

	entries map[string]ignoreEntry // by fingerprint, or by "commit:path:rule:line" and "path:rule:line"
}

type ignoreEntry struct {
	reason, place string
	until         time.Time // zero: for ever
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
	if i.entries == nil {
		i.entries = map[string]ignoreEntry{}
	}
	whole := &io.LimitedReader{R: r, N: maxIgnoreBytes + 1}
	lines := bufio.NewScanner(whole)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, entry, err := parseIgnore(line)
		if err != nil {
			return fmt.Errorf("%w %q, line %d: %w", ErrIgnore, name, n, err)
		}
		entry.place = name + ":" + strconv.Itoa(n)
		i.entries[key] = entry
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w %q: %w", ErrIgnore, name, err)
	}
	if whole.N == 0 {
		return fmt.Errorf("%w %q: it is larger than %d MB", ErrIgnore, name, maxIgnoreBytes>>20)
	}
	return nil
}

func parseIgnore(line string) (key string, e ignoreEntry, err error) {
	if strings.HasPrefix(line, "v1:") {
		key, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if strings.Count(key, ":") != 2 {
			return "", e, errNoFingerprint
		}
		e.reason, e.until, err = parseReason(rest)
		return key, e, err
	}
	if key, ok := parsePlace(line); ok {
		return key, e, nil
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
func parsePlace(entry string) (key string, ok bool) {
	parts := strings.Split(entry, ":")
	if len(parts) < 3 {
		return "", false
	}
	line, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil {
		return "", false
	}
	tail := ":" + parts[len(parts)-2] + ":" + strconv.Itoa(max(line, 1))
	path := parts[:len(parts)-2]
	commit := ""
	if len(path) > 1 && isCommitID(path[0]) {
		commit, path = path[0]+":", path[1:]
	}
	return commit + strings.ReplaceAll(strings.Join(path, ":"), `\`, "/") + tail, true
}

func isCommitID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// find returns the entry that suppresses f, unless its time is over.
func (i *Ignore) find(f *mudlark.Finding, now time.Time) (mudlark.Suppression, bool) {
	if i == nil {
		return mudlark.Suppression{}, false
	}
	for _, key := range i.keys(f) {
		e, ok := i.entries[key]
		if !ok || (!e.until.IsZero() && !now.Before(e.until.AddDate(0, 0, 1))) {
			continue
		}
		return mudlark.Suppression{By: mudlark.ByIgnoreFile, Reason: e.reason, Place: e.place}, true
	}
	return mudlark.Suppression{}, false
}

// keys returns what an entry about f may be filed under. Names are looked up
// here and not when a file is read, so that a large file costs no more memory.
func (i *Ignore) keys(f *mudlark.Finding) []string {
	keys := []string{f.Fingerprint}
	names := []string{f.RuleID}
	if i.Names != nil {
		names = append(names, i.Names(f.RuleID)...)
	}
	for _, name := range names {
		place := f.Origin.Path + ":" + name + ":" + strconv.Itoa(f.Position.StartLine)
		keys = append(keys, commitID(f.Origin)+":"+place, place)
	}
	return keys
}
