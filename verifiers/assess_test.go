package verifiers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

// today is the day on which the credentials of these tests are read.
func today() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

func ruleNamed(t testing.TB, id string) *rules.Rule {
	t.Helper()
	set := rules.Builtin(rules.Sets()...)
	for i := range set.Rules {
		if set.Rules[i].ID == id {
			return &set.Rules[i]
		}
	}
	t.Fatalf("no rule %q", id)
	return nil
}

func filled(t testing.TB, template string) string {
	t.Helper()
	text, err := rules.Fill(template, 7)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func assessed(t testing.TB, rule, secret string) mudlark.Assessment {
	t.Helper()
	f := mudlark.Finding{RuleID: rule, Secret: mudlark.NewSensitive(secret), Match: mudlark.NewSensitive(secret)}
	return Assess(ruleNamed(t, rule), &f, today())
}

func told(a mudlark.Assessment) string {
	var list []string
	for _, f := range a.Identity {
		list = append(list, f.Name+" "+f.Value)
	}
	return strings.Join(list, ", ")
}

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// jwtOf returns a token with claims, signed with a key.
func jwtOf(claims, key string) string {
	body := b64(`{"alg":"HS256","typ":"JWT"}`) + "." + b64(claims)
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(body))
	return body + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// awsID returns a key id of an account, with what is random in it.
func awsID(account uint64, random byte) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], (1<<47|account<<7)<<16)
	raw[7] = random
	return "AKIA" + base32.StdEncoding.EncodeToString(raw[:10])
}

