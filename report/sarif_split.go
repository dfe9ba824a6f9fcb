package report

import (
	"compress/gzip"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// What GitHub's code scanning takes at once. MB may be one or the other there.
const (
	sarifMaxResults = 25_000
	sarifMaxPacked  = 10_000_000 // bytes of a log, compressed
)

// sarifLogs returns the logs of a scan: one, or if that were too much several, the
// most severe findings first.
func (s *scan) sarifLogs() []*sarifLog {
	var rest []int // of s.found
	for i, f := range s.found {
		if asked(f) {
			rest = append(rest, i)
		}
	}
	if whole := s.sarifLog(rest, 1); len(rest) <= sarifMaxResults && whole.packed() <= sarifMaxPacked {
		return []*sarifLog{whole}
	}
	slices.SortStableFunc(rest, func(a, b int) int { return s.compareGravity(s.found[b], s.found[a]) })
	var logs []*sarifLog
	for len(rest) > 0 {
		n := min(len(rest), sarifMaxResults)
		l := s.sarifLog(rest[:n], len(logs)+1)
		for size := l.packed(); size > sarifMaxPacked && n > 1; size = l.packed() {
			n = max(1, min(n-1, int(int64(n)*sarifMaxPacked/size)))
			l = s.sarifLog(rest[:n], len(logs)+1)
		}
		logs, rest = append(logs, l), rest[n:]
	}
	for _, l := range logs {
		l.parts = len(logs)
	}
	return logs
}

// sarifLog is the log of some findings, in their order.
func (s *scan) sarifLog(which []int, part int) *sarifLog {
	l := &sarifLog{scan: s, part: part, parts: 1}
	for _, i := range slices.Sorted(slices.Values(which)) {
		l.found = append(l.found, s.found[i])
	}
	l.rules = s.sarifRules(l.found)
	l.suppressing = slices.ContainsFunc(l.found, func(f *mudlark.Finding) bool { return !f.Counts() })
	return l
}

// packed is how large a log is, compressed. What is small enough as it is need not
// be compressed to know.
func (l *sarifLog) packed() int64 {
	plain := &byteCounter{}
	if l.write(plain) != nil || plain.n <= sarifMaxPacked {
		return plain.n
	}
	packed := &byteCounter{}
	zip := gzip.NewWriter(packed)
	_ = l.write(zip) // what can fail failed above
	_ = zip.Close()
	return packed.n
}

// byteCounter counts what is written to it.
type byteCounter struct{ n int64 }

func (c *byteCounter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// sarifCutOff is the first of logs alone, with a result that says that the others
// are missing: notifications are seldom shown.
func (s *scan) sarifCutOff(logs []*sarifLog) []*sarifLog {
	first := *logs[0]
	first.parts = 1
	for _, l := range logs[1:] {
		first.left += len(l.found)
	}
	if len(first.found) == sarifMaxResults {
		least := 0 // of equals the last
		for i := range first.found {
			if s.compareGravity(first.found[i], first.found[least]) <= 0 {
				least = i
			}
		}
		first.found = slices.Delete(slices.Clone(first.found), least, least+1)
		first.rules = s.sarifRules(first.found)
		first.left++
	}
	return []*sarifLog{&first}
}

func (l *sarifLog) cutOff() string {
	return fmt.Sprintf("%d results are left out: services do not take more at once, and these are the most severe. Write to a file, which is split, or another format.", l.left)
}

const cutOffID = "mudlark-results-left-out"

func sarifCutOffRule() sarifRule {
	const text = "This report does not hold every finding"
	const help = "Write the report to a file, as in --report sarif=leaks.sarif: what does not fit goes into further files beside it. Upload all of them."
	return sarifRule{
		ID: cutOffID, ShortDescription: sarifText{text}, FullDescription: sarifText{text}, Help: sarifHelp{help, help},
		Default:    sarifConfiguration{"error"},
		Properties: sarifRuleProperties{SecuritySeverity: "9.5", Precision: "very-high", ProblemSeverity: "error", Tags: []string{"security"}},
	}
}

func (l *sarifLog) cutOffResult() sarifResult {
	r := sarifResult{
		RuleID: cutOffID, RuleIndex: len(l.rules), Level: "error", Rank: 100, Message: sarifText{l.cutOff()},
		Locations: []sarifLocation{{Physical: sarifPhysical{Artifact: sarifArtifact{l.anchorURI(), sarifRoot}, Region: &sarifRegion{StartLine: 1}}}},
		Partial:   map[string]string{"primaryLocationLineHash": fingerprintHash(cutOffID)},
	}
	if l.suppressing {
		r.Suppressions = &[]sarifSuppression{}
	}
	return r
}

// noticeOf tells whoever runs the program that a report is not one whole.
func (s *scan) noticeOf(logs []*sarifLog) {
	switch first := logs[0]; {
	case s.opts.Notice == nil:
	case first.left > 0:
		s.opts.Notice(fmt.Sprintf("the sarif report is not whole: it has the %d most severe results, and %d are left out, as code scanning does not take more at once; "+
			"write it to a file, as in --report sarif=leaks.sarif, which is split, or use another format", len(first.found), first.left))
	case len(logs) > 1:
		s.opts.Notice(fmt.Sprintf("the sarif report is split into %d files, as code scanning takes no more than %d results or %d MB at once: upload all of them",
			len(logs), sarifMaxResults, sarifMaxPacked/1_000_000))
	}
}

// sarifPart returns which part of a report a file is that begins so: 1 is the first
// or the whole, 0 is not written by us.
func sarifPart(head string) int {
	category, ok := strings.CutPrefix(head, sarifHead)
	if !ok {
		return 0
	}
	category, _, ok = strings.Cut(category, "/\"\n")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(category[strings.LastIndexByte(category, '-')+1:])
	if err != nil || n < 2 || !strings.HasSuffix(category, fmt.Sprintf("-%d", n)) {
		return 1
	}
	return n
}
