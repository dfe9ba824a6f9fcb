package rules

import "github.com/mudlark-scan/mudlark"

// A Rule says what a secret of one kind looks like.
type Rule struct {
	ID          string
	Description string // what was found, and what its holder can do
	Help        string // a link: where to read on, and how to rotate
	Revoke      string // how to revoke, in a sentence
	Severity    mudlark.Severity
	Confidence  mudlark.Confidence // grade of a match; unset means Medium

	// Regex is an RE2 expression. For the detector "assignment" it is what the
	// whole value must match.
	Regex string
	// Path is an RE2 expression, unanchored, for the slash-separated path.
	// Alone it is a rule about files' names.
	Path        string
	SecretGroup int      // the group of Regex that holds the secret; 0: see detectors
	Entropy     float64  // the secret's entropy must be greater
	Keywords    []string // lower case; one of them must occur near a match. None: always tried
	Tags        []string
	SkipReport  bool // the rule only serves others that require it
	// Guessable says that a dictionary might hold the secret, as it may hold a
	// password. A fingerprint of it must not be made from its value.
	Guessable bool

	Detector string // the detector in code, by name; empty: the regular expression
	// Key is, for the detector "assignment", an RE2 expression without regard
	// to case that the key's name must match; empty: any key with a keyword.
	Key      string
	Checksum string // the check of the secret's checksum, by name; one that fails is graded Low
	// Specificity decides between overlapping findings: the higher wins. Rules
	// of providers have 0, generic ones less.
	Specificity int
	// Set names the optional rules that this one is among, see Sets; empty: it
	// is used unless the user says otherwise.
	Set string

	Required []Required
	// Companions are rules of what the secret is used together with, such as
	// an account's name. Without one of them near by, a match is graded Low.
	Companions []string
	Allowlists []Allowlist

	Verify     *Check // how the provider is asked whether the secret works; nil: it cannot be
	Revocation *Check // how the secret can end its own life; nil: it cannot

	Examples        []string // templates of text that must give exactly this rule's finding, see Fill
	Counterexamples []string // templates of text that must not

	File    string // where the rule stands
	Line    int
	Foreign bool // read from what is scanned, and not the built-in one of its ID: see Set.Distrust
	Builtin bool // compiled in, and no user's file changed it
	// Plain says that the expression alone decides what is found, and with what
	// else: that a match looks like a placeholder, or that another rule matches
	// there, is nothing against it. The rules of gitleaks' files are meant so.
	Plain bool
	// written says that the expression is a user's, and no detector in code stands
	// before it.
	written bool
}

// Required is another rule that must match near by.
type Required struct {
	ID            string
	WithinLines   *int // nil: anywhere
	WithinColumns *int
}

// Info returns what a report tells of r.
func (r *Rule) Info() mudlark.RuleInfo {
	info := mudlark.RuleInfo{
		ID: r.ID, Description: r.Description, Help: r.Help, Revoke: r.Revoke,
		Severity: r.Severity, Confidence: r.Confidence, Tags: r.Tags, Foreign: r.Foreign,
	}
	if info.Severity == mudlark.SeverityUnset {
		info.Severity = mudlark.SeverityMedium
	}
	if info.Confidence == mudlark.ConfidenceUnset {
		info.Confidence = mudlark.Medium
	}
	return info
}