func TestCredentialsSayWhatTheyAre(t *testing.T) {
	const drawn = "kX2vQ9mT4wZ7pL3s"
	for _, test := range []struct {
		name, rule, secret string
		want               mudlark.Assessed
		reason, identity   string
	}{
		{"a token whose checksum is right", "github-pat", "<github ghp_>", mudlark.Plausible, "its checksum is right", ""},
		{"a token whose checksum is wrong", "github-pat", "<github-bad ghp_>", mudlark.Impossible, "its checksum is wrong", ""},
		{"a checksum that is not certain", "npm-access-token", "<npm-bad>", "", "", ""},
		{"a token that has none", "openai-api-key-legacy", "sk-<base62 20>", "", "", ""},
		{
			"an expired JWT", "jwt", jwtOf(`{"iss":"https://id.example.net","sub":"u-7","aud":["api","web"],"exp":1614556800}`, drawn),
			mudlark.Expired, "expired on 2021-03-01", "issuer https://id.example.net, subject u-7, audience api",
		},
		{"a JWT that holds", "jwt", jwtOf(`{"sub":42,"exp":1924992000}`, drawn), mudlark.Plausible, "expires on 2031-01-01", "subject 42"},
		{"a JWT with an expiry in milliseconds", "jwt", jwtOf(`{"exp":1614556800000}`, drawn), mudlark.Expired, "expired on 2021-03-01", ""},
		{"a JWT without a date", "jwt", jwtOf(`{"x":{"y":1}}`, drawn), "", "", ""},
		{"a JWT in another token", "github-app-installation-token-jwt", "ghs_12_" + jwtOf(`{"exp":1614556800}`, drawn), mudlark.Expired, "expired on 2021-03-01", ""},
		{"a JWT signed with jwt.io's key", "jwt", jwtOf(`{"a":1}`, "your-256-bit-"+"secret"), mudlark.TestMode, "signed with the key of an example, which anybody can do", ""},
		{
			"the claims of jwt.io", "supabase-service-role-key", jwtOf(`{"sub":"1234567890","name":"John Doe","iat":1516239022}`, drawn),
			mudlark.TestMode, "the claims of jwt.io's sample", "subject 1234567890",
		},
		{"a claim with an escape", "jwt", jwtOf("{\"iss\":\"a\\u001b[2Jb\",\"sub\":\"\\u202egnp\",\"exp\":1924992000}", drawn), mudlark.Plausible, "expires on 2031-01-01", ""},
		{"a claim without end", "jwt", jwtOf(`{"iss":"`+strings.Repeat("a", 5000)+`"}`, drawn), "", "", ""},
		{"the account in a key id", "aws-access-key-id", awsID(123456789012, 'x'), mudlark.Plausible, "", "AWS account 123456789012"},
		{"a key id from before accounts stood in it", "aws-access-key-id", "AKIAJ" + awsID(1, 'x')[5:], "", "", ""},
		{"a key of Bedrock", "aws-bedrock-api-key", "ABSK" + b64("BedrockAPIKey-a1b2-at-123456789012:"+drawn+drawn), mudlark.Plausible, "", "AWS account 123456789012"},
		{
			"a short key of Bedrock", "aws-bedrock-api-key",
			"bedrock-api-key-" + b64("bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential="+awsID(123456789012, 1)+"%2F20210301%2Fus-east-1&X-Amz-Date=20210301T000000Z&X-Amz-Expires=43200"),
			mudlark.Expired, "expired on 2021-03-01", "AWS account 123456789012",
		},
		{
			"a presigned URL", "aws-presigned-url",
			"https://x.s3.amazonaws.com/a?X-Amz-Credential=" + awsID(123456789012, 1) + "%2F20260615&X-Amz-Date=20260615T110000Z&X-Amz-Expires=86400&X-Amz-Signature=<hex 64>",
			mudlark.Plausible, "expires on 2026-06-16", "AWS account 123456789012",
		},
		{"a presigned URL without a date", "aws-presigned-url", "https://x.s3.amazonaws.com/a?X-Amz-Expires=86400&X-Amz-Signature=<hex 64>", "", "", ""},
		{"a shared access signature", "azure-storage-sas", "sv=2022-11-02&sp=rl&se=2021-03-01T00%3A00%3A00Z&sig=<base62 43>%3D", mudlark.Expired, "expired on 2021-03-01", "permissions rl"},
		{"one with a later date behind", "azure-storage-sas", "sv=2022-11-02&se=2021-03-01&se=2031-01-01T00:00Z&sig=<base62 43>%3D", mudlark.Plausible, "expires on 2031-01-01", ""},
		{"a password of API Management", "azure-apim-git-password", "git&202103010000&<base64 86>==", mudlark.Expired, "expired on 2021-03-01", ""},
		{"a reference token", "artifactory-reference-token", base64.StdEncoding.EncodeToString([]byte("reftkn:01:1614556800:" + drawn + drawn[:11])), mudlark.Expired, "expired on 2021-03-01", ""},
		{"a reference token for ever", "artifactory-reference-token", base64.StdEncoding.EncodeToString([]byte("reftkn:01:0000000000:" + drawn + drawn[:11])), "", "", ""},
		{"a key of Artifactory", "artifactory-api-key", "<artifactory>", mudlark.Plausible, "its checksum is right", "made on 20"},
		{"a routable token", "gitlab-pat-routable", "<gitlab-routable glpat->", mudlark.Plausible, "its checksum is right", "GitLab organisation "},
		{"a token of Grafana Cloud", "grafana-cloud-token", "glc_" + base64.StdEncoding.EncodeToString([]byte(`{"o":"654321","n":"ci","k":"`+drawn+drawn+`","m":{"r":"us"}}`)), mudlark.Plausible, "", "Grafana Cloud organisation 654321, name ci"},
		{"an old key of Grafana", "grafana-api-key-legacy", base64.StdEncoding.EncodeToString([]byte(`{"k":"` + drawn + drawn + `","n":"ci","id":3}`)), mudlark.Plausible, "", "Grafana organisation 3, name ci"},
		{"a Discord bot", "discord-bot-token", b64("123456789012345678") + "." + drawn[:6] + ".<base64url 38>", mudlark.Plausible, "", "Discord bot 123456789012345678"},
		{"a Discord token whose id is none", "discord-bot-token", b64("not a number 12345") + "." + drawn[:6] + ".<base64url 38>", "", "", ""},
		{"a Discord webhook", "discord-webhook-url", "https://discord.com/api/webhooks/123456789012345678/<base64url 68>", mudlark.Plausible, "", "Discord webhook 123456789012345678"},
		{"a Slack bot", "slack-bot-token", "xoxb-2345678901-3456789012-<base62 24>", mudlark.Plausible, "", "Slack workspace 2345678901, Slack user 3456789012"},
		{"a Slack app", "slack-app-token", "xapp-1-A0123456789-3456789012-<hex 64>", mudlark.Plausible, "", "Slack app A0123456789"},
		{"a Slack webhook", "slack-webhook-url", "https://hooks.slack.com/services/T0123456789/B<ALNUM 10>/<base62 24>", mudlark.Plausible, "", "Slack workspace T0123456789"},
		{"a Telegram bot", "telegram-bot-token", "1234567891:AA<base64url 33>", mudlark.Plausible, "", "Telegram bot 1234567891"},
		{"a user of Matrix", "matrix-synapse-access-token", "syt_" + b64("ci-bot") + "_<base62 20>_<base62 6>", mudlark.Plausible, "", "Matrix user ci-bot"},
		{"a user of JetBrains", "jetbrains-permanent-token", "perm:" + b64("ada") + "." + b64("ci") + ".<base62 30>", mudlark.Plausible, "", "JetBrains user ada"},
		{"a user of Mapbox", "mapbox-secret-token", "sk." + b64(`{"u":"acme","a":"`+drawn+`"}`) + ".<base64url 22>", mudlark.Plausible, "", "Mapbox user acme"},
		{"a token of a Sentry organisation", "sentry-org-auth-token", "sntrys_" + base64.StdEncoding.EncodeToString([]byte(`{"iat":1,"url":"https://sentry.io","org":"acme"}`)) + "_<base64 43>", mudlark.Plausible, "", "Sentry organisation acme"},
		{"a key of Stripe's test mode", "stripe-test-key", "sk_test_<base62 24>", mudlark.TestMode, "of the provider's test mode", ""},
		{"a live key of Stripe", "stripe-live-secret-key", "sk_live_<base62 24>", "", "", ""},
		{"a key of Mollie's test mode", "mollie-api-key", "test_<base62 30>", mudlark.TestMode, "of the provider's test mode", ""},
	} {
		a := assessed(t, test.rule, filled(t, test.secret))
		if a.Verdict != test.want || a.Reason != test.reason || !strings.HasPrefix(told(a), test.identity) || test.identity == "" && len(a.Identity) > 0 {
			t.Errorf("%s: %q, %q, %q; want %q, %q, %q", test.name, a.Verdict, a.Reason, told(a), test.want, test.reason, test.identity)
		}
	}
}

