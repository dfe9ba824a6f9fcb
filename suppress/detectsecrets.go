package suppress

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // what detect-secrets writes; nothing is kept safe by it here
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// secretsBaseline matches findings with a baseline of detect-secrets: by file and
// the SHA-1 of the secret, whatever line it moved to. Its types are coarse, so
// that a hash speaks for itself; type and rule are compared only where the hash
// is not one of the secret, see coarse.
type secretsBaseline struct {
	*baseline
	files   map[string]map[string][]int // file, SHA-1, entries
	found   []auditedSecret             // of the entries
	exact   map[place]bool              // where an entry has the hash of the secret
	filters []secretsFilter
	exclude []exclusion
	exprs   exprs
}

// auditedSecret is one of the results.
type auditedSecret struct {
	Type     string `json:"type"`
	Filename string `json:"filename"`
	Hash     string `json:"hashed_secret"`
	Line     int    `json:"line_number"` // 0 in the slim form
	Real     *bool  `json:"is_secret"`   // nil: nobody audited it
}

// open reports whether somebody looked at it and said that it is a secret.
func (a *auditedSecret) open() bool { return a.Real != nil && *a.Real }

// The reasons of entries.
const (
	reasonOpen      = "known, real, open"
	reasonFalse     = "audited as no secret"
	reasonUnaudited = "known, not audited"
)

// isDetectSecrets reports whether a file is a baseline of detect-secrets: one
// object that says with what it was made.
func isDetectSecrets(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("{")) || bytes.Contains(head, []byte(`"verdict"`)) {
		return false
	}
	return bytes.Contains(head, []byte(`"plugins_used"`)) || bytes.Contains(head, []byte(`"hashed_secret"`)) ||
		bytes.Contains(head, []byte(`"generated_at"`)) && bytes.Contains(head, []byte(`"results"`))
}

func readDetectSecrets(b *baseline, r io.Reader) error {
	s := &secretsBaseline{baseline: b, files: map[string]map[string][]int{}, exact: map[place]bool{}}
	b.match, b.aside = s.matching, s.filtered
	d := json.NewDecoder(r)
	results := false
	err := members(d, func(key string) error {
		switch key {
		case "plugins_used":
			return s.readPlugins(d)
		case "filters_used":
			return s.readFilters(d)
		case "exclude": // of releases before 1.0
			return s.readExclude(d)
		case "results":
			results = true
			return members(d, func(file string) error {
				return elements(d, func() error { return s.readResult(d, file) })
			})
		}
		return d.Decode(&json.RawMessage{})
	})
	if err != nil {
		return err
	}
	if !results {
		return errors.New("it has no results, so it is not whole")
	}
	s.judgeCoarse()
	return nil
}

func (s *secretsBaseline) readResult(d *json.Decoder, file string) error {
	var a auditedSecret
	if err := d.Decode(&a); err != nil {
		return err
	}
	if a.Type == "" || len(a.Hash) != hex.EncodedLen(sha1.Size) {
		return fmt.Errorf("result %d lacks a type or a SHA-1", len(s.found)+1)
	}
	a.Filename = slashed(file)
	a.Hash = strings.ToLower(a.Hash)
	e := Entry{Rule: a.Type, Text: a.Filename + ": " + a.Type, Reason: reasonUnaudited}
	if a.Line > 0 {
		e.Text = fmt.Sprintf("%s:%d: %s", a.Filename, a.Line, a.Type)
	}
	switch {
	case a.open():
		e.Reason, e.Open = reasonOpen, true
	case a.Real != nil:
		e.Reason = reasonFalse
	}
	e.Positional = isCoarse(a.Hash) && !e.Open
	i, err := s.add(e)
	if err != nil {
		return err
	}
	for len(s.found) < i { // entries before it that are no results
		s.found = append(s.found, auditedSecret{})
	}
	s.found = append(s.found, a)
	byHash := s.files[a.Filename]
	if byHash == nil {
		byHash = map[string][]int{}
		s.files[a.Filename] = byHash
	}
	byHash[a.Hash] = append(byHash[a.Hash], i)
	return nil
}

