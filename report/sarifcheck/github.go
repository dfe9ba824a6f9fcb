package sarifcheck

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A place is where in a log a value stands, without the numbers of items.
type place struct {
	below map[string]*place
	own   []string // members that we judge, and not the schema
	marks bool     // members are fingerprints
	begin func(*walk)
	done  func(*walk, value)
}

func (p *place) next(name string) *place {
	if p == nil {
		return nil
	}
	return p.below[name]
}

func (p *place) owns(name string) bool {
	return p != nil && slices.Contains(p.own, name)
}

func (p *place) ownsAny(names []string) bool { return slices.ContainsFunc(names, p.owns) }

func begin(w *walk, p *place) {
	if p != nil && p.begin != nil {
		p.begin(w)
	}
}

func done(w *walk, p *place, v value) {
	if p != nil && p.done != nil {
		p.done(w, v)
	}
}

// places returns the root of what we look at.
func places() *place {
	type m = map[string]*place
	rule := &place{own: []string{"id"}, done: (*walk).rule}
	physical := &place{own: []string{"artifactLocation"}, below: m{
		"artifactLocation": {own: []string{"uri"}, done: (*walk).artifact},
		"region":           {own: []string{"startLine", "startColumn", "endLine", "endColumn"}, done: (*walk).region},
	}}
	result := &place{own: []string{"message"}, begin: func(w *walk) { w.flow = 0 }, done: (*walk).result, below: m{
		"message":             {own: []string{"text", "id"}},
		"locations":           {done: (*walk).location, below: m{"physicalLocation": physical}},
		"relatedLocations":    {below: m{"physicalLocation": {below: m{"artifactLocation": {own: []string{"uri"}, done: (*walk).related}}}}},
		"codeFlows":           {below: m{"threadFlows": {below: m{"locations": {done: func(w *walk, _ value) { w.flow++ }}}}}},
		"partialFingerprints": {marks: true},
		"fingerprints":        {marks: true},
	}}
	run := &place{begin: func(w *walk) { w.run = newRun() }, done: (*walk).endOfRun, below: m{
		"tool": {below: m{
			"driver":     {own: []string{"name"}, begin: component(true), done: (*walk).driver, below: m{"rules": rule}},
			"extensions": {begin: component(false), done: func(w *walk, v value) { w.run.rules += v.at["rules"].n }, below: m{"rules": rule}},
		}},
		"results": result,
	}}
	return &place{own: []string{"$schema", "version", "runs"}, done: (*walk).log, below: m{"runs": run}}
}

// component begins the driver of a tool, or an extension.
func component(driver bool) func(*walk) {
	return func(w *walk) { w.run.driver, w.run.component = driver, map[string]bool{} }
}

// string returns the string that a member is.
func (v value) string(name string) string {
	if m := v.at[name]; m.kind == "string" {
		return m.text
	}
	return ""
}

func (w *walk) log(v value) {
	if s := v.string("$schema"); !strings.Contains(s, "sarif") || !strings.Contains(s, "2.1.0") {
		w.below("$schema", "log-schema", "%s is no schema of SARIF 2.1.0", quote(s))
	}
	if s := v.string("version"); s != "2.1.0" {
		w.below("version", "log-version", "%s is not 2.1.0", quote(s))
	}
	w.report.Runs = v.at["runs"].n
	switch {
	case w.report.Runs == 0:
		w.below("runs", "log-runs", "there is no run")
	case w.report.Runs > maxRuns:
		w.below("runs", "too-many-runs", "%d runs", w.report.Runs)
	}
}

func (w *walk) driver(v value) {
	if v.string("name") == "" {
		w.below("name", "driver-name", "the tool has no name")
	}
	w.run.tool = v.string("name")
	w.run.rules += v.at["rules"].n
	if version := v.string("semanticVersion"); v.at["semanticVersion"].kind != "" && !isSemantic(version) {
		w.below("semanticVersion", "driver-version", "%s is no semantic version", quote(version))
	}
}

// described adds a violation if a text of a rule is not there, or too long.
func (w *walk) described(v value, name, id string, most int) {
	text := v.at[name].at["text"]
	switch {
	case v.at[name].kind == "", text.kind == "string" && text.text == "":
		w.below(name, id, "there is no text")
	case most > 0 && text.runes > most:
		w.below(name, id, "%d characters", text.runes)
	}
}

func (w *walk) rule(v value) {
	id := v.string("id")
	if id == "" {
		w.below("id", "rule-id", "the rule has no id")
	} else if w.run.describe(id, v.at["defaultConfiguration"].string("level") != "") {
		w.below("id", "rule-twice", "there is a rule %s before", quote(id))
	}
	w.described(v, "shortDescription", "rule-short-description", maxText)
	w.described(v, "fullDescription", "rule-full-description", maxText)
	w.described(v, "help", "rule-help", 0)
	if n := v.at["name"].runes; n > maxName {
		w.below("name", "rule-name", "%d characters", n)
	}
	oneOf := func(in, name, id string, words ...string) {
		if got := v.at[in].at[name]; got.kind != "" && !slices.Contains(words, got.string1()) {
			w.below(in+"/"+name, id, "%s is none of %s", quote(got.text), strings.Join(words, ", "))
		}
	}
	if v.at["defaultConfiguration"].string("level") == "none" { // what else is wrong the schema says
		oneOf("defaultConfiguration", "level", "rule-level", "note", "warning", "error")
	}
	oneOf("properties", "precision", "rule-precision", "very-high", "high", "medium", "low", "very-low")
	oneOf("properties", "problem.severity", "rule-problem-severity", "error", "warning", "recommendation")
	w.security(v.at["properties"])
}

