package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

func TestFormsTellMadeSecretsFromInvented(t *testing.T) {
	for _, test := range []struct{ name, blank, bad string }{
		{"spare-bits", "bu_<base64url 42>A", "bu_<base64url 42>B"},
		{"spare-bits", "dckr_pat_<base64url 26>4", "dckr_pat_<base64url 26>5"},
		{"uuid4", "jina_<hex 12>4<hex 3>8<hex 15><base64url 28>", "jina_<hex 12>5<hex 3>8<hex 15><base64url 28>"},
		{"uuid4", "pat-na1-<hex 8>-<hex 4>-4<hex 3>-a<hex 3>-<hex 12>", "pat-na1-<hex 8>-<hex 4>-4<hex 3>-c<hex 3>-<hex 12>"},
		{"spare-bits", "gto_<base32lower 51>q", "gto_<base32lower 51>b"},
		{"basic-auth", "<basic-auth>", "<base64 40>"},
		{"basic-auth", "<basic-auth>", "dXNlcjpwYXNz"},
		{"encoded-password", "<encoded-password>", "cGFzc3dvcmQ="},
		{"cisco7", "<cisco7>", "99<HEX 16>"},
		{"password", "<ascii 14>", "p4ssw0rd"},
		{"password", "flamingo77", "${PASSWORD}"},
		{"strong-password", "<alnum 16>", "flamingo77"},
		{"key-der", "<der-key>", "<base64 400>"},
		{"key-der", "<der-key>", "MIIB<base64 400>"},
	} {
		holds := checksumNamed(test.name)
		if holds == nil {
			t.Errorf("no check %q", test.name)
			continue
		}
		for seed := range uint64(20) {
			if text := fill(t, test.blank, seed); !holds([]byte(text)) {
				t.Errorf("%s: %q, made with its checksum, fails", test.name, text)
			}
			bad, err := rules.Fill(test.bad, seed)
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				break
			}
			if holds([]byte(bad)) {
				t.Errorf("%s: %q, made with a wrong checksum, passes", test.name, bad)
			}
		}
	}
}

func TestFormsStandAnything(t *testing.T) {
	for _, c := range forms {
		for _, s := range []string{"", "a", "_", "=", "12345678", strings.Repeat("x", 37), strings.Repeat("é", 50), strings.Repeat("A", 300), "AKCp", "github_pat_", "AKIAAAAA"} {
			c.holds([]byte(s))
		}
	}
}

func TestAWrongChecksumGradesLow(t *testing.T) {
	_, e := builtin(t)
	for _, test := range []struct{ template, want string }{{"token: <github ghp_>", "high"}, {"token: <github-bad ghp_>", "low"}} {
		found := detect(e, fill(t, test.template, 3))
		if len(found) != 1 || found[0].Confidence.String() != test.want {
			t.Errorf("%s: got %+v, want confidence %s", test.template, found, test.want)
		}
	}
}
