package rules

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares got with a golden file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// base stands for the built-in rules, which change too often for golden files.
func base() *Set {
	return &Set{
		Rules: []Rule{
			{ID: "azure-entra-client-secret", Description: "Entra", Regex: "8Q~", Severity: mudlark.SeverityHigh, Builtin: true},
			{ID: "azure-entra-client-secret-v1", Description: "Entra 1", Regex: "7Q~", Builtin: true},
			{ID: "generic-api-key", Description: "key", Detector: "assignment", Builtin: true},
			{ID: "generic-secret", Description: "secret", Detector: "assignment", Key: "secret", SecretGroup: 0, Checksum: "c", Builtin: true},
			{ID: "github-pat", Description: "PAT", Regex: "ghp_[0-9]+", Keywords: []string{"ghp_"}, Entropy: 3, Tags: []string{"github"}, Builtin: true},
			{ID: "google-api-key", Description: "Google", Regex: "AIza", Builtin: true},
		},
		Allowlists: []Allowlist{{Description: "base", Target: TargetSecret, Paths: []string{"node_modules/"}}},
	}
}

func loadWithBase(path string) (*Set, error) {
	l := loader{builtin: base}
	f, err := l.read(path)
	if err != nil {
		return nil, err
	}
	return l.set(f)
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := loadWithBase(filepath.ToSlash(path))
			if path == filepath.Join("testdata", "errors", "all-disabled.toml") {
				_, err = loadSmall(filepath.ToSlash(path))
			}
			if err == nil {
				t.Fatal("no error")
			}
			golden(t, strings.TrimSuffix(path, ".toml")+".golden", err.Error()+"\n")
		})
	}
}

// loadSmall is loadWithBase with the rules that a file disables and no others.
func loadSmall(path string) (*Set, error) {
	l := loader{builtin: func() *Set {
		s := base()
		s.Rules = s.Rules[3:5]
		return s
	}}
	f, err := l.read(path)
	if err != nil {
		return nil, err
	}
	return l.set(f)
}

func TestConfigsMean(t *testing.T) {
	files, err := filepath.Glob("testdata/configs/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			set, err := loadWithBase(filepath.ToSlash(path))
			got := ""
			if err != nil {
				got = "error: " + err.Error() + "\n"
			} else {
				got = dump(set)
			}
			golden(t, strings.TrimSuffix(path, ".toml")+".golden", got)
		})
	}
}

// dump writes a set as a golden file shows it.
func dump(s *Set) string {
	var b strings.Builder
	for _, f := range s.Files {
		fmt.Fprintf(&b, "file %s\n", f)
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "warning %s\n", w)
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Builtin {
			fmt.Fprintf(&b, "rule %s, built-in\n", r.ID)
			continue
		}
		fmt.Fprintf(&b, "rule %s, %s:%d\n", r.ID, r.File, r.Line)
		field(&b, "description", r.Description)
		field(&b, "help", r.Help)
		field(&b, "revoke", r.Revoke)
		field(&b, "severity", r.Severity.String())
		field(&b, "confidence", r.Confidence.String())
		field(&b, "regex", r.Regex)
		field(&b, "path", r.Path)
		field(&b, "secretGroup", fmt.Sprint(r.SecretGroup))
		field(&b, "entropy", fmt.Sprint(r.Entropy))
		field(&b, "keywords", strings.Join(r.Keywords, " "))
		field(&b, "tags", strings.Join(r.Tags, " "))
		field(&b, "skipReport", fmt.Sprint(r.SkipReport))
		field(&b, "guessable", fmt.Sprint(r.Guessable))
		field(&b, "detector", r.Detector)
		field(&b, "key", r.Key)
		field(&b, "checksum", r.Checksum)
		field(&b, "specificity", fmt.Sprint(r.Specificity))
		field(&b, "set", r.Set)
		field(&b, "companions", strings.Join(r.Companions, " "))
		field(&b, "examples", strings.Join(r.Examples, " | "))
		field(&b, "counterexamples", strings.Join(r.Counterexamples, " | "))
		for _, need := range r.Required {
			fmt.Fprintf(&b, "  required %s lines %s columns %s\n", need.ID, number(need.WithinLines), number(need.WithinColumns))
		}
		for _, l := range r.Allowlists {
			fmt.Fprintf(&b, "  allowlist %s\n", dumpList(l))
		}
	}
	for _, l := range s.Allowlists {
		fmt.Fprintf(&b, "allowlist %s\n", dumpList(l))
	}
	return b.String()
}

