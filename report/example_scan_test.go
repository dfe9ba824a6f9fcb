package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// secretFor makes up a secret, the same one for the same name.
func secretFor(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "tok_" + base64.RawURLEncoding.EncodeToString(sum[:])[:32]
}

// A recording is what a sink is told.
type recording struct {
	run     mudlark.Run
	found   []mudlark.Finding
	skips   []mudlark.Skip
	summary mudlark.Summary
}

func (r *recording) tell(t testing.TB, s mudlark.Sink) {
	t.Helper()
	must(t, s.Begin(r.run))
	for _, f := range r.found {
		must(t, s.Finding(f))
	}
	for _, skip := range r.skips {
		must(t, s.Skip(skip))
	}
	must(t, s.End(r.summary))
}

func (r *recording) write(t testing.TB, format string, opts Options) string {
	t.Helper()
	var b strings.Builder
	s, err := New(format, &b, templated(format, opts))
	must(t, err)
	r.tell(t, s)
	return b.String()
}

// templated gives the options of the format template one that shows everything.
func templated(format string, opts Options) Options {
	if format == "template" && opts.Template == "" {
		opts.Template = "{{ with summary }}{{ toPrettyJson . }}{{ end }}\n{{ range . }}{{ toPrettyJson . }}\n{{ end }}"
	}
	return opts
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func hash(name string, n int) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:n]
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t.Add(9 * time.Hour)
}

func commitOf(date, author, subject string) *mudlark.Commit {
	return &mudlark.Commit{ID: hash(date+subject, 40), Author: author, Email: "dev@example.com", Date: day(date), Subject: subject}
}

// findingOf is a finding of secret in line, which holds it once.
func findingOf(rule, secret, line string, o mudlark.Origin, number int) mudlark.Finding {
	at := strings.Index(line, secret)
	col := func(n int) int { return len([]rune(line[:n])) + 1 }
	return mudlark.Finding{
		RuleID:     rule,
		Secret:     mudlark.NewSensitive(secret),
		Match:      mudlark.NewSensitive(line[max(0, at-3):]),
		Excerpt:    mudlark.Excerpt{Text: mudlark.NewSensitive(line), Secrets: []mudlark.Span{{Start: at, End: at + len(secret)}}},
		Entropy:    4.75,
		Confidence: mudlark.High,
		Position: mudlark.Position{
			Offset: int64(100*number + at), StartLine: number, EndLine: number, StartColumn: at + 1, EndColumn: at + 1 + len(secret),
			StartUTF16: col(at), EndUTF16: col(at + len(secret)),
		},
		LineHash:    hash(line, 15) + ":1",
		Origin:      o,
		Fingerprint: "v1:" + rule + ":" + hash(rule+secret, 16),
	}
}

func heldBy(held mudlark.Held, refs, tips string) *mudlark.Exposure {
	return &mudlark.Exposure{Held: held, Refs: strings.Fields(refs), Tips: strings.Fields(tips)}
}

