package mudlark

// A Finding is a secret that a rule found in a chunk.
type Finding struct {
	RuleID string    `json:"rule"`
	Secret Sensitive `json:"secret"`
	// Match is the whole text that the rule matched, Secret included.
	Match Sensitive `json:"match"`
	// Excerpt is the line that Secret starts on, cut down around it.
	Excerpt Excerpt `json:"excerpt"`
	// Position is that of Secret, in the original text even if it was found in
	// decoded text.
	Position Position `json:"position"`
	// MatchPosition is that of Match without the line ends around it. Zero: Match is
	// Secret alone, or it is not known.
	MatchPosition Position `json:"matchPosition,omitzero"`
	// Key is the name that the secret was assigned to, if it was: "db_password".
	Key        string     `json:"key,omitempty"`
	Entropy    float64    `json:"entropy"` // Shannon, bits per character
	Confidence Confidence `json:"confidence"`
	// Evidence is what Confidence rests on, in the order in which it was looked at.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Parts are what a rule of several parts found besides, by rule ID.
	Parts map[string]Sensitive `json:"parts,omitempty"`
	// Others are more of what may be such a part, for those that a live check needs,
	// by rule ID, the nearest first: few, and none that Parts has.
	Others map[string][]Sensitive `json:"others,omitempty"`
	Tags   []string               `json:"tags,omitempty"`
	// LineHash identifies the line by its text, as GitHub's code scanning
	// does: hex digits, a colon, the number of the line among those alike.
	LineHash     string       `json:"lineHash,omitempty"`
	Origin       Origin       `json:"origin"`
	Fingerprint  string       `json:"fingerprint"`
	Assessment   Assessment   `json:"assessment,omitzero"`
	Verification Verification `json:"verification,omitzero"`
	Suppression  Suppression  `json:"suppression,omitzero"`
}

// Counts reports whether f makes a scan fail: whether nothing suppresses it.
func (f *Finding) Counts() bool { return f.Suppression.By == "" }

// Position is a place in content. Lines and columns count from 1; columns
// count bytes, and the end is exclusive.
type Position struct {
	Offset      int64 `json:"offset"` // bytes from the beginning of the content
	StartLine   int   `json:"startLine"`
	StartColumn int   `json:"startColumn"`
	EndLine     int   `json:"endLine"`
	EndColumn   int   `json:"endColumn"`
	// StartUTF16 and EndUTF16 are the columns counted in UTF-16 code units.
	StartUTF16 int `json:"startUTF16"`
	EndUTF16   int `json:"endUTF16"`
}

// An Excerpt is a line with the secrets in it marked.
type Excerpt struct {
	Text Sensitive `json:"text"`
	// Secrets are the places in Text that must be masked, in order, not
	// overlapping: secrets of this and of other findings, or their encoded form.
	Secrets []Span `json:"secrets,omitempty"`
	Focus   int    `json:"focus"` // index in Secrets of the finding's own
}

// Confidence grades how likely a finding is a real credential.
type Confidence int8

// The grades. The zero value is unset: a rule without a grade is Medium.
const (
	ConfidenceUnset Confidence = iota
	Low                        // a failed checksum, an encrypted key, a lookalike
	Medium
	High
)

var confidenceNames = [...]string{"", "low", "medium", "high"}

func (c Confidence) String() string { return name(confidenceNames[:], int(c)) }

// MarshalText implements encoding.TextMarshaler.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Confidence) UnmarshalText(text []byte) error {
	i, err := parseName(confidenceNames[:], "confidence", text)
	*c = Confidence(i)
	return err
}

// Evidence is one thing that speaks for a finding, or against it.
type Evidence struct {
	Name   string `json:"name"`             // of what was looked at: "checksum", "key", "path"
	Detail string `json:"detail,omitempty"` // what was seen there
	Effect int    `json:"effect"`           // points of a hundred that it adds to the confidence
}

// Severity grades what a live credential of a kind can do.
type Severity int8

// The grades. The zero value is unset: a rule without a grade is SeverityMedium.
const (
	SeverityUnset Severity = iota
	SeverityLow
	SeverityMedium
	SeverityHigh
	SeverityCritical
)

var severityNames = [...]string{"", "low", "medium", "high", "critical"}

func (s Severity) String() string { return name(severityNames[:], int(s)) }

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	i, err := parseName(severityNames[:], "severity", text)
	*s = Severity(i)
	return err
}

// Suppression is why a finding does not count. The zero value: it does.
type Suppression struct {
	By SuppressedBy `json:"by,omitempty"`
	// Reason is what whoever suppressed it gave as the reason.
	Reason string `json:"reason,omitempty"`
	// Place is the file and line that suppress, if it is a file: ".mudlarkignore:3".
	Place string `json:"place,omitempty"`
	// Positional says that another secret at the same place would be suppressed as
	// well. Reports do not have it.
	Positional bool `json:"-"`
}

// SuppressedBy is the kind of a suppression.
type SuppressedBy string

// The kinds.
const (
	ByComment    SuppressedBy = "comment"     // an inline marker such as mudlark:allow
	ByIgnoreFile SuppressedBy = "ignore-file" // an entry of .mudlarkignore
	ByAllowlist  SuppressedBy = "allowlist"   // the configuration; told only where that is asked for
	ByBaseline   SuppressedBy = "baseline"    // an earlier report
	ByConfidence SuppressedBy = "confidence"  // graded lower than was asked for
	ByScope      SuppressedBy = "scope"       // outside what was to count
	ByStatus     SuppressedBy = "status"      // verified, and not of a status that was asked for
	ByAssessment SuppressedBy = "assessment"  // impossible, by what the credential says of itself
)
