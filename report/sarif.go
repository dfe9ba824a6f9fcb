package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// sarifMaxResults is how many results GitHub's code scanning takes.
const sarifMaxResults = 25_000

// sarifMaxNotices is how many notifications of one kind are written; more are
// counted in one.
const sarifMaxNotices = 1000

// writeSARIF writes a SARIF 2.1.0 log of one run, as code scanning services
// take it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's page
// "SARIF support for code scanning".
func writeSARIF(w io.Writer, s *scan) error {
	l := sarifLog{scan: s}
	l.choose()
	e := newEncoder(w, "  ")
	e.text("{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n")
	field := func(name string, v any) {
		e.text("      \"" + name + "\": ")
		e.nested("      ", v, ",\n")
	}
	field("tool", sarifTool{s.sarifDriver(l.rules)})
	// What stands after the last slash tells analyses of one category apart,
	// so that each kind of source is a category of its own.
	field("automationDetails", map[string]string{"id": "mudlark/" + cmp.Or(s.run.Source, "scan") + "/"})
	field("columnKind", "utf16CodeUnits")
	field("originalUriBaseIds", map[string]any{sarifRoot: map[string]any{"description": sarifText{"The root of what was scanned."}}})
	field("invocations", []sarifInvocation{l.invocation()})
	e.text("      \"results\": [")
	for i, f := range l.found {
		if i > 0 {
			e.text(",")
		}
		e.text("\n        ")
		e.nested("        ", l.result(f), "")
	}
	if len(l.found) > 0 {
		e.text("\n      ")
	}
	e.text("]\n    }\n  ]\n}\n")
	return e.err
}

// sarifLog is what of a scan goes into a log.
type sarifLog struct {
	*scan
	found []*mudlark.Finding // those that become results
	left  int                // how many are left out because there are too many
	rules []mudlark.RuleInfo // of found, by ID
	// suppressing says that something of found is suppressed. Either every
	// result of a run has a list of suppressions or none has.
	suppressing bool
}

// choose takes the findings that become results: of too many the most severe.
func (l *sarifLog) choose() {
	for _, f := range l.scan.found {
		if asked(f) {
			l.found = append(l.found, f)
		}
	}
	if n := len(l.found) - sarifMaxResults; n > 0 {
		l.left = n
		l.found = l.gravest(sarifMaxResults)
	}
	l.rules = l.sarifRules(l.found)
	l.suppressing = slices.ContainsFunc(l.found, func(f *mudlark.Finding) bool { return !f.Counts() })
}

// gravest returns the n gravest of l.found, in their order.
func (l *sarifLog) gravest(n int) []*mudlark.Finding {
	order := make([]int, len(l.found))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return l.compareGravity(l.found[b], l.found[a]) })
	order = order[:n]
	slices.Sort(order)
	kept := make([]*mudlark.Finding, n)
	for i, at := range order {
		kept[i] = l.found[at]
	}
	return kept
}

