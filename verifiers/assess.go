package verifiers

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/checksum"
	"github.com/mudlark-scan/mudlark/rules"
)

// Bounds of what is read of a credential.
const (
	maxAssessed = 64 << 10 // bytes of a secret that is looked at
	maxSaid     = 100      // bytes of a value that is told
)

// Assess reads what f, which rule r found, says of itself, without asking
// anybody. Nothing has expired at the zero time. The verdict rests on the
// credential alone, a signed URL included: what else stands around it may have
// been written by whoever wants to hide it.
func Assess(r *rules.Rule, f *mudlark.Finding, now time.Time) mudlark.Assessment {
	secret := f.Secret.Reveal()
	if r == nil || secret == "" || len(secret) > maxAssessed {
		return mudlark.Assessment{}
	}
	said := said{now: now}
	said.documented(secret)
	said.checksum(r, secret)
	if said.impossible == "" {
		said.mode(r, secret)
		said.token(secret)
		said.key(secret)
		said.read(r, f)
	}
	return said.assessment()
}

// said is what a credential says of itself, as far as it was read.
type said struct {
	now time.Time
	// Sentences without a full stop: why it cannot be one, why it is a test's, and
	// what speaks for it. Empty: nothing does.
	impossible, test, plausible string
	expires                     time.Time // the last of several; zero: it does not tell
	facts                       []mudlark.Fact
}

func (s *said) assessment() mudlark.Assessment {
	a := mudlark.Assessment{Expires: s.expires, Identity: s.facts}
	switch {
	case s.impossible != "":
		a.Verdict, a.Reason = mudlark.Impossible, s.impossible
	case !s.expires.IsZero() && !s.now.IsZero() && s.expires.Before(s.now):
		a.Verdict, a.Reason = mudlark.Expired, "expired on "+s.expires.Format(time.DateOnly)
	case s.test != "":
		a.Verdict, a.Reason = mudlark.TestMode, s.test
	case !s.expires.IsZero():
		a.Verdict, a.Reason = mudlark.Plausible, "expires on "+s.expires.Format(time.DateOnly)
	case s.plausible != "" || len(s.facts) > 0:
		a.Verdict, a.Reason = mudlark.Plausible, s.plausible
	}
	return a
}

// fact tells a thing if it can be told in a few plain characters.
func (s *said) fact(name, value string) {
	if value = strings.TrimSpace(value); value == "" || len(value) > maxSaid || len(s.facts) == maxFacts || !utf8.ValidString(value) {
		return
	}
	if !strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		s.facts = append(s.facts, mudlark.Fact{Name: name, Value: value})
	}
}

// until notes a date of expiry, if it is one that people write.
func (s *said) until(t time.Time) {
	if y := t.Year(); y >= 1990 && y <= 9999 && t.After(s.expires) {
		s.expires = t.UTC().Truncate(time.Second)
	}
}

// checksum tells what the checksum says that the rule names. One whose algorithm
// is not certain says nothing here.
func (s *said) checksum(r *rules.Rule, secret string) {
	c, ok := checksum.Named(r.Checksum)
	switch {
	case !ok || !c.Hard:
	case c.Holds([]byte(secret)):
		s.plausible = "its checksum is right"
	case s.impossible == "" && !holdsOne(c, secret):
		s.impossible = "its checksum is wrong"
	}
}

// holdsOne reports whether a secret with a wrong checksum ends with one whose
// checksum is right: rules that take letters of all kinds take in what somebody
// wrote right before it, too.
func holdsOne(c checksum.Check, secret string) bool {
	const beginning = 4 // bytes, as long as the shortest mark of a provider's
	for at := 1; len(secret) > beginning; at++ {
		next := strings.Index(secret[at:], secret[:beginning])
		if next < 0 {
			return false
		}
		if at += next; c.Holds([]byte(secret[at:])) {
			return true
		}
	}
	return false
}

// documented looks for the values that providers show in their documentation.
func (s *said) documented(secret string) {
	sum := sha256.Sum256([]byte(secret))
	digest := hex.EncodeToString(sum[:])
	for _, known := range documentation {
		if known.digest == digest {
			s.impossible = known.what
			return
		}
	}
	// The keys that Turnstile and hCaptcha always accept or refuse.
	if len(secret) > 20 && len(secret) <= 42 {
		zeros := strings.TrimRight(secret[2:], "A")
		if strings.Trim(zeros, "0") == "" && slices.Contains([]string{"0x", "1x", "2x", "3x"}, secret[:2]) {
			s.impossible = "a test key that documentation shows"
		}
	}
}

const (
	exampleOfAWS    = "an example of AWS's documentation"
	exampleOfStripe = "the example of Stripe's documentation"
	testOfRecaptcha = "the test key of reCAPTCHA's documentation"
	keyOfEmulator   = "the key of an emulator for development"
)

// documentation lists published values by their SHA-256.
var documentation = []struct{ digest, what string }{
	{"1a5d44a2dca19669d72edf4c4f1c27c4c1ca4b4408fbb17f6ce4ad452d78ddb3", exampleOfAWS},
	{"c6ea27c534f993d31f0aef882e3d200e7b87470c379ae79c8f9b19d3bd363dc9", exampleOfAWS},
	{"cb20d34a7adda2f5d2043836051e242fd4c2b233e02c80c91fe9d5af9b100574", exampleOfAWS},
	{"78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598", exampleOfAWS},
	{"e21b597ba6b9cafa59d9ebc4d65c0385f5eb3fa56abab2607fa76589ad849a33", exampleOfAWS},
	{"74170575123fcbfc8a830f337f5f67000e6f0933c6e39c30b727d2d8155b2dcd", "the public key that every webhook of Google Chat has"},
	{"f5e95c9954635b65acab57e6d5ea663eb900f06dc8794a90358f5abb1c77d4e0", testOfRecaptcha},
	{"03b970ed8171d73b58bbc9a5c72e3e4eec28503b56b3bb400a0801857dd45614", testOfRecaptcha},
	{"2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326", exampleOfStripe},
	{"f2d6ca16515033e5dce14eba840b979d27b5cbae24bb3e5bf484339667f86397", exampleOfStripe},
	{"0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059", keyOfEmulator}, // Azurite
	{"aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615", keyOfEmulator}, // Cosmos DB
}

// mode tells whether the provider made the credential for tests.
func (s *said) mode(r *rules.Rule, secret string) {
	for _, m := range testModes {
		if m.rule == r.ID && strings.Contains(secret, m.mark) {
			s.test = "of the provider's test mode"
		}
	}
}
