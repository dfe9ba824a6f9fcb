package scanner_test

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/suppress"
)

func TestIgnoreFileUnderstandsOtherToolsNames(t *testing.T) {
	names := func(id string) []string {
		if id == "acme-token" {
			return []string{"acme-api-token", "acme-key"}
		}
		return nil
	}
	for _, tt := range []struct {
		line    string
		names   func(string) []string
		ignored bool
	}{
		{"a.txt:acme-key:1", names, true},
		{"a.txt:acme-api-token:1", names, true},
		{"a.txt:acme-token:1", names, true},
		{"a.txt:acme-token:1", nil, true},
		{"a.txt:acme-key:0", names, false}, // gitleaks writes so of a file found by its name
		{"a.txt:acme-key:1", nil, false},
		{"a.txt:acme-key:2", names, false},
		{"b.txt:acme-key:1", names, false},
		{"a.txt:acme-password:1", names, false},
		{"0123456789012345678901234567890123456789:a.txt:acme-key:1", names, false},
	} {
		ignore := &suppress.Ignore{Names: tt.names}
		if err := ignore.Read("file", strings.NewReader(tt.line)); err != nil {
			t.Fatal(err)
		}
		got := scan(t, texts{"a.txt": "acme_0a1b2c3d4e5f"}, scanner.Options{Suppress: []suppress.List{ignore}})
		by := got.findings[0].Suppression
		if (by.By == mudlark.ByIgnoreFile) != tt.ignored {
			t.Errorf("%q: suppression %+v", tt.line, by)
		}
		if tt.ignored && by.Place != "file:1" {
			t.Errorf("%q: place %q", tt.line, by.Place)
		}
	}
}
