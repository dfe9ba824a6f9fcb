package report

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// The functions below hide secrets in every string of a message but for what
// the program itself made up: kinds, ids of rules, fingerprints, hashes. They
// also replace what cannot be written, such as the year 12000, so that one odd
// value of a hostile repository does not cost the whole report.

func (m *masker) run(r *mudlark.Run) {
	r.Target = m.text(m.login(r.Target))
	r.Asked = m.text(m.login(r.Asked))
	r.Command = m.text(m.login(r.Command))
	r.Tool = mudlark.Tool{Name: valid(r.Tool.Name), Version: valid(r.Tool.Version), URL: valid(r.Tool.URL)}
	r.Source, r.Event = valid(r.Source), m.text(r.Event)
	r.Files = m.texts(r.Files)
	r.Confidence = knownConfidence(r.Confidence)
	rules := make([]mudlark.RuleInfo, len(r.Rules))
	for i, rule := range r.Rules {
		rules[i] = mudlark.RuleInfo{
			ID:          valid(rule.ID),
			Description: m.ruleText(rule.Description),
			Help:        m.ruleText(rule.Help),
			Revoke:      m.ruleText(rule.Revoke),
			Severity:    knownSeverity(rule.Severity),
			Confidence:  knownConfidence(rule.Confidence),
			Tags:        m.ruleTexts(rule.Tags),
			Foreign:     rule.Foreign,
		}
	}
	r.Rules = rules
}

func (m *masker) finding(f *mudlark.Finding) {
	m.secrets(f)
	f.RuleID = valid(f.RuleID)
	f.Key = m.text(f.Key)
	f.Tags = m.ruleTexts(f.Tags)
	f.Evidence = m.evidence(f.Evidence)
	f.Fingerprint = m.id(f.Fingerprint)
	f.LineHash = m.id(f.LineHash)
	f.Confidence = knownConfidence(f.Confidence)
	if math.IsNaN(f.Entropy) || math.Abs(f.Entropy) > 64 {
		f.Entropy = 0
	}
	m.origin(&f.Origin)
	m.verification(&f.Verification)
	m.assessment(&f.Assessment)
	f.Suppression.By = mudlark.SuppressedBy(valid(string(f.Suppression.By)))
	f.Suppression.Reason = m.text(f.Suppression.Reason)
	f.Suppression.Place = m.text(f.Suppression.Place)
}

// verification hides what a provider, who knows the secret, may have repeated.
func (m *masker) verification(v *mudlark.Verification) {
	v.Status, v.Was = mudlark.Status(m.text(string(v.Status))), mudlark.Status(m.text(string(v.Was)))
	v.Reason = m.text(v.Reason)
	v.At = knownTime(v.At)
	v.Host = m.text(v.Host)
	v.Identity = m.facts(v.Identity)
	if v.Privilege < mudlark.PrivilegeUnset || v.Privilege > mudlark.PrivilegeAdmin {
		v.Privilege = mudlark.PrivilegeUnset
	}
	scopes := v.Scopes
	v.Scopes = nil
	for _, s := range scopes {
		v.Scopes = append(v.Scopes, m.text(s))
	}
}

func (m *masker) assessment(a *mudlark.Assessment) {
	a.Verdict = mudlark.Assessed(m.text(string(a.Verdict)))
	a.Reason = m.text(a.Reason)
	a.Expires = knownTime(a.Expires)
	a.Identity = m.facts(a.Identity)
}

func (m *masker) facts(list []mudlark.Fact) []mudlark.Fact {
	var out []mudlark.Fact
	for _, f := range list {
		out = append(out, mudlark.Fact{Name: m.text(f.Name), Value: m.text(f.Value)})
	}
	return out
}

func (m *masker) evidence(list []mudlark.Evidence) []mudlark.Evidence {
	if len(list) == 0 {
		return nil
	}
	out := make([]mudlark.Evidence, len(list))
	for i, e := range list {
		out[i] = mudlark.Evidence{Name: m.ruleText(e.Name), Detail: m.ruleText(e.Detail), Effect: e.Effect}
	}
	return out
}

// secrets hides what f itself found.
func (m *masker) secrets(f *mudlark.Finding) {
	if isPath(f) || f.Secret.Len() == 0 {
		f.Secret = m.sensitive(f.Secret)
		f.Match = m.sensitive(f.Match)
		f.Excerpt = m.excerpt(f.Excerpt, mudlark.Sensitive{})
	} else {
		own := []mudlark.Sensitive{f.Secret}
		for _, part := range f.Parts {
			own = append(own, part)
		}
		for _, list := range f.Others {
			own = append(own, list...)
		}
		f.Match = m.sensitive(f.Match, own...)
		f.Excerpt = m.excerpt(f.Excerpt, f.Secret)
		f.Secret = mudlark.NewSensitive(m.hide(reveal(f.Secret)))
	}
	f.Parts = m.parts(f.Parts)
	f.Others = m.others(f.Others)
}

func (m *masker) others(others map[string][]mudlark.Sensitive) map[string][]mudlark.Sensitive {
	if len(others) == 0 {
		return nil
	}
	out := make(map[string][]mudlark.Sensitive, len(others))
	for id, list := range others {
		for _, part := range list {
			out[valid(id)] = append(out[valid(id)], mudlark.NewSensitive(m.hide(reveal(part))))
		}
	}
	return out
}

