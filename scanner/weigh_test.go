package scanner

import (
	"slices"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestRootsOfTargets(t *testing.T) {
	for target, want := range map[string][]string{
		".":        {"."},
		"/a/b":     {"/a/b"},
		"/a b/c":   {"/a b/c", "/a", "b/c"},
		"/a /b/c/": {"/a /b/c/", "/a", "/b/c/"},
	} {
		if got := rootsOf(target); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
}

func TestWhatThePlaceSaysLowers(t *testing.T) {
	e, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := New(e, Options{Run: mudlark.Run{Target: "/home/me/tests/repo"}})
	found := []mudlark.Finding{}
	e.Detect(mudlark.Chunk{Data: []byte("db_password = \"kX9$" + "mQ2v8\"\n"), Origin: mudlark.Origin{Path: "/home/me/tests/repo/app.conf"}}, func(f mudlark.Finding) {
		found = append(found, f)
	})
	if len(found) != 1 {
		t.Fatalf("%d findings", len(found))
	}
	inTest := found[0]
	inTest.Origin.Path = "/home/me/tests/repo/test/app.conf"
	found = append(found, inTest)
	s.weigh(found)
	if found[0].Confidence != mudlark.Medium || found[1].Confidence != mudlark.Low {
		t.Errorf("%v and %v", found[0].Confidence, found[1].Confidence)
	}
	if len(found[0].Evidence) >= len(found[1].Evidence) {
		t.Errorf("evidence of one place is that of another: %v, %v", found[0].Evidence, found[1].Evidence)
	}
}
