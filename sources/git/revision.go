package git

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// revision returns the commit that a name stands for, as git understands names
// (gitrevisions): an id or its beginning, a ref, and behind them any number of
// ~n, ^n, ^{}, @{n}. What names content or searches for text is refused.
func (b *base) revision(text string) (gitpack.OID, error) {
	name, suffix := cutName(text)
	id, suffix, err := b.named(name, suffix)
	if err != nil {
		return id, fmt.Errorf("revision %s: %w", quote(text), err)
	}
	for suffix != "" && err == nil {
		id, suffix, err = b.step(id, suffix)
	}
	if err == nil {
		id, err = b.peelTo(id, gitpack.Commit)
	}
	if err != nil {
		return id, fmt.Errorf("revision %s: %w", quote(text), err)
	}
	return id, nil
}

// cutName cuts off what stands behind the name.
func cutName(text string) (name, suffix string) {
	at := strings.IndexAny(text, "~^:")
	if i := strings.Index(text, "@{"); i >= 0 && (at < 0 || i < at) {
		at = i
	}
	if at < 0 {
		return text, ""
	}
	return text[:at], text[at:]
}

// named returns what a name stands for, together with @{n} if that follows.
func (b *base) named(name, suffix string) (gitpack.OID, string, error) {
	if strings.HasPrefix(suffix, "@{") {
		n, rest, err := cutCount(suffix)
		if err != nil {
			return gitpack.OID{}, "", err
		}
		id, err := b.logged(name, n)
		return id, rest, err
	}
	id, err := b.lookUp(name)
	return id, suffix, err
}

// lookUp returns what a name without anything behind it stands for.
func (b *base) lookUp(name string) (gitpack.OID, error) {
	if name == "" {
		return gitpack.OID{}, errors.New("it names nothing")
	}
	if err := b.oneRef(name); err != nil {
		return gitpack.OID{}, err
	}
	text, err := b.repo.Resolve(name)
	if err == nil {
		return b.present(text)
	}
	if !errors.Is(err, gitrepo.ErrUnknownRevision) {
		return gitpack.OID{}, err
	}
	if i := strings.LastIndex(name, "-g"); i >= 0 && hexadecimal(name[i+2:]) { // git describe
		name = name[i+2:]
	}
	if hexadecimal(name) && len(name) >= 4 {
		return b.abbreviated(name)
	}
	if name == "HEAD" || name == "@" {
		return gitpack.OID{}, errors.New("there is no commit yet")
	}
	return gitpack.OID{}, errors.New("no ref and no commit of this name is in the repository: " +
		"`git fetch origin` may get it, `git branch -a` and `git tag` list what there is")
}

// oneRef returns an error if a short name stands for several refs that differ, or for
// one and for the beginning of another commit's id: who names a branch may choose
// either name.
func (b *base) oneRef(name string) error {
	var first, id string
	for _, form := range []string{"refs/tags/", "refs/heads/", "refs/remotes/"} {
		found, err := b.repo.ResolveRef(form + name)
		switch {
		case err != nil:
		case first == "":
			first, id = form+name, found
		case found != id:
			return fmt.Errorf("it is ambiguous: %s and %s%s differ; write the one you mean in full", first, form, name)
		}
	}
	if first == "" || len(name) < 7 || !hexadecimal(name) || len(name) == len(id) {
		return nil
	}
	if other, err := b.abbreviated(name); err == nil && other.String() != id {
		return fmt.Errorf("it is ambiguous: %s is not commit %s; write the one you mean in full", first, other)
	}
	return nil
}

// present returns the id if the store has it.
func (b *base) present(text string) (gitpack.OID, error) {
	id, err := b.format.Parse(text)
	if err == nil && !b.store.Has(id) {
		err = b.notHere(text)
	}
	return id, err
}

// notHere says how to get a commit that the repository lacks.
func (b *base) notHere(id string) error {
	if ids, _ := b.repo.Shallow(); len(ids) > 0 {
		return fmt.Errorf("the repository is a shallow clone without %s: run `git fetch --unshallow`, or `git fetch --depth=1 origin %s`", id, id)
	}
	return fmt.Errorf("%s is not in the repository: run `git fetch origin %s`", id, id)
}

// abbreviated returns the object whose id begins with prefix. Of several, a
// single commit is the one that is meant.
func (b *base) abbreviated(prefix string) (gitpack.OID, error) {
	found, err := b.store.Find(prefix)
	if err != nil {
		return gitpack.OID{}, err
	}
	if len(found) > 1 {
		var commits []gitpack.OID
		for _, id := range found {
			if t, _, err := b.store.Type(id); err == nil && (t == gitpack.Commit || t == gitpack.Tag) {
				commits = append(commits, id)
			}
		}
		if len(commits) == 1 {
			found = commits
		}
	}
	switch len(found) {
	case 0:
		return gitpack.OID{}, b.notHere(prefix)
	case 1:
		return found[0], nil
	}
	return gitpack.OID{}, fmt.Errorf("it is ambiguous: %d objects have ids that begin so; write more of it", len(found))
}