func (m *masker) parts(parts map[string]mudlark.Sensitive) map[string]mudlark.Sensitive {
	if len(parts) == 0 {
		return nil
	}
	out := make(map[string]mudlark.Sensitive, len(parts))
	for id, part := range parts {
		out[valid(id)] = mudlark.NewSensitive(m.hide(reveal(part)))
	}
	return out
}

func (m *masker) origin(o *mudlark.Origin) {
	o.Source = valid(o.Source)
	o.Path = m.text(o.Path)
	o.Part = m.text(o.Part)
	o.Object = m.id(o.Object)
	o.Link = m.text(o.Link)
	o.Commit = m.commit(o.Commit)
	o.Exposure = m.exposure(o.Exposure)
	if len(o.Labels) == 0 {
		o.Labels = nil
		return
	}
	labels := make(map[string]string, len(o.Labels))
	for k, v := range o.Labels {
		labels[m.text(k)] = m.text(v)
	}
	o.Labels = labels
}

func (m *masker) commit(c *mudlark.Commit) *mudlark.Commit {
	if c == nil {
		return nil
	}
	if m.commits[c] == nil {
		m.commits[c] = &mudlark.Commit{
			ID:      m.id(c.ID),
			Author:  m.text(c.Author),
			Email:   m.text(c.Email),
			Date:    knownTime(c.Date),
			Subject: m.text(c.Subject),
			Body:    m.text(c.Body),
		}
	}
	return m.commits[c]
}

func (m *masker) exposure(e *mudlark.Exposure) *mudlark.Exposure {
	if e == nil {
		return nil
	}
	if m.exposures[e] == nil {
		held := mudlark.Held(valid(string(e.Held)))
		out := &mudlark.Exposure{
			Held: held, Refs: m.texts(e.Refs), Tips: m.texts(e.Tips),
			MoreRefs: max(e.MoreRefs, 0), MoreTips: max(e.MoreTips, 0),
			First: knownTime(e.First), Last: knownTime(e.Last), MoreRemoved: max(e.MoreRemoved, 0),
		}
		for _, r := range e.Removed {
			out.Removed = append(out.Removed, mudlark.Removal{Commit: m.id(r.Commit), Date: knownTime(r.Date)})
		}
		m.exposures[e] = out
	}
	return m.exposures[e]
}

func (m *masker) skip(s *mudlark.Skip) {
	m.origin(&s.Origin)
	s.Reason = mudlark.Reason(valid(string(s.Reason)))
	s.Detail = m.text(s.Detail)
}

func (m *masker) summary(s *mudlark.Summary) {
	s.Verdict = mudlark.Verdict(valid(string(s.Verdict)))
	s.Failure = m.text(s.Failure)
	folds := make([]mudlark.Fold, len(s.Folds))
	for i, f := range s.Folds {
		f.RuleID, f.Path, f.Object = valid(f.RuleID), m.text(f.Path), m.id(f.Object)
		folds[i] = f
	}
	s.Folds = folds
	s.Files = slices.Clone(s.Files)
	for i := range s.Files {
		f := &s.Files[i]
		f.File, f.Kind = m.text(f.File), mudlark.SuppressedBy(valid(string(f.Kind)))
	}
	s.Coverage.Notes = m.texts(s.Coverage.Notes)
	s.Silenced = m.silences(s.Silenced)
}

func (m *masker) texts(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = m.text(text)
	}
	return out
}

// ruleText hides secrets in what a configuration says of a rule. A secret that
// is a plain word stays: "password" is no secret in "Hard-coded password".
func (m *masker) ruleText(text string) string {
	var spans []mudlark.Span
	for _, s := range m.words.find(text, nil) {
		if strings.ContainsAny(text[s.Start:s.End], "0123456789") {
			spans = append(spans, s)
		}
	}
	return m.cover(text, spans)
}

func (m *masker) ruleTexts(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = m.ruleText(text)
	}
	return out
}

// id hides secrets in what should be a hash, unless it is one: that a secret
// somewhere equals the id of a commit does not make the id a secret.
func (m *masker) id(id string) string {
	hash := id
	switch parts := strings.Split(id, ":"); {
	case len(parts) == 3 && parts[0] == "v1": // a fingerprint
		hash = parts[2]
	case len(parts) == 2: // a line hash
		hash = parts[0]
	}
	if isHex(hash) {
		return valid(id)
	}
	return m.text(id)
}

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdef") == ""
}

// login hides who logs in, and with what, in a URL that the user typed.
func (m *masker) login(text string) string {
	if m.percent == 0 {
		return text
	}
	scheme := strings.Index(text, "://")
	if scheme < 0 {
		return text
	}
	start := scheme + len("://")
	rest := text[start:]
	if end := strings.IndexAny(rest, "/?# "); end >= 0 {
		rest = rest[:end]
	}
	at := strings.LastIndex(rest, "@")
	if at < 0 || !strings.Contains(rest[:at], ":") && !strings.HasPrefix(text[:scheme], "http") {
		return text
	}
	return text[:start] + mudlark.Masked + text[start+at:]
}

func knownConfidence(c mudlark.Confidence) mudlark.Confidence {
	if c < mudlark.ConfidenceUnset || c > mudlark.High {
		return mudlark.ConfidenceUnset
	}
	return c
}

func knownSeverity(s mudlark.Severity) mudlark.Severity {
	if s < mudlark.SeverityUnset || s > mudlark.SeverityCritical {
		return mudlark.SeverityUnset
	}
	return s
}

// knownTime returns t in UTC, or no time for one that cannot be written down.
func knownTime(t time.Time) time.Time {
	t = t.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}
	}
	return t
}
