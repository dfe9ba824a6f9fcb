package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// What is known of a secret besides where it stands: what it says of itself, and
// what its provider said of it.

const (
	factsShown  = 4
	scopesShown = 8
)

// mostTelling returns the answer of those about one secret that says most.
func mostTelling(places []*mudlark.Finding) *mudlark.Verification {
	best := slices.MaxFunc(places, func(a, b *mudlark.Finding) int {
		return a.Verification.Status.Compare(b.Verification.Status)
	})
	return &best.Verification
}

// compareUrgency is positive if what a says calls for more haste than what b
// says: what works comes first, most of all what can do much, and what does not
// work last.
func compareUrgency(a, b *mudlark.Verification) int {
	urgency := func(v *mudlark.Verification) int {
		switch v.Status {
		case mudlark.Active:
			return 1 + max(int(v.Privilege), 0)
		case mudlark.Inactive:
			return -1
		}
		return 0
	}
	return cmp.Compare(urgency(a), urgency(b))
}

// assessment returns what one secret says of itself.
func (g *group) assessment() mudlark.Assessment {
	for _, f := range g.places {
		if f.Assessment.Verdict != "" {
			return f.Assessment
		}
	}
	return mudlark.Assessment{}
}

// assessmentWords says in a line what a secret says of itself.
func assessmentWords(a mudlark.Assessment) string {
	return strings.Join(slices.DeleteFunc([]string{a.Reason, factWords(a.Identity)}, isEmpty), " · ")
}

func factWords(facts []mudlark.Fact) string {
	var words []string
	for _, f := range facts {
		words = append(words, strings.TrimSpace(f.Name+" "+f.Value))
	}
	return list(words, factsShown, 0)
}

// privilegeWords says what the holder of a secret can do.
func privilegeWords(p mudlark.Privilege) string {
	switch p {
	case mudlark.PrivilegeRead:
		return "may read"
	case mudlark.PrivilegeWrite:
		return "may change things"
	case mudlark.PrivilegeAdmin:
		return "may grant, delete or spend"
	}
	return ""
}

// askedWords says who was asked and when, and what was said before.
func askedWords(v *mudlark.Verification) string {
	var words []string
	if v.Host != "" {
		asked := v.Host + " was asked"
		if !v.At.IsZero() {
			asked += " on " + v.At.Format(time.DateOnly)
		}
		words = append(words, asked)
	}
	if v.Was != "" {
		words = append(words, "it was "+string(v.Was)+" when it was verified before")
	}
	return strings.Join(words, "; ")
}

// verificationSentence says in one sentence what a provider said; empty: nothing.
func verificationSentence(v *mudlark.Verification) string {
	about := strings.Join(slices.DeleteFunc([]string{privilegeWords(v.Privilege), factWords(v.Identity)}, isEmpty), ", ")
	switch v.Status {
	case mudlark.NotAsked:
		return ""
	case mudlark.Active:
		return sentence(strings.TrimSuffix("It works: "+about, ": "))
	case mudlark.Inactive:
		return "It does not work."
	}
	return sentence(strings.TrimSuffix("Whether it works is "+string(v.Status)+": "+v.Reason, ": "))
}
