package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// hogScan is one finding of a source, which may be verified.
func hogScan(o mudlark.Origin, tags []string, v mudlark.Verification) *recording {
	f := findingOf("github-pat", secretFor("hog"), "token: "+secretFor("hog"), o, 7)
	f.Tags, f.Verification, f.Fingerprint = tags, v, "v1:github-pat:0123456789abcdef"
	return &recording{
		run: mudlark.Run{Source: o.Source, Target: "repo", Rules: []mudlark.RuleInfo{
			{ID: "github-pat", Description: "a token", Help: "https://example.com/rotate"},
		}},
		found: []mudlark.Finding{f},
	}
}

// TestTrufflehogLinesAreItsOwn compares whole lines that were written by hand from
// what is known of trufflehog's.
func TestTrufflehogLinesAreItsOwn(t *testing.T) {
	commit := &mudlark.Commit{
		ID: "72a265c385627befae7c6d1d35b5adc55f27d887", Author: "Ann Example", Email: "ann@example.com", Subject: "add <it> & more",
		Date: time.Date(2023, 4, 1, 11, 0, 0, 0, time.FixedZone("", 2*60*60)),
	}
	exposure := &mudlark.Exposure{Refs: []string{"HEAD", "refs/heads/main"}}
	for _, c := range []struct {
		what   string
		origin mudlark.Origin
		tags   []string
		answer mudlark.Verification
		redact int
		want   string
	}{
		{"git", mudlark.Origin{Source: "git", Path: "a b.env", Commit: commit}, nil, mudlark.Verification{}, 100,
			`{"SourceMetadata":{"Data":{"Git":{"commit":"72a265c385627befae7c6d1d35b5adc55f27d887","file":"a b.env","email":"Ann Example <ann@example.com>",` +
				`"repository":"repo","timestamp":"2023-04-01 09:00:00 +0000","line":7,"repository_local_path":"repo"}}},` +
				`"SourceID":1,"SourceType":16,"SourceName":"trufflehog - git","DetectorType":8,"DetectorName":"Github","DetectorDescription":"a token",` +
				`"DecoderName":"PLAIN","Verified":false,"VerificationFromCache":false,"Raw":"","RawV2":"","Redacted":"REDACTED",` +
				`"ExtraData":{"confidence":"high","fingerprint":"v1:github-pat:0123456789abcdef","rotation_guide":"https://example.com/rotate","rule":"github-pat"},` +
				`"StructuredData":null,"SecretParts":null}`},
		{"commit message", mudlark.Origin{Source: "git", Part: "commit message", Commit: commit}, nil, mudlark.Verification{}, 100,
			`{"SourceMetadata":{"Data":{"Git":{"commit":"72a265c385627befae7c6d1d35b5adc55f27d887","email":"Ann Example <ann@example.com>",` +
				`"repository":"repo","timestamp":"2023-04-01 09:00:00 +0000","repository_local_path":"repo"}}},`},
		{"file, decoded, alive, from memory", mudlark.Origin{Source: "dir", Path: "a.zip!b"}, []string{"decoded:base64", "decode-depth:1"},
			mudlark.Verification{Status: mudlark.Active, Cached: true, Identity: []mudlark.Fact{{Name: "Login name", Value: "ci"}}}, 100,
			`{"SourceMetadata":{"Data":{"Filesystem":{"file":"a.zip!b","line":7}}},` +
				`"SourceID":1,"SourceType":15,"SourceName":"trufflehog - filesystem","DetectorType":8,"DetectorName":"Github","DetectorDescription":"a token",` +
				`"DecoderName":"BASE64","Verified":true,"VerificationFromCache":true,"Raw":"","RawV2":"","Redacted":"REDACTED",` +
				`"ExtraData":{"confidence":"high","fingerprint":"v1:github-pat:0123456789abcdef","login_name":"ci",`},
		{"stream, no answer, shown", mudlark.Origin{Source: "stdin", Path: "stdin"}, []string{"decoded:unicode"},
			mudlark.Verification{Status: mudlark.Unknown, Reason: "it did not answer"}, 0,
			`{"SourceMetadata":{"Data":{"Stdin":{}}},"SourceID":1,"SourceType":40,"SourceName":"trufflehog - stdin",` +
				`"DetectorType":8,"DetectorName":"Github","DetectorDescription":"a token","DecoderName":"ESCAPED_UNICODE","Verified":false,` +
				`"VerificationError":"it did not answer","VerificationFromCache":false,"Raw":"` + secretFor("hog") + `","RawV2":"","Redacted":"",`},
	} {
		got := hogScan(c.origin, c.tags, c.answer).write(t, "trufflehog-json", Options{Redact: c.redact})
		if !strings.HasPrefix(got, c.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: %s", c.what, firstDifference(got, c.want))
		}
	}
	got := hogScan(mudlark.Origin{Source: "git", Path: "a.env", Commit: commit, Exposure: exposure}, nil, mudlark.Verification{}).
		write(t, "trufflehog-json-legacy", Options{Redact: 100})
	want := `{"branch":"main","commit":"add <it> & more","commitHash":"72a265c385627befae7c6d1d35b5adc55f27d887","date":"2023-04-01 09:00:00",` +
		`"diff":"token: REDACTED","path":"a.env","printDiff":"token: REDACTED","reason":"Github","stringsFound":["REDACTED"]}` + "\n"
	if got != want {
		t.Errorf("legacy: %s", firstDifference(got, want))
	}
}

