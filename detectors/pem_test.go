package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func pemEngine(t *testing.T) *Engine {
	words := []string{"private key-----", "private key block-----", "private key ----", "putty-user-key-file"}
	return engine(t, set(
		rules.Rule{ID: "key", Detector: "pem", Keywords: words, Confidence: mudlark.High},
		rules.Rule{ID: "locked", Detector: "pem-encrypted", Keywords: words, Confidence: mudlark.Medium},
	), Options{})
}

func TestKeyBlocksAreFound(t *testing.T) {
	e := pemEngine(t)
	quoted := func(s string) string { // a string of several lines, as Java and Go have it
		return `"` + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\\n\" +\n\t\t\"") + `";`
	}
	indented := func(s string) string {
		return "key: |\n    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ")
	}
	commented := func(s string) string { return "// " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n// ") }
	ssh2 := func(s string) string {
		return strings.NewReplacer("-----BEGIN", "---- BEGIN", "-----END", "---- END", "-----", " ----", "RSA", "SSH2 ENCRYPTED").Replace(s)
	}
	as := func(s string) string { return s }
	for _, test := range []struct {
		name, template string
		change         func(string) string
		want           mudlark.Confidence
	}{
		{"PKCS#1", "<pem RSA PRIVATE KEY>", as, mudlark.High},
		{"PKCS#8", "<pem PRIVATE KEY>", as, mudlark.High},
		{"EC", "<pem EC PRIVATE KEY>", as, mudlark.High},
		{"DSA", "<pem DSA PRIVATE KEY>", as, mudlark.High},
		{"OpenSSH", "<pem OPENSSH PRIVATE KEY>", as, mudlark.High},
		{"PGP", "<pem PGP PRIVATE KEY BLOCK>", as, mudlark.High},
		{"PuTTY", "<putty>", as, mudlark.High},
		{"encrypted PKCS#8", "<pem ENCRYPTED PRIVATE KEY>", as, mudlark.Medium},
		{"encrypted PKCS#1", "<pem-encrypted RSA PRIVATE KEY>", as, mudlark.Medium},
		{"encrypted OpenSSH", "<pem-encrypted OPENSSH PRIVATE KEY>", as, mudlark.Medium},
		{"encrypted PGP", "<pem-encrypted PGP PRIVATE KEY BLOCK>", as, mudlark.Medium},
		{"encrypted PuTTY", "<putty-encrypted>", as, mudlark.Medium},
		{"one line", `{"key": "<pem-line RSA PRIVATE KEY>"}`, as, mudlark.High},
		{"one line, twice escaped", `<pem-line RSA PRIVATE KEY>`, func(s string) string { return strings.ReplaceAll(s, `\n`, `\\n`) }, mudlark.High},
		{"one line, encrypted", `<pem-line-encrypted RSA PRIVATE KEY>`, as, mudlark.Medium},
		{"CRLF", "<pem RSA PRIVATE KEY>", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, mudlark.High},
		{"blanks for line ends", "<pem RSA PRIVATE KEY>", func(s string) string { return strings.ReplaceAll(s, "\n", " ") }, mudlark.High},
		{"no line ends", "<pem RSA PRIVATE KEY>", func(s string) string { return strings.ReplaceAll(s, "\n", "") }, mudlark.High},
		{"indented", "<pem RSA PRIVATE KEY>", indented, mudlark.High},
		{"joined strings", "<pem RSA PRIVATE KEY>", quoted, mudlark.High},
		{"commented out", "<pem EC PRIVATE KEY>", commented, mudlark.High},
		{"SSH2", "<pem RSA PRIVATE KEY>", ssh2, mudlark.Medium},
		{"base64 lines missing", "<pem RSA PRIVATE KEY>", func(s string) string { return s[:200] + "\n...\n" + s[800:] }, mudlark.Low},
		{"another label", "<pem EC PRIVATE KEY>", func(s string) string { return strings.ReplaceAll(s, "EC PRIVATE", "OPENSSH PRIVATE") }, mudlark.Low},
		{"a public key's inside", "<pem RSA PRIVATE KEY>", func(s string) string { return strings.Replace(s, "MIIEpAIBAAKCAQEA", "MIIEpDCBAAKCAQEA", 1) }, mudlark.Low},
		{"END missing", "<pem RSA PRIVATE KEY>", func(s string) string { return s[:strings.LastIndex(s, "-----END")] }, mudlark.Low},
		{"cut short", "<pem RSA PRIVATE KEY>", func(s string) string { return s[:700] + "\nand so on\n" }, mudlark.Low},
	} {
		for _, seed := range seeds {
			key := test.change(fill(t, test.template, seed))
			found := detect(e, "some text before\n"+key+"\nand after\n")
			if len(found) != 1 || found[0].Confidence != test.want {
				t.Errorf("%s, seed %d: got %d findings, want one of confidence %v, in %s", test.name, seed, len(found), test.want, key)
				break
			}
			if s := found[0].Secret.Reveal(); !strings.Contains(s, "BEGIN ") && !strings.Contains(s, "User-Key") || strings.Contains(s, "and after") {
				t.Errorf("%s: got the secret %q", test.name, s)
			}
		}
	}
}

func TestWhatIsNoKeyIsNotFound(t *testing.T) {
	e := pemEngine(t)
	begin, end := "-----BEGIN RSA PRIVATE "+"KEY-----\n", "-----END RSA PRIVATE "+"KEY-----\n"
	for name, text := range map[string]string{
		"nothing inside":    begin + end,
		"elided":            begin + "...\n" + end,
		"placeholder":       begin + "your key here\n" + end,
		"one letter":        begin + strings.Repeat(strings.Repeat("A", 64)+"\n", 10) + end,
		"short":             begin + "MIIEpAIBAAKCAQEA\n" + end,
		"only BEGIN":        begin,
		"text after BEGIN":  begin + strings.Repeat("Some words of a text that explains what keys are.\n", 20),
		"a certificate":     strings.NewReplacer("RSA PRIVATE "+"KEY", "CERTIFICATE").Replace(fill(t, "<pem RSA PRIVATE KEY>", 1)),
		"a public key":      strings.NewReplacer("PRIVATE", "PUBLIC").Replace(fill(t, "<pem RSA PRIVATE KEY>", 1)),
		"a search for one":  `if strings.Contains(s, "` + strings.TrimSpace(begin) + `") { return }`,
		"PuTTY without key": "PuTTY-User-Key-File-" + "2: ssh-rsa\nEncryption: none\n",
	} {
		if found := detect(e, text); len(found) != 0 {
			t.Errorf("%s: found %d in %q", name, len(found), text)
		}
	}
}

func TestManyBlocksAreFoundEach(t *testing.T) {
	e := pemEngine(t)
	var text strings.Builder
	for seed := range uint64(20) {
		text.WriteString(fill(t, "<pem EC PRIVATE KEY>", seed))
	}
	if found := detect(e, text.String()); len(found) != 20 {
		t.Errorf("got %d", len(found))
	}
}