func field(b *strings.Builder, name, v string) {
	if v != "" && v != "0" && v != "false" {
		fmt.Fprintf(b, "  %s %s\n", name, v)
	}
}

func number(n *int) string {
	if n == nil {
		return "any"
	}
	return fmt.Sprint(*n)
}

func dumpList(l Allowlist) string {
	return fmt.Sprintf("%q all=%t commits=%q paths=%q %s=%q stopwords=%q", l.Description, l.All, l.Commits, l.Paths, l.Target, l.Regexes, l.Stopwords)
}

func TestLoadReadsAFolderAsOneFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "no *.toml file") {
		t.Errorf("empty folder: %v", err)
	}
	write("b.toml", "[[rules]]\nid = \"b\"\nregex = \"b\"\n[[allowlists]]\ntargetRules = [\"a\"]\npaths = [\"x\"]\n")
	write("a.toml", "[[rules]]\nid = \"a\"\nregex = \"a\"\n")
	write("notes.txt", "not rules")
	set, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := set.ids(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("rules %q", got)
	}
	if len(set.Rule("a").Allowlists) != 1 || len(set.Files) != 2 {
		t.Errorf("allowlists %v, files %q", set.Rule("a").Allowlists, set.Files)
	}
	write("c.toml", "[[rules]]\nid = \"a\"\nregex = \"c\"\n")
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "of this id already") {
		t.Errorf("one id in two files: %v", err)
	}
	write("c.toml", "[[allowlists]]\ntargetRules = [\"none\"]\npaths = [\"x\"]\n")
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), `no rule "none"`) {
		t.Errorf("unknown target: %v", err)
	}
	write("c.toml", "[extend]\nuseDefault = true\n")
	write("d.toml", "[extend]\npath = \"x.toml\"\n")
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "keep one [extend]") {
		t.Errorf("two extensions: %v", err)
	}
}

func TestLoadSaysWhatIsNotThere(t *testing.T) {
	_, err := Load("testdata/none.toml")
	if err == nil || err.Error() != `reading rules "testdata/none.toml": there is no such file or folder` {
		t.Errorf("%v", err)
	}
}

