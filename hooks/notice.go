package hooks

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// maxLines is how long a notice gets, in lines.
const maxLines = 15

// A Notice is a sink that says to a developer why a hook stopped them, and how
// to go on. Of a scan that found nothing and read everything it says nothing.
// What it is told must be masked already.
type Notice struct {
	// NoComments says that comments in files do not make a finding count less.
	NoComments bool

	w     io.Writer
	hook  string
	rules map[string]mudlark.RuleInfo
	found []mudlark.Finding
	skips []mudlark.Skip
}

// NewNotice returns a notice of a hook's scan that is written to w.
func NewNotice(hook string, w io.Writer) *Notice {
	return &Notice{w: w, hook: hook, rules: map[string]mudlark.RuleInfo{}}
}

// Begin implements mudlark.Sink.
func (n *Notice) Begin(run mudlark.Run) error {
	for _, r := range run.Rules {
		n.rules[r.ID] = r
	}
	return nil
}

// Finding implements mudlark.Sink.
func (n *Notice) Finding(f mudlark.Finding) error {
	if f.Counts() {
		n.found = append(n.found, f)
	}
	return nil
}

// Skip implements mudlark.Sink.
func (n *Notice) Skip(s mudlark.Skip) error {
	n.skips = append(n.skips, s)
	return nil
}

// End implements mudlark.Sink.
func (n *Notice) End(s mudlark.Summary) error {
	var lines []string
	switch {
	case len(n.found) > 0:
		lines = n.blocked(s)
	case s.Incomplete || s.Verdict == mudlark.Failed:
		lines = n.unsure(s)
	case len(n.skips) > 0:
		lines = append(lines, "mudlark: not checked: "+n.skipped(1))
	}
	for _, line := range lines[:min(len(lines), maxLines)] {
		line = strings.ReplaceAll(strings.ReplaceAll(line, "\n", `\n`), "\r", `\r`) // of a name
		if _, err := fmt.Fprintln(n.w, line); err != nil {
			return err
		}
	}
	return nil
}

// blocked says what was found: three places, then three ways on.
func (n *Notice) blocked(s mudlark.Summary) []string {
	const most = 3
	lines := []string{fmt.Sprintf(stopped+"%s: %s in %s", n.act(), count(max(s.Secrets, 1), "secret"), n.where())}
	for _, f := range n.found[:min(len(n.found), most)] {
		lines = append(lines, "  "+place(f)+": "+shown(f), "      "+n.kind(f.RuleID))
	}
	if more := len(n.found) - most; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s more: %s", count(more, "place"), n.listing()))
	}
	if s.Incomplete && len(n.skips) > 0 {
		lines = append(lines, "  not checked: "+n.skipped(1))
	}
	first := n.found[0]
	lines = append(lines, "Three ways on:", "  1. It is a secret: "+n.remove())
	if r := n.rules[first.RuleID].Revoke; r != "" {
		lines = append(lines, "     If it was ever shared, revoke it. "+cut(r, 80))
	}
	return append(append(lines, n.allow(first)...), "  3. "+upper(n.override()))
}

// allow says how to mark a finding that is no secret.
func (n *Notice) allow(f mudlark.Finding) []string {
	command := "mudlark ignore " + f.Fingerprint + " --reason REASON"
	comment := "end its line with a comment, mudlark:allow=" + f.RuleID + " REASON"
	none := n.NoComments || n.hook == CommitMsg || f.Origin.Part != ""
	switch {
	case Server(n.hook) && none:
		return []string{"  2. It is none: " + command, "     in the server's default branch: from then on it passes."}
	case Server(n.hook):
		return []string{"  2. It is none: " + comment + ", in that commit,", "     or in the server's default branch: " + command}
	case none:
		return []string{"  2. It is none: " + command}
	}
	return []string{"  2. It is none: " + comment + ",", "     or: " + command}
}

