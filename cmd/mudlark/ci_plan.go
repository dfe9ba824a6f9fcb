package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/ci"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// A planner finds out which commits an event is about.
type planner struct {
	view  *git.View
	event ci.Event
	plan  *ciPlan
}

// A lack is something that the clone does not have. It is no error of the command
// line: a scan is reported, as incomplete.
type lack struct{ text string }

func (l lack) Error() string { return l.text }

// plan settles what is scanned, and by whom that is configured.
func (c *ciRun) plan(view *git.View, event ci.Event) (*ciPlan, error) {
	opts := c.source
	p := &planner{view: view, event: event, plan: &ciPlan{Options: &opts, target: c.source.Target()}}
	if c.event != "" {
		p.event.Kind = ci.Kind(c.event)
	}
	var err error
	if c.base != "" {
		if p.event.Base, err = view.Revision(c.base); err != nil {
			return nil, fmt.Errorf("--base: %w", err)
		}
		switch p.event.Kind {
		case ci.PullRequest, ci.Push:
		case ci.NewBranch:
			p.event.Kind = ci.Push
		default:
			p.event.Kind = ci.PullRequest
		}
	}
	if c.head != "" {
		if p.event.Kind != ci.PullRequest && p.event.Kind != ci.Push && p.event.Kind != ci.NewBranch {
			return nil, errors.New("--head is the end of a change: add --base, with which it is compared, or --event new-branch")
		}
		if p.event.Head, err = view.Revision(c.head); err != nil {
			return nil, fmt.Errorf("--head: %w", err)
		}
		p.event.Merged = ""
	}
	err = p.settle()
	p.plan.event = string(p.event.Kind)
	if l, ok := errors.AsType[lack](err); ok {
		p.plan.gap, p.plan.trust, p.plan.after = l.text, "", ""
		p.plan.words = cmp.Or(p.plan.words, "the "+strings.ReplaceAll(string(p.event.Kind), "-", " "))
		p.plan.shallow = view.Shallow()
		return p.plan, nil
	}
	return p.plan, err
}

func (p *planner) settle() error {
	e := &p.event
	switch e.Kind {
	case ci.Deleted:
		p.plan.words, p.plan.none = "a deleted ref", "nothing to scan: the branch or tag was deleted"
		return nil
	case ci.Schedule, ci.Manual:
		return p.everything()
	}
	head, err := p.commit(e.Head)
	if err != nil {
		return err
	}
	switch e.Kind {
	case ci.Tag:
		return p.tag(head)
	case ci.Push:
		if e.Base != "" {
			return p.push(head)
		}
		return p.newBranch(head)
	case ci.NewBranch:
		return p.newBranch(head)
	}
	return p.pullRequest(head)
}

// pullRequest is the plan for a change that is proposed: what its end leads to and
// the branch that it is for does not. What that branch was merged into the change
// is none of it.
func (p *planner) pullRequest(head string) error {
	base, err := p.baseOf(head)
	if err != nil {
		return err
	}
	p.plan.words, p.plan.trust, p.plan.fails = "what the pull request adds", base, true
	return p.between(base, head)
}

// between plans the commits that head leads to and base does not, and their
// comparison.
func (p *planner) between(base, head string) error {
	if base == head {
		p.plan.none = fmt.Sprintf("nothing to scan: base and head are the same commit, %.12s", head)
		return nil
	}
	p.plan.Range = "^" + base + " " + head
	p.plan.words += fmt.Sprintf(", from %.12s to %.12s", base, head)
	before, err := p.view.MergeBase(base, head)
	if err != nil && !errors.Is(err, git.ErrNoBase) {
		return lack{fmt.Sprintf("the history of the change is cut off before it meets the base, commit %.12s: %s",
			base, p.fetch())}
	}
	p.plan.before, p.plan.after, p.plan.fetch = before, head, p.fetch()
	return nil
}

// push is the plan for a branch that had commits before.
func (p *planner) push(head string) error {
	base, err := p.commit(p.event.Base)
	if err != nil {
		return err
	}
	p.plan.words, p.plan.trust = "what was pushed", head
	return p.between(base, head)
}

// newBranch is the plan for a push of which it is not known what was there before:
// what the default branch does not have, of that itself all of its history.
func (p *planner) newBranch(head string) error {
	name, known, err := p.defaultBranch()
	if err != nil {
		return err
	}
	p.plan.trust = head
	if name != "" && p.event.Branch != name && !p.behind(known, head) {
		p.plan.words = "what the branch has and " + name + " does not"
		return p.between(known, head)
	}
	p.plan.Range, p.plan.words = head, fmt.Sprintf("the whole history of commit %.12s, as it is not known what was there before", head)
	return nil
}