func TestNothingExpiresAtNoTime(t *testing.T) {
	f := mudlark.Finding{Secret: mudlark.NewSensitive(jwtOf(`{"exp":1614556800}`, "k"))}
	if a := Assess(ruleNamed(t, "jwt"), &f, time.Time{}); a.Verdict != mudlark.Plausible || a.Expires.Year() != 2021 {
		t.Errorf("%+v", a)
	}
}

// TestEveryHardChecksumDecides has each rule's examples filled with a right and
// with a wrong checksum.
func TestEveryHardChecksumDecides(t *testing.T) {
	for rule, template := range map[string]string{
		"github-pat":                    "<github%s ghp_>",
		"github-fine-grained-pat":       "<github%s github_pat_>",
		"github-oauth-token":            "<github%s gho_>",
		"github-app-user-token":         "<github%s ghu_>",
		"github-app-installation-token": "<github%s ghs_>",
		"github-app-refresh-token":      "<github%s ghr_>",
		"honeybadger-token":             "<honeybadger%s>",
		"gitlab-pat-routable":           "<gitlab-routable%s glpat->",
		"grafana-service-account-token": "<grafana-sa%s>",
		"cloudflare-user-api-token":     "<cloudflare%s cfut_>",
		"cloudflare-account-api-token":  "<cloudflare%s cfat_>",
		"atlassian-cloud-api-token":     "<atlassian%s ATATT3xFfGF0>",
		"atlassian-admin-api-key":       "<atlassian%s ATCTT3xFfGN0>",
		"jira-oauth-client-secret":      "<atlassian%s ATOA>",
		"confluent-api-secret-v2":       "<confluent%s>",
		"artifactory-api-key":           "<artifactory%s>",
		"bitcoin-wif-key":               "<wif%s>",
		"bip32-extended-private-key":    "<xprv%s>",
		"azure-entra-client-secret":     "<azure-entra%s>",
	} {
		if a := assessed(t, rule, filled(t, fmt.Sprintf(template, ""))); a.Verdict != mudlark.Plausible {
			t.Errorf("%s, with its checksum: %+v", rule, a)
		}
		if a := assessed(t, rule, filled(t, fmt.Sprintf(template, "-bad"))); a.Verdict != mudlark.Impossible || a.Reason == "" {
			t.Errorf("%s, with a wrong checksum: %+v", rule, a)
		}
	}
}

