package detectors

import (
	"bytes"
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
	base, written := baseOf(lower), baseOf(name) // of names that are no UTF-8, they differ in length
	take := func(c pathClass) {
		if c.effect < best.effect {
			best = c
		}
	}
	take(classOfBase(base, written))
	take(classOfExtension(base))
	for dir := range strings.FieldsFuncSeq(lower[:len(lower)-len(base)], func(r rune) bool { return r == '/' || r == '!' }) {
		take(classOfFolder(dir))
		take(classOfFolderOf(dir, lower))
	}
	return best
}

func baseOf(name string) string { return name[strings.LastIndexAny(name, "/!")+1:] }

// classOfFolderOf is the class of a file in a folder whose name means something
// only with the files that belong there.
func classOfFolderOf(dir, file string) pathClass {
	switch ext := path.Ext(file); dir {
	case "man":
		if class := classOfExtension(path.Base(file)); class.name != "" || ext != ".xml" && ext != ".in" {
			return class
		}
		return pathClass{"documentation", pathDocs}
	case "t", "unit":
		if !isSettings(file) && ext != ".json" && ext != ".sql" && ext != ".log" {
			return pathClass{"test", pathTest}
		}
	case "lang", "langs", "languages", "messages":
		if ext != ".env" && ext != ".conf" && ext != ".ini" && hasLocale(file) {
			return pathClass{"translation", pathTranslation}
		}
	}
	return pathClass{}
}

// hasLocale reports whether a folder or a part of a file's name is a language.
func hasLocale(file string) bool {
	for part := range strings.FieldsFuncSeq(file, func(r rune) bool { return strings.ContainsRune("/!._-", r) }) {
		switch part {
		case "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gl", "he", "hi", "hr", "hu", "id", "it", "ja", "ka", "ko", "lt",
			"lv", "ms", "nb", "nl", "nn", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "ta", "th", "tr", "uk", "ur", "vi", "zh", "english", "german", "french":
			return true
		}
	}
	return false
}