// TestTrufflehogKeysAreAllThereInOrder: a reader may count on every key.
func TestTrufflehogKeysAreAllThereInOrder(t *testing.T) {
	want := strings.Fields("SourceMetadata SourceID SourceType SourceName DetectorType DetectorName DetectorDescription DecoderName Verified " +
		"VerificationFromCache Raw RawV2 Redacted ExtraData StructuredData SecretParts")
	for line := range strings.Lines(exampleScan().write(t, "trufflehog-json", Options{Redact: 100})) {
		d := json.NewDecoder(strings.NewReader(line))
		var keys []string
		depth := 0
		for {
			token, err := d.Token()
			if err != nil {
				break
			}
			switch token {
			case json.Delim('{'), json.Delim('['):
				depth++
			case json.Delim('}'), json.Delim(']'):
				depth--
			default:
				if name, ok := token.(string); ok && depth == 1 && slices.Contains(append(want, "VerificationError"), name) && !slices.Contains(keys, name) {
					keys = append(keys, name)
				}
			}
		}
		keys = slices.DeleteFunc(keys, func(k string) bool { return k == "VerificationError" })
		if !slices.Equal(keys, want) {
			t.Fatalf("keys %v in %s", keys, line)
		}
	}
}

// TestTrufflehogRecordedMaskedStaysMasked: a report of a masked recording has no
// secret to show, and does not call the mask one.
func TestTrufflehogRecordedMaskedStaysMasked(t *testing.T) {
	stream := exampleScan().write(t, "jsonl", Options{Redact: 100})
	for line := range strings.Lines(replayed(t, stream, "trufflehog-json", Options{Redact: 0})) {
		if !strings.Contains(line, `"Raw":"","RawV2":"","Redacted":"`) || strings.Contains(line, "tok_") {
			t.Errorf("%s", line)
		}
	}
}

// TestTrufflehogAnnotationsAreOneForEachPlace: the same detector, state, file and
// line is told once.
func TestTrufflehogAnnotationsAreOneForEachPlace(t *testing.T) {
	r := hogScan(mudlark.Origin{Source: "git", Path: "a,b:c%\n::error::x.env"}, nil, mudlark.Verification{})
	other := r.found[0]
	other.Secret = mudlark.NewSensitive(secretFor("other"))
	live := r.found[0]
	live.Verification.Status = mudlark.Active
	message := r.found[0]
	message.Origin = mudlark.Origin{Source: "git", Part: "commit message"}
	quiet := r.found[0]
	quiet.Suppression.By, quiet.Position.StartLine = mudlark.ByComment, 9
	r.found = append(r.found, other, live, message, quiet)
	got := r.write(t, "trufflehog-github", Options{Redact: 100})
	want := "::warning file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax.env,line=7,endLine=7::Found unverified Github result\n" +
		"::warning file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax.env,line=7,endLine=7::Found verified Github result\n" +
		"::warning::Found unverified Github result\n"
	if got != want {
		t.Error(firstDifference(got, want))
	}
}

// TestTrufflehogDetectors: a rule that trufflehog has a detector for has its name
// and number, a custom one those of custom detectors, and every other its own name.
func TestTrufflehogDetectors(t *testing.T) {
	for id, want := range map[string]string{
		"aws-secret-access-key": "AWS 2", "github-pat": "Github 8", "gitlab-pat-routable": "Gitlab 9", "slack-bot-token": "Slack 13",
		"slack-webhook-url": "SlackWebhook 30", "slack-workflow-webhook-url": "Slack 13", "private-key": "PrivateKey 15", "stripe-live-secret-key": "Stripe 16",
		"basic-auth-url": "URI 17", "npm-access-token": "NpmToken 49", "mongodb-url": "MongoDB 895", "linear-api-key": "linear-api-key 904",
		"githubx": "githubx 904", "": " 904",
	} {
		d := HogDetectorOf(id)
		if got := fmt.Sprint(d.Name, " ", d.Number); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	ids := []string{"aws-key-pair", "github-pat", "github-oauth-token", "linear-api-key"}
	for name, want := range map[string]string{"github": "github-pat github-oauth-token", "GitHub.v2": "github-pat github-oauth-token", "2": "aws-key-pair", "904": "", "": "", "linear-api-key": "linear-api-key"} {
		if got := strings.Join(HogRules(name, ids), " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	f := hogScan(mudlark.Origin{Source: "dir", Path: "a"}, nil, mudlark.Verification{})
	f.run.Rules[0].Tags = []string{"custom-detector", "detector:Hog"}
	if got := f.write(t, "trufflehog-json", Options{Redact: 100}); !strings.Contains(got, `"DetectorType":904,"DetectorName":"CustomRegex"`) || !strings.Contains(got, `"name":"Hog"`) {
		t.Errorf("custom: %s", got)
	}
}
