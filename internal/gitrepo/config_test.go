package gitrepo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// settings shows entries as git config --list -z does.
func settings(entries []Entry) []string {
	var out []string
	for _, e := range entries {
		if e.NoValue {
			out = append(out, e.Name())
			continue
		}
		out = append(out, e.Name()+"\n"+e.Value)
	}
	return out
}

// oddities is what a configuration file may hold.
const oddities = "\xef\xbb\xbf# comment\n[core]\n\tbare = false\r\n" + `
[section "Sub.Section \"quoted\" \\ back"] key = value ; comment
	another = "quoted # no comment" # comment
	escapes = a\tb\nc\"d\\e\b
	long = one \
   two \
  three
	novalue
	empty =
	emptyquotes = ""
	spaces =    leading and trailing   	
	inner = "  kept  "and   then"  some "   # x
	Mixed-Case9 = Value
	a = 1
	a = 2
[Old.Style.Header]
	key = [not a section] ; x
[ ]
[new "x"]key=v
[new "y"]
[core]
	latin = ` + "gr\xfc\xdfe\x01" + `
[remote "origin"]
	url = https://host/path?a=b#frag
	url = "https://host/path?a=b#frag"
	fetch = +refs/heads/*:refs/remotes/origin/*
[alias]
	run = "!f() { echo \"$1\"; }; f"
`

func TestConfigIsThatOfGit(t *testing.T) {
	s := newSandbox(t)
	text := strings.Replace(oddities, "[ ]\n", "", 1)
	s.write("config", text)
	entries, problems := parseConfig([]byte(text))
	if len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
	want := strings.Split(strings.TrimSuffix(s.git(".", "config", "--list", "-z", "--file", "config"), "\x00"), "\x00")
	equal(t, "config", settings(entries), want)
	for _, e := range entries {
		line := strings.ToLower(strings.Split(text, "\n")[e.Line-1])
		if !strings.Contains(line, e.Key) {
			t.Errorf("%s is not in line %d, which is %q", e.Name(), e.Line, line)
		}
	}
}

// TestConfigAgreesWithGit compares many small files, good and bad ones.
func TestConfigAgreesWithGit(t *testing.T) {
	s := newSandbox(t)
	for i, text := range []string{
		"", "[", "[a", "[a]", "[a]\nb", "[a]b", "[a]\nb=", "[a]\nb=c\\", "[a]\nb=\\x", "[a]\nb=\"x", "[a]\nb=\"x\ny\"", "[a \"b\"]c=d",
		"[a \"b]c=d", "[a \"b\" ]\nc=d", "[a b]\nc=d", "b=c", "[a]\n1=2", "[a]\nb c", "[a]\nb_c=d", "[a.b]\nc=d", "[a.B \"c\"]\nd=e",
		"[a]\n[b]c\n;x\n", "[a]\r\nb=c\r\n", "[a]\nb = c \\\n  ; d\n", "[a]\nb=\"c\\\nd\"", "[-]\nb=c", "[a]\n-b=c",
		"[a]]\nb=c", "[a]\nb=c=d", "[\"x\"]\na=b", "[a \"\"]\nb=c", "[a.]\nb=c", "[a]\nb\t=\tc\t\n", "[A \"x\ty\\z\"]\nb=c",
		"[a]\nb = \" x \" \n", "[a]\nb = x\\\n\n", "\xef\xbb\xbf[a]b=c", "\xef\xbb[a]b=c", "[a]\nb=c\x00d",
	} {
		name := fmt.Sprint("config", i)
		s.write(name, text)
		out, err := s.try(".", "config", "--list", "-z", "--file", name)
		entries, problems := parseConfig([]byte(text))
		if (err != nil) != (len(problems) > 0) {
			t.Errorf("%q: got %v, git says %v %s", text, problems, err, out)
		}
		if err == nil && !strings.Contains(text, "\x00") {
			equal(t, text, settings(entries), strings.FieldsFunc(out, func(c rune) bool { return c == 0 }))
		}
	}
}