// logged returns what a ref was n changes ago.
func (b *base) logged(name string, n int) (gitpack.OID, error) {
	full, err := b.fullName(name)
	if err != nil {
		return gitpack.OID{}, err
	}
	var entries []gitrepo.LogEntry
	_ = b.repo.EachReflog(func(l gitrepo.Reflog) {
		if l.Ref == full {
			entries = l.Entries
		}
	})
	at := len(entries) - 1 - n
	switch {
	case n == 0 && len(entries) == 0:
		return b.lookUp(full)
	case at >= 0:
		return b.present(entries[at].New)
	case at == -1 && strings.Trim(entries[0].Old, "0") != "":
		return b.present(entries[0].Old)
	}
	return gitpack.OID{}, fmt.Errorf("the reflog of %s goes back only %d changes", full, len(entries))
}

// fullName returns the full name of a ref. Nothing is the branch that is checked
// out.
func (b *base) fullName(name string) (string, error) {
	if name == "" || name == "@" {
		if branch := b.repo.Symbolic("HEAD"); name == "" && branch != "" {
			return branch, nil
		}
		return "HEAD", nil
	}
	for _, form := range []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		if _, err := b.repo.ResolveRef(fmt.Sprintf(form, name)); err == nil {
			return fmt.Sprintf(form, name), nil
		}
	}
	return "", fmt.Errorf("no ref is called %q", name)
}

// step follows the first of the suffixes.
func (b *base) step(id gitpack.OID, suffix string) (gitpack.OID, string, error) {
	switch {
	case strings.HasPrefix(suffix, "^{"):
		word, rest, ok := strings.Cut(suffix[2:], "}")
		if !ok || word != "" && word != "commit" && word != "0" {
			return id, "", fmt.Errorf("%s is not understood: use ^{} or ^{commit}", quote(suffix))
		}
		next, err := b.peelTo(id, 0)
		return next, rest, err
	case suffix[0] == '~':
		n, rest, err := cutNumber(suffix[1:])
		for ; n > 0 && err == nil; n-- {
			id, err = b.parent(id, 1)
		}
		return id, rest, err
	case suffix[0] == '^':
		n, rest, err := cutNumber(suffix[1:])
		if err == nil && n > 0 {
			id, err = b.parent(id, n)
		}
		return id, rest, err
	}
	return id, "", fmt.Errorf("%s is not understood: ~n, ^n, ^{} and @{n} are", quote(suffix))
}

// cutNumber cuts a number off; none is 1.
func cutNumber(text string) (int, string, error) {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end == 0 {
		return 1, text, nil
	}
	n, err := strconv.Atoi(text[:end])
	if err != nil || n > 1<<30 {
		return 0, "", fmt.Errorf("%s is too large a number", quote(text[:end]))
	}
	return n, text[end:], nil
}

// cutCount cuts @{n} off.
func cutCount(suffix string) (int, string, error) {
	word, rest, ok := strings.Cut(suffix[2:], "}")
	n, err := strconv.Atoi(word)
	if !ok || err != nil || n < 0 {
		return 0, "", fmt.Errorf("%s is not understood: @{n} with a number is", quote(suffix))
	}
	return n, rest, nil
}

// parent returns the nth parent of a commit.
func (b *base) parent(id gitpack.OID, n int) (gitpack.OID, error) {
	id, err := b.peelTo(id, gitpack.Commit)
	if err != nil {
		return id, err
	}
	c, err := b.commit(id)
	if err != nil {
		return id, err
	}
	if n > len(c.Parents) {
		return id, fmt.Errorf("commit %s has no parent %d", id, n)
	}
	if p := c.Parents[n-1]; b.store.Has(p) {
		return p, nil
	}
	return id, b.notHere(c.Parents[n-1].String())
}

func (b *base) commit(id gitpack.OID) (gitpack.CommitInfo, error) {
	o, err := b.store.Read(id, nil)
	if err != nil {
		return gitpack.CommitInfo{}, err
	}
	if o.Type != gitpack.Commit {
		return gitpack.CommitInfo{}, fmt.Errorf("%s is a %s, not a commit", id, o.Type)
	}
	return gitpack.ParseCommit(o.Data, b.format)
}

// peelTo follows tags to an object that is none, which must be of a type unless
// that is 0.
func (b *base) peelTo(id gitpack.OID, want gitpack.Type) (gitpack.OID, error) {
	for range 1000 {
		kind, _, err := b.store.Type(id)
		if errors.Is(err, gitpack.ErrNotFound) {
			return id, b.notHere(id.String())
		}
		if err != nil {
			return id, err
		}
		if kind != gitpack.Tag {
			if want != 0 && kind != want {
				return id, fmt.Errorf("%s is a %s, not a %s", id, kind, want)
			}
			return id, nil
		}
		o, err := b.store.Read(id, nil)
		if err != nil {
			return id, err
		}
		t, err := gitpack.ParseTag(o.Data, b.format)
		if err != nil {
			return id, fmt.Errorf("tag %s: %w", id, err)
		}
		id = t.Object
	}
	return id, fmt.Errorf("tag %s: tags of tags without end", id)
}

func hexadecimal(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return text != ""
}

// quote quotes what a user typed, in a length that an error can bear.
func quote(text string) string {
	const most = 100
	if len(text) > most {
		return fmt.Sprintf("%q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
