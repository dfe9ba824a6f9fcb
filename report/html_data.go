package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// htmlColumns is how much of a line is shown around a secret.
const htmlColumns = 200

// What the page's script reads. All text in it is one line without anything
// that cannot be seen. Indexes of rules count from 0, those of commits and
// exposures from 1, and 0 is none.

type htmlRule struct {
	ID          string   `json:"id"`
	Description string   `json:"description"`
	Help        string   `json:"help,omitempty"` // a link, unless the rule came with what was scanned
	Revoke      string   `json:"revoke,omitempty"`
	Severity    string   `json:"severity"`
	Tags        []string `json:"tags,omitempty"`
	Foreign     bool     `json:"foreign,omitempty"`
}

type htmlCommit struct {
	ID      string `json:"id"`
	Author  string `json:"author,omitempty"`
	Email   string `json:"email,omitempty"`
	Date    string `json:"date,omitempty"`
	Subject string `json:"subject,omitempty"`
}

type htmlExposure struct {
	Held    string   `json:"held"`
	Words   string   `json:"words"`
	Refs    []string `json:"refs,omitempty"`
	Tips    []string `json:"tips,omitempty"`
	More    int      `json:"more,omitempty"` // refs that are left out
	Tipped  bool     `json:"tipped,omitempty"`
	First   string   `json:"first,omitempty"`
	Last    string   `json:"last,omitempty"`
	Removed []string `json:"removed,omitempty"` // "2024-02-01 12:00 by 0123456789ab"; "3 times before what follows"
	Ended   string   `json:"ended,omitempty"`   // when the last of it was removed
}

