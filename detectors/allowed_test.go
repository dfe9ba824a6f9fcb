package detectors_test

import (
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

const allowConfig = `
[[rules]]
id = "acme-token"
regex = 'acme_[0-9a-f]{12}'
keywords = ["acme_"]
[[rules.allowlists]]
description = "samples of the manual"
stopwords = ["0123"]

[[allowlists]]
description = "test data"
paths = ['^testdata/']
[[allowlists]]
condition = "AND"
paths = ['^doc/']
regexes = ['_ff']
[[allowlists]]
regexTarget = "line"
regexes = ['EXAMPLE']
`

// TestWhatAllowlistsDropIsToldIfAskedFor with the place in the configuration that
// decided, and only then; nothing else changes.
func TestWhatAllowlistsDropIsToldIfAskedFor(t *testing.T) {
	set, err := rules.Parse("mudlark.toml", []byte(allowConfig))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{
		"a.txt":          "acme_9f3b7c21e5d8\nacme_01234f21e5d8\nacme_ff3b7c21e5d8\nacme_4e8d1b7a90c3 EXAMPLE\n",
		"testdata/a.txt": "acme_9f3b7c21e5d8\n",
		"doc/a.txt":      "acme_ff3b7c21e5d8\nacme_9f3b7c21e5d8\n",
	}
	want := map[string]string{
		"a.txt:1": "", "a.txt:2": "mudlark.toml:6", "a.txt:3": "", "a.txt:4": "mudlark.toml:17",
		"testdata/a.txt:1": "mudlark.toml:10", "doc/a.txt:1": "mudlark.toml:13", "doc/a.txt:2": "",
	}
	for _, tell := range []bool{false, true} {
		e, err := detectors.New(set, detectors.Options{TellAllowed: tell})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for path, text := range content {
			e.Detect(mudlark.Chunk{Data: []byte(text), Origin: mudlark.Origin{Path: path}}, func(f mudlark.Finding) {
				by, marks, allowed := e.Allowed(f)
				if allowed && !marks {
					return
				}
				if allowed && f.Counts() {
					f.Suppression = by
				}
				if _, twice := got[place(f)]; twice {
					t.Errorf("%s is told twice", place(f))
				}
				got[place(f)] = f.Suppression.Place
			})
		}
		for at, by := range want {
			told, ok := got[at]
			if ok != (tell || by == "") || ok && told != by {
				t.Errorf("tell %v: %s: told %v by %q, want by %q", tell, at, ok, told, by)
			}
		}
	}
}

func place(f mudlark.Finding) string {
	return f.Origin.Path + ":" + string(rune('0'+f.Position.StartLine))
}