// TestNoExampleIsImpossible: what the rules take for the real thing stays so.
func TestNoExampleIsImpossible(t *testing.T) {
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[mudlark.Assessed]int{}
	for i := range set.Rules {
		r := &set.Rules[i]
		for _, template := range r.Examples {
			engine.Detect(mudlark.Chunk{Data: []byte(filled(t, template))}, func(f mudlark.Finding) {
				if f.RuleID != r.ID {
					return
				}
				a := Assess(r, &f, today())
				verdicts[a.Verdict]++
				if a.Verdict == mudlark.Impossible {
					t.Errorf("%s: %+v", r.ID, a)
				}
			})
		}
	}
	if t.Log(verdicts); verdicts[mudlark.Plausible] < 50 || verdicts[mudlark.TestMode] < 20 {
		t.Errorf("few of the examples say anything: %v", verdicts)
	}
}

func TestDocumentationIsImpossible(t *testing.T) {
	for _, pieces := range [][]string{
		{"AKIA", "IOSFODNN7EXAMPLE"},
		{"wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"},
		{"1x", strings.Repeat("0", 31), "AA"},
		{"0x", strings.Repeat("0", 40)},
	} {
		if a := assessed(t, "aws-access-key-id", strings.Join(pieces, "")); a.Verdict != mudlark.Impossible || len(a.Identity) > 0 {
			t.Errorf("%s...: %+v", pieces[0], a)
		}
	}
	for _, near := range []string{"AKIA" + "IOSFODNN7EXAMPLF", "4x" + strings.Repeat("0", 31) + "AA", "1x" + strings.Repeat("0", 30) + "1AA"} {
		if a := assessed(t, "aws-access-key-id", near); a.Verdict == mudlark.Impossible {
			t.Errorf("%s...: %+v", near[:4], a)
		}
	}
	for i, known := range documentation {
		if len(known.digest) != 2*sha256.Size || known.what == "" {
			t.Errorf("entry %d: %v", i, known)
		}
	}
}

func TestTestModesAreOfRulesThatExist(t *testing.T) {
	set := rules.Builtin(rules.Sets()...)
	for _, m := range testModes {
		i := slices.IndexFunc(set.Rules, func(r rules.Rule) bool { return r.ID == m.rule })
		if i < 0 {
			t.Errorf("no rule %q", m.rule)
			continue
		}
		r := &set.Rules[i]
		if m.mark == "" && !strings.Contains(r.ID+r.Description, "test") && !strings.Contains(r.Description, "sandbox") {
			t.Errorf("%s: all are taken for test keys, but %q does not say so", r.ID, r.Description)
		}
	}
}

