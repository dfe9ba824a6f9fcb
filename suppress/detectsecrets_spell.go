package suppress

import (
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

const quotes = "\"'`"

// spellings returns what detect-secrets may have taken for the secret that f is:
// it, with the quotes and characters around it, the value that it is part of, the
// rest of its line, or its parts. Its detectors differ in that.
func spellings(f *mudlark.Finding) []string {
	secret, match := f.Secret.Reveal(), f.Match.Reveal()
	plain := bare(secret)
	out := []string{secret, plain, `"` + plain + `"`, "'" + plain + "'", match, bare(match), value(match)}
	if colon := strings.IndexByte(plain, ':'); colon >= 0 {
		out = append(out, plain[colon+1:]) // user:password
	}
	for _, part := range f.Parts {
		out = append(out, part.Reveal(), bare(part.Reveal()))
	}
	line, at, ok := onLine(f)
	if !ok {
		return out
	}
	before, after := max(at.Start-1, 0), min(at.End+1, len(line))
	out = append(out, line[before:at.End], line[at.Start:after], line[before:after])
	if q, ok := quotesAround(line, at); ok {
		out = append(out, line[q.Start:q.End])
	}
	rest := line[at.Start:]
	out = append(out, bare(rest))
	if i := strings.IndexAny(rest, `"'`); i >= 0 {
		rest = rest[:i]
	}
	out = append(out, strings.TrimRight(rest, ",`"), strings.TrimRight(strings.TrimSpace(rest), ",`"))
	for _, ends := range []string{" \t,;" + quotes, " \t=,;" + quotes} {
		out = append(out, run(line, at, ends))
	}
	return append(out, value(line))
}

// run is what stands around a place on a line up to one of the characters ends.
func run(line string, at mudlark.Span, ends string) string {
	start := strings.LastIndexAny(line[:at.Start], ends) + 1
	end := strings.IndexAny(line[at.End:], ends)
	if end < 0 {
		return line[start:]
	}
	return line[start : at.End+end]
}

// value is what stands behind the first = or : of a text, without quotes.
func value(text string) string {
	i := strings.IndexAny(text, "=:")
	if i < 0 {
		return bare(text)
	}
	return strings.TrimRight(bare(strings.TrimLeft(text[i:], "=:> ")), ",;")
}

// onLine returns the line that f stands on and where on it; the line may be cut.
func onLine(f *mudlark.Finding) (line string, at mudlark.Span, ok bool) {
	x := &f.Excerpt
	line = strings.TrimRight(x.Text.Reveal(), "\r\n")
	if x.Focus < 0 || x.Focus >= len(x.Secrets) {
		return line, at, false
	}
	at = x.Secrets[x.Focus]
	return line, at, 0 <= at.Start && at.Start <= at.End && at.End <= len(line)
}

// quotesAround returns what is between the quotes that a place on a line is in.
func quotesAround(line string, at mudlark.Span) (mudlark.Span, bool) {
	open := strings.LastIndexAny(line[:at.Start], quotes)
	if open < 0 {
		return at, false
	}
	end := strings.IndexByte(line[at.End:], line[open])
	return mudlark.Span{Start: open + 1, End: at.End + max(end, 0)}, end >= 0
}

func isQuoted(f *mudlark.Finding) bool {
	line, at, ok := onLine(f)
	if ok {
		_, ok = quotesAround(line, at)
	}
	return ok
}

// coarseTexts are what some of their detectors hash in place of the secret: the
// line that begins a private key, and the group of an expression that holds the
// kind of a token.
func coarseTexts() []string {
	return []string{
		"BEGIN DSA PRIVATE KEY", "BEGIN EC PRIVATE KEY", "BEGIN OPENSSH PRIVATE KEY", "BEGIN PGP PRIVATE KEY BLOCK", "BEGIN PRIVATE KEY",
		"BEGIN RSA PRIVATE KEY", "BEGIN SSH2 ENCRYPTED PRIVATE KEY", "PuTTY-User-Key-File-2",
		"ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt",
	}
}

func isCoarse(hash string) bool {
	return slices.ContainsFunc(coarseTexts(), func(text string) bool { return sha1Hex(text) == hash })
}

// coarse returns those that f begins with.
func coarse(f *mudlark.Finding) []string {
	const enough = 128
	texts := []string{f.Secret.Reveal(), f.Match.Reveal(), f.Excerpt.Text.Reveal()}
	return slices.DeleteFunc(coarseTexts(), func(c string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool {
			text = strings.TrimLeft(text[:min(len(text), enough)], "- \t"+quotes)
			rest, ok := strings.CutPrefix(text, c)
			return ok && (rest == "" || strings.ContainsRune("-_: ", rune(rest[0])))
		})
	})
}
