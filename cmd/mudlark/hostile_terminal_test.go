//go:build unix && !gendoc

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark/report"
)

// evil is what a terminal, a reader or a parser could be tricked with: escape
// sequences, one of them of a single character, the marks that turn the
// direction of text, a backspace, ends of lines of every kind, what is invisible,
// and bytes that are no text.
const evil = "\x1b[2J\x1b]0;owned\a\x9b31m\u009b31m\u202e\u2066\b\r\n\u2028\x7f\ufeff\xff\xfe"

// oneLine is evil where there can be no end of a line.
var oneLine = strings.NewReplacer("\n", "", "\r", "").Replace(evil)

// unsafe returns what of text should not reach a terminal, with its surroundings.
func unsafe(text string) string {
	if !utf8.ValidString(text) {
		return fmt.Sprintf("%.200q is no UTF-8", text)
	}
	for i, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff') {
			return fmt.Sprintf("%+q", text[max(0, i-60):min(len(text), i+30)])
		}
	}
	return ""
}

// checkSafe runs a scan in every format and checks all that it says. Found is
// how many findings there are at least.
func checkSafe(t *testing.T, dir string, found int, args ...string) {
	t.Helper()
	t.Chdir(dir)
	for _, format := range report.Formats() {
		for _, more := range [][]string{nil, {"--redact=0"}} {
			all := append(append(append(args, "--format", format, "-v", "--log-level", "debug"), more...), templateFor(t, format)...)
			e := mud(t, "", all...)
			switch format {
			case "html", "gitleaks-junit": // their own lines begin with tabs
				e.out = regexp.MustCompile(`\n\t+`).ReplaceAllString(e.out, "\n")
			case "gitleaks-csv", "template": // a secret of several lines keeps their ends, and text its tabs
				e.out = strings.NewReplacer("\r\n", "\n", "\t", " ").Replace(e.out)
			}
			for what, text := range map[string]string{"output": e.out, "error": e.err} {
				if where := unsafe(text); where != "" {
					t.Errorf("%s %v: raw in standard %s: %s", format, more, what, where)
				}
			}
			switch format {
			case "json", "sarif":
				if e.out == "" && strings.HasPrefix(e.err, "mudlark: failed: ") {
					continue
				}
				if !json.Valid([]byte(e.out)) {
					t.Errorf("%s is not valid", format)
				}
			case "jsonl":
				if found == 0 {
					continue
				}
				if rec := parseRecord(t, e.out); len(rec.findings) < found {
					t.Errorf("%d findings, want %d", len(rec.findings), found)
				}
			}
		}
	}
}

func TestNothingEvilInFilesReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	secret := token(t, "<github ghp_>", 1)
	line := oneLine + " token=" + secret + " " + evil
	putFile(t, dir, "d/content.txt", []byte(line))
	putFile(t, dir, "d/name "+evil+".txt", []byte(secret))
	putFile(t, dir, "d/a.zip", zipOf(t, "member "+evil+".txt", []byte(line), "../"+evil, []byte(line)))
	putFile(t, dir, "d/broken "+evil+".zip", zipOf(t, "a", []byte(line))[:60])
	putFile(t, dir, "d/"+evil+"/"+token(t, "<github ghp_>", 2), []byte("x"))
	if err := os.Symlink("token "+evil+token(t, "<github ghp_>", 3), filepath.Join(dir, "d", "link "+evil)); err != nil {
		t.Skip(err)
	}
	checkSafe(t, dir, 6, "dir", "d")
	checkSafe(t, dir, 0, "dir", "d", "--timeout", "1ns")
}

