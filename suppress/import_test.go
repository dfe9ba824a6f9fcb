package suppress_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark/suppress"
)

// TestPatternsOfPathsMeanWhatGitignoreMeans, in the words of gitignore(5).
func TestPatternsOfPathsMeanWhatGitignoreMeans(t *testing.T) {
	for _, c := range []struct{ pattern, is, isNot string }{
		{"hello.txt", "hello.txt a/hello.txt hello.txt/x", "hello.txt.bak ahello.txt"},
		{"/hello.txt", "hello.txt", "a/hello.txt"},
		{"*.log", "a.log x/y/a.log", "a.log2 alog"},
		{"dist/", "dist/a x/dist/a", "dist"},
		{"doc/frotz", "doc/frotz doc/frotz/a", "a/doc/frotz"},
		{"/doc/*.txt", "doc/a.txt", "doc/x/a.txt"},
		{"**/foo", "foo a/foo a/b/foo", "afoo"},
		{"**/foo/bar", "foo/bar a/foo/bar", "foo/x/bar"},
		{"abc/**", "abc/a abc/a/b", "abc xabc/a"},
		{"a/**/b", "a/b a/x/b a/x/y/b", "a/xb"},
		{"a?c", "abc", "a/c ac"},
		{"[ab].txt", "a.txt b.txt", "c.txt"},
		{"[!ab].txt", "c.txt", "a.txt"},
		{`\#x`, "#x", "x"},
		{`\!x`, "!x", "x"},
		{"a.b", "a.b", "axb"},
		{"a+(b)", "a+(b)", "aab"},
		{"ünï", "ünï a/ünï", "unï"},
	} {
		got, err := suppress.Import(suppress.Secretlint, ".secretlintignore", strings.NewReader(c.pattern+"\n"))
		if err != nil || len(got.Allows) != 1 {
			t.Errorf("%s: %+v, %v", c.pattern, got, err)
			continue
		}
		re := regexp.MustCompile(got.Allows[0].Paths[0])
		for path := range strings.FieldsSeq(c.is) {
			if !re.MatchString(path) {
				t.Errorf("%s: %s does not match %s", c.pattern, re, path)
			}
		}
		for path := range strings.FieldsSeq(c.isNot) {
			if re.MatchString(path) {
				t.Errorf("%s: %s matches %s", c.pattern, re, path)
			}
		}
	}
}

func TestWhatIsNoPatternStaysBehind(t *testing.T) {
	for _, line := range []string{"[", "[/]", "!x", "/", `a\`, "//", "[!]"} {
		got, err := suppress.Import(suppress.Secretlint, "f", strings.NewReader("# words\n\n"+line+"\n"))
		if err != nil || len(got.Allows) != 0 || len(got.Left) != 1 || got.Left[0].Place != "f:3" {
			t.Errorf("%s: %+v, %v", line, got, err)
		}
	}
}

func TestImportsAreBounded(t *testing.T) {
	for tool, text := range map[string]string{
		suppress.Ripsecrets: strings.Repeat("x", 5<<20),
		suppress.Talisman:   "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\nallowed_patterns: [*f,*f,*f,*f,*f,*f,*f,*f]\n",
		"acme":              "x",
	} {
		if _, err := suppress.Import(tool, "f", strings.NewReader(text)); !errors.Is(err, suppress.ErrImport) {
			t.Errorf("%s: got %v", tool, err)
		}
	}
}

func TestImportErrorsDoNotQuote(t *testing.T) {
	_, err := suppress.Import(suppress.Talisman, "f", strings.NewReader("allowed_patterns: {a: my-secret}\nfileignoreconfig: my-secret\n"))
	if err == nil || strings.Contains(err.Error(), "my-secret") {
		t.Errorf("got %v", err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(0, "/a/**/b\n!x\n[secrets]\nx")
	f.Add(1, "hash:abc; expires=2020-01-01\npath:x\n")
	f.Add(2, "fileignoreconfig:\n- filename: a\n  checksum: x\nallowed_patterns: [a]\nscopeconfig: x\n")
	f.Fuzz(func(t *testing.T, n int, text string) {
		tools := []string{suppress.Ripsecrets, suppress.Keyhog, suppress.Talisman, suppress.PathList, suppress.Secretlint}
		got, err := suppress.Import(tools[(n%len(tools)+len(tools))%len(tools)], "f", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, a := range got.Allows {
			for _, expr := range append(a.Paths, a.Regexes...) {
				if _, err := regexp.Compile(expr); err != nil {
					t.Errorf("%q gives %q: %v", text, expr, err)
				}
			}
		}
		if got.List != nil {
			got.List.Find(onALine("github-pat", "a", "x = y", "y"), time.Time{})
		}
	})
}
