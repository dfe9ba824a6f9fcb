package hooks

import (
	"os"
	"path/filepath"
	"strings"
)

// suffix is what the name of a hook that was there before ends in.
const suffix = ".before-mudlark"

// mark is how a hook of ours is known. It stays the same for ever.
const mark = `# mudlark hook: written by "mudlark hook install", taken away by "mudlark hook uninstall".`

// made is in the hooks of a folder that was made for them.
const made = "# The folder was made for it.\n"

// A script is a hook of ours.
type script struct {
	hook    string
	program string // path of mudlark
	made    bool   // the folder was not there before
}

// text returns what the file holds. It must run in any POSIX shell, the one that
// comes with git for Windows included.
func (s script) text() string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n" + mark + "\n")
	if s.made {
		b.WriteString(made)
	}
	b.WriteString("# What was here before lies beside it, as " + s.hook + suffix + ", and runs first.\n")
	b.WriteString("mudlark=" + shellQuote(filepath.ToSlash(s.program)) + "\n")
	b.WriteString("before=$0" + suffix + "\n")
	if s.hook == PrePush { // both read what git pushes
		b.WriteString("refs=$(cat && echo .) || exit\nrefs=${refs%.}\n")
		b.WriteString("if [ -x \"$before\" ]; then\n\tprintf %s \"$refs\" | \"$before\" \"$@\" || exit\nfi\n")
	} else {
		b.WriteString("if [ -x \"$before\" ]; then\n\t\"$before\" \"$@\" || exit\nfi\n")
	}
	if s.hook == PrepareCommitMsg { // which runs for every commit
		b.WriteString("dir=${GIT_DIR:-.git}\n")
		for _, name := range Picked() {
			b.WriteString("[ -e \"$dir/" + name + "\" ] || ")
		}
		b.WriteString("exit 0\n")
	}
	b.WriteString(`command -v "$mudlark" >/dev/null 2>&1 || mudlark=mudlark
if ! command -v "$mudlark" >/dev/null 2>&1; then
	echo "mudlark: the program is not found, so nothing was checked: install it, or delete $0" >&2
	exit 1
fi
`)
	if s.hook == PrePush {
		b.WriteString("printf %s \"$refs\" | ")
	}
	b.WriteString("\"$mudlark\" hook run " + s.hook + " \"$@\"\n")
	return b.String()
}

func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// readScript reads a hook. Ours says whether it is one of ours, and changed
// whether somebody wrote into it since.
func readScript(path, hook string) (s script, ours, changed bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return s, false, false
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), mark) {
		return s, false, false
	}
	text := string(data)
	s = script{hook: hook, made: strings.Contains(text, made)}
	for line := range strings.Lines(text) {
		if quoted, ok := strings.CutPrefix(line, "mudlark='"); ok {
			quoted = strings.TrimSuffix(strings.TrimSuffix(quoted, "\n"), "'")
			s.program = strings.ReplaceAll(quoted, `'\''`, "'")
			break
		}
	}
	return s, true, s.text() != text
}
