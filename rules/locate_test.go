package rules

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestLocateFindsKeysAndValues(t *testing.T) {
	const text = `# comment [x]
title = "a = b" # c
"quo\"ted".'key' . bare = 1
[extend]
  path   = '''
x'''
[[rules]]
id = """a""""
list = [ "x", # one
  'y]', [1, 2] ]
table = { a = 1, b.c = "}" , d = [ {e = 2} ] }
[rules.allowlist]
paths = ["p"]
[[rules]]
[[rules.allowlists]]
[[rules.allowlists]]
regexes = ["q"]
`
	root, _, err := locate(text)
	if err != nil {
		t.Fatal(err)
	}
	rules := root.child("rules")
	first, second := rules.item(0), rules.item(1)
	for _, c := range []struct {
		name string
		got  spot
		want spot
	}{
		{"title", root.child("title").value, spot{2, 9}},
		{"quoted", root.child(`quo"ted`).child("key").child("bare").value, spot{3, 27}},
		{"extend", root.child("extend").key, spot{4, 1}},
		{"extend.path key", root.child("extend").child("path").key, spot{5, 3}},
		{"extend.path value", root.child("extend").child("path").value, spot{5, 12}},
		{"rule 1", first.key, spot{7, 1}},
		{"id", first.child("id").value, spot{8, 6}},
		{"list", first.child("list").item(1).value, spot{10, 3}},
		{"nested list", first.child("list").item(2).item(1).value, spot{10, 13}},
		{"inline", first.child("table").child("b").child("c").value, spot{11, 24}},
		{"inline in list", first.child("table").child("d").item(0).child("e").value, spot{11, 41}},
		{"allowlist", first.child("allowlist").child("paths").item(0).value, spot{13, 10}},
		{"rule 2", second.key, spot{14, 1}},
		{"second list", second.child("allowlists").item(1).child("regexes").value, spot{17, 11}},
		{"unknown", second.child("none").key, spot{14, 1}},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestLocateStopsAtTheBounds(t *testing.T) {
	for _, text := range []string{
		"a = " + strings.Repeat("[", 100), "a = " + strings.Repeat("[", 1<<20), strings.Repeat("{a=", 100),
		"a = " + strings.Repeat("{a=", 100), strings.Repeat("a.", 100) + "a = 1", "[" + strings.Repeat("a.", 100) + "a]",
	} {
		if _, _, err := locate(text); err == nil {
			t.Errorf("%.20q: no error", text)
		}
	}
}

// What is TOML must be located: the locator's errors count before the parser's.
func FuzzLocate(f *testing.F) {
	for _, pattern := range []string{"testdata/errors/*.toml", "testdata/configs/*.toml", "*.toml"} {
		files, _ := filepath.Glob(pattern)
		for _, path := range files {
			if text, err := os.ReadFile(path); err == nil && len(text) < 4000 {
				f.Add(string(text))
			}
		}
	}
	f.Add("a = {b = [1, {c = '''x'''}], 'd e'.f = 1979-05-27 07:32:00}\n[\"x\\\"y\".z]\n")
	f.Fuzz(func(t *testing.T, text string) {
		root, at, located := locate(text)
		if at < 0 || at > len(text) || root == nil {
			t.Fatalf("at %d of %d", at, len(text))
		}
		if errors.Is(located, errDeep) || located == nil {
			return
		}
		var v map[string]any
		if _, err := toml.Decode(text, &v); err == nil {
			t.Errorf("%q is TOML, but at %d: %v", text, at, located)
		}
	})
}
