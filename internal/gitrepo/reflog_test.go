package gitrepo

import (
	"fmt"
	"strings"
	"testing"
)

// TestReflogsAreThoseOfGit compares with git reflog, which lists the newest
// entry first.
func TestReflogsAreThoseOfGit(t *testing.T) {
	for _, format := range []string{SHA1, SHA256} {
		s := newSandbox(t)
		s.fill("work", "--object-format="+format)
		s.git("work", "worktree", "add", "-q", "../linked", "feature/x")
		s.git("linked", "reset", "-q", "--hard", "main")
		s.git("work", "-c", "user.name=<>", "commit", "-q", "--allow-empty", "-m", "tabs\tand \x01 bytes é \xff")
		for _, in := range []string{"work", "linked"} {
			logs, err := s.open(in).Reflogs()
			if err != nil {
				t.Error(err)
			}
			refs := map[string]bool{}
			for _, log := range logs {
				refs[log.Ref] = true
				var got []string
				for i := len(log.Entries) - 1; i >= 0; i-- {
					e := log.Entries[i]
					got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s", e.New, e.Name, e.Email, e.When.Format("2006-01-02T15:04:05-07:00"), e.Message))
				}
				want := s.git(in, "log", "-g", "--format=%H|%gn|%ge|%gd|%gs", "--date=iso-strict", log.Ref, "--")
				var lines []string
				for _, line := range fields(want) {
					// The selector shows the time between braces.
					before, rest, _ := strings.Cut(line, "@{")
					when, after, _ := strings.Cut(rest, "}")
					lines = append(lines, before[:strings.LastIndex(before, "|")+1]+when+after)
				}
				equal(t, in+" "+log.Ref, got, lines)
			}
			names := "HEAD refs/heads/main refs/heads/feature/x refs/stash refs/notes/commits"
			if in == "work" {
				names += " worktrees/linked/HEAD"
			} else {
				names += " main-worktree/HEAD"
			}
			for _, name := range strings.Fields(names) {
				if !refs[name] {
					t.Errorf("%s: no reflog of %s", in, name)
				}
			}
		}
	}
}

func TestDamagedReflogsGiveTheRest(t *testing.T) {
	a, b := strings.Repeat("a", 40), strings.Repeat("B", 40)
	r := &Repo{ObjectFormat: SHA1}
	entries, problems := r.parseReflog([]byte(strings.Join([]string{
		a + " " + b + " Me <me@x> 1700000000 +0130\tmessage\twith tab\xff",
		"nonsense",
		a + " " + b + " no address",
		a + " " + b + " >< 12 +0000",
		a + " " + b + " <> what +99999999",
		a + " " + b + " Me <me<you>> 1 -0000",
		"",
		a + " " + b + " cut <off> 1 +0000\tx",
	}, "\n")))
	if len(entries) != 4 || len(problems) != 3 {
		t.Fatalf("got %+v, %v", entries, problems)
	}
	if e := entries[0]; e.Message != "message\twith tab\xff" || e.Name != "Me" || e.Email != "me@x" ||
		e.When.Format("15:04 -0700") != "23:43 +0130" || e.Line != 1 {
		t.Errorf("got %+v", e)
	}
	if e := entries[1]; !e.When.IsZero() || e.Line != 5 {
		t.Errorf("got %+v", e)
	}
	if e := entries[3]; e.Message != "x" || e.Line != 8 || problems[2].Line != 4 {
		t.Errorf("got %+v, %v", e, problems)
	}
}

func FuzzReflog(f *testing.F) {
	a := strings.Repeat("a", 40)
	f.Add([]byte(a + " " + a + " Me <me@x> 1700000000 +0130\tmessage\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, format := range []string{SHA1, SHA256} {
			r := &Repo{ObjectFormat: format}
			entries, problems := r.parseReflog(text)
			if got, want := len(entries)+len(problems), strings.Count(string(text)+"\n", "\n"); len(problems) < maxProblems && got > want {
				t.Errorf("%d entries and problems of %d lines", got, want)
			}
			for _, e := range entries {
				if len(e.Old) != r.hexLen() || strings.ContainsRune(e.Message+e.Name+e.Email, '\n') {
					t.Errorf("got %+v", e)
				}
			}
		}
	})
}
