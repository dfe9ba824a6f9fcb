package report

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func sha1Of(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func detectSecrets(t *testing.T, r *recording, opts Options) detectSecretsFile {
	t.Helper()
	var f detectSecretsFile
	must(t, json.Unmarshal([]byte(r.write(t, "detect-secrets", opts)), &f))
	return f
}

func TestDetectSecretsIsTheFormOfItsBaseline(t *testing.T) {
	a := secretFor("a")
	r := &recording{run: exampleRun()}
	for _, line := range []int{7, 2} { // one secret twice in a file is one entry, the first
		r.found = append(r.found, findingOf("acme-token", a, "x = "+a, mudlark.Origin{Source: "dir", Path: "a b.txt"}, line))
	}
	out := r.write(t, "detect-secrets", Options{Redact: 100, Now: now})
	want := `{
  "version": "1.5.0",
  "plugins_used": [
    {
      "name": "ArtifactoryDetector"
    },
    {
      "name": "AWSKeyDetector"
    },
    {
      "name": "AzureStorageKeyDetector"
    },
    {
      "name": "Base64HighEntropyString",
      "limit": 4.5
    },
`
	if !strings.HasPrefix(out, want) {
		t.Error(firstDifference(out, want))
	}
	end := `  "results": {
    "a b.txt": [
      {
        "type": "Base64 High Entropy String",
        "filename": "a b.txt",
        "hashed_secret": "` + sha1Of(a) + `",
        "is_verified": false,
        "line_number": 2
      }
    ]
  },
  "generated_at": "2024-11-23T12:00:00Z"
}
`
	if _, got, _ := strings.Cut(out, "  \"results\""); "  \"results\""+got != end {
		t.Error(firstDifference("  \"results\""+got, end))
	}
	for _, part := range []string{
		"{\n      \"name\": \"KeywordDetector\",\n      \"keyword_exclude\": \"\"\n    }",
		"{\n      \"path\": \"detect_secrets.filters.common.is_ignored_due_to_verification_policies\",\n      \"min_level\": 2\n    }",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%s is missing", part)
		}
	}
	if out := emptyScan(true).write(t, "detect-secrets", Options{}); !strings.HasSuffix(out, "  \"results\": {}\n}\n") {
		t.Errorf("nothing found: %s", out)
	}
}

func TestDetectSecretsHasAllThatLiesInFiles(t *testing.T) {
	f := detectSecrets(t, exampleScan(), Options{Redact: 100, Now: now})
	for file, want := range map[string]int{
		"config/app.yml": 1, "dist/bundle.zip": 1, "docs/Größe 1 #%.txt": 1, "suppressed/comment.txt": 0, "id_acme": 0, ".git/config": 0, "": 0, "README.md": 0,
	} {
		if got := len(f.Results[file]); got != want {
			t.Errorf("%q: got %d entries, want %d", file, got, want)
		}
	}
	if e := f.Results["config/app.yml"][0]; !e.IsVerified || e.Hash != sha1Of(secretFor("a")) || e.Type != "Secret Keyword" || e.Line != 3 {
		t.Errorf("got %+v", e)
	}
	if len(f.Plugins) != 27 || len(f.Filters) != 11 {
		t.Errorf("got %d plugins, %d filters", len(f.Plugins), len(f.Filters))
	}
}

func TestDetectSecretsTypes(t *testing.T) {
	key := "-----BEGIN " + "RSA PRIVATE KEY-----\nabc\n-----END " + "RSA PRIVATE KEY-----"
	for _, c := range []struct{ rule, secret, key, kind, hashed string }{
		{"github-pat", "x", "", "GitHub Token", "x"},
		{"aws-access-key-id", "x", "", "AWS Access Key", "x"},
		{"aws-session-token", "x", "", "Base64 High Entropy String", "x"},
		{"stripe-live-secret-key", "x", "key", "Stripe Access Key", "x"},
		{"postgres-url", "pw", "", "Basic Auth Credentials", "pw"},
		{"generic-password", "pw", "password", "Secret Keyword", "pw"},
		{"acme", "0123456789abcdef", "", "Hex High Entropy String", "0123456789abcdef"},
		{"acme", "ey" + "J0.ey" + "J0.x", "", "JSON Web Token", "ey" + "J0.ey" + "J0.x"},
		{"github-app-private-key", key, "key", "Private Key", "BEGIN RSA PRIVATE KEY"},
	} {
		f := findingOf(c.rule, c.secret, c.secret, mudlark.Origin{Source: "dir", Path: "a"}, 1)
		f.Key = c.key
		got := detectSecrets(t, &recording{run: exampleRun(), found: []mudlark.Finding{f}}, Options{Redact: 100}).Results["a"][0]
		if got.Type != c.kind || got.Hash != sha1Of(c.hashed) {
			t.Errorf("%s: got %+v, want %s", c.rule, got, c.kind)
		}
	}
}

// TestDetectSecretsIsNotMadeOfMasks: a hash of a mask would silence nothing, and look
// as if it did.
func TestDetectSecretsIsNotMadeOfMasks(t *testing.T) {
	masked := exampleScan().write(t, "jsonl", Options{Redact: 100})
	s, err := New("detect-secrets", io.Discard, Options{})
	must(t, err)
	if err := Replay(strings.NewReader(masked), s); !errors.Is(err, errNoHash) {
		t.Errorf("got %v", err)
	}
	clear := exampleScan().write(t, "jsonl", Options{})
	if got, want := replayed(t, clear, "detect-secrets", Options{}), exampleScan().write(t, "detect-secrets", Options{}); got != want {
		t.Error(firstDifference(got, want))
	}
}
