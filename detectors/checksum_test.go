package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

func TestChecksumsTellMadeTokensFromInvented(t *testing.T) {
	for _, test := range []struct{ name, blank, bad string }{
		{"age", "<age>", "<age-bad>"},
		{"artifactory", "<artifactory>", "<artifactory-bad>"},
		{"atlassian", "<atlassian ATATT3xFfGF0>", "<atlassian-bad ATATT3xFfGF0>"},
		{"atlassian", "<atlassian ATCTT3xFfGN0>", "<atlassian-bad ATCTT3xFfGN0>"},
		{"atlassian", "<atlassian ATBB>", "<atlassian-bad ATBB>"},
		{"atlassian", "<atlassian ATOA>", "<atlassian-bad ATOA>"},
		{"azure-entra", "<azure-entra>", "<azure-entra-bad>"},
		{"azure-key", "<azure +ASt>", "<azure-bad +ASt>"},
		{"azure-key", "<azure ACDb>", "<azure-bad ACDb>"},
		{"azure-key", "<azure APIM>", "<azure-bad APIM>"},
		{"azure-key", "<azure AzFu>", "<azure-bad AzFu>"},
		{"azure-key", "<azure AzSe>", "<azure-bad AzSe>"},
		{"azure-key", "<azure +ACR>", "<azure-bad +ACR>"},
		{"azure-key", "<azure +AEh>", "<azure-bad +AEh>"},
		{"azure-key", "<azure AIoT>", "<azure-bad AIoT>"},
		{"azure-key", "<azure AzCa>", "<azure-bad AzCa>"},
		{"azure-key", "<azure AZEG>", "<azure-bad AZEG>"},
		{"cask", "<azure-cask AZDO>", "<azure-cask-bad AZDO>"},
		{"cloudflare", "<cloudflare cfut_>", "<cloudflare-bad cfut_>"},
		{"confluent", "<confluent>", "<confluent-bad>"},
		{"crc62", "x_<crc62 30>", "x_<crc62-bad 30>"},
		{"github", "<github ghp_>", "<github-bad ghp_>"},
		{"github", "<github ghr_>", "<github-bad ghr_>"},
		{"github", "<github github_pat_>", "<github-bad github_pat_>"},
		{"gitlab-routable", "<gitlab-routable glpat->", "<gitlab-routable-bad glpat->"},
		{"grafana", "<grafana-sa>", "<grafana-sa-bad>"},
		{"honeybadger", "<honeybadger>", "<honeybadger-bad>"},
		{"matrix", "<matrix syt_>", "<matrix-bad syt_>"},
		{"npm", "<npm>", "<npm-bad>"},
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
		{"base58check", "<wif>", "<wif-bad>"},
		{"base58check", "<xprv>", "<xprv-bad>"},
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

func TestChecksumsStandAnything(t *testing.T) {
	for _, c := range checksums {
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