// TestSurroundingsDoNotDecide: whoever writes a live secret into a file may write
// around it what he likes.
func TestSurroundingsDoNotDecide(t *testing.T) {
	secret := filled(t, "<github ghp_>")
	around := "AKIA" + "IOSFODNN7EXAMPLE se=2001-01-01&X-Amz-Date=20010101T000000Z&X-Amz-Expires=1 sk_test_ " + jwtOf(`{"exp":1}`, "secret")
	f := mudlark.Finding{
		Secret: mudlark.NewSensitive(secret), Match: mudlark.NewSensitive(around + secret), Key: around,
		Excerpt: mudlark.Excerpt{Text: mudlark.NewSensitive(around)}, Parts: map[string]mudlark.Sensitive{"x": mudlark.NewSensitive(around)},
		Tags: []string{"test"}, Evidence: []mudlark.Evidence{{Name: "checksum", Detail: "wrong", Effect: -70}},
	}
	if a := Assess(ruleNamed(t, "github-pat"), &f, today()); a.Verdict != mudlark.Plausible || len(a.Identity) > 0 {
		t.Errorf("%+v", a)
	}
}

func TestPartsTellWhoseKeyItIs(t *testing.T) {
	for _, test := range []struct{ rule, part, value, want string }{
		{"aws-key-pair", "aws-access-key-id", awsID(123456789012, 3), "AWS account 123456789012"},
		{"google-service-account-key", "google-service-account-email", "deploy@acme-prod.iam.gserviceaccount.com", "Google Cloud project acme-prod, service account deploy"},
		{"google-service-account-key", "google-service-account-email", "deploy@elsewhere.example", ""},
	} {
		f := mudlark.Finding{Secret: mudlark.NewSensitive("drawn"), Parts: map[string]mudlark.Sensitive{test.part: mudlark.NewSensitive(test.value)}}
		if a := Assess(ruleNamed(t, test.rule), &f, today()); told(a) != test.want {
			t.Errorf("%s: %q, want %q", test.rule, told(a), test.want)
		}
	}
}

func BenchmarkAssess(b *testing.B) {
	for _, test := range []struct{ rule, secret string }{
		{"github-pat", "<github ghp_>"}, {"generic-api-key", "<base62 40>"}, {"jwt", jwtOf(`{"sub":"x","exp":1924992000}`, "k")},
	} {
		b.Run(test.rule, func(b *testing.B) {
			r := ruleNamed(b, test.rule)
			f := mudlark.Finding{Secret: mudlark.NewSensitive(filled(b, test.secret))}
			b.ReportAllocs()
			for b.Loop() {
				Assess(r, &f, today())
			}
		})
	}
}

func FuzzAssessStandsAnything(f *testing.F) {
	for _, seed := range []string{
		"", "eyJ.eyJ.x", "sv=1&se=%zz&sig=", "git&999999999999&", "reftkn:01:9999999999999999999:", "AKIA" + strings.Repeat("A", 16), "glpat-.01.", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
		"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----", "LS0tLS1CRUdJTi", "https://x/?X-Amz-Date=20210301T000000Z&X-Amz-Expires=-1", "MIIB",
	} {
		f.Add(seed, seed)
	}
	var all []*rules.Rule
	for _, id := range []string{
		"aws-access-key-id", "aws-bedrock-api-key", "aws-presigned-url", "azure-storage-sas", "azure-apim-git-password", "artifactory-api-key", "artifactory-reference-token",
		"gitlab-pat-routable", "discord-bot-token", "discord-webhook-url", "telegram-bot-token", "slack-bot-token", "slack-webhook-url", "matrix-synapse-access-token",
		"jetbrains-permanent-token", "mapbox-secret-token", "sentry-org-auth-token", "github-pat", "private-key", "jwt",
	} {
		all = append(all, ruleNamed(f, id))
	}
	f.Fuzz(func(t *testing.T, secret, match string) {
		finding := mudlark.Finding{Secret: mudlark.NewSensitive(secret), Match: mudlark.NewSensitive(match)}
		for _, r := range all {
			a := Assess(r, &finding, today())
			if len(a.Identity) > maxFacts {
				t.Errorf("%d facts", len(a.Identity))
			}
			for _, fact := range a.Identity {
				if len(fact.Value) > maxSaid || strings.ContainsAny(fact.Value, "\x00\x1b\n") {
					t.Errorf("%q", fact.Value)
				}
			}
			if y := a.Expires.Year(); !a.Expires.IsZero() && (y < 1990 || y > 9999) {
				t.Errorf("expires %v", a.Expires)
			}
		}
	})
}