// TestWhatIsTooMuchIsRefused: rules may come with what is scanned.
func TestWhatIsTooMuchIsRefused(t *testing.T) {
	rule := func(i int, pattern string) string {
		return fmt.Sprintf("[[rules]]\nid = \"r%d\"\nregex = \"%s\"\n", i, pattern)
	}
	var many, large strings.Builder
	for i := range maxRules + 1 {
		many.WriteString(rule(i, "a"))
	}
	for i := range 1000 {
		large.WriteString(rule(i, "a[a-z]{1000}"))
	}
	nearly := "# " + strings.Repeat("x", maxBytes*2/3) + "\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		words string
	}{
		{"a large file", map[string]string{"a.toml": rule(1, "a") + nearly + nearly}, `a.toml": the files of one configuration may be 500, of 1 MB together`},
		{"large files", map[string]string{"a.toml": rule(1, "a") + nearly, "b.toml": rule(2, "b") + nearly}, `b.toml": the files of one`},
		{"a base", map[string]string{"a.toml": "[extend]\npath = \"base\"\n" + nearly, "base/b.toml": rule(2, "b") + nearly}, `b.toml": the files of one`},
		{"many rules", map[string]string{"a.toml": many.String()}, "there are 10001 rules, and at most 10000 are read"},
		{"rules of several files", map[string]string{"a.toml": "[extend]\npath = \"base\"\n" + rule(-1, "a") + rule(-2, "b"), "base/b.toml": many.String()[strings.Index(many.String(), "[[rules]]\nid = \"r2\""):]},
			"there are 10001 rules, and at most 10000 are used"},
		{"large expressions", map[string]string{"a.toml": large.String()}, `rule "r753": the expressions up to here take too much memory`},
		{"large allowlists", map[string]string{"a.toml": rule(1, "a") + strings.Repeat("[[allowlists]]\npaths = [\"a[a-z]{1000}\"]\n", 1000)}, "the expressions up to here take too much memory"},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), c.words) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.300v", c.name, err)
		}
	}
	files := t.TempDir()
	for i := range maxFiles + 1 {
		if err := os.WriteFile(filepath.Join(files, fmt.Sprintf("%d.toml", i)), []byte(rule(i, "a")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), "may be 500") {
		t.Errorf("many files: %v", err)
	}
	if _, err := Parse("x.toml", []byte(nearly+nearly)); err == nil || !strings.Contains(err.Error(), "1 MB together") {
		t.Errorf("a text: %v", err)
	}
}

// TestBuiltinRulesAreFarBelowTheBounds: who copies them may add as many again.
func TestBuiltinRulesAreFarBelowTheBounds(t *testing.T) {
	set := Builtin()
	var bytes int64
	for i := range set.Rules {
		bytes += programBytes(set.Rules[i].Regex, set.Rules[i].Path, set.Rules[i].Key)
	}
	if bytes > maxPrograms/2 || len(set.Rules) > maxRules/4 {
		t.Errorf("%d rules, %d bytes of expressions", len(set.Rules), bytes)
	}
}

// What stands in a list of unusual length must not make reading slow.
func TestParseIsLinear(t *testing.T) {
	var rules, disabled, unknown strings.Builder
	disabled.WriteString("[extend]\nuseDefault = true\ndisabledRules = [")
	for i := range maxRules {
		fmt.Fprintf(&rules, "[[rules]]\nid = \"rule-%d\"\nregex = \"a\"\n", i)
		fmt.Fprintf(&disabled, "\"rule-%d\",", i)
		fmt.Fprintf(&unknown, "key%d = 1\n", i)
	}
	disabled.WriteString("]\n")
	lists := "[[rules]]\nid = \"a\"\nregex = \"a\"\nallowlists = [" + strings.Repeat("{paths=[\"a\"]},", 50_000) + "]\n"
	for _, text := range []string{rules.String(), disabled.String() + rules.String(), unknown.String(), strings.Repeat("[", maxBytes), strings.Repeat("a.", maxBytes/2), lists} {
		set, err := Parse("x.toml", []byte(text))
		if err == nil && len(set.Warnings) > 60 {
			t.Errorf("%d warnings", len(set.Warnings))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/errors/*.toml", "testdata/configs/*.toml", "*.toml"} {
		files, _ := filepath.Glob(pattern)
		for _, path := range files {
			if text, err := os.ReadFile(path); err == nil && len(text) < 4000 {
				f.Add(text)
			}
		}
	}
	f.Add([]byte("a = {b = [1, {c = '''x'''}], 'd e'.f = 1979-05-27 07:32:00}\n[\"x\\\"y\".z]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Contains(strings.ToLower(string(text)), "extend") {
			return // may name a file
		}
		set, err := Parse("fuzz.toml", text)
		if err != nil {
			if set != nil {
				t.Error("a set and an error")
			}
			if !strings.HasPrefix(err.Error(), `reading rules "`) {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		if len(set.Rules) == 0 {
			t.Error("no rule and no error")
		}
		if !slices.IsSortedFunc(set.Rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) }) {
			t.Error("not sorted")
		}
	})
}
