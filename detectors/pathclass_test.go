package detectors

import (
	"fmt"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestClassesOfPaths(t *testing.T) {
	for name, want := range map[string]string{
		"app/config.yml": "", "src/main.go": "", "config/settings.py": "", "contest/entry.py": "", "latest/config.yml": "", "attestation.json": "",
		"app_test.go": "test", "tests/conftest.py": "test", "src/test/java/A.java": "test", "spec/models/user_spec.rb": "test", "a/testdata/key.pem": "test",
		"LoginTest.java": "test", "test_login.py": "test", "__tests__/a.js": "test", "a.test.ts": "test", "a.zip!pkg/tests/b.py": "test", "crypto-selftests-pk.c": "test",
		"examples/app.py": "example", "config.sample.yml": "example", ".env.example": "example", "demo/app.js": "example",
		"docs/guide.txt": "documentation", "README.md": "documentation", "README": "documentation",
		"vendor/a/b.go": "vendored", "node_modules/x/index.js": "vendored", "github.com/a/b@v1.2.3/c.go": "vendored",
		"package-lock.json": "lock file", "go.sum": "lock file", "web/yarn.lock": "lock file",
		"app.min.js": "minified", "dist.js.map": "minified", "api.pb.go": "generated", "locale/de.json": "translation", "po/de.po": "translation",
		"vendor/tests/a.go": "test", // of several the loudest
	} {
		if got := classOfPath(name).name; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// placed returns the confidence of the only finding in text at a path.
func placed(t *testing.T, e *Engine, path, text string, roots ...string) mudlark.Confidence {
	t.Helper()
	var found []mudlark.Finding
	e.Detect(mudlark.Chunk{Data: []byte(text), Origin: mudlark.Origin{Path: path}}, func(f mudlark.Finding) { found = append(found, f) })
	if len(found) != 1 {
		t.Fatalf("%s: %d findings in %q", path, len(found), text)
	}
	e.Place(&found[0], roots...)
	points := 0
	for _, x := range found[0].Evidence {
		points += x.Effect
	}
	if got := found[0].Confidence; got > gradeOf(points) {
		t.Errorf("%s: %v, but the evidence comes to %d", path, got, points)
	}
	return found[0].Confidence
}

func TestPlacesLowerAndNeverHide(t *testing.T) {
	_, e := builtin(t)
	password, token, key := fill(t, `password: "<ascii 14>"`, 3), fill(t, "x = <github ghp_>", 3), fill(t, "<pem EC PRIVATE KEY>", 3)
	for _, test := range []struct {
		path, text string
		want       mudlark.Confidence
	}{
		{"config.yml", password, mudlark.Medium},
		{"", password, mudlark.Medium},
		{"tests/config.yml", password, mudlark.Low},
		{"docs/config.md", password, mudlark.Low},
		{"docs/config.md", fill(t, `client_secret: "<base62 40>"`, 3), mudlark.Medium}, // nothing else speaks against it
		{"yarn.lock", password, mudlark.Low},
		{"main.go", password, mudlark.Medium},
		{"main.go", fill(t, "password = <alnum 14>", 3), mudlark.Low}, // no quotes
		{"main.conf", fill(t, "password = <alnum 14>", 3), mudlark.Medium},
		{"tests/config.yml", token, mudlark.High},
		{"yarn.lock", token, mudlark.High},
		{"server.pem", key, mudlark.High},
		{"tests/server.pem", key, mudlark.Low},
		{"snakeoil.pem", key, mudlark.Low},
	} {
		if got := placed(t, e, test.path, test.text); got != test.want {
			t.Errorf("%s: %v, want %v", test.path, got, test.want)
		}
	}
}

// A scan of a folder that lies in a folder of tests is not one of tests.
func TestFoldersAboveTheRootSayNothing(t *testing.T) {
	_, e := builtin(t)
	password := fill(t, `password: "<ascii 14>"`, 3)
	for _, test := range []struct {
		path, root string
		want       mudlark.Confidence
	}{
		{"/home/me/tests/repo/config.yml", "/home/me/tests/repo", mudlark.Medium},
		{"/home/me/tests/repo/config.yml", "/home/me/tests/repo/", mudlark.Medium},
		{"/home/me/tests/config.yml", "/home/me/tests/config.yml", mudlark.Medium},
		{"/home/me/tests/repo/test/config.yml", "/home/me/tests/repo", mudlark.Low},
		{"/home/me/tests/repository/config.yml", "/home/me/tests/repo", mudlark.Low},
		{"tests/config.yml", "tests", mudlark.Medium},
		{"C:/tests/config.yml", "C:/tests", mudlark.Medium},
	} {
		if got := placed(t, e, test.path, password, test.root); got != test.want {
			t.Errorf("%s below %s: %v, want %v", test.path, test.root, got, test.want)
		}
	}
}

func TestManyAlikeInATestAreVectors(t *testing.T) {
	_, e := builtin(t)
	for _, test := range []struct {
		path string
		n    int
		want mudlark.Confidence
	}{
		{"testdata/vectors.json", 5, mudlark.Medium},
		{"testdata/vectors.json", 6, mudlark.Low},
		{"config/clients.json", 6, mudlark.Medium},
	} {
		var found []mudlark.Finding
		for i := range test.n {
			text := fill(t, `"client_secret": "<base62 40>"`, uint64(i+1))
			e.Detect(mudlark.Chunk{Data: []byte(text), Origin: mudlark.Origin{Path: test.path}}, func(f mudlark.Finding) { found = append(found, f) })
		}
		for i := range found {
			found[i].Position.Offset = int64(i)
			e.Place(&found[i])
		}
		e.Vectors(found)
		for i, f := range found {
			want := test.want
			if i == 0 { // stands for all
				want = mudlark.Medium
			}
			if f.Confidence != want {
				t.Errorf("%d in %s, number %d: %v, want %v: %v", test.n, test.path, i, f.Confidence, want, f.Evidence)
				break
			}
		}
		if len(found) != test.n {
			t.Errorf("%d found of %d", len(found), test.n)
		}
	}
}

func TestPlacesOfRulesAboutPathsSayNothing(t *testing.T) {
	e := engine(t, set(rules.Rule{ID: "file", Path: `\.pem$`, Confidence: mudlark.High}), Options{})
	f := mudlark.Finding{RuleID: "file", Confidence: mudlark.High, Origin: mudlark.Origin{Path: "tests/a.pem"}}
	if e.Place(&f); f.Confidence != mudlark.High || len(f.Evidence) > 0 {
		t.Error(fmt.Sprint(f.Confidence, f.Evidence))
	}
}
