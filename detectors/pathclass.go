package detectors

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// What a file's path says of what is found in it. It lowers the confidence, and
// never hides: real credentials lie in test data.
const (
	pathTest        = -41
	pathExample     = -41
	pathDocs        = -41
	pathVendored    = -20
	pathLock        = -60
	pathGenerated   = -20
	pathMinified    = -40
	pathTranslation = -50
	pathTestKey     = -60 // of a private key
	pathAssigned    = -15 // of what a provider's name and its form betray together

	codeUnquoted = -55 // a value that stands in a program as nothing stands there but names
	testVectors  = -40
)

// A pathClass is a kind of files in which much is no secret, though it looks so.
type pathClass struct {
	name   string
	effect int
}

// classOfPath returns the class of a path that speaks loudest; none for most.
// Of a member of an archive, the whole path counts.
func classOfPath(name string) (best pathClass) {
	lower := asciiLower(name)
	base := lower
	if i := strings.LastIndexAny(lower, "/!"); i >= 0 {
		base = lower[i+1:]
	}
	take := func(c pathClass) {
		if c.effect < best.effect {
			best = c
		}
	}
	take(classOfBase(base))
	take(classOfExtension(base))
	for dir := range strings.FieldsFuncSeq(lower[:len(lower)-len(base)], func(r rune) bool { return r == '/' || r == '!' }) {
		take(classOfFolder(dir))
	}
	return best
}

// classOfFolder is the class of all that lies in a folder of this name.
func classOfFolder(dir string) pathClass {
	switch dir {
	case "test", "fixture", "fixtures", "__fixtures__", "__tests__",
		"__mocks__", "mock", "mocks", "spec", "specs", "unittest", "unittests", "unit", "t", "snapshots",
		"__snapshots__", "cassettes", "regress", "fuzz", "fuzzing", "corpus", "selftest", "selftests", "bench", "benchmark", "benchmarks", "wycheproof", "vectors":
		return pathClass{"test", pathTest}
	case "example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "playground":
		return pathClass{"example", pathExample}
	case "doc", "docs", "documentation", "man", "manual", "javadoc", "guides", "changelogs":
		return pathClass{"documentation", pathDocs}
	case "vendor", "node_modules", "bower_components", "third_party", "third-party", "thirdparty", "site-packages", "deps", "externals", "gnulib", "contrib", "dist-packages":
		return pathClass{"vendored", pathVendored}
	case "i18n", "l10n", "locale", "locales", "lang", "langs", "languages", "translations", "translation", "po", "messages":
		return pathClass{"translation", pathTranslation}
	case "generated", "__generated__", "gen":
		return pathClass{"generated", pathGenerated}
	}
	if strings.HasPrefix(dir, "test") && !strings.HasPrefix(dir, "testim") || strings.HasPrefix(dir, "e2e") || strings.HasPrefix(dir, "functest") {
		return pathClass{"test", pathTest}
	}
	for _, end := range [...]string{"-tests", "_tests", "-test", "_test", "tests.d"} {
		if strings.HasSuffix(dir, end) {
			return pathClass{"test", pathTest}
		}
	}
	if i := strings.Index(dir, "@v"); i > 0 && i+2 < len(dir) && isDigit(dir[i+2]) { // a module with its version
		return pathClass{"vendored", pathVendored}
	}
	return pathClass{}
}