// classOfFolder is the class of all that lies in a folder of this name.
func classOfFolder(dir string) pathClass {
	switch dir {
	case "test", "fixture", "fixtures", "__fixtures__", "__tests__",
		"__mocks__", "mock", "mocks", "spec", "specs", "unittest", "unittests", "snapshots",
		"__snapshots__", "cassettes", "regress", "fuzz", "fuzzing", "corpus", "selftest", "selftests", "bench", "benchmark", "benchmarks", "wycheproof", "vectors":
		return pathClass{"test", pathTest}
	case "example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "playground":
		return pathClass{"example", pathExample}
	case "doc", "docs", "documentation", "manual", "javadoc", "guides", "changelogs":
		return pathClass{"documentation", pathDocs}
	case "vendor", "node_modules", "bower_components", "third_party", "third-party", "thirdparty", "site-packages", "deps", "externals", "gnulib", "contrib", "dist-packages":
		return pathClass{"vendored", pathVendored}
	case "i18n", "l10n", "locale", "locales", "translations", "translation", "po":
		return pathClass{"translation", pathTranslation}
	case "generated", "__generated__", "gen":
		return pathClass{"generated", pathGenerated}
	}
	if beginsWithTest(dir) || strings.HasPrefix(dir, "e2e") || strings.HasPrefix(dir, "functest") {
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

// beginsWithTest reports whether a name begins with that word, in lower case, or one
// that is made of it.
func beginsWithTest(lower string) bool {
	rest, ok := strings.CutPrefix(lower, "test")
	return ok && !strings.HasPrefix(rest, "im") && !strings.HasPrefix(rest, "bed") && !strings.HasPrefix(rest, "ament") && !strings.HasPrefix(rest, "if")
}

// classOfBase is the class that a file's own name tells: base, as it is written.
func classOfBase(base, written string) pathClass {
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
		case "test", "tests", "spec", "mock", "mocks", "fixture", "fixtures", "testdata", "fake", "dummy", "unittest", "selftest", "selftests", "bench", "benchmark", "benchmarks", "vectors", "snakeoil", "insecure":
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
	case beginsWithTest(base), endsWithTest(strings.TrimSuffix(written, path.Ext(written))), (isProgram(base) || strings.HasSuffix(base, ".sh")) && (strings.HasSuffix(stem, "test") || strings.HasSuffix(stem, "tests")):
		return pathClass{"test", pathTest}
	case stem == "localhost" && (strings.HasSuffix(base, ".key") || strings.HasSuffix(base, ".pem")):
		return pathClass{"test", pathTest}
	}
	return pathClass{}
}

// endsWithTest reports whether a name's last word is that: of LoginTest, not of
// latest.
func endsWithTest(stem string) bool {
	return strings.HasSuffix(stem, "Test") || strings.HasSuffix(stem, "Tests")
}

// classOfExtension is the class that a file's ending tells.
func classOfExtension(base string) pathClass {
	switch path.Ext(base) {
	case ".md", ".rst", ".adoc", ".asciidoc", ".texi", ".texinfo", ".info", ".pod", ".html", ".htm", ".xhtml", ".tex":
		return pathClass{"documentation", pathDocs}
	case ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8": // of a manual, not a file that was put aside: app.log.1
		if strings.Count(base, ".") == 1 {
			return pathClass{"documentation", pathDocs}
		}
	case ".po", ".pot", ".mo", ".gmo", ".xlf", ".xliff", ".resx", ".ftl":
		return pathClass{"translation", pathTranslation}
	case ".t", ".snap", ".feature", ".golden":
		return pathClass{"test", pathTest}
	case ".sample", ".example", ".dist", ".tmpl":
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
	if class.effect == pathTranslation && isSettings(name) && isStrong(f.Secret.Reveal()) {
		effect = max(effect, pathVendored)
	}
	if effect < 0 {
		e.lower(f, r, mudlark.Evidence{Name: "path", Detail: class.name, Effect: effect})
	}
	if r.naming != namesNothing && isProgram(name) && !isQuoted(f) && !isUnlikeCode([]byte(f.Secret.Reveal())) {
		e.lower(f, r, mudlark.Evidence{Name: "quotes", Detail: "none, in a program", Effect: codeUnquoted})
	}
}

// isSettings reports whether a file holds settings, as programs read them.
func isSettings(name string) bool {
	switch path.Ext(asciiLower(name)) {
	case ".env", ".yml", ".yaml", ".ini", ".conf", ".cfg", ".cnf", ".config", ".toml", ".properties", ".tfvars":
		return true
	}
	return false
}

// isStrong reports whether a program made up a secret.
func isStrong(secret string) bool {
	value := []byte(secret)
	c := countClasses(value)
	return len(value) >= 12 && c.kinds() >= 3 && (isRestless(value) || !wordlike(value))
}

// lower adds evidence to f, which is graded anew.
func (e *Engine) lower(f *mudlark.Finding, r *rule, evidence mudlark.Evidence) {
	f.Evidence = append(f.Evidence[:len(f.Evidence):len(f.Evidence)], evidence)
	f.Confidence = min(f.Confidence, gradeOf(pointsIn(f.Evidence)))
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

// isUnlikeCode reports whether a value is so random that it is no name and no
// expression, but stands in a comment or a string.
func isUnlikeCode(value []byte) bool {
	c := countClasses(value)
	changes := restlessness(value) * 10
	switch {
	case isUUID(value):
		return true
	case c.lower*c.upper*c.digits == 0:
		return len(value) >= 20 && changes >= len(value)*4
	case bytes.ContainsAny(value, "!#@^~?%&*+$"): // operators stand between names
		return len(value) >= 8 && !wordlike(value)
	}
	return len(value) >= 12 && (changes >= len(value)*4 || changes >= len(value)*3 && !wordlike(value))
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
	type group struct {
		members []*mudlark.Finding
		secrets map[mudlark.Sensitive]bool
		first   *mudlark.Finding
	}
	groups := map[place]*group{}
	for i := range found {
		f := &found[i]
		r := e.find(f.RuleID)
		if r == nil || !r.strict || f.Origin.Path == "" || classOfPath(below(f.Origin.Path, roots)).effect > pathDocs {
			continue
		}
		p := place{f.RuleID, f.Origin.Path}
		g := groups[p]
		if g == nil {
			g = &group{secrets: map[mudlark.Sensitive]bool{}, first: f}
			groups[p] = g
		}
		g.members = append(g.members, f)
		g.secrets[f.Secret] = true
		if before(f, g.first) {
			g.first = f
		}
	}
	for _, g := range groups {
		if len(g.secrets) <= alike {
			continue
		}
		for _, f := range g.members {
			if f.Secret != g.first.Secret {
				e.lower(f, e.find(f.RuleID), mudlark.Evidence{Name: "many", Detail: "test vectors", Effect: testVectors})
			}
		}
	}
}

// before reports whether a is better than b to stand for those alike: the more
// certain, and of these the earlier one.
func before(a, b *mudlark.Finding) bool {
	return cmp.Or(-cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.Position.Offset, b.Position.Offset),
		cmp.Compare(a.Secret.Reveal(), b.Secret.Reveal())) < 0
}
