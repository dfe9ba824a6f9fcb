package scanner_test

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/suppress"
)

func testEngine(t *testing.T) *detectors.Engine {
	t.Helper()
	set, err := rules.Parse("test.toml", []byte(testRules))
	if err != nil {
		t.Fatal(err)
	}
	e, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestMessagesAreConcealed(t *testing.T) {
	e := testEngine(t)
	for text, want := range map[string]string{
		"":                              "",
		"nothing to hide":               "nothing to hide",
		"a\n\nb\n":                      "a\n\nb\n",
		"\"acme_9f3b7c21e5d8\" is none": `"REDACTED" is none`,
		"one acme_9f3b7c21e5d8\ntwo acme_4e8d1b7a90c3, acme-password=horse1": "one REDACTED\ntwo REDACTED, acme-password=REDACTED",
		`"https://user:pass@host/a@b": no`:                                   `"https://REDACTED@host/a@b": no`,
		"ssh://git@host/a and http://x:y@z@host":                             "ssh://REDACTED@host/a and http://REDACTED@host",
		"https://acme_9f3b7c21e5d8@host":                                     "https://REDACTED@host",
		"https://host/path mail@example.com":                                 "https://host/path mail@example.com",
		"https://@host ://":                                                  "https://@host ://",
	} {
		if got := scanner.Conceal(e, text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSecretsAreThoseThatAreConcealed(t *testing.T) {
	var got []string
	for _, s := range scanner.Secrets(testEngine(t), "--name", "in/acme_9f3b7c21e5d8", "https://user:pass@host\nacme_4e8d1b7a90c3") {
		got = append(got, s.Reveal())
	}
	if text := strings.Join(got, " "); text != "acme_9f3b7c21e5d8 user:pass acme_4e8d1b7a90c3" {
		t.Errorf("got %q", text)
	}
}

// TestIgnoreFileIsBounded: it may come with what is scanned.
func TestIgnoreFileIsBounded(t *testing.T) {
	line := "v1:acme-token:0123456789abcdef # a reason\n"
	if err := new(suppress.Ignore).Read("file", strings.NewReader(strings.Repeat(line, 4<<20/len(line)))); err != nil {
		t.Error(err)
	}
	err := new(suppress.Ignore).Read("file", strings.NewReader(strings.Repeat(line, 4<<20/len(line)+1)))
	if err == nil || !strings.Contains(err.Error(), "larger than 4 MB") {
		t.Errorf("%v", err)
	}
}
