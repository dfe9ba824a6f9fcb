// Package detectors finds secrets in chunks of content. Start with New and
// Engine.Detect.
//
// One pass of a prefilter over the text wakes the rules whose keywords occur;
// scan.go tells what happens then. A rule's patterns are compiled when it is
// first woken, so that a short run pays for few of them.
package detectors

import (
	"time"

	"github.com/mudlark-scan/mudlark"
)

// A Detector proposes where secrets may lie, for the rules that name it in
// their key "detector".
type Detector interface {
	// Detect proposes what lies around at, the occurrence of a keyword of such
	// a rule. The engine judges each proposal for each of the rules. Detect may
	// be called from many goroutines at once, and takes bounded time.
	Detect(data []byte, at mudlark.Span, emit func(Match))
}

// A Match is a proposal: places in the text that was searched.
type Match struct {
	Whole, Secret mudlark.Span
	// Key is what the secret is called there: the name it is assigned to, the
	// label of a key block. Empty if there is none.
	Key mudlark.Span
	// Grade lowers the confidence of the rule; unset leaves it.
	Grade mudlark.Confidence
}

// detectors lists the detectors in code. A rule that names none is found by
// its regular expression.
var detectors = []struct {
	name string
	Detector
}{
	{"assignment", assignment{}},
	{"dsn", dsn{}},
	{"jwt", jwt{}},
	{"pem", pem{}},
	{"pem-encrypted", pem{encrypted: true}},
	{"url", url{}},
}

// Options say how an engine works. The zero value serves.
type Options struct {
	IgnoreInline bool      // inline markers suppress nothing
	DecodeDepth  int       // how deep encodings may be nested; 0: 5, below 0: nothing is decoded
	DecodeBytes  int64     // decoded text of one chunk at most; 0: four times its size and 4 MB
	Now          time.Time // for markers that expire; zero: none has expired
	// TellAllowed emits what allowlists say is no finding, too, marked as suppressed
	// by them. It is slower, and nothing is carried over between versions of content.
	TellAllowed bool
}

// Stats are what Detect did besides finding.
type Stats struct {
	Decoded     int64 // bytes of decoded text that were searched
	DecodeHit   bool  // some text was not decoded for want of budget
	Allowlisted int   // matches that an allowlist says are no findings
	// WholeEvaluations counts the rules that were tried on all of a chunk
	// though a delta says what of it is new: nothing bounds their reach.
	WholeEvaluations int
}
