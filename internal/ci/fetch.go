package ci

import "strings"

// Fetch says how to get what a clone lacks: the exact command, and the setting of
// the system that makes it needless. what are ids of commits and full names of
// refs at the remote.
func (e Event) Fetch(shallow bool, what ...string) string {
	words := []string{"git", "fetch", "--no-tags"}
	if shallow {
		words = append(words, "--unshallow")
	}
	words = append(words, "origin")
	for _, name := range what {
		if branch, ok := strings.CutPrefix(name, "refs/heads/"); ok {
			name = "+" + name + ":refs/remotes/origin/" + branch
		}
		words = append(words, Shell(name))
	}
	text := "run `" + strings.Join(words, " ") + "` before"
	if setting := e.System.whole(); setting != "" && shallow {
		text += ", or " + setting
	}
	return text
}

// whole says what makes a system clone all of the history.
func (s System) whole() string {
	switch s {
	case GitHub:
		return "give actions/checkout `fetch-depth: 0`"
	case GitLab:
		return "set the variable `GIT_DEPTH: \"0\"`"
	case Bitbucket:
		return "set `clone: depth: full`"
	case Azure:
		return "set `fetchDepth: 0` in the step `checkout: self`"
	case Jenkins:
		return "switch off the shallow clone in the job's clone behaviours"
	case CircleCI:
		return "set `method: full` in the step checkout"
	case Buildkite:
		return "take --depth out of BUILDKITE_GIT_CLONE_FLAGS and BUILDKITE_GIT_FETCH_FLAGS"
	}
	return ""
}
