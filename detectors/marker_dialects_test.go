package detectors

import (
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// TestCommentsOfOtherToolsMeanWhatTheyMeanThere: a corpus of every comment that a
// repository may have, and whether the tool that it is written for is silent then.
// TOK is the secret.
func TestCommentsOfOtherToolsMeanWhatTheyMeanThere(t *testing.T) {
	const py, yml = "app.py", "conf.yaml"
	for _, c := range []struct {
		path, text string
		silent     bool
	}{
		// detect-secrets 1.5: a comment opener, the words, the end of the comment at the end of the line.
		{py, "TOK # pragma: allowlist secret", true},
		{py, "TOK# pragma: allowlist secret", true},
		{py, "TOK #pragma: allowlist secret", true},
		{py, "TOK #   pragma: allowlist secret", true},
		{py, "TOK #\tpragma: allowlist secret", false},
		{py, "TOK # pragma:allowlist secret", true},
		{py, "TOK # pragma:  allowlist secret", false},
		{py, "TOK # pragma: allowlist  secret", false},
		{py, "TOK # pragma: allowlist-secret", true},
		{py, "TOK # pragma: whitelist secret", true},
		{py, "TOK # pragma: whitelist-secret", true},
		{py, "TOK # pragma: allowlistsecret", false},
		{py, "TOK # pragma: allowlist_secret", false},
		{py, "TOK # pragma: Allowlist secret", false},
		{py, "TOK # pragma: allowlist secret, it is public", true},
		{py, "TOK # why: pragma: allowlist secret", false},
		{py, "TOK pragma: allowlist secret", false},
		{py, "# pragma: allowlist secret TOK", true}, // anywhere on the line
		{py, "TOK // pragma: allowlist secret", true},
		{py, "TOK /* pragma: allowlist secret */", true},
		{py, "TOK /*pragma: allowlist secret*/  ", true},
		{py, "TOK /* pragma: allowlist secret */ + x", false},
		{py, "TOK /* pragma: allowlist secret", false},
		{py, "TOK ' pragma: allowlist secret", true},
		{py, "TOK -- pragma: allowlist secret", true},
		{py, "TOK <!-- pragma: allowlist secret -->", true},
		{py, "TOK <!-- # pragma: allowlist secret -->", true},
		{py, "TOK <!--\tpragma: allowlist secret-->", true},
		{py, "TOK <!-- pragma: allowlist secret --> <b>", true}, // behind --
		{py, "TOK <!--# pragma: allowlist secret", true},        // behind #
		{py, "TOK <!--\tpragma: allowlist secret", false},
		{py, "TOK % pragma: allowlist secret", false},
		{py, "TOK # pragma: allowlist secret\r", true},
		{py, "TOK /* pragma: allowlist secret */\r", true},
		{py, "TOK\n# pragma: allowlist secret", false},
		{py, "# pragma: allowlist secret\nTOK", false},
		{yml, "TOK # pragma: allowlist secret", true},
		{yml, "TOK // pragma: allowlist secret", false},
		{yml, "TOK /* pragma: allowlist secret */", false},
		{yml, "TOK <!-- pragma: allowlist secret -->", false},
		{yml, "TOK -- pragma: allowlist secret", false},
		{yml, "TOK ' pragma: allowlist secret", false},
		{yml, "# pragma: allowlist nextline secret\nTOK", true},
		{yml, "// pragma: allowlist nextline secret\nTOK", false},
		{py, "# pragma: allowlist nextline secret\nTOK", true},
		{py, "\t # pragma: allowlist nextline secret\nTOK", true},
		{py, "# pragma: allowlist-nextline-secret\nTOK", true},
		{py, "// pragma: allowlist nextline secret\nTOK", true},
		{py, "/* pragma: allowlist nextline secret */\nTOK", true},
		{py, "/* pragma: allowlist nextline secret\nTOK", false},
		{py, "<!-- pragma: allowlist nextline secret -->\nTOK", true},
		{py, "' pragma: allowlist nextline secret\nTOK", true},
		{py, "-- pragma: allowlist nextline secret\r\nTOK", true},
		{py, "x = 1 # pragma: allowlist nextline secret\nTOK", false},
		{py, "# x # pragma: allowlist nextline secret\nTOK", false},
		{py, "# pragma: allowlist nextline secret\n\nTOK", false},
		{py, "# pragma: allowlist nextline  secret\nTOK", false},
		{py, "TOK # pragma: allowlist nextline secret", false},

		// gitleaks 8.30, betterleaks 1.7: anywhere in the lines of the match, no comment needed.
		{py, "TOK # gitleaks:allow", true},
		{py, "gitleaks:allow TOK", true},
		{py, "TOK;gitleaks:allow", true},
		{py, "TOK # gitleaks:allowed", true},
		{py, "TOK # gitleaks: allow", false},
		{py, "TOK # GITLEAKS:ALLOW", false},
		{py, "# gitleaks:allow\nTOK", false},
		{py, "TOK # betterleaks:allow", true},

		// trufflehog 3.97: behind the secret, up to the end of the line.
		{py, "TOK # trufflehog:ignore", true},
		{py, "TOK trufflehog:ignore", true},
		{py, "trufflehog:ignore TOK", false},
		{py, "TOK\ntrufflehog:ignore", false},

		// secretlint: in comments, with rules or for all.
		{py, "TOK // secretlint-disable-line", true},
		{py, "TOK // secretlint-disable-line @secretlint/secretlint-rule-privatekey", false},
		{py, "// secretlint-disable-next-line\nTOK", true},
		{py, "// secretlint-disable-next-line\n\nTOK", false},
		{py, "# secretlint-disable\nx\nTOK", true},
		{py, "# secretlint-disable @secretlint/secretlint-rule-tok, @secretlint/secretlint-rule-aws -- why\nTOK", true},
		{py, "# secretlint-disable @secretlint/secretlint-rule-aws\nTOK", false},
		{py, "# secretlint-disable\n# secretlint-enable\nTOK", false},
		{py, "TOK\n# secretlint-disable", false},

		// kingfisher, keyhog: same line.
		{py, "TOK # kingfisher:ignore", true},
		{py, "# kingfisher:ignore\nTOK", false},
		{py, "TOK # keyhog:ignore", true},
		{py, "TOK # keyhog:ignore detector=tok", true},
		{py, "TOK # keyhog:ignore detector=other", false},
		{py, "TOK # keyhog:ignore detector=other,tok", true},

		// Ours.
		{py, "TOK # mudlark:allow=tok it is public until=2026-05-10", true},
		{py, "TOK # mudlark:allow=tok it is public until=2026-05-09", false},
		{py, "# mudlark:allow-next-line it is public\nTOK", true},
	} {
		chunk := mudlark.Chunk{Data: []byte(strings.Replace(c.text, "TOK", "k = "+t1, 1)), Origin: mudlark.Origin{Path: c.path}}
		for _, ignore := range []bool{false, true} {
			e := engine(t, set(tok), Options{Now: time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC), IgnoreInline: ignore})
			found, _ := detectChunk(e, chunk)
			if len(found) != 1 {
				t.Errorf("%s: %q: found %d", c.path, c.text, len(found))
				continue
			}
			if got := found[0].Suppression.By == mudlark.ByComment; got != (c.silent && !ignore) {
				t.Errorf("%s: %q, comments ignored %v: silent %v", c.path, c.text, ignore, got)
			}
		}
	}
}

