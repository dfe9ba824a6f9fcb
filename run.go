package mudlark

import (
	"fmt"
	"strings"
)

// A Run says what is about to be scanned, and with what.
type Run struct {
	Tool    Tool   `json:"tool"`
	Source  string `json:"source"`          // kind of source
	Target  string `json:"target"`          // as the user named it
	Asked   string `json:"asked,omitempty"` // what of it: "all refs", "range A..B"
	Command string `json:"command,omitempty"`
	Event   string `json:"event,omitempty"` // what the scan is run for, if it is an event: "pull-request"
	// Files are the configuration and suppression files that were honoured.
	Files      []string   `json:"files,omitempty"`
	Confidence Confidence `json:"confidence"` // findings of less do not count
	Rules      []RuleInfo `json:"rules"`
	// Masked says that secrets were masked before the run was recorded.
	Masked bool `json:"masked,omitempty"`
}

// Tool is the program that scans.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	URL     string `json:"url"`
}

// RuleInfo is what a report tells of a rule.
type RuleInfo struct {
	ID          string     `json:"id"`
	Description string     `json:"description"`
	Help        string     `json:"help,omitempty"`   // where to read on and how to rotate
	Revoke      string     `json:"revoke,omitempty"` // how to revoke, in a sentence
	Severity    Severity   `json:"severity"`
	Confidence  Confidence `json:"confidence"`
	Tags        []string   `json:"tags,omitempty"`
	// Foreign says that the rule was read from what was scanned.
	Foreign bool `json:"foreign,omitempty"`
}

// A Skip is content that could not be scanned, and why. It is an error, so that
// a source can hand it to yield; it never ends a scan.
type Skip struct {
	Origin Origin `json:"origin"`
	Reason Reason `json:"reason"`
	Detail string `json:"detail,omitempty"` // what happened, and what mends it
	Count  int    `json:"count,omitempty"`  // how many pieces of content; 0 means 1
}

