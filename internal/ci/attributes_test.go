package ci

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func attributesOf(files map[string]string) *Attributes {
	return NewAttributes(func(name string) []byte { return []byte(files[name]) })
}

func TestAttributesThatHideAFile(t *testing.T) {
	files := map[string]string{
		".gitattributes": "# -diff\n*.bin binary\n\"a b.txt\" -diff\n[attr]secretive -diff\n*.quiet secretive\n" +
			"/gen/** linguist-generated\n*.pb gitlab-generated=true\n*.go linguist-generated=false\n!x -diff\ndir/ -diff\n*.env diff=env\n*.open -diff\n*.open diff\n",
		"sub/.gitattributes": "*.bin diff\n*.own -diff\n[attr]mine -diff\n*.mine mine\n",
	}
	a := attributesOf(files)
	for _, test := range []struct{ name, place string }{
		{"a.bin", ".gitattributes:2"},
		{"deep/er/a.bin", ".gitattributes:2"},
		{"sub/a.bin", ""},
		{"a b.txt", ".gitattributes:3"},
		{"x.quiet", ".gitattributes:5"},
		{"gen/a/b.go", ""},
		{"gen/a/b.c", ".gitattributes:6"},
		{"other/gen/b.c", ""},
		{"a.pb", ".gitattributes:7"},
		{"x", ""},
		{"dir/x", ""},
		{"a.env", ""},
		{"a.open", ""},
		{"sub/a.own", "sub/.gitattributes:2"},
		{"a.own", ""},
		{"sub/a.mine", ""},
	} {
		if place, hidden := a.Hidden(test.name); place != test.place || hidden != (place != "") {
			t.Errorf("%s: %q %v, want %q", test.name, place, hidden, test.place)
		}
	}
}

// TestAttributesAreThoseOfGit compares with git check-attr.
func TestAttributesAreThoseOfGit(t *testing.T) {
	dir := t.TempDir()
	git := func(in string, args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(in)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1", "HOME="+dir)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v %s", args, err, &errs)
		}
		return string(out)
	}
	git("", "init", "-q")
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	paths := []string{}
	for _, d := range []string{"", "a/", "a/b/", "b/", "c/d/e/"} {
		for _, f := range []string{"x.env", "y.env", "a", "b.txt", "[z]", "é"} {
			paths = append(paths, d+f)
		}
	}
	for range 60 {
		files := map[string]string{}
		for _, d := range []string{"", "a/", "a/b/"} {
			var b strings.Builder
			for range 1 + r.IntN(4) {
				pattern := ""
				for range 1 + r.IntN(4) {
					pattern += pick("a", "b", "x", "*", "**", "/", "?", ".env", "[xy]", "[!x]", "**/", "/**", "[a-c]", `\[`, "é", "e")
				}
				fmt.Fprintf(&b, "%s %s\n", pattern, pick("-diff", "binary", "diff", "!diff", "-binary", "diff=x", "linguist-generated", "-linguist-generated", "quiet", "diff -diff", "binary diff"))
			}
			files[d+".gitattributes"] = b.String()
		}
		files[".gitattributes"] = "[attr]quiet -diff\n" + files[".gitattributes"]
		for name, text := range files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		fields := strings.Split(git(strings.Join(paths, "\x00")+"\x00", "check-attr", "-z", "--stdin", "diff", "linguist-generated"), "\x00")
		want := map[string]bool{}
		for i := 0; i+2 < len(fields); i += 3 {
			name, attribute, value := fields[i], fields[i+1], fields[i+2]
			want[name] = want[name] || attribute == "diff" && value == "unset" || attribute == "linguist-generated" && value == "set"
		}
		a := attributesOf(files)
		for _, name := range paths {
			if place, hidden := a.Hidden(name); hidden != want[name] {
				t.Errorf("%s: hidden %v by %q, git says %v of\n%v", name, hidden, place, want[name], files)
			}
		}
	}
}

func TestHostileAttributesAreBounded(t *testing.T) {
	line := strings.Repeat("*a", 1000) + " -diff\n"
	a := attributesOf(map[string]string{".gitattributes": strings.Repeat(line, 500), "a/.gitattributes": "[ -diff\n[!] -diff\n[[:alpha:] -diff\n[attr]a a\na a\n"})
	done := make(chan bool)
	go func() {
		name := "a/" + strings.Repeat("a", 4000)
		for range 100 {
			a.Hidden(name)
		}
		_, hidden := a.Hidden(name)
		done <- hidden
	}()
	select {
	case hidden := <-done:
		if !hidden {
			t.Error("what is too much work does not count as hidden")
		}
	case <-time.After(time.Minute):
		t.Error("it takes for ever")
	}
}
