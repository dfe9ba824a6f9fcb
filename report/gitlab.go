package report

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

const (
	// gitlabVersion is that of the schema. GitLab takes later ones of 15.2 as
	// well, but an older GitLab knows no later one.
	gitlabVersion = "15.2.1"
	// gitlabNoCommit stands for content that is of no commit, as GitLab's own
	// analyzer writes it.
	gitlabNoCommit = "0000000"
	gitlabTime     = "2006-01-02T15:04:05"

	gitlabMaxName     = 255
	gitlabMaxSolution = 7000
	gitlabMaxText     = 1 << 18 // characters, of at most four bytes: 1 MiB
	gitlabMaxMessages = 1000
)

// writeGitLab writes a report of secret detection by GitLab's schema 15.2. It
// holds what counts: GitLab has no word for a finding that somebody suppressed,
// and counts whatever a report lists. The schema wants a time, which is that of
// the report.
func writeGitLab(w io.Writer, s *scan) error {
	e := newEncoder(w, "  ")
	e.text("{\n  \"version\": \"" + gitlabVersion + "\",\n  \"scan\": ")
	e.nested("  ", s.gitlabScan(), ",\n  \"vulnerabilities\": [")
	ids := map[string]bool{}
	before := "\n    "
	for _, f := range s.found {
		if !f.Counts() {
			continue
		}
		e.text(before)
		e.nested("    ", s.gitlabVulnerability(f, ids), "")
		before = ",\n    "
	}
	if len(ids) > 0 {
		e.text("\n  ")
	}
	e.text("]\n}\n")
	return e.err
}

type gitlabTool struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	URL     string       `json:"url,omitempty"`
	Vendor  gitlabVendor `json:"vendor"`
	Version string       `json:"version"`
}

type gitlabVendor struct {
	Name string `json:"name"`
}

type gitlabScan struct {
	Analyzer gitlabTool      `json:"analyzer"`
	Scanner  gitlabTool      `json:"scanner"`
	Type     string          `json:"type"`
	Start    string          `json:"start_time"`
	End      string          `json:"end_time"`
	Status   string          `json:"status"`
	Messages []gitlabMessage `json:"messages,omitempty"`
}

type gitlabMessage struct {
	Level string `json:"level"`
	Value string `json:"value"`
}

type gitlabVulnerability struct {
	ID          string                  `json:"id"`
	Name        string                  `json:"name"`
	Description string                  `json:"description"`
	Severity    string                  `json:"severity"`
	Solution    string                  `json:"solution"`
	Raw         string                  `json:"raw_source_code_extract,omitempty"`
	Identifiers []gitlabIdentifier      `json:"identifiers"`
	Location    gitlabLocation          `json:"location"`
	Tracking    gitlabTracking          `json:"tracking"`
	Flags       []gitlabFlag            `json:"flags,omitempty"`
	Links       []gitlabLink            `json:"links,omitempty"`
	Details     map[string]gitlabDetail `json:"details,omitempty"`
}

type gitlabIdentifier struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
	URL   string `json:"url,omitempty"`
}

type gitlabLocation struct {
	File      string       `json:"file"`
	StartLine int          `json:"start_line"`
	EndLine   int          `json:"end_line"`
	Commit    gitlabCommit `json:"commit"`
}

type gitlabCommit struct {
	SHA     string `json:"sha"`
	Author  string `json:"author,omitempty"`
	Date    string `json:"date,omitempty"`
	Message string `json:"message,omitempty"`
}

type gitlabTracking struct {
	Type  string       `json:"type"`
	Items []gitlabItem `json:"items"`
}

type gitlabItem struct {
	File       string            `json:"file"`
	StartLine  int               `json:"start_line"`
	EndLine    int               `json:"end_line"`
	Signatures []gitlabSignature `json:"signatures"`
}

type gitlabSignature struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type gitlabFlag struct {
	Type        string `json:"type"`
	Origin      string `json:"origin"`
	Description string `json:"description"`
}

type gitlabLink struct {
	URL string `json:"url"`
}

