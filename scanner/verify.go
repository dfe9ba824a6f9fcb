package scanner

import (
	"context"
	"fmt"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// verify lets providers be asked about the findings that count, and takes those
// out that are not of a status that was asked for. Who asked for the ones that
// work must learn of those of which nobody could say: each is a skip. What nobody
// can be asked about is a note.
func (s *Scanner) verify(ctx context.Context, found []mudlark.Finding, c *collector) (notes []string) {
	if s.opts.Verify == nil {
		return nil
	}
	var counting []mudlark.Finding
	var at []int
	for i := range found {
		if found[i].Counts() {
			counting = append(counting, found[i])
			at = append(at, i)
		}
	}
	s.opts.Verify(ctx, counting)
	unasked := map[distinctSecret]bool{}
	for k, i := range at {
		found[i].Verification = counting[k].Verification
		v := &found[i].Verification
		if s.opts.Statuses == nil || slices.Contains(s.opts.Statuses, v.Status) {
			continue
		}
		switch v.Status {
		case mudlark.NotAsked:
			unasked[distinctSecret{found[i].Fingerprint, found[i].Secret}] = true
		case mudlark.Unknown:
			c.skip(found[i].Origin, mudlark.Skipped(mudlark.Unanswered, "%s: %s", found[i].RuleID, v.Reason))
		}
		found[i].Suppression = mudlark.Suppression{By: mudlark.ByStatus, Reason: statusReason(v.Status)}
	}
	if n := len(unasked); n > 0 {
		notes = append(notes, fmt.Sprintf(UnaskedNote+", and not listed: %d; --results active,unasked lists them", n))
	}
	return notes
}

// UnaskedNote is how the note begins that says how many secrets are not listed since
// no provider can be asked about them.
const UnaskedNote = "of kinds that nobody can be asked about"

func statusReason(s mudlark.Status) string {
	if s == mudlark.NotAsked {
		return "nobody can be asked about it"
	}
	return "verified as " + string(s)
}
