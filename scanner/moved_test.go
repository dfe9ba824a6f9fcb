package scanner_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/suppress"
)

// A trail is a source of files, each with where it was moved from, if it was.
type trail []struct{ path, from, text string }

func (s trail) Chunks(_ context.Context, yield mudlark.Yield) error {
	for _, f := range s {
		o := mudlark.Origin{Source: "git", Path: f.path}
		if f.from != "" {
			o.Labels = map[string]string{mudlark.LabelMoved: f.from}
		}
		if err := yield(mudlark.Chunk{Data: []byte(f.text), Origin: o}, nil); err != nil {
			return err
		}
	}
	return nil
}

// TestEntriesFollowWhatIsMoved: an entry that names a place holds where that was
// moved, and for nothing else.
func TestEntriesFollowWhatIsMoved(t *testing.T) {
	const one, two = "acme_0a1b2c3d4e5f", "acme_9a8b7c6d5e4f"
	for _, test := range []struct {
		name, entries string
		files         trail
		want          []string // paths of what counts
	}{
		{"moved", "a:acme-token:1", trail{{"a", "", one}, {"b", "a", one}}, nil},
		{"moved twice", "a:acme-token:1", trail{{"c", "b", one}, {"a", "", one}, {"b", "a", one}}, nil},
		{"copied", "a:acme-token:1", trail{{"a", "", one}, {"b", "", one}}, []string{"b"}},
		{"another secret", "a:acme-token:1", trail{{"a", "", one}, {"b", "a", two}}, []string{"b"}},
		{"no entry", "x:acme-token:1", trail{{"a", "", one}, {"b", "a", one}}, []string{"a", "b"}},
		{"an entry for the new place alone", "b:acme-token:1", trail{{"a", "", one}, {"b", "a", one}}, []string{"a"}},
		{"one of two there counts", "a:acme-token:1", trail{{"a", "", one + "\n" + one}, {"b", "a", one}}, []string{"a", "b"}},
		{"in a circle", "x:acme-token:1", trail{{"a", "b", one}, {"b", "a", one}}, []string{"a", "b"}},
	} {
		ignore := &suppress.Ignore{}
		if err := ignore.Read(".mudlarkignore", strings.NewReader(test.entries+"\n")); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range scan(t, test.files, scanner.Options{Suppress: []suppress.List{ignore}}).findings {
			if f.Counts() {
				got = append(got, f.Origin.Path)
			} else if want := ".mudlarkignore:1"; f.Suppression.Place != want {
				t.Errorf("%s: %s is suppressed by %q, want %q", test.name, f.Origin.Path, f.Suppression.Place, want)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q count, want %q", test.name, got, test.want)
		}
	}
}