type gitlabDetail struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (s *scan) gitlabScan() gitlabScan {
	name := cmp.Or(s.run.Tool.Name, "mudlark")
	tool := gitlabTool{
		ID: name, Name: name, URL: webURL(s.run.Tool.URL), Vendor: gitlabVendor{name}, Version: cmp.Or(s.run.Tool.Version, "unknown"),
	}
	at := s.opts.Now.UTC().Format(gitlabTime)
	if s.opts.Now.IsZero() {
		at = time.Unix(0, 0).UTC().Format(gitlabTime)
	}
	scan := gitlabScan{Analyzer: tool, Scanner: tool, Type: "secret_detection", Start: at, End: at, Status: "success"}
	say := func(level, text string) {
		if text = strings.TrimSpace(text); text != "" {
			scan.Messages = append(scan.Messages, gitlabMessage{level, text})
		}
	}
	if !s.whole() {
		scan.Status = "failure"
		level := "warn"
		if s.summary.Verdict == mudlark.Failed {
			level = "fatal"
		}
		say(level, s.answer())
		for _, text := range s.unreadSentences(gitlabMaxMessages) {
			say("warn", text)
		}
	}
	if len(s.raw) > 0 {
		say("warn", "This report holds the secrets as they are, for GitLab to ask about: whoever can open it can read them.")
	}
	for _, text := range s.remarks(gitlabMaxMessages) {
		say("info", text)
	}
	return scan
}

// gitlabVulnerability tells of one finding; ids are those that were given.
func (s *scan) gitlabVulnerability(f *mudlark.Finding, ids map[string]bool) gitlabVulnerability {
	rule := s.rule(f.RuleID)
	what := sanitize(strings.TrimRight(cmp.Or(rule.Description, ruleName(rule)), ". "))
	l := s.gitlabLocation(f)
	v := gitlabVulnerability{
		ID:          gitlabID(f, ids),
		Name:        cut(cmp.Or(what, ruleName(rule)), gitlabMaxName),
		Description: cut(gitlabDescription(what, f), gitlabMaxText),
		Severity:    gitlabSeverity(rule, f),
		Raw:         s.raw[f],
		Solution:    cut(sanitize(adviceFor(rule, f)), gitlabMaxSolution),
		Identifiers: gitlabIdentifiers(rule),
		Location:    l,
		Tracking: gitlabTracking{"source", []gitlabItem{{
			File: l.File, StartLine: l.StartLine, EndLine: l.EndLine,
			Signatures: []gitlabSignature{{"hash", gitlabSignatureOf(f)}},
		}}},
		Details: gitlabDetails(f),
	}
	if f.Confidence == mudlark.Low {
		v.Flags = []gitlabFlag{{"flagged-as-likely-false-positive", "mudlark", "Its confidence is low."}}
	}
	if link := trustedLink(rule); link != "" {
		v.Links = []gitlabLink{{link}}
	}
	return v
}

// keepRaw keeps the secrets that GitLab is to be given as they are. Those of a
// recording that hides them are lost.
func (s *scan) keepRaw() {
	if !s.opts.RawExtract || s.run.Masked {
		return
	}
	s.raw = map[*mudlark.Finding]string{}
	for _, f := range s.found {
		if f.Counts() && !isPath(f) {
			s.raw[f] = valid(reveal(f.Secret))
		}
	}
}

// gitlabLocation is the file and line in the commit that brought the secret.
// What lies in no file is tied to the first line of one, as its readers open it.
func (s *scan) gitlabLocation(f *mudlark.Finding) gitlabLocation {
	l := gitlabLocation{StartLine: 1, EndLine: 1, Commit: gitlabCommit{SHA: gitlabNoCommit}}
	if c := f.Origin.Commit; c != nil && c.ID != "" {
		l.Commit = gitlabCommit{SHA: c.ID, Author: c.Author, Message: c.Subject}
		if !c.Date.IsZero() {
			l.Commit.Date = c.Date.Format(time.RFC3339)
		}
	}
	file, member, ok := s.repositoryFile(f)
	if !ok {
		l.File = s.anchor()
		return l
	}
	l.File = file
	if member == "" && f.Origin.Part == "" && f.Position.StartLine > 0 {
		l.StartLine = f.Position.StartLine
		l.EndLine = max(f.Position.EndLine, l.StartLine)
	}
	return l
}

// gitlabDescription says what was found and where. GitLab shows it as Markdown.
func gitlabDescription(what string, f *mudlark.Finding) string {
	text := markdownText(what)
	if f.Key != "" {
		text += ", assigned to " + markdownCode(f.Key)
	}
	text += ", in " + markdownCode(placeName(f))
	if c := f.Origin.Commit; c != nil && c.ID != "" {
		text += ", commit " + markdownCode(c.ID)
	}
	for _, more := range append(labels(f.Origin.Labels), held(f)) {
		if more != "" {
			text += ", " + markdownText(more)
		}
	}
	return strings.TrimSpace(text + ". " + markdownText(verificationSentence(&f.Verification)))
}

