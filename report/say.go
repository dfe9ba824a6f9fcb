package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// The sentences that several formats have in common.

// sentence returns text with a full stop at its end, if it has none.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// count returns "1 file" or "1,234 files".
func count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "ch"):
		thing += "e"
	}
	return grouped(n) + " " + thing + "s"
}

// verb returns the form of a verb that goes with n things.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// grouped returns n in decimal with a comma before every third digit.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size returns a number of bytes as people say it.
func size(bytes int64) string {
	switch {
	case bytes < 1000:
		return count(int(bytes), "byte")
	case bytes < 1e6:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	case bytes < 1e9:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
}

// labels returns what only a source knows of a place, each as "name value".
func labels(m map[string]string) []string {
	list := make([]string, 0, len(m))
	for k, v := range m {
		list = append(list, k+" "+v)
	}
	slices.Sort(list)
	return list
}

// list returns the first few of names, and how many more there are; more of them
// are known by their number only.
func list(names []string, most, more int) string {
	if n := len(names) - most; n > 0 {
		names, more = names[:most], more+n
	}
	if more > 0 {
		return strings.Join(names, ", ") + fmt.Sprintf(" and %s more", grouped(more))
	}
	return strings.Join(names, ", ")
}

// shortID returns a hash as far as people need it.
func shortID(id string) string {
	if len(id) > 12 && isHex(id) {
		return id[:12]
	}
	return id
}

// shortRefs returns refs as people name them. HEAD is told only if nothing
// else is, as it mostly stands for a branch.
func shortRefs(refs []string) []string {
	short := make([]string, 0, len(refs))
	for _, r := range refs {
		if r == "HEAD" && len(refs) > 1 {
			continue
		}
		for _, prefix := range []string{"refs/heads/", "refs/tags/", "refs/remotes/", "refs/"} {
			if name, ok := strings.CutPrefix(r, prefix); ok {
				r = name
				break
			}
		}
		short = append(short, r)
	}
	return short
}

// heldWords says what still holds content, as far as a reader must act on it.
func heldWords(x *mudlark.Exposure) string {
	switch x.Held {
	case mudlark.HeldByRef:
		if len(x.Tips) > 0 {
			return "still on " + list(shortRefs(x.Tips), 3, x.MoreTips)
		}
		removed, refs := removalWords(x), list(shortRefs(x.Refs), 3, x.MoreRefs)
		switch {
		case removed != "" && refs != "":
			return removed + ", but in the history of " + refs
		case removed != "":
			return removed + ", but in history"
		case refs != "":
			return "reachable from " + refs
		}
		return "in history"
	case mudlark.HeldByIndex:
		return "staged, in no commit yet"
	case mudlark.HeldByStash:
		return "only in a stash"
	case mudlark.HeldByReflog:
		return "only in the reflog"
	case mudlark.HeldByNothing:
		return "in an unreachable object, until git prunes it"
	case mudlark.HeldByWorktree:
		return "in a file of git's own, in no commit"
	}
	return string(x.Held)
}

// removalWords says which commit removed the last of it, and how long it had
// stood there; empty if that is not known.
func removalWords(x *mudlark.Exposure) string {
	if len(x.Removed) == 0 || len(x.Tips) > 0 {
		return ""
	}
	last := x.Removed[len(x.Removed)-1]
	words := "removed"
	if !last.Date.IsZero() {
		words += " " + last.Date.Format(time.DateOnly)
	}
	words += " by " + shortID(last.Commit)
	days := int(last.Date.Sub(x.First).Hours() / 24)
	switch {
	case last.Date.IsZero(), x.First.IsZero(), last.Date.Before(x.First):
		return words
	case days == 0:
		return words + " within a day"
	}
	return words + " after " + count(days, "day")
}

// pieces returns how many pieces of content a skip stands for.
func pieces(s mudlark.Skip) int { return max(s.Count, 1) }

// where names an origin in a few words: a path, or what there is instead.
func where(o mudlark.Origin) string {
	var words []string
	if o.Path != "" {
		words = append(words, o.Path)
	}
	if o.Part != "" {
		words = append(words, o.Part)
	}
	if o.Commit != nil && o.Commit.ID != "" && o.Path == "" {
		words = append(words, "commit "+shortID(o.Commit.ID))
	} else if o.Object != "" && o.Path == "" {
		words = append(words, "object "+shortID(o.Object))
	}
	return strings.Join(words, ", ")
}

// skipSentence says what was not read and why.
func skipSentence(s mudlark.Skip) string {
	what, _ := reasonWords(s.Reason)
	text := where(s.Origin)
	if s.Detail != "" {
		what = s.Detail
	}
	if text != "" {
		what = text + ": " + what
	}
	if s.Count > 1 {
		what = strings.TrimRight(what, ".") + " (" + count(s.Count, "piece") + ")"
	}
	return sentence(what)
}

// foldSentence says what a flood is, and that not all of it is told.
func foldSentence(f mudlark.Fold) string {
	place := f.Path
	if place == "" && f.Object != "" {
		place = "object " + shortID(f.Object)
	}
	if place == "" {
		place = "other places"
	}
	return fmt.Sprintf("%s more of rule %s in %s are counted, not listed; the first %s are listed.",
		grouped(f.Folded), f.RuleID, place, grouped(f.Kept))
}

// reasonWords says what a reason means and what mends it, if there is one mend.
func reasonWords(r mudlark.Reason) (what, mend string) {
	switch r {
	case mudlark.Unreadable:
		return "the system refused to read it", "Scan as a user who may read it."
	case mudlark.Corrupt:
		return "it is damaged", "Look at it with git fsck, or fetch it again from a whole copy."
	case mudlark.Missing:
		return "it is named by other content, but not there", "Fetch it from a repository that has it, and scan again."
	case mudlark.Shallow:
		return "history was cut off when the repository was cloned", "Get all of it with git fetch --unshallow, and scan again."
	case mudlark.Promised:
		return "a partial clone left it out", "Get it with git fetch --refetch --filter=blob:limit=1t, or scan a full clone."
	case mudlark.Submodule:
		return "it lies in another repository", "Scan that repository too."
	case mudlark.LFSPointer:
		return "it lies in a large file store", "Get it with git lfs pull, and scan the folder with dir."
	case mudlark.TooLarge:
		return "it is over the bound for one file", "Raise --max-file-size."
	case mudlark.ArchiveDepth:
		return "archives are nested deeper than the bound", "Raise --max-archive-depth."
	case mudlark.ArchiveRatio:
		return "it expands more than the bound allows", "If it is no bomb, raise --max-archive-ratio."
	case mudlark.ArchiveTotal:
		return "it expands to more than the bound allows", "If it is no bomb, raise --max-archive-bytes."
	case mudlark.ArchiveFormat:
		return "the archive is damaged, encrypted or of an unknown kind", "Unpack it, and scan what is in it with dir."
	case mudlark.DecodeTotal:
		return "it has more encoded text than the bound allows", "Decode it, and scan what it holds."
	case mudlark.Unsupported:
		return "this version does not know the format", ""
	case mudlark.Special:
		return "it is a device, a socket or a pipe", ""
	case mudlark.Symlink:
		return "it is a link that leads outside", "Scan what it leads to."
	case mudlark.Interrupted:
		return "the scan was stopped", "Scan again to the end."
	case mudlark.Unanswered:
		return "no provider said whether a secret works", "Verify again later, or allow the question as its reason says; --accept unanswered goes without."
	case mudlark.TimedOut:
		return "the time allowed was over", "Scan again with a longer --timeout."
	}
	return string(r), ""
}
