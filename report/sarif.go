package report

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// sarifMaxNotices is how many notifications of one kind are written; more are
// counted in one.
const sarifMaxNotices = 1000

// writeSARIF writes a SARIF 2.1.0 log of one run, as code scanning services
// take it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's page
// "SARIF support for code scanning". What is too much for one log becomes several.
func writeSARIF(w io.Writer, s *scan) error {
	logs := s.sarifLogs()
	outs := []io.Writer{w}
	for len(outs) < len(logs) && s.opts.Part != nil {
		next, err := s.opts.Part(len(outs) + 1)
		if err != nil {
			break
		}
		outs = append(outs, next)
	}
	if len(outs) < len(logs) {
		logs, outs = s.sarifCutOff(logs), outs[:1]
	}
	for i, l := range logs {
		out := bufio.NewWriterSize(outs[i], 64<<10)
		if err := l.write(out); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	s.noticeOf(logs)
	return nil
}

// sarifHead is how a log begins, up to the name of its category. What stands after
// the last slash of the id tells analyses of one category apart, so that each kind
// of source is a category of its own, and so is each further part of a report.
const sarifHead = "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n" +
	"      \"automationDetails\": {\n        \"id\": \"mudlark/"

// A sarifLog is what of a scan goes into a log.
type sarifLog struct {
	*scan
	found []*mudlark.Finding // those that become results
	rules []mudlark.RuleInfo // of found, by ID
	// suppressing says that something of found is suppressed. Either every
	// result of a run has a list of suppressions or none has.
	suppressing bool
	part, parts int // which of how many
	left        int // how many are left out because there are too many
}

func (l *sarifLog) write(w io.Writer) error {
	e := newEncoder(w, "  ")
	e.text(sarifHead)
	category := l.category()
	if l.part > 1 {
		category += fmt.Sprintf("-%d", l.part)
	}
	quoted, err := json.Marshal(category + "/")
	if err != nil {
		return err
	}
	e.text(escapeInvisible(string(quoted[1:])) + "\n      },\n")
	field := func(name string, v any) {
		e.text("      \"" + name + "\": ")
		e.nested("      ", v, ",\n")
	}
	driver := l.sarifDriver(l.rules)
	if l.left > 0 {
		driver.Rules = append(driver.Rules, sarifCutOffRule())
	}
	field("tool", sarifTool{driver})
	field("columnKind", "utf16CodeUnits")
	field("originalUriBaseIds", map[string]any{sarifRoot: map[string]any{"description": sarifText{"The root of what was scanned."}}})
	field("invocations", []sarifInvocation{l.invocation()})
	e.text("      \"results\": [")
	before := "\n        "
	result := func(r sarifResult) {
		e.text(before)
		e.nested("        ", r, "")
		before = ",\n        "
	}
	if l.left > 0 {
		result(l.cutOffResult())
	}
	for _, f := range l.found {
		result(l.result(f))
	}
	if len(l.found) > 0 || l.left > 0 {
		e.text("\n      ")
	}
	e.text("]\n    }\n  ]\n}\n")
	return e.err
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
		inv.note("warning", "too-many-results", l.cutOff())
	}
	if l.parts > 1 {
		inv.note("note", "split", fmt.Sprintf("This is part %d of %d, as services do not take all results at once. The first has the most severe.", l.part, l.parts))
	}
	if l.part > 1 { // what else there is to say the first part says
		return inv
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

// category tells the analyses of one repository apart: code scanning closes the
// alerts of an earlier one of the same category that are not in the next. What a
// push added must not close what a scan of everything found.
func (s *scan) category() string {
	name := cmp.Or(s.run.Source, "scan")
	if s.run.Event != "" {
		name += "-" + s.run.Event
	}
	return name
}
