package suppress

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// Bounds of a baseline, which may come with what is scanned.
const (
	maxBaselineBytes   = 256 << 20
	maxBaselineEntries = 1_000_000
)

// ErrBaseline is in the chain of every error about a baseline's content.
var ErrBaseline = errors.New("baseline")

// BaselineOptions say what a baseline must know of rules.
type BaselineOptions struct {
	// Names returns what other tools call a rule; nil: nothing.
	Names func(ruleID string) []string
	// Guessable reports whether the fingerprints of a rule name places, as they do
	// for secrets that can be guessed, without a key; nil: none do.
	Guessable func(ruleID string) bool
}

// A baseline is a List that is filled by one of the forms below.
type baseline struct {
	name    string // of the file
	opts    BaselineOptions
	entries []Entry
	// match appends the entries that are about a finding.
	match func(f *mudlark.Finding, to []int) []int
	// aside says why a finding does not count that no entry is about; nil: nothing.
	aside   func(f *mudlark.Finding) string
	allows  []Allow // what an allowlist can say as well
	notices []string
}

// A form is a file format in which an earlier scan may have been written down.
type form struct {
	name string
	// is reports by the beginning of the file, without blanks, whether it is one.
	is   func(head []byte) bool
	read func(b *baseline, r io.Reader) error
}

func forms() []form {
	return []form{
		{"mudlark's jsonl", isJSONL, readJSONL},
		{"mudlark's json", isReport, readReport},
		{"gitleaks' json", isGitleaks, readGitleaks},
		{"trufflehog's JSON lines", isTrufflehog, readTrufflehog},
		{"a baseline of detect-secrets", isDetectSecrets, readDetectSecrets},
	}
}

// headBytes are enough of a file to tell forms apart.
const headBytes = 64 << 10

// ReadBaseline reads an earlier report: its findings do not count. The form is
// told by the content. The notices are sentences that the user should read.
func ReadBaseline(name string, r io.Reader, opts BaselineOptions) (List, []string, error) {
	whole := &io.LimitedReader{R: r, N: maxBaselineBytes + 1}
	in := bufio.NewReaderSize(whole, headBytes)
	head, err := in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%w %q: %w", ErrBaseline, name, err)
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	b := &baseline{name: name, opts: opts}
	for _, f := range forms() {
		if !f.is(head) {
			continue
		}
		err := f.read(b, in)
		if whole.N == 0 {
			err = fmt.Errorf("it is larger than %d MB", maxBaselineBytes>>20)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w %q, taken for %s: %w", ErrBaseline, name, f.name, err)
		}
		return b, b.notices, nil
	}
	return nil, nil, fmt.Errorf("%w %q: it is none that is known: use a json or jsonl report of mudlark's, gitleaks' json, trufflehog's JSON lines or a .secrets.baseline", ErrBaseline, name)
}

// add appends an entry and returns its index.
func (b *baseline) add(e Entry) (int, error) {
	if len(b.entries) == maxBaselineEntries {
		return 0, fmt.Errorf("it has more than %d findings", maxBaselineEntries)
	}
	e.Kind, e.File = mudlark.ByBaseline, b.name
	b.entries = append(b.entries, e)
	return len(b.entries) - 1, nil
}

// Find implements List.
func (b *baseline) Find(f *mudlark.Finding, now time.Time) (by mudlark.Suppression, ok bool) {
	for _, i := range b.match(f, nil) {
		if b.entries[i].meet(now) && !ok {
			by, ok = b.entries[i].by(), true
		}
	}
	if ok || b.aside == nil {
		return by, ok
	}
	if why := b.aside(f); why != "" {
		return mudlark.Suppression{By: mudlark.ByBaseline, Reason: why, Place: b.name}, true
	}
	return by, false
}

// Entries implements List.
func (b *baseline) Entries() []Entry { return b.entries }

func (b *baseline) guessable(rule string) bool {
	return b.opts.Guessable != nil && b.opts.Guessable(rule)
}

// family returns the names of a rule, its own first.
func (b *baseline) family(rule string) []string {
	names := []string{rule}
	if b.opts.Names != nil {
		names = append(names, b.opts.Names(rule)...)
	}
	return names
}

func (b *baseline) note(n int, one, many string) {
	switch {
	case n == 1:
		b.notices = append(b.notices, fmt.Sprintf("the baseline %s: %s", b.name, one))
	case n > 1:
		b.notices = append(b.notices, fmt.Sprintf("the baseline %s: %d entries %s", b.name, n, many))
	}
}

// open is the notice about secrets that a baseline shows.
func (b *baseline) open(n int) string {
	what := "a secret as it is"
	if n > 1 {
		what = fmt.Sprintf("%d secrets as they are", n)
	}
	return fmt.Sprintf("the baseline %s holds %s: `mudlark migrate` writes fingerprints in place", b.name, what)
}

// ended returns an error if something stands behind what was read.
func ended(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.Join(err, errors.New("something stands behind its end"))
	}
	return nil
}

// elements calls each for the elements of the JSON array that comes next.
func elements(d *json.Decoder, each func() error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(err, errors.New("a list was expected"))
	}
	for d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