// classOfBase is the class that a file's own name tells.
func classOfBase(base string) pathClass {
	stem := strings.TrimSuffix(base, path.Ext(base))
	switch base {
	case "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "go.sum", "cargo.lock", "poetry.lock", "uv.lock", "pipfile.lock",
		"composer.lock", "gemfile.lock", "packages.lock.json", "flake.lock", "mix.lock", "pubspec.lock", "podfile.lock", "package.resolved", "deno.lock",
		"checksums.txt", "sha256sums", "md5sums":
		return pathClass{"lock file", pathLock}
	}
	if strings.Contains(base, ".min.") || strings.Contains(base, "-min.") || strings.HasSuffix(base, ".map") || strings.Contains(base, ".bundle.") {
		return pathClass{"minified", pathMinified}
	}
	for _, part := range strings.FieldsFunc(stem, func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
		switch part {
		case "test", "tests", "spec", "mock", "mocks", "fixture", "fixtures", "testdata", "fake", "dummy", "unittest", "selftest", "selftests", "bench", "benchmark", "benchmarks", "vectors", "snakeoil", "insecure", "localhost":
			return pathClass{"test", pathTest}
		case "example", "examples", "sample", "samples", "demo", "dist", "tmpl", "template", "skel":
			return pathClass{"example", pathExample}
		case "generated", "pb", "gen", "autogen":
			return pathClass{"generated", pathGenerated}
		case "readme", "changelog", "changes", "news", "history", "faq":
			return pathClass{"documentation", pathDocs}
		}
	}
	switch {
	case strings.HasPrefix(base, "test") && !strings.HasPrefix(base, "testim"):
		return pathClass{"test", pathTest}
	case strings.HasSuffix(stem, "test") || strings.HasSuffix(stem, "tests"):
		return pathClass{"test", pathTest}
	}
	return pathClass{}
}

// classOfExtension is the class that a file's ending tells.
func classOfExtension(base string) pathClass {
	switch path.Ext(base) {
	case ".md", ".rst", ".adoc", ".asciidoc", ".texi", ".texinfo", ".info", ".pod", ".html", ".htm", ".xhtml", ".tex", ".1", ".3", ".5", ".7", ".8":
		return pathClass{"documentation", pathDocs}
	case ".po", ".pot", ".mo", ".gmo", ".xlf", ".xliff", ".resx", ".ftl":
		return pathClass{"translation", pathTranslation}
	case ".t", ".snap", ".feature", ".golden":
		return pathClass{"test", pathTest}
	case ".sample", ".example", ".dist", ".tmpl", ".tpl":
		return pathClass{"example", pathExample}
	case ".lock", ".sum":
		return pathClass{"lock file", pathLock}
	}
	return pathClass{}
}

// isProgram reports whether a file holds a program, in which a value stands in
// quotes.
func isProgram(name string) bool {
	switch path.Ext(asciiLower(name)) {
	case ".go", ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".m", ".mm", ".java", ".kt", ".kts", ".scala", ".groovy", ".cs", ".fs", ".vb", ".py", ".pyx", ".rb",
		".php", ".pl", ".pm", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".rs", ".swift", ".dart", ".lua", ".r", ".jl", ".ex", ".exs", ".erl",
		".hrl", ".hs", ".ml", ".mli", ".clj", ".cljs", ".el", ".lisp", ".scm", ".vim", ".as", ".s", ".asm", ".y", ".l", ".m4", ".am", ".ac", ".in", ".inc", ".tcl", ".awk", ".d",
		".sql", ".proto", ".graphql", ".css", ".scss", ".less", ".zig", ".nim", ".cmake", ".xs", ".v", ".sv", ".f", ".f90", ".pas", ".ada", ".adb", ".ads", ".wat", ".def", ".rl", ".idl", ".x", ".asn", ".asn1":
		return true
	}
	return false
}

// Place weighs what f's place says of it, now that it is known, and lowers its
// confidence. Roots are what was asked to be scanned: of a path that is absolute,
// the folders above them say nothing.
func (e *Engine) Place(f *mudlark.Finding, roots ...string) {
	r := e.find(f.RuleID)
	if r == nil || f.Origin.Path == "" || f.Origin.Part != "" || r.Regex == "" && r.Detector == "" {
		return
	}
	name := below(f.Origin.Path, roots)
	class := classOfPath(name)
	_, assigned := r.code.(assignment)
	_, block := r.code.(pem)
	block = block || slices.Contains(r.Tags, "private-key") || strings.Contains(r.ID, "private-key")
	effect := 0
	switch {
	case r.Guessable: // people choose such ones for tests
		effect = class.effect * 4 / 3
	case r.strict, slices.Contains(r.Tags, "jwt"):
		effect = class.effect
	case block && (class.effect == pathTest || class.effect == pathExample || class.effect == pathDocs):
		effect = pathTestKey
	case assigned && r.check == nil:
		effect = max(class.effect, pathAssigned)
	}
	if effect < 0 {
		e.lower(f, r, mudlark.Evidence{Name: "path", Detail: class.name, Effect: effect})
	}
	if r.naming != namesNothing && isProgram(name) && !isQuoted(f) && !isUnlikeCode(f.Secret.Reveal()) {
		e.lower(f, r, mudlark.Evidence{Name: "quotes", Detail: "none, in a program", Effect: codeUnquoted})
	}
}