// compareGravity is positive if a weighs more than b.
func (s *scan) compareGravity(a, b *mudlark.Finding) int {
	counts := func(f *mudlark.Finding) int {
		if f.Counts() {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(counts(a), counts(b)),
		compareUrgency(&a.Verification, &b.Verification),
		cmp.Compare(levelRank(sarifLevel(s.rule(a.RuleID), a)), levelRank(sarifLevel(s.rule(b.RuleID), b))),
		cmp.Compare(severity(s.rule(a.RuleID)), severity(s.rule(b.RuleID))),
		cmp.Compare(a.Confidence, b.Confidence),
	)
}

func levelRank(level string) int { return slices.Index([]string{"note", "warning", "error"}, level) }

// sarifLevel says how loudly a result is shown: an error is a credential that
// works or that is known by its form; what is doubtful or dead is a note.
func sarifLevel(rule mudlark.RuleInfo, f *mudlark.Finding) string {
	switch {
	case f.Verification.Status == mudlark.Active:
		return "error"
	case f.Verification.Status == mudlark.Inactive, f.Confidence == mudlark.Low:
		return "note"
	case f.Confidence == mudlark.High && severity(rule) > mudlark.SeverityLow:
		return "error"
	}
	return "warning"
}

// sarifRank orders results, from 0 to 100: what works is above 90, by what it can
// do; what does not work any more is below 5; between them severity counts before
// confidence.
func sarifRank(rule mudlark.RuleInfo, f *mudlark.Finding) float64 {
	const live, dead, perSeverity, perConfidence = 91, 1, 20, 5
	graded := int(severity(rule))*perSeverity - perSeverity + int(f.Confidence)*perConfidence
	switch f.Verification.Status {
	case mudlark.Active:
		return float64(live + int(f.Verification.Privilege)*2)
	case mudlark.Inactive:
		return dead
	}
	return float64(min(max(graded, dead), live-1))
}

// result tells of one finding.
func (l *sarifLog) result(f *mudlark.Finding) sarifResult {
	rule := l.rule(f.RuleID)
	index, _ := slices.BinarySearchFunc(l.rules, rule.ID, func(r mudlark.RuleInfo, id string) int { return cmp.Compare(r.ID, id) })
	p := l.sarifPlace(f)
	r := sarifResult{
		RuleID:     ruleName(rule),
		RuleIndex:  index,
		Level:      sarifLevel(rule, f),
		Rank:       sarifRank(rule, f),
		Message:    sarifText{sarifMessage(rule, f, p)},
		Locations:  []sarifLocation{p.location()},
		Partial:    map[string]string{"primaryLocationLineHash": p.hash},
		Properties: sarifProperties(f),
	}
	if f.Fingerprint != "" {
		r.Fingerprints = map[string]string{"mudlark/v1": f.Fingerprint}
	}
	if l.suppressing {
		list := sarifSuppressions(f)
		r.Suppressions = &list
	}
	return r
}

// sarifProperties returns what else is known of f; nil: nothing.
func sarifProperties(f *mudlark.Finding) *sarifMore {
	more := sarifMore{Evidence: f.Evidence}
	known := len(f.Evidence) > 0
	if x := f.Origin.Exposure; x != nil && !x.First.IsZero() {
		known = true
		more.Held, more.FirstSeen, more.LastSeen = x.Held, x.First, x.Last
		for _, removal := range x.Removed {
			more.RemovedBy = append(more.RemovedBy, removal.Commit)
		}
	}
	if f.Assessment.Verdict != "" {
		known, more.Assessment = true, &f.Assessment
	}
	if f.Verification.Status != mudlark.NotAsked {
		known, more.Verification = true, &f.Verification
	}
	if !known {
		return nil
	}
	return &more
}

func sarifSuppressions(f *mudlark.Finding) []sarifSuppression {
	if f.Counts() {
		return []sarifSuppression{}
	}
	out := sarifSuppression{Kind: "external", Justification: f.Suppression.Reason}
	if f.Suppression.By == mudlark.ByComment {
		out.Kind = "inSource"
	}
	if out.Justification == "" && f.Suppression.Place != "" {
		out.Justification = "Suppressed by " + f.Suppression.Place + "."
	}
	return []sarifSuppression{out}
}

// invocation tells how the scan went, with a notification for each part that
// was not read.
func (l *sarifLog) invocation() sarifInvocation {
	ok := !l.summary.Incomplete && l.summary.Verdict != mudlark.Failed && l.summary.Verdict != mudlark.Incomplete
	inv := sarifInvocation{Successful: ok}
	if l.summary.Failure != "" {
		inv.note("error", "failure", l.summary.Failure)
	}
	if l.left > 0 {
		inv.note("warning", "too-many-results", fmt.Sprintf(
			"%d results are left out: services take %d, and these are the most severe. Another format has all.", l.left, sarifMaxResults))
	}
	for i, skip := range l.skips {
		if i == sarifMaxNotices {
			inv.note("warning", "more", fmt.Sprintf("%d more parts were not read.", len(l.skips)-i))
			break
		}
		level := "warning"
		if slices.Contains(l.summary.Coverage.Accepted, skip.Reason) {
			level = "note"
		}
		n := inv.note(level, cmp.Or(string(skip.Reason), "skip"), "Not read: "+skipSentence(skip))
		if uri, _, ok := l.relative(skip.Origin.Path); ok {
			n.Locations = []sarifLocation{{Physical: sarifPhysical{Artifact: sarifArtifact{uri, sarifRoot}}}}
		}
	}
	for i, fold := range l.summary.Folds {
		if i == sarifMaxNotices {
			inv.note("note", "more", fmt.Sprintf("%d more places have more findings than are reported.", len(l.summary.Folds)-i))
			break
		}
		inv.note("note", "folded", foldSentence(fold))
	}
	for _, text := range l.summary.Coverage.Notes {
		inv.note("note", "coverage", cmp.Or(text, "no text"))
	}
	return inv
}

func (inv *sarifInvocation) note(level, id, text string) *sarifNotification {
	n := sarifNotification{Level: level, Message: sarifText{text}, Descriptor: sarifDescriptor{id}}
	inv.Notifications = append(inv.Notifications, n)
	return &inv.Notifications[len(inv.Notifications)-1]
}