// exampleScan has something of everything that a report may be told.
func exampleScan() *recording {
	a, b, c := secretFor("a"), secretFor("b"), secretFor("c")
	ann := commitOf("2023-04-01", "Ann Example", "add the config")
	merge := commitOf("2023-05-02", "Bo Beispiel", "Merge branch 'feature'")
	head := "HEAD refs/heads/main"
	git := func(path string, c *mudlark.Commit, x *mudlark.Exposure) mudlark.Origin {
		return mudlark.Origin{Source: "git", Path: path, Object: hash(path, 40), Commit: c, Exposure: x}
	}
	onMain := heldBy(mudlark.HeldByRef, head, head)
	r := &recording{run: exampleRun()}
	answers := exampleAnswers()
	add := func(f mudlark.Finding) {
		if text := f.Secret.Reveal(); f.Counts() {
			f.Verification = answers[text]
		}
		r.found = append(r.found, f)
	}

	f := findingOf("acme-token", a, "  token: "+a, git("config/app.yml", ann, onMain), 3)
	f.Key = "token"
	add(f)
	gone := heldBy(mudlark.HeldByRef, head+" refs/tags/v1.0", "")
	gone.First, gone.Last, gone.MoreRemoved = day("2023-05-02"), day("2024-01-31"), 3
	gone.Removed = []mudlark.Removal{{Commit: hash("removed", 40), Date: day("2023-06-01")}, {Commit: hash("again", 40), Date: day("2024-02-01")}}
	add(findingOf("acme-token", a, "TOKEN = '"+a+"'", git("old/settings.py", merge, gone), 12))
	f = findingOf("acme-token", b, "\tsecret\t= \"größer 漢字 "+b+"\" # and "+a, git("docs/Größe 1 #%.txt", ann, onMain), 7)
	f.Excerpt.Secrets = append(f.Excerpt.Secrets, mudlark.Span{Start: len(f.Excerpt.Text.Reveal()) - len(a), End: len(f.Excerpt.Text.Reveal())})
	add(f)
	add(findingOf("acme-token", b, strings.Repeat("long line ", 30)+b+strings.Repeat(" and on", 30), git("evil\x1b[31m\u202e\x07.txt", ann, onMain), 1))
	add(findingOf("acme-token", c, "ACME="+c, git("dist/bundle.zip!inner/conf.env", ann, onMain), 9))
	encoded := base64.StdEncoding.EncodeToString([]byte(secretFor("enc")))
	f = findingOf("acme-key", encoded, "payload: "+encoded, git("k8s/secret.yaml", ann, onMain), 4)
	f.Assessment = mudlark.Assessment{
		Verdict: mudlark.Expired, Reason: "expired on 2021-03-01", Expires: day("2021-03-01"),
		Identity: []mudlark.Fact{{Name: "AWS account", Value: "123456789012"}},
	}
	f.Secret, f.Match, f.Tags = mudlark.NewSensitive(secretFor("enc")), mudlark.NewSensitive("payload: "+secretFor("enc")), []string{"decoded:base64", "decode-depth:1"}
	add(f)
	add(findingOf("acme-token", secretFor("msg"), "use "+secretFor("msg")+" for now",
		mudlark.Origin{Source: "git", Part: "commit message", Object: merge.ID, Commit: merge, Exposure: onMain}, 3))
	add(findingOf("acme-token", secretFor("ref"), "refs/heads/für "+secretFor("ref"), mudlark.Origin{
		Source: "git", Part: "ref name", Exposure: heldBy(mudlark.HeldByRef, "refs/heads/für\u00a0"+secretFor("ref"), ""),
		Labels: map[string]string{"ref": "refs/heads/für " + secretFor("ref")},
	}, 1))
	for _, held := range []mudlark.Held{mudlark.HeldByIndex, mudlark.HeldByStash, mudlark.HeldByReflog, mudlark.HeldByNothing} {
		secret := secretFor(string(held))
		f := findingOf("acme-key", secret, "key "+secret, git("src/"+string(held)+".go", nil, heldBy(held, "", "")), 5)
		f.Confidence = mudlark.Medium
		add(f)
	}
	login := "me" + ":" + "pw9"
	f = findingOf("acme-login", "pw9", "url = https://"+login+"@example.com/r.git", mudlark.Origin{
		Source: "git", Path: ".git/config", Part: "config", Exposure: heldBy(mudlark.HeldByWorktree, "", ""),
	}, 8)
	f.Match, f.Confidence = mudlark.NewSensitive("https://"+login+"@example.com"), mudlark.Medium
	f.Parts = map[string]mudlark.Sensitive{"acme-user": mudlark.NewSensitive("me")}
	add(f)
	pem := "-----BEGIN " + "PRIVATE KEY-----\n" + secretFor("l1") + "\n" + secretFor("l2") + "\n-----END " + "PRIVATE KEY-----"
	f = findingOf("acme-key", pem, pem, git("certs/server.pem", ann, onMain), 1)
	f.Excerpt = mudlark.Excerpt{Text: mudlark.NewSensitive(pem[:27]), Secrets: []mudlark.Span{{Start: 0, End: 27}}}
	f.Position.EndLine, f.Position.EndColumn, f.Position.EndUTF16 = 4, 26, 26
	add(f)
	for i := range 8 {
		add(findingOf("acme-token", secretFor("many"), "x = "+secretFor("many"), git(fmt.Sprintf("many/%d.go", i), ann, onMain), i+1))
	}
	add(mudlark.Finding{
		RuleID: "acme-file", Match: mudlark.NewSensitive("file detected: id_acme"), Confidence: mudlark.Medium,
		Origin: git("id_acme", ann, onMain), Fingerprint: "v1:acme-file:" + hash("id_acme", 16),
	})
	for i, s := range []mudlark.Suppression{
		{By: mudlark.ByComment, Reason: "an example of the manual", Place: "doc/manual.md:4"},
		{By: mudlark.ByIgnoreFile, Place: ".mudlarkignore:3"},
		{By: mudlark.ByBaseline, Place: "baseline.json"},
		{By: mudlark.ByConfidence},
		{By: mudlark.ByScope},
		{By: mudlark.ByStatus, Reason: "verified as inactive"},
		{By: mudlark.ByAssessment, Reason: "its checksum is wrong"},
	} {
		f := findingOf("acme-token", secretFor(string(s.By)), "t: "+secretFor(string(s.By)), git("suppressed/"+string(s.By)+".txt", ann, onMain), i+1)
		f.Suppression = s
		if s.By == mudlark.ByAssessment {
			f.Assessment = mudlark.Assessment{Verdict: mudlark.Impossible, Reason: s.Reason}
		}
		add(f)
	}
	r.skips = exampleSkips()
	r.summary = exampleSummary(r)
	return r
}

