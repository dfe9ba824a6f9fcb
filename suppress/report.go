package suppress

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// ownReport matches findings of an earlier report of ours by their fingerprints.
// Those of secrets that can be guessed name a place unless there is a key, so
// something of the content must agree besides: the secret itself if the report
// shows it, else its entropy, or the commit that brought it.
type ownReport struct {
	*baseline
	at       map[string][]int // by fingerprint
	evidence []evidence       // of the entries
	shown    bool             // secrets are as they were
	places   int
}

type evidence struct {
	secret  string
	entropy float32
	commit  string
}

// ownFinding is what is read of a finding in either form.
type ownFinding struct {
	rule, path, fingerprint string
	line                    int
	evidence
	by mudlark.SuppressedBy
}

func (o *ownReport) add(f ownFinding) error {
	if f.by != "" && f.by != mudlark.ByBaseline {
		return nil // it did not count for another reason, which may be gone
	}
	if !strings.HasPrefix(f.fingerprint, "v1:") {
		return fmt.Errorf("a finding of %s has no fingerprint: was this written by another program?", f.rule)
	}
	e := Entry{Text: f.fingerprint, Rule: f.rule, Positional: o.guessable(f.rule) && !o.shown}
	if f.path != "" {
		e.Reason = fmt.Sprintf("found before at %s:%d", f.path, f.line)
	}
	i, err := o.baseline.add(e)
	if err != nil {
		return err
	}
	if e.Positional {
		o.places++
	}
	o.at[f.fingerprint] = append(o.at[f.fingerprint], i)
	o.evidence = append(o.evidence, f.evidence)
	return nil
}

// matching appends the entries that are about f.
func (o *ownReport) matching(f *mudlark.Finding, to []int) []int {
	for _, i := range o.at[f.Fingerprint] {
		if !o.guessable(f.RuleID) || o.same(&o.evidence[i], f) {
			to = append(to, i)
		}
	}
	return to
}

func (o *ownReport) same(e *evidence, f *mudlark.Finding) bool {
	if o.shown {
		return e.secret == f.Secret.Reveal()
	}
	return e.commit != "" && e.commit == commitID(&f.Origin) || e.entropy == float32(f.Entropy)
}

func newOwnReport(b *baseline) *ownReport {
	o := &ownReport{baseline: b, at: map[string][]int{}}
	b.match = o.matching
	return o
}

func (o *ownReport) done() {
	o.note(o.places,
		"an entry is about a secret that can be guessed, so it names a place: another secret that looks alike there is hidden too. Set MUDLARK_KEY, and make the baseline anew",
		"are about secrets that can be guessed, so they name places: another secret that looks alike there is hidden too. Set MUDLARK_KEY, and make the baseline anew")
	if o.shown && len(o.entries) > 0 {
		o.notices = append(o.notices, fmt.Sprintf("the baseline %s holds secrets as they are: make one with --redact=100", o.name))
	}
}

// isReport reports whether a file is a report of ours: one object that begins
// with its version and its verdict.
func isReport(head []byte) bool {
	return bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"verdict"`)) && !isJSONL(head)
}

// readReport reads the format json.
func readReport(b *baseline, r io.Reader) error {
	o := newOwnReport(b)
	d := json.NewDecoder(r)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(err, errors.New("an object was expected"))
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "run":
			var run struct{ Masked bool }
			if err := d.Decode(&run); err != nil {
				return err
			}
			o.shown = !run.Masked
		case "findings":
			found = true
			err = elements(d, func() error { return o.decode(d) })
		default:
			err = d.Decode(&json.RawMessage{})
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil || !found {
		return errors.Join(err, errors.New("it has no end, or no list of findings, so it is not whole"))
	}
	if err := ended(d); err != nil {
		return err
	}
	o.done()
	return nil
}

func (o *ownReport) decode(d *json.Decoder) error {
	var f struct {
		RuleID, File, Fingerprint, Secret, Commit string
		StartLine                                 int
		Entropy                                   float32
		Suppression                               mudlark.Suppression
	}
	if err := d.Decode(&f); err != nil {
		return err
	}
	return o.add(ownFinding{
		rule: f.RuleID, path: f.File, fingerprint: f.Fingerprint, line: f.StartLine,
		evidence: evidence{f.Secret, f.Entropy, f.Commit}, by: f.Suppression.By,
	})
}

// isJSONL reports whether a file is a recorded stream of ours, which begins with
// its run.
func isJSONL(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.HasPrefix(line, []byte(`{"run":`))
}

// readJSONL reads the format jsonl.
func readJSONL(b *baseline, r io.Reader) error {
	o := newOwnReport(b)
	ended := false
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var m struct {
			Run     *mudlark.Run
			Finding *mudlark.Finding
			Summary *mudlark.Summary
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if m.Run != nil {
			o.shown = !m.Run.Masked
		}
		ended = ended || m.Summary != nil
		if f := m.Finding; f != nil {
			err := o.add(ownFinding{
				rule: f.RuleID, path: f.Origin.Path, fingerprint: f.Fingerprint, line: f.Position.StartLine,
				evidence: evidence{f.Secret.Reveal(), float32(f.Entropy), commitID(&f.Origin)}, by: f.Suppression.By,
			})
			if err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if !ended {
		return errors.New("it ends without a summary, so it is not whole")
	}
	o.done()
	return nil
}