// Skipped returns a skip without an origin, for a source to hand to yield with
// the chunk whose origin it is.
func Skipped(reason Reason, format string, args ...any) *Skip {
	return &Skip{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (s *Skip) Error() string {
	if s.Detail == "" {
		return string(s.Reason)
	}
	return string(s.Reason) + ": " + s.Detail
}

// Reason is why content was not scanned, in a word that can be counted.
type Reason string

// The reasons.
const (
	Unreadable    Reason = "unreadable"     // the system refused
	Corrupt       Reason = "corrupt"        // damaged: it does not decode, or its id is wrong
	Missing       Reason = "missing"        // named by other content, but not there
	Shallow       Reason = "shallow"        // history was cut off when the repository was cloned
	Promised      Reason = "promised"       // left out by a partial clone
	Submodule     Reason = "submodule"      // lies in another repository
	LFSPointer    Reason = "lfs-pointer"    // lies in a large file store
	TooLarge      Reason = "too-large"      // over the bound for one file
	ArchiveDepth  Reason = "archive-depth"  // archives nested deeper than the bound
	ArchiveRatio  Reason = "archive-ratio"  // expands more than the bound allows
	ArchiveTotal  Reason = "archive-total"  // expands to more than the bound allows
	ArchiveFormat Reason = "archive-format" // damaged, encrypted or unknown archive
	DecodeTotal   Reason = "decode-total"   // encoded text beyond the bound
	Unsupported   Reason = "unsupported"    // a format or feature this version does not know
	Special       Reason = "special-file"   // a device, a socket, a pipe
	Symlink       Reason = "symlink"        // a link that was not followed and leads outside
	Interrupted   Reason = "interrupted"    // the user stopped the scan
	TimedOut      Reason = "timeout"        // the time allowed was over
	Unanswered    Reason = "unanswered"     // read, but no provider said whether what was found works
)

// Reasons lists every Reason.
var Reasons = []Reason{
	Unreadable, Corrupt, Missing, Shallow, Promised, Submodule, LFSPointer, TooLarge, ArchiveDepth, ArchiveRatio,
	ArchiveTotal, ArchiveFormat, DecodeTotal, Unsupported, Special, Symlink, Interrupted, TimedOut, Unanswered,
}

// A Summary says how a scan ended.
type Summary struct {
	Verdict Verdict `json:"verdict"`
	// Incomplete says that something was not read. The verdict may still be
	// Findings: what was found outweighs what was not read.
	Incomplete bool `json:"incomplete"`
	Findings   int  `json:"findings"` // those that count
	Secrets    int  `json:"secrets"`  // distinct among them
	// Statuses counts the distinct secrets by what their providers said; nil: no
	// provider was to be asked.
	Statuses map[Status]int `json:"statuses,omitempty"`
	// Suppressed counts the findings that do not count, by kind.
	Suppressed map[SuppressedBy]int `json:"suppressed,omitempty"`
	// Allowlisted counts matches that the configuration says are no findings.
	Allowlisted int `json:"allowlisted,omitempty"`
	// Files are what the suppression files did that were honoured.
	Files []FileUse `json:"files,omitempty"`
	// Silenced are findings that the change under test keeps from being reported from
	// now on, and MoreSilenced how many are left out of a long list.
	Silenced     []Silence `json:"silenced,omitempty"`
	MoreSilenced int       `json:"moreSilenced,omitempty"`
	// Folds are floods of like findings of which only the first are reported.
	Folds    []Fold   `json:"folds,omitempty"`
	Coverage Coverage `json:"coverage"`
	// Failure is the error that ended the scan early, if one did.
	Failure string `json:"failure,omitempty"`
}

// A Fold says that more findings of one rule lay in one place than are
// reported.
type Fold struct {
	RuleID string `json:"rule"`
	Path   string `json:"path,omitempty"`
	Object string `json:"object,omitempty"`
	Kept   int    `json:"kept"`
	Folded int    `json:"folded"`
}

// A FileUse says what a suppression file did.
type FileUse struct {
	File    string       `json:"file"`
	Kind    SuppressedBy `json:"kind"`
	Entries int          `json:"entries"`
	Unused  int          `json:"unused,omitempty"`  // about nothing that was found
	Expired int          `json:"expired,omitempty"` // whose time is over
	// Positional counts those that hide what stands at a place, whatever it is.
	Positional int `json:"positional,omitempty"`
}

// A Silence is a finding that a change keeps from being reported, or from being
// seen, without taking the secret away.
type Silence struct {
	By          SilencedBy `json:"by"`
	RuleID      string     `json:"rule"`
	Path        string     `json:"path"`
	Line        int        `json:"line"`
	Fingerprint string     `json:"fingerprint,omitempty"`
	// Place is what does it, if that is a line of a file: ".mudlarkignore:3".
	Place string `json:"place,omitempty"`
	// Was is where the secret counted before, if that was another file.
	Was string `json:"was,omitempty"`
}

// SilencedBy is how a change keeps a finding from being reported.
type SilencedBy string

// The ways.
const (
	SilencedByConfig     SilencedBy = "config"      // rules or allowlists that it changes
	SilencedByIgnoreFile SilencedBy = "ignore-file" // an entry of an ignore file that it adds
	SilencedByBaseline   SilencedBy = "baseline"    // a baseline that it adds to
	SilencedByComment    SilencedBy = "comment"     // a comment that it adds
	SilencedByAttributes SilencedBy = "attributes"  // .gitattributes: reviewers are not shown the file
	SilencedByRename     SilencedBy = "rename"      // it moves the secret to where it does not count
	SilencedByEdit       SilencedBy = "edit"        // it changes what stands around the secret
)

// Verdict is the answer of a scan.
type Verdict string

// The verdicts.
const (
	Clean      Verdict = "clean"      // everything was read, nothing was found
	Found      Verdict = "findings"   // at least one finding counts
	Incomplete Verdict = "incomplete" // nothing was found, but not everything was read
	Failed     Verdict = "failed"     // the scan could not be run
)

// Coverage is what a scan read, and what it did not.
type Coverage struct {
	Chunks  int   `json:"chunks"`            // pieces of content scanned
	Bytes   int64 `json:"bytes"`             // in them
	Files   int   `json:"files,omitempty"`   // files of a directory, members of archives
	Objects int   `json:"objects,omitempty"` // objects of a repository
	Commits int   `json:"commits,omitempty"`
	Refs    int   `json:"refs,omitempty"`
	// Decoded is the number of bytes of decoded text that were scanned besides.
	Decoded int64 `json:"decoded,omitempty"`
	// Skipped counts what was not read, by reason.
	Skipped map[Reason]int `json:"skipped,omitempty"`
	// Accepted are the reasons that the user said do not make a scan incomplete.
	Accepted []Reason `json:"accepted,omitempty"`
	// Notes are what a reader should know besides, a sentence each.
	Notes []string `json:"notes,omitempty"`
}

func name(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return "invalid"
	}
	return names[i]
}

func parseName(names []string, what string, text []byte) (int, error) {
	for i, n := range names {
		if strings.EqualFold(n, string(text)) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q: use one of %s", what, text, strings.Join(names[1:], ", "))
}
