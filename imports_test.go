package mudlark_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mudlark-scan/mudlark"

// layers is the architecture: which of our packages each package may import.
// "x/*" stands for everything below x. A package is governed by its longest
// entry. To change the architecture, change this table.
var layers = []struct {
	pkg string
	may []string
}{
	{".", nil},
	{"internal/bench", []string{"rules", "internal/*"}}, // a program of its own
	{"internal/*", []string{"internal/*"}},
	{"rules", []string{"."}},
	{"rules/gen", []string{".", "rules"}},
	{"sources", []string{".", "sources/*"}},
	{"sources/*", []string{".", "internal/*", "sources/split", "sources/sourcetest"}},
	{"report", []string{".", "internal/templates"}},
	{"report/sarifcheck", nil},
	{"hooks", []string{"."}},
	{"detectors", []string{".", "rules", "internal/*"}},
	{"verifiers", []string{".", "rules", "internal/checksum", "internal/providers"}}, // providers: to try checks on
	{"suppress", []string{"."}},
	{"scanner", []string{".", "detectors", "verifiers", "suppress"}},
	{"cmd/*", []string{".", "rules", "sources", "sources/git", "internal/ci", "report", "report/*", "hooks", "suppress", "detectors", "verifiers", "scanner"}},
}

// homes says where a third-party module may be imported; others are free
// within their layer.
var homes = map[string][]string{
	"github.com/BurntSushi/toml":      {"rules"},
	"go.yaml.in/yaml/v3":              {"rules", "suppress"},
	"github.com/go-git/go-git/v5":     {"sources/git", "internal/gitrepo"},
	"github.com/google/go-github/v60": {"sources/github"},
	"github.com/fatih/color":          {"report"},
	"github.com/spf13/cobra":          {"cmd/mudlark", "cmd/gendoc"},
	"github.com/spf13/pflag":          {"cmd/mudlark"},
	"github.com/vbauerster/mpb/v8":    {"cmd/mudlark"},
	"github.com/mholt/archives":       {"internal/archive"},
	"github.com/klauspost/compress":   {"internal/archive", "internal/codec", "internal/gitpack"},
	"github.com/tidwall/gjson":        {"verifiers"},
	"github.com/sourcegraph/conc":     {"sources/dir", "sources/git", "verifiers", "internal/gitpack"},

	"github.com/DataDog/datadog-agent/pkg/template": {"internal/templates"},
}

// An imp is one import line.
type imp struct {
	pkg, file, path string // package folder, file, what it imports
	test            bool
}

func TestImportsFollowTheLayers(t *testing.T) {
	for _, i := range imports(t) {
		if ours, ok := ours(i.path); ok {
			if !i.test && !mayImport(i.pkg, ours) {
				t.Errorf("%s imports %s: the table in imports_test.go does not let %s do that", i.file, ours, i.pkg)
			}
			continue
		}
		if i.pkg == "." && strings.Contains(strings.Split(i.path, "/")[0], ".") {
			t.Errorf("%s imports %s: the root package imports the standard library alone", i.file, i.path)
		}
	}
}

func TestThirdPartyModulesStayAtHome(t *testing.T) {
	for _, i := range imports(t) {
		for mod, where := range homes {
			inside := i.path == mod || strings.HasPrefix(i.path, mod+"/")
			if inside && !i.test && !slices.Contains(where, i.pkg) {
				t.Errorf("%s imports %s: its home is %s", i.file, i.path, strings.Join(where, ", "))
			}
		}
	}
}

// TestTemplatesStayOut: the template packages make the linker keep every
// method of every type, and the program half as large again. Internal/templates
// runs templates with a copy that calls no methods.
func TestTemplatesStayOut(t *testing.T) {
	for _, i := range imports(t) {
		if !i.test && i.pkg != "cmd/gendoc" && (i.path == "text/template" || i.path == "html/template") {
			t.Errorf("%s imports %s", i.file, i.path)
		}
	}
}

// TestListsNameEveryFile: forgetting the line in an explicit list is impossible.
func TestListsNameEveryFile(t *testing.T) {
	text := read(t, "sources/sources.go")
	for _, entry := range folders(t, "sources") {
		if entry == "split" || entry == "sourcetest" {
			continue
		}
		if !strings.Contains(text, "new("+entry+".Options)") {
			t.Errorf("sources/%s is not in sources.All", entry)
		}
	}
}

func TestRevealIsCalledOnlyWhereItMay(t *testing.T) {
	allowed := []string{
		"detectors", // detection itself
		"report",    // told to show secrets, or to find them in other text and mask them
		"scanner",   // fingerprint, order, sharing of memory
		"suppress",  // to compare with what a baseline holds
		"sources/git",
		"verifiers", // to send them to their provider
	}
	for _, file := range goFiles(t) {
		pkg := path.Dir(file)
		if strings.HasSuffix(file, "_test.go") || pkg == "." || slices.Contains(allowed, pkg) {
			continue
		}
		if strings.Contains(read(t, file), ".Reveal()") {
			t.Errorf("%s calls Reveal", file)
		}
	}
}

func mayImport(pkg, what string) bool {
	best, allowed := -1, []string(nil)
	for _, l := range layers {
		if matches(l.pkg, pkg) && len(l.pkg) > best {
			best, allowed = len(l.pkg), l.may
		}
	}
	return slices.ContainsFunc(allowed, func(p string) bool { return matches(p, what) })
}

func matches(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}

func ours(importPath string) (pkg string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func imports(t *testing.T) []imp {
	t.Helper()
	var all []imp
	for _, file := range goFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, imp{pkg: path.Dir(file), file: file, path: p, test: strings.HasSuffix(file, "_test.go")})
		}
	}
	return all
}

// goFiles returns the slash paths of the module's Go files. They are opened
// here, by this test, so that its cached result notices a change.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(p, ".go") {
			files = append(files, filepath.ToSlash(p))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func folders(t *testing.T, in string) []string {
	t.Helper()
	entries, err := os.ReadDir(in)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