// string1 is the string that v is.
func (v value) string1() string {
	if v.kind == "string" {
		return v.text
	}
	return ""
}

func (w *walk) security(more value) {
	severity, tags := more.at["security-severity"], more.at["tags"]
	if tags.n > maxTags {
		w.below("properties", "too-many-tags", "%d tags", tags.n)
	}
	score, err := strconv.ParseFloat(severity.text, 64)
	switch {
	case severity.kind == "":
		w.below("properties", "rule-security-severity", "there is no security-severity")
	case severity.kind != "string":
		w.below("properties", "rule-security-severity", "security-severity is a %s", severity.kind)
	case err != nil || !(score > 0 && score <= 10):
		w.below("properties", "rule-security-severity", "security-severity is %s", quote(severity.text))
	}
	for _, tag := range tags.items {
		if tag.string1() == "security" {
			return
		}
	}
	w.below("properties", "rule-security-tag", "there is no tag security")
}

func (w *walk) result(v value) {
	w.report.Results++
	if text := v.at["message"]; text.string("text") == "" && text.string("id") == "" {
		w.below("message", "result-message", "the result has no text")
	}
	switch n := v.at["locations"].n; {
	case n == 0:
		w.below("locations", "result-location", "the result has no place")
	case n > maxLocations:
		w.below("locations", "too-many-locations", "%d locations", n)
	}
	if w.flow > maxFlow {
		w.below("codeFlows", "too-many-flow-locations", "%d thread-flow locations", w.flow)
	}
	hash := v.at["partialFingerprints"].string("primaryLocationLineHash")
	if !isLineHash(hash) {
		w.below("partialFingerprints", "line-hash", "primaryLocationLineHash is %s", quote(hash))
	}
	if id := w.ruleOfResult(v); id == "" {
		w.below("ruleId", "result-rule", "the result names no rule")
	} else {
		w.run.refer(w, v, id)
	}
}

// ruleOfResult returns the id of a result's rule, or its number.
func (w *walk) ruleOfResult(v value) string {
	if id := v.string("ruleId"); id != "" {
		return id
	}
	if id := v.at["rule"].string("id"); id != "" {
		return id
	}
	if v.at["ruleIndex"].kind == "number" {
		return "#" + v.at["ruleIndex"].text
	}
	return ""
}

// isLineHash reports whether s is hexadecimal digits, a colon and a counter.
func isLineHash(s string) bool {
	digits, count, ok := strings.Cut(s, ":")
	return ok && digits != "" && strings.Trim(digits, "0123456789abcdef") == "" && count != "" && strings.Trim(count, "0123456789") == ""
}

func (w *walk) location(v value) {
	physical := v.at["physicalLocation"]
	if physical.at["artifactLocation"].kind == "" {
		w.below("physicalLocation", "location-uri", "the place names no file")
	}
	if physical.at["region"].at["startLine"].kind == "" {
		w.below("physicalLocation", "location-line", "the place has no line")
	}
}

func (w *walk) region(v value) {
	number := func(name string, otherwise int) int {
		got := v.at[name]
		if got.kind != "number" {
			return otherwise
		}
		const most = 1<<31 - 1
		if x, err := strconv.ParseFloat(got.text, 64); x > most || err != nil {
			w.below(name, "location-region", "it is %.20s, and no number of lines or columns is that large", got.text)
			return 0
		}
		n, err := strconv.Atoi(got.text)
		if err != nil || n > 1 {
			return n
		}
		if n < 1 && name == "startLine" {
			w.below(name, "location-line", "it is %d", n)
		} else if n < 1 {
			w.below(name, "location-region", "it is %d", n)
		}
		return n
	}
	line, column := number("startLine", 1), number("startColumn", 1)
	endLine, endColumn := number("endLine", line), number("endColumn", 0)
	w.run.columns = w.run.columns || v.at["startColumn"].kind != "" || v.at["endColumn"].kind != ""
	if line < 1 || column < 1 || endLine < 1 {
		return
	}
	if endLine < line {
		w.below("endLine", "location-region", "it is %d, before line %d", endLine, line)
	} else if endLine == line && endColumn > 0 && endColumn < column {
		w.below("endColumn", "location-region", "it is %d, before column %d", endColumn, column)
	}
}

// isPersonal reports whether a fingerprint tells of a person.
func isPersonal(name, text string) bool {
	switch strings.ToLower(name) {
	case "author", "email", "commitmessage", "message", "committer", "username":
		return true
	}
	before, after, ok := strings.Cut(text, "@")
	return ok && before != "" && strings.Contains(after, ".") && utf8.ValidString(text)
}