// coarsely reports whether an entry that is about how a secret begins is about f.
// Where another of their detectors saw the secret as well, that one decides: it
// would see a new one, too.
func (s *secretsBaseline) coarsely(i int, f *mudlark.Finding, matched []int) bool {
	a := &s.found[i]
	switch {
	case !typeFits(a.Type, f.RuleID):
		return false
	case s.exact[place{a.Filename, a.Line}]:
		return slices.ContainsFunc(matched, func(j int) bool { return j < len(s.found) && s.found[j].Line == a.Line })
	}
	return a.Line == f.Position.StartLine || !isQuoted(f)
}

// judgeCoarse notes where entries with a hash of the secret stand, and tells of
// those that have none beside them.
func (s *secretsBaseline) judgeCoarse() {
	for i := range s.found {
		if a := &s.found[i]; a.Line > 0 && !isCoarse(a.Hash) {
			s.exact[place{a.Filename, a.Line}] = true
		}
	}
	vague := 0
	for i := range s.found {
		if a := &s.found[i]; s.entries[i].Positional && !s.exact[place{a.Filename, a.Line}] {
			vague++
		}
	}
	s.note(vague, "an entry is about how a secret begins, so any like it in its file is hidden: `mudlark migrate` writes a fingerprint in place of it",
		"are about how secrets begin, so any like them in their files are hidden: `mudlark migrate` writes fingerprints in place of them")
}

// slashed is a path as findings have it.
func slashed(file string) string { return path.Clean(strings.ReplaceAll(file, `\`, "/")) }

// matching appends the entries that are about f. If one of them says that it is a
// real secret, the others do not matter.
func (s *secretsBaseline) matching(f *mudlark.Finding, to []int) []int {
	before := len(to)
	if byHash := s.files[f.Origin.Path]; byHash != nil {
		seen := map[string]bool{}
		for _, text := range spellings(f) {
			hash := sha1Hex(text)
			if !seen[hash] {
				seen[hash] = true
				to = append(to, byHash[hash]...)
			}
		}
		matched := to[before:]
		for _, text := range coarse(f) {
			for _, i := range byHash[sha1Hex(text)] {
				if s.coarsely(i, f, matched) {
					to = append(to, i)
				}
			}
		}
	}
	if slices.ContainsFunc(to[before:], func(i int) bool { return s.entries[i].Open }) {
		return slices.DeleteFunc(to, func(i int) bool { return !s.entries[i].Open })
	}
	for _, x := range s.exclude {
		if x.holds(f) {
			to = append(to, x.entry)
		}
	}
	return to
}

func sha1Hex(text string) string {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// typeFits reports whether a rule finds what a detector of theirs is named after.
func typeFits(typ, rule string) bool {
	for _, t := range [...]struct{ typ, words string }{
		{"AWS Access Key", "aws"},
		{"Artifactory Credentials", "artifactory jfrog"},
		{"Azure Storage Account access key", "azure"},
		{"Basic Auth Credentials", "url uri connection basic-auth dsn"},
		{"Cloudant Credentials", "cloudant"},
		{"Discord Bot Token", "discord"},
		{"GitHub Token", "github"},
		{"GitLab Token", "gitlab"},
		{"IBM COS HMAC Credentials", "ibm"},
		{"IBM Cloud IAM Key", "ibm"},
		{"JSON Web Token", "jwt"},
		{"Mailchimp Access Key", "mailchimp"},
		{"NPM tokens", "npm"},
		{"OpenAI Token", "openai"},
		{"Private Key", "private-key pgp putty ssh pem"},
		{"Public IP (ipv4)", "ip"},
		{"PyPI Token", "pypi"},
		{"SendGrid API Key", "sendgrid"},
		{"Slack Token", "slack"},
		{"SoftLayer Credentials", "softlayer"},
		{"Square OAuth Secret", "square"},
		{"Stripe Access Key", "stripe"},
		{"Telegram Bot Token", "telegram"},
		{"Twilio API Key", "twilio"},
	} {
		if t.typ == typ {
			return slices.ContainsFunc(strings.Fields(t.words), func(w string) bool { return strings.Contains(rule, w) })
		}
	}
	return false // the entropy detectors and Secret Keyword find anything
}

// members calls each for the keys of the JSON object that comes next; it reads
// the value.
func members(d *json.Decoder, each func(key string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(err, errors.New("an object was expected"))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := each(fmt.Sprint(key)); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
