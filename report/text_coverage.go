package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// skipsShown is how many examples of each reason are listed, and foldsShown
// how many floods, if the user did not ask for all.
const (
	skipsShown = 3
	foldsShown = 10
)

// suppressed writes what does not count: a line for each kind, and all of it
// if the user asked for it.
func (p *page) suppressed(s *scan) {
	counts := s.summary.Suppressed
	if len(counts) == 0 {
		counts = map[mudlark.SuppressedBy]int{}
		for _, f := range s.found {
			if !f.Counts() {
				counts[f.Suppression.By]++
			}
		}
	}
	for _, by := range sortedKeys(counts) {
		p.para(plainStyle, 0, fmt.Sprintf("%s %s.", count(counts[by], "finding"), suppressedWords(by, counts[by])))
		for _, f := range s.found {
			if p.opts.Verbose && f.Suppression.By == by {
				p.row(faint, 2, placeName(f)+"  "+f.RuleID)
				p.why(f.Suppression)
			}
		}
	}
	if n := s.summary.Allowlisted; n > 0 {
		p.para(plainStyle, 0, count(n, "match")+" "+verb(n, "is", "are")+" on an allowlist of the configuration.")
	}
	for i, fold := range s.summary.Folds {
		if i == foldsShown && !p.opts.Verbose {
			p.row(plainStyle, 0, fmt.Sprintf("%s more places have more findings than are listed.", grouped(len(s.summary.Folds)-i)))
			break
		}
		p.para(plainStyle, 0, foldSentence(fold))
	}
	if len(counts) > 0 || s.summary.Allowlisted > 0 || len(s.summary.Folds) > 0 {
		p.end()
	}
}

func (p *page) why(s mudlark.Suppression) {
	if why := strings.Join(slices.DeleteFunc([]string{s.Place, s.Reason}, isEmpty), ": "); why != "" {
		p.row(faint, 4, why)
	}
}

func isEmpty(s string) bool { return s == "" }

func suppressedWords(by mudlark.SuppressedBy, n int) string {
	switch by {
	case mudlark.ByComment:
		return verb(n, "is", "are") + " suppressed by a comment"
	case mudlark.ByIgnoreFile:
		return verb(n, "is", "are") + " suppressed by an ignore file"
	case mudlark.ByAllowlist:
		return verb(n, "is", "are") + " on an allowlist of the configuration"
	case mudlark.ByBaseline:
		return verb(n, "is", "are") + " in the baseline"
	case mudlark.ByConfidence:
		return verb(n, "is", "are") + " of too low a confidence to count (--confidence changes that)"
	case mudlark.ByAssessment:
		return verb(n, "is no credential", "are no credentials") + ": a wrong checksum, or a published example"
	case mudlark.ByStatus:
		return verb(n, "is", "are") + " not of a status that was asked for (--results changes that)"
	case mudlark.ByScope:
		return verb(n, "lies", "lie") + " outside the scope (--scope changes that)"
	}
	return verb(n, "is", "are") + " suppressed: " + string(by)
}

// skipped writes what was not read, by reason, and what to do about it.
func (p *page) skipped(s *scan) {
	byReason := map[mudlark.Reason][]mudlark.Skip{}
	for _, skip := range s.skips {
		byReason[skip.Reason] = append(byReason[skip.Reason], skip)
	}
	if len(byReason) == 0 {
		return
	}
	p.row(bold, 0, "Not read:")
	for _, reason := range sortedKeys(byReason) {
		p.reason(reason, byReason[reason], slices.Contains(s.summary.Coverage.Accepted, reason))
	}
	p.end()
}

func (p *page) reason(reason mudlark.Reason, skips []mudlark.Skip, accepted bool) {
	n := 0
	for _, skip := range skips {
		n += pieces(skip)
	}
	what, mend := reasonWords(reason)
	p.put(plainStyle, "  ")
	p.put(warn, string(reason))
	p.put(plainStyle, fmt.Sprintf("  %s: %s", count(n, "piece"), what))
	if accepted {
		p.put(plainStyle, " (accepted)")
	}
	p.end()
	for i, skip := range skips {
		if i == skipsShown && !p.opts.Verbose && len(skips) > skipsShown+1 {
			p.row(faint, 4, fmt.Sprintf("and %s more (-v lists them)", grouped(len(skips)-i)))
			break
		}
		text := where(skip.Origin)
		if skip.Detail != "" {
			text = strings.TrimPrefix(text+": "+skip.Detail, ": ")
		}
		if text != "" {
			p.row(faint, 4, text)
		}
	}
	if mend != "" && !accepted {
		p.para(plainStyle, 4, mend)
	}
}

// coverage writes what was read.
func (p *page) coverage(s *scan) {
	what := s.run.Source
	if s.run.Target != "" {
		what += " " + s.run.Target
	}
	if s.run.Asked != "" {
		what += " (" + s.run.Asked + ")"
	}
	if read := readWords(s.summary.Coverage); read != "" {
		p.para(plainStyle, 0, "Read of "+what+": "+read+".")
	}
	if len(s.run.Files) > 0 {
		p.para(plainStyle, 0, "Configured by "+list(filesUsed(s), 5, 0)+".")
	}
	for _, note := range s.summary.Coverage.Notes {
		p.para(plainStyle, 0, sentence(note))
	}
}

// filesUsed names the files that were honoured, and what became of their entries.
func filesUsed(s *scan) []string {
	files := slices.Clone(s.run.Files)
	for i, file := range files {
		at := slices.IndexFunc(s.summary.Files, func(u mudlark.FileUse) bool { return u.File == file })
		if at < 0 {
			continue
		}
		u := s.summary.Files[at]
		files[i] += fmt.Sprintf(" (%s of %s used", grouped(u.Entries-u.Unused-u.Expired), count(u.Entries, "suppression"))
		if u.Expired > 0 {
			files[i] += fmt.Sprintf(", %s expired", grouped(u.Expired))
		}
		files[i] += ")"
	}
	return files
}

// readWords lists what was read.
func readWords(c mudlark.Coverage) string {
	var words []string
	for _, n := range []struct {
		n    int
		what string
	}{{c.Objects, "object"}, {c.Commits, "commit"}, {c.Refs, "ref"}, {c.Files, "file"}} {
		if n.n > 0 {
			words = append(words, count(n.n, n.what))
		}
	}
	if c.Bytes > 0 {
		words = append(words, size(c.Bytes))
	}
	if c.Decoded > 0 {
		words = append(words, size(c.Decoded)+" of decoded text besides")
	}
	return strings.Join(words, ", ")
}

// verdict writes the answer.
func (p *page) verdict(s *scan) {
	sum := s.summary
	answer, rest := answerWords(sum)
	st := good
	switch {
	case sum.Verdict == mudlark.Failed, isFound(sum):
		st = grave
	case rest != "":
		st = warn
	}
	p.para(st, 0, answer)
	if rest != "" {
		p.para(warn, 0, "Incomplete: "+rest+".")
		if sum.Failure != "" {
			p.para(warn, 0, "It ended early: "+sentence(sum.Failure))
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