func TestRulesOfSecretlintStandForOurs(t *testing.T) {
	for _, c := range []struct {
		theirs, ours string
		want         bool
	}{
		{"@secretlint/secretlint-rule-privatekey", "openssh-private-key", true},
		{"@secretlint/secretlint-rule-privatekey", "private-key", true},
		{"@secretlint/secretlint-rule-privatekey", "github-pat", false},
		{"@secretlint/secretlint-rule-gcp", "google-service-account-key", true},
		{"@secretlint/secretlint-rule-database-connection-string", "postgres-url", true},
		{"@secretlint/secretlint-rule-basicauth", "basic-auth-url", true},
		{"@secretlint/secretlint-rule-github", "github-pat", true},
		{"secretlint-rule-aws", "aws-key-pair", true},
	} {
		r := rules.Rule{ID: c.ours, Regex: tok.Regex, Keywords: tok.Keywords}
		found := detect(engine(t, set(r), Options{}), "k = "+t1+" // secretlint-disable-line "+c.theirs)
		if len(found) != 1 || (found[0].Suppression.By != "") != c.want {
			t.Errorf("%s, %s: %+v", c.theirs, c.ours, found)
		}
	}
}

// TestALineFullOfPragmasIsReadQuickly: what is done for each does not grow with
// the line.
func TestALineFullOfPragmasIsReadQuickly(t *testing.T) {
	text := "k = " + t1 + strings.Repeat(" /* pragma: allowlist secret", 50_000) + strings.Repeat(" ", 1<<20)
	found := detect(engine(t, set(tok), Options{}), text)
	if len(found) != 1 || found[0].Suppression.By != "" {
		t.Errorf("%d found", len(found))
	}
}
