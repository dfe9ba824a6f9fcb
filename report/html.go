package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"io"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// The html format is one file that asks nobody for anything: style, script and
// findings are in it, and its policy lets nothing else in. What was scanned gets
// into it in two ways only, either of which makes "<" something else: as text by
// escaped, and as JSON by htmlData. The script makes elements of it by
// textContent alone.

var (
	//go:embed html/page.html
	htmlPage string
	//go:embed html/style.css
	htmlStyle string
	//go:embed html/script.js
	htmlScript string
)

// writeHTML writes a page for people who look at many findings, or pass them on.
func writeHTML(w io.Writer, s *scan) error {
	e := newEncoder(w, "")
	e.json.SetEscapeHTML(true)
	rest := htmlPage
	for {
		text, after, ok := strings.Cut(rest, "{{")
		e.text(unixLines(text))
		if !ok {
			return e.err
		}
		var blank string
		blank, rest, _ = strings.Cut(after, "}}")
		s.fill(e, blank)
	}
}

// fill writes what stands in the page for {{blank}}.
func (s *scan) fill(e *encoder, blank string) {
	switch blank {
	case "policy":
		e.text(htmlPolicy())
	case "style":
		e.text(unixLines(htmlStyle))
	case "script":
		e.text(unixLines(htmlScript))
	case "data":
		s.htmlData(e)
	case "title":
		e.text(escaped(cmp.Or(s.run.Target, s.run.Source, "report")))
	case "verdict":
		s.htmlVerdict(e)
	case "numbers":
		s.htmlNumbers(e)
	case "unread":
		s.htmlUnread(e)
	case "uncounted":
		s.htmlUncounted(e)
	case "about":
		s.htmlAbout(e)
	}
}

// htmlPolicy returns a Content-Security-Policy that lets this page's own script
// and style run and nothing else, and no text become markup.
func htmlPolicy() string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src '" + sourceHash(htmlScript) + "'",
		"style-src '" + sourceHash(htmlStyle) + "'",
		"img-src data:", // the empty icon, so that no browser asks for one
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(unixLines(text)))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// unixLines returns text with the line ends that a browser makes of others
// before it computes a hash. A checkout on Windows may have others.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// escaped returns text that came from anywhere for a place between tags or in a
// quoted attribute, with everything that cannot be seen written out.
func escaped(text string) string { return html.EscapeString(sanitize(text)) }

// htmlVerdict writes the answer, and what it is not an answer about.
func (s *scan) htmlVerdict(e *encoder) {
	answer, rest := answerWords(s.summary)
	class := "good"
	switch {
	case s.summary.Verdict == mudlark.Failed, isFound(s.summary):
		class = "grave"
	case rest != "":
		class = "warn"
	}
	if s.run.Asked != "" && s.summary.Verdict != mudlark.Failed {
		answer += " of " + s.run.Asked
	}
	e.text(`<p class="verdict ` + class + `">` + escaped(capital(answer)) + "</p>\n")
	if rest != "" {
		e.text(`<p class="notice warn"><strong>Incomplete:</strong> ` + escaped(sentence(rest)))
		if s.summary.Failure != "" {
			e.text(" It ended early: " + escaped(sentence(s.summary.Failure)))
		}
		if len(s.skips) > 0 {
			e.text(` <a href="#unread">What was not read</a>`)
		}
		e.text("</p>\n")
	}
	if !s.run.Masked && len(s.found) > 0 {
		e.text(`<p class="notice warn"><strong>This page shows secrets as they are.</strong> ` +
			"Whoever gets it can use them. Without --redact=0 they are masked.</p>\n")
	}
}

// htmlNumbers writes the figures that a reader looks for first.
func (s *scan) htmlNumbers(e *encoder) {
	sum := s.summary
	suppressed := 0
	for _, n := range sum.Suppressed {
		suppressed += n
	}
	e.text("<dl class=\"numbers\">\n")
	for _, n := range []struct {
		n           int
		name, class string
		always      bool
	}{
		{sum.Secrets, "secrets", "", true},
		{sum.Findings, "places", "", true},
		{sum.Statuses[mudlark.Active], "active", "grave", sum.Statuses != nil},
		{sum.Statuses[mudlark.Unknown], "unknown", "warn", false},
		{sum.Statuses[mudlark.Inactive], "inactive", "", false},
		{suppressed, "suppressed", "", false},
		{unread(sum.Coverage), "not read", "warn", true},
	} {
		class := n.class
		if n.n == 0 {
			class = ""
		}
		if n.always || n.n > 0 {
			e.text(`<div class="` + class + `"><dt>` + n.name + "</dt><dd>" + grouped(n.n) + "</dd></div>\n")
		}
	}
	e.text("</dl>\n")
}

// capital returns text with its first letter in upper case.
func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