// unsure says why it cannot be said that there is no secret.
func (n *Notice) unsure(s mudlark.Summary) []string {
	lines := []string{fmt.Sprintf(stopped+"%s: not all of %s could be checked", n.act(), n.where())}
	if s.Failure != "" {
		lines = append(lines, "  "+s.Failure)
	}
	for i := range n.skips[:min(len(n.skips), 6)] {
		lines = append(lines, "  "+describe(n.skips[i]))
	}
	if more := len(n.skips) - 6; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	if late := !slices.ContainsFunc(n.skips, func(s mudlark.Skip) bool { return s.Reason != mudlark.TimedOut }); late && len(n.skips) > 0 {
		return append(lines, "Push it in smaller parts, or "+n.override())
	}
	return append(lines, "Mend that and try again, or "+n.override())
}

// skipped sums up what was not read.
func (n *Notice) skipped(most int) string {
	var parts []string
	for _, s := range n.skips[:min(len(n.skips), most)] {
		parts = append(parts, describe(s))
	}
	text := strings.Join(parts, "; ")
	if more := len(n.skips) - most; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

func describe(s mudlark.Skip) string {
	text := string(s.Reason)
	if s.Detail != "" {
		text = cut(s.Detail, 120)
	}
	if s.Origin.Path != "" {
		text = s.Origin.Path + ": " + text
	}
	return text
}

func (n *Notice) act() string {
	switch n.hook {
	case PrePush, PreReceive, UpdateRef:
		return "push"
	case PreMergeCommit:
		return "merge"
	}
	return "commit"
}

func (n *Notice) where() string {
	switch n.hook {
	case PrePush, PreReceive, UpdateRef:
		return "what it sends"
	case CommitMsg:
		return "the commit message"
	case PreMergeCommit:
		return "what the merge brings that neither side has"
	case PrepareCommitMsg:
		return "what resolving the conflict brought"
	}
	return "what is staged"
}

func (n *Notice) listing() string {
	if n.act() == "push" {
		return "mudlark git --range A..B"
	}
	return "mudlark git --staged"
}

func (n *Notice) remove() string {
	switch n.hook {
	case PrePush:
		return "take it out of the commits (git rebase -i), keep it outside of the repository."
	case PreReceive, UpdateRef:
		return "take it out of the commits (git rebase -i), keep it elsewhere, push again."
	case CommitMsg:
		return "leave it out of the message."
	}
	return "take it out of the file, keep it outside of the repository, git add again."
}

func (n *Notice) override() string {
	command := "git commit"
	switch n.hook {
	case PreReceive, UpdateRef: // what the environment says is not for the pusher to decide
		return "ask whoever runs the server to let it pass."
	case PrepareCommitMsg: // which --no-verify does not skip
		return "this once: MUDLARK_SKIP=1 git rebase --continue, or whatever command it was"
	case PrePush:
		command = "git push"
	case PreMergeCommit:
		command = "git merge"
	}
	return "this once: MUDLARK_SKIP=1 " + command + " ... (--no-verify skips all hooks)"
}

// kind says what a rule finds, and what its holder can do.
func (n *Notice) kind(id string) string {
	if text := n.rules[id].Description; text != "" {
		return cut(text, 100)
	}
	return "rule " + id
}

// place is where a finding is, as editors understand it.
func place(f mudlark.Finding) string {
	text := f.Origin.Path
	switch {
	case text == "":
		text = f.Origin.Part
	case f.Origin.Part != "":
		text += " (" + f.Origin.Part + ")"
	}
	if f.Origin.Part == "" || f.Origin.Path == "" {
		text += fmt.Sprintf(":%d", f.Position.StartLine)
	}
	if c := f.Origin.Commit; c != nil && c.ID != "" {
		text += " in commit " + c.ID[:min(len(c.ID), 10)]
	}
	return text
}

// shown is the masked secret and what speaks for it.
func shown(f mudlark.Finding) string {
	text := f.Secret.String()
	if f.Key != "" {
		text = cut(f.Key, 40) + " = " + text
	}
	text += "  (" + f.RuleID + ", " + f.Confidence.String() + " confidence"
	for _, e := range f.Evidence {
		if e.Effect > 0 && e.Name != "rule" && utf8.RuneCountInString(text) < 80 {
			text += "; " + e.Name + ": " + e.Detail
		}
	}
	return text + ")"
}

// upper begins a sentence.
func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-3]) + "..."
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
