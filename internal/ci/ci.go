// Package ci knows what continuous integration systems say of the event that
// they run for. Read is the way in; each system's variables stand in a file of
// its own.
//
// Whoever opens a pull request chooses the names of its branch and some of the
// values here. What Read returns is checked: ids are ids, names are names that
// git would accept and that are no options of a program.
package ci

import (
	"fmt"
	"strings"
)

// A Kind is what happened.
type Kind string

// The kinds of events.
const (
	PullRequest Kind = "pull-request" // a change is proposed to a branch
	Push        Kind = "push"         // a branch got commits
	NewBranch   Kind = "new-branch"   // a push to a branch of which nothing earlier is known
	Tag         Kind = "tag"          // a tag was made
	Schedule    Kind = "schedule"     // it was time
	Manual      Kind = "manual"       // somebody asked, or nobody knows why
	Deleted     Kind = "deleted"      // a branch or a tag is gone
)

// Kinds lists the kinds that a user may name.
func Kinds() []string {
	return []string{string(PullRequest), string(Push), string(NewBranch), string(Tag), string(Schedule), string(Manual)}
}

// An Event is what a system says. Empty fields were not told.
type Event struct {
	System System
	Kind   Kind
	// Base and Head are the ids of commits: of a pull request the end of the branch
	// that it is for and its own, of a push what the branch was and is.
	Base, Head string
	// Merged is the id of a commit that the system made by merging Head into the
	// branch that the pull request is for, if that is what is checked out.
	Merged        string
	TargetBranch  string // that a pull request is for
	DefaultBranch string // of the repository
	Branch        string // that was pushed, or that a pull request comes from
	Tag           string
	// HeadRef is a ref of the remote from which a pull request's commits can be
	// fetched.
	HeadRef string
}

// A System is a continuous integration system. The zero value is none.
type System string

// The systems.
const (
	GitHub    System = "GitHub Actions"
	GitLab    System = "GitLab CI"
	Bitbucket System = "Bitbucket Pipelines"
	Azure     System = "Azure Pipelines"
	Jenkins   System = "Jenkins"
	CircleCI  System = "CircleCI"
	Buildkite System = "Buildkite"
)

// maxPayload bounds the description of an event that a system leaves in a file.
const maxPayload = 32 << 20

// Read returns the event that the variables tell of. Without a system that is
// known the Event is zero. read reads at most so many bytes of a file that a
// variable names.
func Read(getenv func(string) string, read func(path string, most int64) ([]byte, error)) (Event, error) {
	v := &variables{getenv: getenv, read: read}
	for _, s := range []struct {
		system  System
		is, yes string // a variable, and the value it has; empty: any
		event   func(*variables) Event
	}{
		{GitHub, "GITHUB_ACTIONS", "true", github},
		{GitLab, "GITLAB_CI", "true", gitlab},
		{Bitbucket, "BITBUCKET_BUILD_NUMBER", "", bitbucket},
		{Azure, "TF_BUILD", "true", azure},
		{Buildkite, "BUILDKITE", "true", buildkite},
		{CircleCI, "CIRCLECI", "true", circleci},
		{Jenkins, "JENKINS_URL", "", jenkins},
	} {
		value := getenv(s.is)
		if value == "" || s.yes != "" && !strings.EqualFold(value, s.yes) {
			continue
		}
		e := s.event(v)
		e.System = s.system
		e.settle()
		if v.err != nil {
			return Event{System: s.system}, fmt.Errorf("%s: %w", s.system, v.err)
		}
		return e, nil
	}
	return Event{}, nil
}

// settle makes of a push what it really is.
func (e *Event) settle() {
	if e.Kind == Push && e.Base == "" {
		e.Kind = NewBranch
	}
}

// variables reads variables and keeps the first thing that is wrong with one.
type variables struct {
	getenv func(string) string
	read   func(path string, most int64) ([]byte, error)
	err    error
}

func (v *variables) fail(format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf(format, args...)
	}
}

// id returns the id of a commit that one of the variables holds, the first that is
// set. Zeros stand for none.
func (v *variables) id(names ...string) string {
	for _, name := range names {
		if value := v.getenv(name); value != "" {
			return v.checkID(name, value)
		}
	}
	return ""
}

func (v *variables) checkID(name, value string) string {
	switch {
	case value == "" || IsZero(value):
		return ""
	case !IsID(value):
		v.fail("%s holds no id of a commit, but %s", name, quote(value))
		return ""
	}
	return strings.ToLower(value)
}

// branch returns the name of a branch that one of the variables holds, without
// refs/heads/.
func (v *variables) branch(names ...string) string {
	for _, name := range names {
		if value := v.getenv(name); value != "" {
			return v.checkName(name, strings.TrimPrefix(value, "refs/heads/"))
		}
	}
	return ""
}

// tag is branch for tags.
func (v *variables) tag(names ...string) string {
	for _, name := range names {
		if value := v.getenv(name); value != "" {
			return v.checkName(name, strings.TrimPrefix(value, "refs/tags/"))
		}
	}
	return ""
}

func (v *variables) checkName(name, value string) string {
	if value == "" || IsName(value) {
		return value
	}
	v.fail("%s holds no name of a branch or a tag, but %s", name, quote(value))
	return ""
}

// number returns the number that a variable holds, as text.
func (v *variables) number(names ...string) string {
	for _, name := range names {
		if value := v.getenv(name); value != "" {
			return v.checkNumber(name, value)
		}
	}
	return ""
}

func (v *variables) checkNumber(name, value string) string {
	if len(value) > 18 || strings.Trim(value, "0123456789") != "" {
		v.fail("%s holds no number, but %s", name, quote(value))
		return ""
	}
	return value
}