// gitlabSeverity is the rule's, but what does not work any more can do nothing,
// and what is doubtful is not shown among what is not.
func gitlabSeverity(rule mudlark.RuleInfo, f *mudlark.Finding) string {
	switch {
	case f.Verification.Status == mudlark.Inactive:
		return "Info"
	case f.Confidence == mudlark.Low && f.Verification.Status != mudlark.Active:
		return "Low"
	}
	switch severity(rule) {
	case mudlark.SeverityCritical:
		return "Critical"
	case mudlark.SeverityHigh:
		return "High"
	case mudlark.SeverityLow:
		return "Low"
	}
	return "Medium"
}

// gitlabIdentifiers names the rule. GitLab looks at the first alone when it asks
// whether a token still works, revokes it, or compares with earlier reports, and
// knows its own analyzer's names.
func gitlabIdentifiers(rule mudlark.RuleInfo) []gitlabIdentifier {
	var list []gitlabIdentifier
	for _, pair := range gitlabCounterparts() {
		if pair[0] == rule.ID && !rule.Foreign {
			list = append(list, gitlabIdentifier{Type: "gitleaks_rule_id", Name: "Gitleaks rule ID " + pair[1], Value: pair[1]})
		}
	}
	name := ruleName(rule)
	return append(list, gitlabIdentifier{Type: "mudlark_rule_id", Name: "mudlark rule " + name, Value: name})
}

// gitlabCounterparts are rules of ours and the names of the same in GitLab's
// rules. One that is not here is known by our own name alone.
func gitlabCounterparts() [][2]string {
	return [][2]string{
		{"aws-access-key-id", "AWS"},
		{"gitlab-agent-token", "gitlab_kubernetes_agent_token"},
		{"gitlab-ci-job-token", "gitlab_ci_build_token"},
		{"gitlab-deploy-token", "gitlab_deploy_token"},
		{"gitlab-feed-token", "gitlab_feed_token_v2"},
		{"gitlab-incoming-mail-token", "gitlab_incoming_email_token"},
		{"gitlab-oauth-app-secret", "gitlab_oauth_app_secret"},
		{"gitlab-pat", "gitlab_personal_access_token"},
		{"gitlab-pat-routable", "gitlab_personal_access_token_routable"},
		{"gitlab-runner-registration-token", "gitlab_runner_registration_token"},
		{"gitlab-runner-token", "gitlab_runner_auth_token"},
		{"gitlab-scim-token", "gitlab_scim_oauth_token"},
		{"gitlab-trigger-token", "gitlab_pipeline_trigger_token"},
	}
}

// gitlabDetails is what there is no field for.
func gitlabDetails(f *mudlark.Finding) map[string]gitlabDetail {
	details := map[string]gitlabDetail{}
	add := func(key, name, value string) {
		if value != "" {
			details[key] = gitlabDetail{Name: name, Type: "text", Value: value}
		}
	}
	add("fingerprint", "Fingerprint", f.Fingerprint)
	add("confidence", "Confidence", f.Confidence.String())
	add("verification", "Verification", string(f.Verification.Status))
	add("verification_reason", "What the provider said", f.Verification.Reason)
	add("owner", "Whose it is", ownerWords(f))
	add("scopes", "What it may do", strings.Join(f.Verification.Scopes, ", "))
	add("assessment", "What it says of itself", cmp.Or(f.Assessment.Reason, string(f.Assessment.Verdict)))
	add("exposure", "What still holds it", held(f))
	return details
}

// gitlabSignatureOf stays the same when lines move.
func gitlabSignatureOf(f *mudlark.Finding) string {
	parts := []string{f.Fingerprint, f.Origin.Path, f.Origin.Part}
	if f.Origin.Path == "" && f.Origin.Commit != nil {
		parts = append(parts, f.Origin.Commit.ID)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// gitlabID returns a UUID of version 5: that of the secret for its first place,
// and for another one that of both.
func gitlabID(f *mudlark.Finding, ids map[string]bool) string {
	name := f.Fingerprint
	id := nameUUID(name)
	if ids[id] {
		name += "\x00" + gitlabSignatureOf(f)
		id = nameUUID(name)
	}
	for n := 2; ids[id]; n++ {
		id = nameUUID(fmt.Sprintf("%s\x00%d", name, n))
	}
	ids[id] = true
	return id
}

// nameUUID is the UUID of a name as RFC 9562 makes it, in its space for URLs.
func nameUUID(name string) string {
	space := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(space[:], name...))
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
}
