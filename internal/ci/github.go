package ci

import (
	"encoding/json"
	"strings"
)

// githubPayload is what of the file that GITHUB_EVENT_PATH names is used.
type githubPayload struct {
	Number      json.Number `json:"number"`
	Before      string      `json:"before"`
	After       string      `json:"after"`
	Deleted     bool        `json:"deleted"`
	PullRequest *struct {
		Number json.Number `json:"number"`
		Base   githubSide  `json:"base"`
		Head   githubSide  `json:"head"`
	} `json:"pull_request"`
	MergeGroup *struct {
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"`
		HeadSHA string `json:"head_sha"`
	} `json:"merge_group"`
	Repository struct {
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`
}

type githubSide struct {
	SHA string `json:"sha"`
	Ref string `json:"ref"`
}

// github reads https://docs.github.com/en/actions/reference/workflows-and-actions/variables
// and the payloads of the events.
func github(v *variables) Event {
	p := v.githubPayload()
	e := Event{
		Head:          v.id("GITHUB_SHA"),
		DefaultBranch: v.checkName("the event's repository.default_branch", p.Repository.DefaultBranch),
	}
	ref := v.getenv("GITHUB_REF")
	if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		e.Kind, e.Tag = Tag, v.checkName("GITHUB_REF", name)
	}
	if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		e.Branch = v.checkName("GITHUB_REF", name)
	}
	switch name := v.getenv("GITHUB_EVENT_NAME"); {
	case p.PullRequest != nil && strings.HasPrefix(name, "pull_request"):
		return v.githubPullRequest(e, p)
	case p.MergeGroup != nil:
		e.Kind = PullRequest
		e.Base = v.checkID("the event's merge_group.base_sha", p.MergeGroup.BaseSHA)
		e.Head = v.checkID("the event's merge_group.head_sha", p.MergeGroup.HeadSHA)
		e.TargetBranch = v.checkName("the event's merge_group.base_ref", strings.TrimPrefix(p.MergeGroup.BaseRef, "refs/heads/"))
	case strings.HasPrefix(name, "pull_request") || name == "merge_group":
		v.fail("GITHUB_EVENT_PATH tells nothing of the change that %s is about", name)
	case name == "push":
		if e.Kind != Tag {
			e.Kind = Push
			e.Base = v.checkID("the event's before", p.Before)
		}
		if p.Deleted {
			e.Kind = Deleted
		} else if after := v.checkID("the event's after", p.After); after != "" {
			e.Head = after
		}
	case name == "schedule":
		e.Kind = Schedule
	case e.Kind != Tag || name == "workflow_dispatch":
		e.Kind = Manual
	}
	return e
}

func (v *variables) githubPullRequest(e Event, p githubPayload) Event {
	e.Kind = PullRequest
	e.Base = v.checkID("the event's pull_request.base.sha", p.PullRequest.Base.SHA)
	if strings.HasSuffix(v.getenv("GITHUB_REF"), "/merge") {
		e.Merged = e.Head
	}
	e.Head = v.checkID("the event's pull_request.head.sha", p.PullRequest.Head.SHA)
	e.TargetBranch = v.checkName("the event's pull_request.base.ref", p.PullRequest.Base.Ref)
	e.Branch = v.checkName("the event's pull_request.head.ref", p.PullRequest.Head.Ref)
	number := string(p.PullRequest.Number)
	if number == "" {
		number = string(p.Number)
	}
	if number = v.checkNumber("the event's number", number); number != "" {
		e.HeadRef = "refs/pull/" + number + "/head"
	}
	if e.Head == "" || e.Base == "" {
		v.fail("the event's pull_request names no commits")
	}
	return e
}

func (v *variables) githubPayload() (p githubPayload) {
	path := v.getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return p
	}
	text, err := v.read(path, maxPayload+1)
	switch {
	case err != nil:
		v.fail("the event in the file that GITHUB_EVENT_PATH names: %w", err)
	case len(text) > maxPayload:
		v.fail("the event in the file that GITHUB_EVENT_PATH names is larger than %d MB", maxPayload>>20)
	default:
		if err := json.Unmarshal(text, &p); err != nil {
			v.fail("the event in the file that GITHUB_EVENT_PATH names is not understood: %w", err)
		}
	}
	return p
}