// lower adds evidence to f, which is graded anew.
func (e *Engine) lower(f *mudlark.Finding, r *rule, evidence mudlark.Evidence) {
	f.Evidence = append(f.Evidence[:len(f.Evidence):len(f.Evidence)], evidence)
	points := 0
	for _, x := range f.Evidence {
		points += x.Effect
	}
	f.Confidence = min(f.Confidence, gradeOf(points))
}

// isQuoted reports whether the secret is or stands in a string, as its match tells.
func isQuoted(f *mudlark.Finding) bool {
	match := f.Match.Reveal()
	i := strings.LastIndex(match, f.Secret.Reveal())
	if i > 0 && strings.IndexByte("\"'`?&", match[0]) >= 0 { // name and value are in one, or of an address
		return true
	}
	return i > 0 && strings.ContainsAny(match[max(0, i-12):i], "\"'`")
}

// isUnlikeCode reports whether a value is so random that it is no expression, but
// stands in a comment.
func isUnlikeCode(secret string) bool {
	return isUUID([]byte(secret)) || len(secret) >= 20 && restlessness([]byte(secret))*10 >= len(secret)*4
}

// below returns what of an absolute path lies below one of the roots.
func below(name string, roots []string) string {
	for _, root := range roots {
		rest, ok := strings.CutPrefix(name, strings.TrimSuffix(root, "/"))
		switch {
		case !ok || root == "" || root[0] == '.':
		case rest == "":
			return path.Base(name)
		case rest[0] == '/':
			return rest[1:]
		}
	}
	return name
}

// alike is how many findings of one rule in one file are vectors of a test.
const alike = 5

// Vectors lowers the confidence of findings of guessed kinds that stand, many
// alike, in one file of a test or an example: nobody has so many secrets there.
// The first secret of them stands for all and keeps its grade, so that whoever
// puts others around one makes no file look clean.
func (e *Engine) Vectors(found []mudlark.Finding, roots ...string) {
	type place struct{ rule, path string }
	count := map[place]map[mudlark.Sensitive]bool{}
	first := map[place]*mudlark.Finding{}
	placeOf := func(f *mudlark.Finding) (p place, ok bool) {
		r := e.find(f.RuleID)
		if r == nil || !r.strict || f.Origin.Path == "" {
			return p, false
		}
		if class := classOfPath(below(f.Origin.Path, roots)); class.effect > pathDocs {
			return p, false
		}
		return place{f.RuleID, f.Origin.Path}, true
	}
	for i := range found {
		if p, ok := placeOf(&found[i]); ok {
			if count[p] == nil {
				count[p] = map[mudlark.Sensitive]bool{}
			}
			count[p][found[i].Secret] = true
			if f := first[p]; f == nil || before(&found[i], f) {
				first[p] = &found[i]
			}
		}
	}
	kept := make(map[place]mudlark.Sensitive, len(first))
	for p, f := range first {
		kept[p] = f.Secret
	}
	for i := range found {
		if p, ok := placeOf(&found[i]); ok && len(count[p]) > alike && found[i].Secret != kept[p] {
			e.lower(&found[i], e.find(found[i].RuleID), mudlark.Evidence{Name: "many", Detail: "test vectors", Effect: testVectors})
		}
	}
}

// before reports whether a is better than b to stand for those alike: the more
// certain, and of these the earlier one.
func before(a, b *mudlark.Finding) bool {
	return cmp.Or(-cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.Position.Offset, b.Position.Offset),
		cmp.Compare(a.Secret.Reveal(), b.Secret.Reveal())) < 0
}