// behind reports whether a commit of an unknown branch is in the history of the
// default one, of which it may be the newest that was pushed.
func (p *planner) behind(known, head string) bool {
	if p.event.Branch != "" {
		return false
	}
	base, err := p.view.MergeBase(known, head)
	return err != nil || base == head
}

// tag is the plan for a tag: its own text, and commits that the default branch does
// not have.
func (p *planner) tag(head string) error {
	name, known, err := p.defaultBranch()
	if err != nil {
		return err
	}
	sent := head
	if ref := "refs/tags/" + p.event.Tag; p.event.Tag != "" {
		if at, err := p.view.Ref(ref); err == nil {
			head, sent = at, ref
		}
	}
	p.plan.trust, p.plan.Push = head, &git.Push{New: []string{sent}}
	p.plan.words = "what the tag has"
	if name != "" {
		p.plan.Push.Known = []string{known}
		p.plan.words += " and " + name + " does not"
	}
	return nil
}

// everything is the plan for a scan of all refs, which the default branch
// configures.
func (p *planner) everything() error {
	p.plan.words = "the whole repository, all refs"
	name, known, err := p.defaultBranch()
	if err == nil && name != "" {
		p.plan.trust = known
		return nil
	}
	p.plan.trust, err = p.commit(p.event.Head)
	return err
}

// commit returns a commit by its id, or HEAD's.
func (p *planner) commit(id string) (string, error) {
	if id == "" {
		head, err := p.view.Ref("HEAD")
		if err != nil {
			return "", lack{"no commit is checked out, so there is nothing to scan: check out what the event is about"}
		}
		return head, nil
	}
	found, err := p.view.Commit(id)
	if err == nil {
		return found, nil
	}
	return "", lack{fmt.Sprintf("commit %s, which the event names, is not in the clone: %s", id, p.fetch())}
}

// fetch says how to get both ends of the change.
func (p *planner) fetch() string {
	var want []string
	e := &p.event
	switch {
	case e.Kind != ci.PullRequest:
		want = append(want, e.Base)
	case e.TargetBranch != "":
		want = append(want, "refs/heads/"+e.TargetBranch)
	default:
		want = append(want, e.Base)
	}
	if _, err := p.view.Commit(e.Head); e.Head != "" && err != nil {
		want = append(want, cmp.Or(e.HeadRef, e.Head))
	}
	return e.Fetch(p.view.Shallow(), slices.DeleteFunc(want, func(name string) bool { return name == "" })...)
}

// baseOf returns the commit that a pull request is compared with: the one that the
// system names, the end of the branch that the request is for as it is at the
// remote, or what the system merged the request into. A local branch of that name
// does not count: some systems give the change itself the name of its own branch,
// which a fork may call as it likes.
func (p *planner) baseOf(head string) (string, error) {
	e := &p.event
	var missing error
	if e.Base != "" {
		base, err := p.commit(e.Base)
		if err == nil {
			return base, nil
		}
		missing = err
	} else {
		name := e.TargetBranch
		if name == "" {
			var err error
			if name, _, err = p.defaultBranch(); err != nil {
				return "", err
			}
		}
		if name == "" {
			return "", lack{"it is not known which branch the change is for: name it with --base, as in --base origin/main"}
		}
		base, err := p.view.Ref("refs/remotes/origin/" + name)
		if err == nil {
			return base, nil
		}
		missing = lack{fmt.Sprintf("branch %s, which the change is for, is not in the clone: %s",
			name, e.Fetch(p.view.Shallow(), "refs/heads/"+name))}
	}
	if e.Merged != "" {
		parents, err := p.view.Parents(e.Merged)
		if err == nil && len(parents) == 2 && parents[1] == head {
			if base, err := p.view.Commit(parents[0]); err == nil {
				return base, nil
			}
		}
	}
	return "", missing
}

// defaultBranch returns the name of the default branch and its end at the remote;
// no name if nobody says which it is.
func (p *planner) defaultBranch() (name, commit string, err error) {
	const remote = "refs/remotes/origin/"
	name = p.event.DefaultBranch
	if name == "" {
		name, _ = strings.CutPrefix(p.view.Symbolic(remote+"HEAD"), remote)
	}
	if name == "" {
		return "", "", nil
	}
	commit, err = p.view.Ref(remote + name)
	if err != nil {
		return name, "", lack{fmt.Sprintf("the default branch %s is not in the clone: %s",
			name, p.event.Fetch(p.view.Shallow(), "refs/heads/"+name))}
	}
	return name, commit, nil
}