func TestBadConfigGivesTheRest(t *testing.T) {
	entries, problems := parseConfig([]byte("outside = 1\n[a]\nb = \"open\nc = 1\n[bad\nd = 2\n[e \"f\ng = 3\n[h]\ni = \\x\nj = 4"))
	equal(t, "entries", settings(entries), []string{"outside\n1", "a.b\nopen", "a.c\n1", "d\n2", "g\n3", "h.i\n", "h.j\n4"})
	var at []int
	for _, p := range problems {
		at = append(at, p.Line)
	}
	if !slices.Equal(at, []int{3, 5, 7, 10}) {
		t.Errorf("got problems in lines %v: %v", at, problems)
	}
}

func TestConfigOfARepository(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.git("work", "remote", "add", "origin", "https://user:pw@example.com/x")
	s.git("work", "config", "extensions.worktreeConfig", "true")
	s.git("work", "config", "--worktree", "user.name", "Own")
	s.write("work/.git/more", "[more]\nx = y\n")
	s.git("work", "config", "include.path", "more")
	s.git("work", "config", "--add", "includeIf.onbranch:nowhere.path", "../.git/more")
	s.git("work", "config", "--add", "include.path", "../outside")
	s.git("work", "config", "--add", "include.path", "~/.more")
	s.git("work", "config", "--add", "include.path", "config")
	r := s.open("work")
	entries, err := r.Config()
	names := map[string]int{}
	for _, e := range entries {
		names[e.Name()+"="+e.Value]++
	}
	for _, want := range []string{"remote.origin.url=https://user:pw@example.com/x", "user.name=Own", "more.x=y"} {
		if names[want] == 0 {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	outside := 0
	for _, p := range ProblemsOf(err) {
		if errors.Is(p, ErrOutside) {
			outside++
		}
	}
	if outside < 2 {
		t.Errorf("got %v, want what is included from outside", err)
	}
}

func TestUnknownFormatsAreSaid(t *testing.T) {
	s := newSandbox(t)
	for name, test := range map[string]struct {
		config string
		want   []string
	}{
		"plain":    {"[core]\nrepositoryformatversion = 0\n", nil},
		"none":     {"", nil},
		"known":    {"[core]\nrepositoryformatversion = 1\n[extensions]\nnoop\npartialClone = origin\nobjectFormat = sha256\n", nil},
		"future":   {"[core]\nrepositoryformatversion = 2\n", []string{"version 2"}},
		"ignored":  {"[core]\nrepositoryformatversion = 0\n[extensions]\nunheard = 1\n", nil},
		"unknown":  {"[core]\nrepositoryformatversion = 1\n[extensions]\nunheard = 1\n", []string{"extensions.unheard"}},
		"reftable": {"[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n", []string{"reftables"}},
		"hash":     {"[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha3\n", []string{"sha3"}},
		"not1":     {"[core]\nrepositoryformatversion = 0\n[extensions]\nobjectFormat = sha256\n", []string{"version 0"}},
		"nonsense": {"[core]\nrepositoryformatversion = x\n", []string{"not a number"}},
	} {
		s.git(".", "init", "-q", name)
		s.write(name+"/.git/config", test.config)
		got := s.open(name).Unsupported()
		if len(got) != len(test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], test.want[i]) {
				t.Errorf("%s: got %q, want %q", name, got, test.want)
			}
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(oddities))
	f.Add([]byte("[a]\nb=\"x\n[c \"d"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, problems := parseConfig(text)
		count := strings.Count(string(text), "\n") + 1
		last := 0
		for _, e := range entries {
			if e.Line < last || e.Line > count || e.Key == "" {
				t.Fatalf("got %+v after line %d of %d", e, last, count)
			}
			last = e.Line
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > count {
				t.Fatalf("got %v in %d lines", p, count)
			}
		}
	})
}
