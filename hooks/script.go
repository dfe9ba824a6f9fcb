package hooks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// suffix is what the name of a hook that was there before ends in.
const suffix = ".before-mudlark"

// mark is how a hook of ours is known. It stays the same for ever.
const mark = `# mudlark hook: written by "mudlark hook install", taken away by "mudlark hook uninstall".`

// made is in the hooks of a folder that was made for them.
const made = "# The folder was made for it.\n"

// global is in the hooks that run in all repositories.
const global = "# The hook that the repository itself has runs first.\n"

// A script is a hook of ours.
type script struct {
	hook string
	Program
	made    bool // the folder was not there before
	global  bool // it runs in all repositories
	forward bool // global, and does nothing but run the repository's own hook
}

// text returns what the file holds. It must run in any POSIX shell, the one that
// comes with git for Windows included.
func (s script) text() string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n" + mark + "\n")
	if s.made {
		b.WriteString(made)
	}
	if s.global {
		b.WriteString(global)
	} else {
		b.WriteString("# What was here before lies beside it, as " + s.hook + suffix + ", and runs first.\n")
	}
	if !s.forward {
		b.WriteString("mudlark=" + shellQuote(filepath.ToSlash(s.Path)) + "\n")
	}
	if s.global {
		b.WriteString(s.own())
	} else {
		b.WriteString("before=$0" + suffix + "\n")
	}
	if s.forward {
		return b.String() + s.without()
	}
	return b.String() + s.check()
}

// check runs what was there before, then mudlark.
func (s script) check() string {
	var b strings.Builder
	reads := s.hook == PrePush || s.hook == PreReceive
	if reads { // both read what git pushes
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
	if reads {
		b.WriteString("printf %s \"$refs\" | ")
	}
	b.WriteString(runs)
	for _, flag := range s.Flags {
		b.WriteString(shellQuote(flag) + " ")
	}
	b.WriteString(s.hook + " \"$@\"\n")
	return b.String()
}

// runs is how a hook begins to call mudlark.
const runs = "\"$mudlark\" hook run "

// own finds the repository's own hook. One that is ours does all by itself, and
// one that is this very file would never end.
func (s script) own() string {
	return `dir=${GIT_COMMON_DIR:-${GIT_DIR:-.git}}
if [ ! -d "$dir" ] || [ -e "$dir/commondir" ]; then
	dir=$(git rev-parse --git-common-dir) || exit
fi
before=$dir/hooks/` + s.hook + `
if [ ! -f "$before" ] || [ ! -x "$before" ] || [ "$before" -ef "$0" ]; then
	before=
elif { read -r line && read -r line; } <"$before" 2>/dev/null; then
	case $line in
	"# mudlark hook: "*) exec "$before" "$@" ;;
	esac
fi
`
}

// without is what a hook does that only runs the repository's own: where there is
// none, what git does without a hook.
func (s script) without() string {
	text := "[ -n \"$before\" ] && exec \"$before\" \"$@\"\n"
	switch s.hook {
	case "push-to-checkout":
		return text + `git update-index -q --ignore-submodules --refresh || exit
if ! git diff-files --quiet --ignore-submodules --; then
	echo "Working directory has unstaged changes" >&2
	exit 1
fi
head=$(git rev-parse -q --verify HEAD) || head=$(git hash-object -t tree /dev/null)
if ! git diff-index --quiet --cached --ignore-submodules "$head" --; then
	echo "Working directory has staged changes" >&2
	exit 1
fi
exec git read-tree -u -m "$1"
`
	case "proc-receive":
		return text + "echo \"$0: the repository has no proc-receive hook\" >&2\nexit 1\n"
	}
	return text + "exit 0\n"
}

func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// cutQuoted cuts a word off text that shellQuote made.
func cutQuoted(text string) (word, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, "'")
	if !ok {
		return "", "", false
	}
	var b strings.Builder
	for {
		part, after, found := strings.Cut(text, "'")
		if !found {
			return "", "", false
		}
		b.WriteString(part)
		if text, ok = strings.CutPrefix(after, `\''`); !ok {
			return b.String(), after, true
		}
		b.WriteByte('\'')
	}
}

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
	s = script{hook: hook, made: strings.Contains(text, made), global: strings.Contains(text, global)}
	s.forward = s.global
	for line := range strings.Lines(text) {
		if quoted, ok := strings.CutPrefix(line, "mudlark='"); ok && s.Path == "" {
			s.Path, _, _ = cutQuoted("'" + quoted)
			s.forward = false
		}
		if _, call, ok := strings.Cut(line, runs); ok {
			s.Flags = flagsOf(call)
		}
	}
	return s, true, s.text() != text
}

// flagsOf returns the quoted words that a call begins with.
func flagsOf(call string) []string {
	var flags []string
	for {
		word, rest, ok := cutQuoted(call)
		if !ok {
			return slices.Clip(flags)
		}
		flags, call = append(flags, word), strings.TrimPrefix(rest, " ")
	}
}

// runnable reports whether git would run a file as a hook.
func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (!executableMatters || info.Mode()&0o111 != 0)
}