func TestNothingEvilInARepositoryReachesTheTerminal(t *testing.T) {
	dir := handmade(t, "")
	p := newPacker()
	secret := func(n int) string { return " token=" + token(t, "<github ghp_>", n) + " " }
	tree := p.tree(
		leaf{"100644", evil + "a.txt", p.blob(oneLine + secret(1) + evil)},
		leaf{"100644", evil + "b.zip", p.blob(string(zipOf(t, evil, []byte(secret(2)+evil))))},
		leaf{"120000", evil + "link", p.blob(evil + secret(3))},
		leaf{"160000", evil + "module", fakeID(1)},
	)
	at := p.add(kindCommit, fmt.Appendf(nil, "tree %s\nauthor %s <%s> 1600000000 +0000\ncommitter %s 1600000000 +0000\n\n%s %s\n\nbody %s\n",
		tree, oneLine+secret(4), oneLine, oneLine, evil, secret(5), evil))
	lost := p.add(kindCommit, fmt.Appendf(nil, "tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n", fakeID(2), fakeID(3), who, who))
	tag := p.add(kindTag, fmt.Appendf(nil, "object %s\ntype commit\ntag %s\ntagger %s\n\n%s\n", at, oneLine, oneLine, secret(6)+evil))
	p.place(t, dir, true, nil)
	putFile(t, dir, ".git/packed-refs", fmt.Appendf(nil, "%s refs/heads/main\n%s refs/heads/%s\n%s refs/tags/%s%s\n%s refs/heads/lost\n",
		at, at, oneLine, tag, oneLine, token(t, "<github ghp_>", 7), lost))
	putFile(t, dir, ".git/logs/HEAD", fmt.Appendf(nil, "%040d %s %s 1600000000 +0000\t%s%s\nbroken %s\n", 0, at, oneLine, oneLine, secret(8), oneLine))
	putFile(t, dir, ".git/config", []byte("[remote \""+oneLine+"\"]\n\turl = https://user:"+token(t, "<github ghp_>", 9)+"@example.com/"+oneLine+"\n"))
	putFile(t, dir, ".git/refs/heads/broken", []byte(evil))
	putFile(t, dir, ".git/objects/pack/pack-"+oneLine+".pack", []byte(evil))
	putFile(t, dir, ".gitmodules", []byte("[submodule \""+oneLine+"\"]\n\turl = "+oneLine+"\n"))
	checkSafe(t, dir, 8, "git", ".")
	checkSafe(t, dir, 0, "git", ".", "--scope", "branch="+oneLine)
	checkSafe(t, dir, 0, "git", ".", "--range", "..main")
}

func TestNothingEvilInAConfigurationReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	// Of TOML, control characters must be escapes.
	const escaped = `\u001b[2J\u009b\u202e\u2066\u2028`
	config := `
[extend]
useDefault = true
[[rules]]
id = "acme\u202e\u2066"
description = "` + escaped + `\n"
regex = "acme_[0-9]{8}"
keywords = ["acme_"]
help = "https://` + escaped + `"
revoke = "` + escaped + `"
tags = ["` + escaped + `"]
"slip` + escaped + `" = 1
[[allowlists]]
description = "` + escaped + `"
regexes = ["acme_1+$"]
`
	putFile(t, dir, "d/mudlark.toml", []byte(config))
	putFile(t, dir, "d/a.txt", []byte("acme_48205917 acme_11111111\nacme_73918264 # mudlark:allow "+evil+"\n"))
	checkSafe(t, dir, 2, "dir", "d")
	rec := scanned(t, "dir", filepath.Join(dir, "d"))
	var ignore bytes.Buffer
	for _, f := range rec.findings {
		fmt.Fprintf(&ignore, "%s %s\n", f.Fingerprint, oneLine)
	}
	putFile(t, dir, "d/.mudlarkignore", ignore.Bytes())
	checkSafe(t, dir, 2, "dir", "d")
	for _, args := range [][]string{
		{"rules", "list", "--config", "d/mudlark.toml"}, {"rules", "show", "acme\u202e\u2066", "--config", "d/mudlark.toml"},
		{"rules", "check", "d/mudlark.toml"},
	} {
		t.Chdir(dir)
		e := mud(t, "", args...)
		if where := unsafe(e.out + e.err); where != "" {
			t.Errorf("%v: raw: %s", args, where)
		}
	}
	for i, bad := range []string{
		"id = \"x\"\n" + evil, "[[rules]]\nid = \"" + escaped + "\"\nregex = \"a\"\n", "[[rules]]\nid = \"x\"\nregex = \"[" + escaped + "\"\n",
		"[extend]\npath = \"" + escaped + "\"\n", "[[rules]]\nid = \"x\u202e\"\n", "[\"" + escaped + "\"]\nx = 1\n[[rules]]\nid = 5\n",
		"[extend]\ndisabledRules = [\"" + escaped + "\"]\n", "[[rules]]\nid = \"x\"\nregex = \"a\"\nchecksum = \"" + escaped + "\"\n",
		"[[rules]]\nid = \"x\"\nregex = \"a\"\n[[rules.required]]\nid = \"" + escaped + "\"\n",
	} {
		name := fmt.Sprintf("bad%d.toml", i)
		putFile(t, dir, name, []byte(bad))
		e := mud(t, "", "dir", "d", "--config", name)
		if where := unsafe(e.err); where != "" {
			t.Errorf("%q: raw: %s", bad, where)
		}
		putFile(t, dir, "ignore", []byte(oneLine+" nonsense\n"))
	}
	if e := mud(t, "", "dir", "d", "--ignore-file", "ignore"); unsafe(e.err) != "" || e.code != exitTrouble {
		t.Errorf("exit code %d, raw: %s", e.code, unsafe(e.err))
	}
}

// TestNothingEvilOnACommandLineReachesTheTerminal: a script may pass names of
// files that it did not choose.
func TestNothingEvilOnACommandLineReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "d/a.txt", []byte("text\n"))
	for _, args := range [][]string{
		{oneLine}, {"dir", evil}, {"dir", "d", evil}, {"git", evil}, {"git", evil, evil}, {"stdin", evil}, {"stdin", "--name", evil},
		{"dir", "d", "--config", evil}, {"dir", "d", "--format", evil}, {"dir", "d", "--out", evil + "/x"},
		{"dir", "d", "--enable-rule", evil}, {"dir", "d", "--confidence", evil},
		{"dir", "d", "--workers", evil}, {"dir", "d", "--max-file-size", evil}, {"dir", "d", "--log-level", evil},
		{"dir", "d", "--exclude", evil}, {"git", "d", "--range", evil}, {"git", "d", "--since", evil}, {"git", "d", "--scope", evil},
		{"report", "convert", evil}, {"rules", "show", evil}, {"rules", "check", evil}, {"rules", evil}, {"report", evil},
	} {
		t.Chdir(dir)
		e := mud(t, "", args...)
		if where := unsafe(e.out + e.err); where != "" {
			t.Errorf("%+q: raw: %s", args, where)
		}
	}
}

// TestNothingEvilInAnErrorReachesTheTerminal holds the errors that TestNothing-
// EvilOnACommandLineReachesTheTerminal leaves out.
func TestNothingEvilInAnErrorReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "d/a.txt", []byte("text\n"))
	putFile(t, dir, evil+"/mudlark.toml", []byte("broken"))
	putFile(t, dir, "x"+evil+"/.mudlarkignore", []byte("broken"))
	for _, args := range [][]string{
		{"dir", "d", "--" + oneLine}, {"--" + oneLine}, {"help", oneLine}, {"dir", "d", "--accept", evil},
		{"dir", "d", "--ignore-file", evil}, {"dir", "d", "--timeout", evil}, {"dir", evil}, {"dir", "x" + evil},
	} {
		t.Chdir(dir)
		e := mud(t, "", args...)
		if where := unsafe(e.out + e.err); where != "" {
			t.Errorf("%+q: raw: %s", args, where)
		}
	}
}