// exampleAnswers are what providers said of secrets.
func exampleAnswers() map[string]mudlark.Verification {
	at := day("2024-11-23")
	return map[string]mudlark.Verification{
		secretFor("a"): {
			Status: mudlark.Active, At: at, Host: "api.acme.example", Was: mudlark.Unknown, Privilege: mudlark.PrivilegeAdmin,
			Identity: []mudlark.Fact{{Name: "login", Value: "ci-deploy"}, {Name: "team.name", Value: "Größe \x1b[31m"}},
			Scopes:   strings.Fields("repo admin:org workflow packages gist user project codespace copilot notifications"),
		},
		secretFor("b"): {
			Status: mudlark.Unknown, At: at, Host: "api.acme.example",
			Reason: "it answered 403 Forbidden, which says neither that it works nor that it does not; it holds " + secretFor("b"),
		},
		secretFor("c"):     {Status: mudlark.Inactive, At: at, Host: "api.acme.example", Was: mudlark.Active},
		secretFor("index"): {Status: mudlark.Active, At: at, Host: "keys.acme.example", Cached: true, Privilege: mudlark.PrivilegeRead},
		secretFor("msg"):   {Status: mudlark.Active, Host: "api.acme.example", Scopes: []string{"read"}, Reason: "it was made yesterday"},
	}
}

func exampleRun() mudlark.Run {
	return mudlark.Run{
		Tool:   mudlark.Tool{Name: "mudlark", Version: "v0.1.0", URL: "https://example.com/mudlark"},
		Source: "git", Target: ".", Asked: "all refs", Files: []string{"mudlark.toml", ".mudlarkignore"}, Confidence: mudlark.Medium,
		Rules: []mudlark.RuleInfo{
			{
				ID: "acme-token", Description: "Acme API token, which can do what its owner can", Severity: mudlark.SeverityCritical,
				Confidence: mudlark.High, Help: "https://example.com/docs/revoke_(tokens)", Tags: []string{"acme", "api"},
				Revoke: "In the console, under Settings, API tokens, delete the token; then look at the audit log for what was done with it",
			},
			{ID: "acme-key", Description: "Acme key", Severity: mudlark.SeverityHigh, Confidence: mudlark.High},
			{ID: "acme-login", Description: "Login in a URL.", Severity: mudlark.SeverityMedium, Confidence: mudlark.Medium},
			{ID: "acme-file", Description: "Acme key file", Severity: mudlark.SeverityLow, Confidence: mudlark.Medium},
			{ID: "acme-user", Description: "Acme user", Severity: mudlark.SeverityLow, Confidence: mudlark.Low},
		},
	}
}

func exampleSkips() []mudlark.Skip {
	skips := []mudlark.Skip{
		{Origin: mudlark.Origin{Source: "git", Commit: commitOf("2022-01-01", "Ann Example", "start")}, Reason: mudlark.Shallow, Detail: "its parents were not cloned"},
		{Origin: mudlark.Origin{Source: "git", Object: hash("damaged", 40)}, Reason: mudlark.Corrupt, Detail: "inflating: unexpected end"},
		{Origin: mudlark.Origin{Source: "git", Path: "media/film.mp4"}, Reason: mudlark.LFSPointer},
		{Origin: mudlark.Origin{Source: "git", Path: "nested.zip!a.zip!b.zip"}, Reason: mudlark.ArchiveDepth, Count: 7},
	}
	for i := range 6 {
		skips = append(skips, mudlark.Skip{
			Origin: mudlark.Origin{Source: "git", Path: fmt.Sprintf("big file/%d.bin", i)}, Reason: mudlark.TooLarge, Detail: "120 MB",
		})
	}
	return skips
}

func exampleSummary(r *recording) mudlark.Summary {
	s := mudlark.Summary{
		Verdict: mudlark.Found, Incomplete: true, Allowlisted: 12, Suppressed: map[mudlark.SuppressedBy]int{},
		Folds: []mudlark.Fold{{RuleID: "acme-token", Path: "logs/flood.log", Kept: 100, Folded: 999_900}},
		Coverage: mudlark.Coverage{
			Chunks: 1300, Bytes: 45_123_456, Objects: 1234, Commits: 210, Refs: 12, Files: 3, Decoded: 2_000_000,
			Skipped: map[mudlark.Reason]int{}, Accepted: []mudlark.Reason{mudlark.LFSPointer},
			Notes: []string{"mudlark.toml has one key that is not known: alowlist (allowlist?)"},
		},
	}
	secrets := map[string]bool{}
	for _, f := range r.found {
		if f.Counts() {
			s.Findings++
			secrets[f.Fingerprint] = true
		} else {
			s.Suppressed[f.Suppression.By]++
		}
	}
	s.Secrets = len(secrets)
	for _, skip := range r.skips {
		s.Coverage.Skipped[skip.Reason] += max(skip.Count, 1)
	}
	return s
}