type htmlFinding struct {
	Rule       int      `json:"rule"`
	Group      int      `json:"group"` // findings of one secret have the same
	Place      string   `json:"place"`
	Path       string   `json:"path,omitempty"`
	Row        int      `json:"row,omitempty"`
	Column     int      `json:"column,omitempty"`
	Secret     string   `json:"secret,omitempty"`
	Line       []string `json:"line,omitempty"` // before the secret, the secret, after it
	Key        string   `json:"key,omitempty"`
	Confidence string   `json:"confidence,omitempty"`
	Entropy    float32  `json:"entropy,omitempty"`
	Evidence   []string `json:"evidence,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Parts      []string `json:"parts,omitempty"`
	Labels     []string `json:"labels,omitempty"`
	Link       string   `json:"link,omitempty"`
	Object     string   `json:"object,omitempty"`
	Print      string   `json:"print,omitempty"`
	Commit     int      `json:"commit,omitempty"`
	Exposure   int      `json:"exposure,omitempty"`

	Verification *htmlVerification `json:"verification,omitempty"`
	Assessment   *htmlAssessment   `json:"assessment,omitempty"`
	Suppression  *htmlSuppression  `json:"suppression,omitempty"`
}

type htmlVerification struct {
	Status    string   `json:"status"`
	Reason    string   `json:"reason,omitempty"`
	At        string   `json:"at,omitempty"`
	Host      string   `json:"host,omitempty"`
	Cached    bool     `json:"cached,omitempty"`
	Identity  []string `json:"identity,omitempty"`
	Scopes    []string `json:"scopes,omitempty"`
	Privilege string   `json:"privilege,omitempty"`
	Was       string   `json:"was,omitempty"`
}

type htmlAssessment struct {
	Verdict  string   `json:"verdict"`
	Reason   string   `json:"reason,omitempty"`
	Expires  string   `json:"expires,omitempty"`
	Identity []string `json:"identity,omitempty"`
}

type htmlSuppression struct {
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
	Place  string `json:"place,omitempty"`
}

// An htmlGroup tells secrets apart: of one fingerprint, one may work and
// another not, and one place may be suppressed and another not.
type htmlGroup struct {
	fingerprint string
	inactive    bool
	counts      bool
}

// htmlTables hold what many findings share.
type htmlTables struct {
	rules     []htmlRule
	commits   []htmlCommit
	exposures []htmlExposure

	ruleAt  map[string]int
	groupAt map[htmlGroup]int
	groups  int
	// A scan's findings have the same commit, those of a replay one that is equal:
	// what is known by its address is not made again, and nothing is written twice.
	commitAt   map[*mudlark.Commit]int
	commitOf   map[htmlCommit]int
	exposureAt map[*mudlark.Exposure]int
	exposureOf map[string]int
}

func newHTMLTables() *htmlTables {
	return &htmlTables{
		rules: []htmlRule{}, commits: []htmlCommit{}, exposures: []htmlExposure{},
		ruleAt: map[string]int{}, groupAt: map[htmlGroup]int{},
		commitAt: map[*mudlark.Commit]int{}, commitOf: map[htmlCommit]int{},
		exposureAt: map[*mudlark.Exposure]int{}, exposureOf: map[string]int{},
	}
}

// htmlData writes one JSON object. Findings come first, one a line, so that they
// need not all be in memory as text.
func (s *scan) htmlData(e *encoder) {
	t := newHTMLTables()
	e.text("{\"findings\":[")
	before := "\n"
	for _, f := range s.found {
		e.text(before)
		e.nested("", t.finding(s, f), "")
		before = ",\n"
	}
	e.text("\n],\n\"rules\":")
	e.nested("", t.rules, ",\n\"commits\":")
	e.nested("", t.commits, ",\n\"exposures\":")
	e.nested("", t.exposures, ",\n\"now\":")
	e.nested("", stamp(s.opts.Now), "}")
}

func (t *htmlTables) finding(s *scan, f *mudlark.Finding) htmlFinding {
	h := htmlFinding{
		Rule:       t.rule(s, f.RuleID),
		Group:      t.group(f),
		Place:      sanitize(placeName(f)),
		Path:       sanitize(f.Origin.Path),
		Row:        f.Position.StartLine,
		Column:     f.Position.StartColumn,
		Secret:     sanitize(reveal(f.Secret)),
		Line:       htmlLine(f.Excerpt),
		Key:        sanitize(f.Key),
		Confidence: f.Confidence.String(),
		Entropy:    float32(f.Entropy),
		Tags:       sanitized(f.Tags),
		Labels:     sanitized(labels(f.Origin.Labels)),
		Link:       sanitize(f.Origin.Link),
		Object:     sanitize(f.Origin.Object),
		Print:      sanitize(f.Fingerprint),
		Commit:     t.commit(f.Origin.Commit),
		Exposure:   t.exposure(f.Origin.Exposure),
	}
	for _, x := range f.Evidence {
		h.Evidence = append(h.Evidence, sanitize(evidenceWords(x)))
	}
	for _, id := range partNames(f.Parts) {
		h.Parts = append(h.Parts, sanitize(id+" "+reveal(f.Parts[id])))
	}
	if v := &f.Verification; v.Status != mudlark.NotAsked {
		h.Verification = &htmlVerification{
			Status: sanitize(string(v.Status)), Reason: sanitize(v.Reason), At: stamp(v.At), Host: sanitize(v.Host), Cached: v.Cached,
			Identity: htmlFacts(v.Identity), Scopes: sanitized(v.Scopes), Privilege: v.Privilege.String(), Was: sanitize(string(v.Was)),
		}
	}
	if a := &f.Assessment; a.Verdict != "" {
		h.Assessment = &htmlAssessment{
			Verdict: sanitize(string(a.Verdict)), Reason: sanitize(a.Reason), Expires: stamp(a.Expires), Identity: htmlFacts(a.Identity),
		}
	}
	if !f.Counts() {
		h.Suppression = &htmlSuppression{
			By: sanitize(string(f.Suppression.By)), Reason: sanitize(f.Suppression.Reason), Place: sanitize(f.Suppression.Place),
		}
	}
	return h
}

func (t *htmlTables) rule(s *scan, id string) int {
	at, ok := t.ruleAt[id]
	if !ok {
		at = len(t.rules)
		t.ruleAt[id] = at
		r := s.rule(id)
		t.rules = append(t.rules, htmlRule{
			ID: sanitize(r.ID), Description: sanitize(cmp.Or(r.Description, r.ID)), Help: sanitize(r.Help), Revoke: sanitize(sentence(r.Revoke)),
			Severity: severity(r).String(), Tags: sanitized(r.Tags), Foreign: r.Foreign,
		})
	}
	return at
}

func (t *htmlTables) group(f *mudlark.Finding) int {
	key := htmlGroup{f.Fingerprint, f.Verification.Status == mudlark.Inactive, f.Counts()}
	at, ok := t.groupAt[key]
	if !ok || f.Fingerprint == "" {
		at = t.groups
		t.groups++
		t.groupAt[key] = at
	}
	return at
}

func (t *htmlTables) commit(c *mudlark.Commit) int {
	if c == nil {
		return 0
	}
	if t.commitAt[c] == 0 {
		h := htmlCommit{
			ID: sanitize(c.ID), Author: sanitize(c.Author), Email: sanitize(c.Email), Date: stamp(c.Date), Subject: sanitize(c.Subject),
		}
		if t.commitOf[h] == 0 {
			t.commits = append(t.commits, h)
			t.commitOf[h] = len(t.commits)
		}
		t.commitAt[c] = t.commitOf[h]
	}
	return t.commitAt[c]
}

func (t *htmlTables) exposure(x *mudlark.Exposure) int {
	if x == nil {
		return 0
	}
	if t.exposureAt[x] == 0 {
		h := exposureOf(x)
		key := fmt.Sprintf("%#v", h)
		if t.exposureOf[key] == 0 {
			t.exposures = append(t.exposures, h)
			t.exposureOf[key] = len(t.exposures)
		}
		t.exposureAt[x] = t.exposureOf[key]
	}
	return t.exposureAt[x]
}

func exposureOf(x *mudlark.Exposure) htmlExposure {
	h := htmlExposure{
		Held: sanitize(string(x.Held)), Words: sanitize(heldWords(x)), Refs: sanitized(x.Refs), Tips: sanitized(x.Tips), More: x.MoreRefs,
		Tipped: len(x.Tips) > 0, First: stamp(x.First), Last: stamp(x.Last),
	}
	if x.MoreRemoved > 0 {
		h.Removed = append(h.Removed, count(x.MoreRemoved, "time")+" before what follows")
	}
	for _, r := range x.Removed {
		h.Removed = append(h.Removed, strings.TrimSpace(stamp(r.Date)+" by "+sanitize(shortID(r.Commit))))
		if len(x.Tips) == 0 {
			h.Ended = max(h.Ended, stamp(r.Date))
		}
	}
	return h
}

// htmlLine returns the line of a secret in three pieces, cut down around it.
func htmlLine(x mudlark.Excerpt) []string {
	cells, before, after := window(cellsOf(x), htmlColumns)
	if len(cells) == 0 {
		return nil
	}
	var pieces [3]strings.Builder
	pieces[0].WriteString(before)
	at := 0
	for _, c := range cells {
		switch {
		case c.focus:
			at = 1
		case at == 1:
			at = 2
		}
		pieces[at].WriteString(c.text)
	}
	pieces[at].WriteString(after)
	return []string{pieces[0].String(), pieces[1].String(), pieces[2].String()}
}

// evidenceWords says what was seen and what it did to the confidence.
func evidenceWords(e mudlark.Evidence) string {
	words := strings.TrimSuffix(e.Name+": "+e.Detail, ": ")
	switch {
	case e.Effect > 0:
		return words + " (+" + grouped(e.Effect) + ")"
	case e.Effect < 0:
		return words + " (" + grouped(e.Effect) + ")"
	}
	return words
}

func htmlFacts(facts []mudlark.Fact) []string {
	var out []string
	for _, f := range facts {
		out = append(out, sanitize(strings.TrimSpace(f.Name+" "+f.Value)))
	}
	return out
}

func sanitized(list []string) []string {
	var out []string
	for _, text := range list {
		out = append(out, sanitize(text))
	}
	return out
}

// stamp returns t to the minute in UTC, or nothing for no time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}
