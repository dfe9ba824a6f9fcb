package rules

// An Allowlist says what is not a finding. Entries of one criterion are
// alternatives.
type Allowlist struct {
	Description string
	Place       string // where it stands: "mudlark.toml:12"; empty for the built-in ones
	// All says that every criterion that is present must hold; otherwise one
	// is enough.
	All     bool
	Commits []string // lower case hex, at least 12 digits: a commit's ID, or how it begins
	Paths   []string // RE2, unanchored, for the slash-separated path
	Target  string   // what Regexes are matched with: TargetSecret, TargetMatch or TargetLine
	Regexes []string // RE2, unanchored
	// Stopwords are lower case and must be part of the lower-cased secret,
	// whatever Target says.
	Stopwords []string
}

// The targets of an allowlist's expressions.
const (
	TargetSecret = "secret"
	TargetMatch  = "match" // the whole text that the rule matched
	TargetLine   = "line"  // the lines from the match's first to its last
)

func (a *Allowlist) empty() bool {
	return len(a.Commits)+len(a.Paths)+len(a.Regexes)+len(a.Stopwords) == 0
}
