package checksum

import (
	"slices"
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
		{"base58check", "<wif>", "<wif-bad>"},
		{"base58check", "<xprv>", "<xprv-bad>"},
	} {
		c, ok := Named(test.name)
		if !ok {
			t.Errorf("no check %q", test.name)
			continue
		}
		for seed := range uint64(20) {
			if text := fill(t, test.blank, seed); !c.Holds([]byte(text)) {
				t.Errorf("%s: %q, made with its checksum, fails", test.name, text)
			}
			if bad := fill(t, test.bad, seed); c.Holds([]byte(bad)) {
				t.Errorf("%s: %q, made with a wrong checksum, passes", test.name, bad)
			}
		}
	}
}

func fill(t *testing.T, template string, seed uint64) string {
	t.Helper()
	text, err := rules.Fill(template, seed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestNamesAreSortedAndNameChecks(t *testing.T) {
	names := Names()
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %q", names)
	}
	for _, name := range names {
		if c, ok := Named(name); !ok || c.Name != name || c.Holds == nil {
			t.Errorf("%s: %v, %v", name, c.Name, ok)
		}
	}
}

func FuzzChecksumsStandAnything(f *testing.F) {
	for _, s := range []string{"", "a", "_", "=", "12345678", strings.Repeat("x", 37), strings.Repeat("é", 50), strings.Repeat("A", 300), "AKCp", "github_pat_", "AKIAAAAA"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, secret []byte) {
		for _, name := range Names() {
			c, _ := Named(name)
			c.Holds(secret)
		}
	})
}
