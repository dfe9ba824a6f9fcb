package detectors

import (
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestInlineMarkersSuppress(t *testing.T) {
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ text, want string }{ // want is the reason, empty: not suppressed
		{"TOK", ""},
		{"TOK # mudlark:allow test fixture", "test fixture"},
		{"TOK /* mudlark:allow test fixture */ more", "test fixture"},
		{"<!-- mudlark:allow fixture --> TOK", "fixture"},
		{"TOK # mudlark:allow", "mudlark:allow"},
		{"TOK # mudlark:allow=tok it is public", "it is public"},
		{"TOK # mudlark:allow=other,tok it is public", "it is public"},
		{"TOK # mudlark:allow=other it is public", ""},
		{"TOK # mudlark:allow old until=2026-05-10", "old"},
		{"TOK # mudlark:allow old until=2026-05-09", ""},
		{"TOK # mudlark:allow old until=2027-01-01 really", "old really"},
		{"TOK # mudlark:allow old until=tomorrow", ""},
		{"TOK # mudlark:allowance", ""},
		{"# mudlark:allow-next-line reason\nTOK", "reason"},
		{"# mudlark:allow-next-line=tok reason\nTOK", "reason"},
		{"# mudlark:allow-next-line=other reason\nTOK", ""},
		{"# mudlark:allow-next-line reason\n\nTOK", ""},
		{"TOK # mudlark:allow-next-line reason", ""},
		{"# mudlark:allow reason\nTOK", ""},
		{"TOK\n# mudlark:allow reason", ""},
		{"TOK gitleaks:allow", "gitleaks:allow"},
		{"gitleaks:allow TOK", "gitleaks:allow"},
		{"TOK # betterleaks:allow", "betterleaks:allow"},
		{"TOK # trufflehog:ignore", "trufflehog:ignore"},
		{"trufflehog:ignore TOK", ""},
		{"TOK # kingfisher:ignore", "kingfisher:ignore"},
		{"TOK # keyhog:ignore", "keyhog:ignore"},
		{"TOK # keyhog:ignore detector=tok", "keyhog:ignore"},
		{"TOK # keyhog:ignore detector=other", ""},
		{"TOK # pragma: allowlist secret", "pragma: allowlist secret"},
		{"TOK // pragma: whitelist secret", "pragma: allowlist secret"},
		{"TOK // pragma: allowlist-secret", "pragma: allowlist secret"},
		{"TOK <!-- pragma: allowlist secret -->", "pragma: allowlist secret"},
		{"TOK /* pragma: allowlist secret */", "pragma: allowlist secret"},
		{"TOK -- pragma: allowlist secret", "pragma: allowlist secret"},
		{"TOK pragma: allowlist secret", ""},
		{"# pragma: allowlist nextline secret\nTOK", "pragma: allowlist secret"},
		{"  // pragma: allowlist nextline secret\nTOK", "pragma: allowlist secret"},
		{"x // pragma: allowlist nextline secret\nTOK", ""},
		{"TOK # pragma: allowlist nextline secret", ""},
		{"yaml: TOK # pragma: allowlist secret", "pragma: allowlist secret"},
		{"yaml: TOK // pragma: allowlist secret", ""},
		{"TOK // secretlint-disable-line", "secretlint-disable-line"},
		{"TOK // secretlint-disable-line tok -- why", "secretlint-disable-line"},
		{"TOK // secretlint-disable-line @secretlint/secretlint-rule-tok", "secretlint-disable-line"},
		{"TOK // secretlint-disable-line other", ""},
		{"// secretlint-disable-next-line\nTOK", "secretlint-disable-next-line"},
		{"// secretlint-disable-next-line other\nTOK", ""},
		{"/* secretlint-disable */\nx\nTOK", "secretlint-disable"},
		{"/* secretlint-disable */\nx\n/* secretlint-enable */\nTOK", ""},
		{"/* secretlint-disable other */\nTOK", ""},
		{"/* secretlint-disable */\n/* secretlint-enable other */\nTOK", "secretlint-disable"},
		{"TOK\n/* secretlint-disable */", ""},
	} {
		c := mudlark.Chunk{Data: []byte(strings.Replace(test.text, "TOK", "k = "+t1, 1))}
		if strings.HasPrefix(test.text, "yaml") {
			c.Origin.Path = "a.yaml"
		}
		for _, ignore := range []bool{false, true} {
			found, _ := detectChunk(engine(t, set(tok), Options{Now: now, IgnoreInline: ignore}), c)
			if len(found) != 1 {
				t.Errorf("%q: found %d", test.text, len(found))
				continue
			}
			want := mudlark.Suppression{By: mudlark.ByComment, Reason: test.want}
			if test.want == "" || ignore {
				want = mudlark.Suppression{}
			}
			if got := found[0].Suppression; got != want {
				t.Errorf("%q, ignored %v: got %+v, want %+v", test.text, ignore, got, want)
			}
		}
	}
}

func TestMarkersDoNotExpireWithoutAClock(t *testing.T) {
	found := detect(engine(t, set(tok), Options{}), t1+" # mudlark:allow old until=1999-01-01")
	if len(found) != 1 || found[0].Suppression.Reason != "old" {
		t.Errorf("got %+v", found)
	}
}

func TestAMarkerOnAnyLineOfTheMatchCounts(t *testing.T) {
	e := engine(t, set(rules.Rule{ID: "r", Regex: `(?s)begin.*?end`, Keywords: []string{"begin"}}), Options{})
	for _, test := range []struct {
		text string
		want bool
	}{
		{"begin x # gitleaks:allow\ny\nend", true}, {"begin x\ny # gitleaks:allow\nend", true}, {"begin x\ny\nend # gitleaks:allow", true},
		{"# gitleaks:allow\nbegin x\ny\nend", false}, {"begin x\ny\nend\n# gitleaks:allow", false},
		{"# mudlark:allow-next-line z\nbegin x\ny\nend", true}, {"begin x\n# mudlark:allow-next-line z\ny\nend", false},
	} {
		found := detect(e, test.text)
		if len(found) != 1 || (found[0].Suppression.By != "") != test.want {
			t.Errorf("%q: got %+v", test.text, found)
		}
	}
}
