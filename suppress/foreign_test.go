package suppress_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/suppress"
)

// TestForeignEntriesHideTheirPlace: every form of gitleaks' entries, and nothing that is
// only like them.
func TestForeignEntriesHideTheirPlace(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	finding := func(path, match, commit string) *mudlark.Finding {
		f := found("acme-token", "secret", path, 7, 1)
		f.Match = mudlark.NewSensitive(match)
		if commit != "" {
			f.Origin.Commit = &mudlark.Commit{ID: commit}
		}
		return f
	}
	from := func(source, path string) *mudlark.Finding {
		f := finding(path, "secret", "")
		f.Origin.Source = source
		return f
	}
	first := func(path string) *mudlark.Finding {
		f := finding(path, "secret", "")
		f.Position.StartLine = 1
		return f
	}
	named := func(path string) *mudlark.Finding {
		f := first(path)
		f.Secret, f.Match = mudlark.Sensitive{}, mudlark.NewSensitive("file detected: "+path)
		return f
	}
	plain := finding("src/a.env", "secret", commit)
	for _, tt := range []struct {
		entry string
		f     *mudlark.Finding
		hides bool
	}{
		{"src/a.env:acme-token:7", plain, true},
		{"  src/a.env:acme-token:7\t", plain, true},
		{"\ufeffsrc/a.env:acme-token:7", plain, true},
		{"src/a.env:acme-api-token:7", plain, true},
		{`src\a.env:acme-token:7`, plain, true},
		{commit + ":src/a.env:acme-token:7", plain, true},
		{commit + ":src/a.env:acme-token:7", finding("src/a.env", "secret", ""), false},
		{"f" + commit[1:] + ":src/a.env:acme-token:7", plain, false},
		{"src/a.env:acme-token:8", plain, false},
		{"src/a.env:other-token:7", plain, false},
		{"a.env:acme-token:7", plain, false},
		{"SRC/a.env:acme-token:7", plain, false},
		{"src/a.env:acme-token:7 because", plain, false},
		{"src/a.env:acme-token:", plain, false},
		{"#src/a.env:acme-token:7", plain, false},
		{`C:\src\a.env:acme-token:7`, finding("C:/src/a.env", "secret", ""), true},
		{"x:y:z/a.env:acme-token:7", finding("x:y:z/a.env", "secret", ""), true},
		{commit + ":x:y/a.env:acme-token:7", finding("x:y/a.env", "secret", commit), true},
		// The line of the match, which the secret stands two lines below, and that of the secret.
		{"a.env:acme-token:5", finding("a.env", "key:\n\nsecret", ""), true},
		{"a.env:acme-token:7", finding("a.env", "key:\n\nsecret", ""), true},
		{"a.env:acme-token:6", finding("a.env", "key:\n\nsecret", ""), false},
		// The path as it was typed, and from the top of the repository.
		{":acme-token:7", from("stdin", "stdin"), true},
		{":acme-token:7", from("dir", "stdin"), false},
		// A file found by its name has line 0, and text has not.
		{"id.key:acme-token:0", named("id.key"), true},
		{"id.key:acme-token:1", named("id.key"), false},
		{"id.key:acme-token:-1", named("id.key"), false},
		{"a.env:acme-token:0", first("a.env"), false},
		{"a.env:acme-token:1", first("a.env"), true},
		{"top/b.env:acme-token:7", finding("../b.env", "secret", ""), true},
		{"../b.env:acme-token:7", finding("../b.env", "secret", ""), true},
	} {
		list := &suppress.Ignore{
			Names: func(id string) []string { return map[string][]string{"acme-token": {"acme-api-token"}}[id] },
			Paths: func(path string) string { return strings.Replace(path, "../", "top/", 1) },
		}
		if _, err := list.ReadForeign(".gitleaksignore", strings.NewReader(tt.entry+"\n")); err != nil {
			t.Fatal(err)
		}
		by, hides := list.Find(tt.f, time.Time{})
		if hides != tt.hides {
			t.Errorf("%q about %s: hides %v", tt.entry, tt.f.Origin.Path, hides)
		}
		if hides && (by.By != mudlark.ByIgnoreFile || by.Place != ".gitleaksignore:1" || !list.Entries()[0].Positional || list.Entries()[0].Hidden != 1) {
			t.Errorf("%q: suppressed by %+v, entry %+v", tt.entry, by, list.Entries()[0])
		}
	}
}

// TestForeignLinesThatAreNoEntryArePassedOver with a warning that does not hold them:
// somebody may have pasted a secret. In our own file they are errors.
func TestForeignLinesThatAreNoEntryArePassedOver(t *testing.T) {
	const text = "a.env:acme-token:7\npasted-secret\n\n# comment\na:b\nb.env:acme-token:x\nc.env:acme-token:9\n"
	var list suppress.Ignore
	warnings, err := list.ReadForeign(".gitleaksignore", strings.NewReader(text))
	if err != nil || len(warnings) != 1 || !strings.HasSuffix(warnings[0], ": line 2, 5, 6") || strings.Contains(warnings[0], "pasted") {
		t.Errorf("warnings %q, error %v", warnings, err)
	}
	if n := len(list.Entries()); n != 2 {
		t.Errorf("%d entries", n)
	}
	if err := new(suppress.Ignore).Read(".mudlarkignore", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
	if _, err := list.ReadForeign("x", strings.NewReader(strings.Repeat("\n", 5<<20))); err == nil {
		t.Error("a file of 5 MB is read")
	}
}

// TestALineThatIsTooLongIsNamed, whatever reads it.
func TestALineThatIsTooLongIsNamed(t *testing.T) {
	for _, read := range []func(i *suppress.Ignore, name string, r io.Reader) error{
		(*suppress.Ignore).Read,
		func(i *suppress.Ignore, name string, r io.Reader) error { _, err := i.ReadForeign(name, r); return err },
	} {
		err := read(new(suppress.Ignore), "list", strings.NewReader("# one\n"+strings.Repeat("a", 70_000)+"\n"))
		if err == nil || !strings.Contains(err.Error(), `"list", line 2: it is longer than 64 kB`) {
			t.Errorf("%v", err)
		}
	}
}
