package rules_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

// TestLoadFromReadsNothingElse: what a file extends is read as it was, and nothing
// of the system.
func TestLoadFromReadsNothingElse(t *testing.T) {
	files := map[string]string{
		"a.toml":     "[extend]\npath = \"in/b.toml\"\n",
		"in/b.toml":  "[extend]\npath = \"../c.toml\"\n",
		"c.toml":     "[[rules]]\nid = \"own\"\nregex = '''own_[0-9]{9}'''\nkeywords = [\"own_\"]\n",
		"up.toml":    "[extend]\npath = \"../load.go\"\n",
		"abs.toml":   "[extend]\npath = \"/etc/passwd\"\n",
		"none.toml":  "[extend]\npath = \"load.go\"\n",
		"own.toml":   "[extend]\nuseDefault = true\n",
		"wrong.toml": "[[rules",
	}
	for name, want := range map[string]string{
		"a.toml": "", "own.toml": "", "up.toml": "leads out of the files", "abs.toml": "leads out of the files",
		"none.toml": "no such file", "wrong.toml": "wrong.toml", "gone.toml": "no such file",
	} {
		set, err := rules.LoadFrom(name, func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		})
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", name, err, want)
		case name == "a.toml" && set.Rule("own") == nil:
			t.Errorf("%s: the rule that it extends is missing", name)
		}
	}
}
