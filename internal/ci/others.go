package ci

import "strings"

// bitbucket reads https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/.
// It does not tell what a branch was before a push, nor what the default branch is.
func bitbucket(v *variables) Event {
	e := Event{Head: v.id("BITBUCKET_COMMIT"), Branch: v.branch("BITBUCKET_BRANCH")}
	switch {
	case v.getenv("BITBUCKET_PR_ID") != "":
		e.Kind = PullRequest
		e.Base = v.shortID("BITBUCKET_PR_DESTINATION_COMMIT")
		e.TargetBranch = v.branch("BITBUCKET_PR_DESTINATION_BRANCH")
	case v.getenv("BITBUCKET_TAG") != "":
		e.Kind, e.Tag = Tag, v.tag("BITBUCKET_TAG")
	default:
		e.Kind = Push
	}
	return e
}

// shortID is id for a system that may cut ids off at 12 digits.
func (v *variables) shortID(name string) string {
	value := v.getenv(name)
	if len(value) >= 12 && len(value) < 40 && strings.Trim(value, "0123456789abcdef") == "" {
		return value
	}
	return v.checkID(name, value)
}

// azure reads https://learn.microsoft.com/azure/devops/pipelines/build/variables.
func azure(v *variables) Event {
	e := Event{Head: v.id("BUILD_SOURCEVERSION")}
	ref := v.getenv("BUILD_SOURCEBRANCH")
	if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		e.Branch = v.checkName("BUILD_SOURCEBRANCH", name)
	}
	switch reason := v.getenv("BUILD_REASON"); {
	case reason == "PullRequest":
		e.Kind = PullRequest
		e.TargetBranch = v.branch("SYSTEM_PULLREQUEST_TARGETBRANCH")
		e.Branch = v.branch("SYSTEM_PULLREQUEST_SOURCEBRANCH")
		if source := v.id("SYSTEM_PULLREQUEST_SOURCECOMMITID"); source != "" {
			if strings.HasSuffix(ref, "/merge") {
				e.Merged = e.Head
			}
			e.Head = source
		}
	case reason == "Schedule":
		e.Kind = Schedule
	case strings.HasPrefix(ref, "refs/tags/"):
		e.Kind, e.Tag = Tag, v.checkName("BUILD_SOURCEBRANCH", strings.TrimPrefix(ref, "refs/tags/"))
	case reason == "IndividualCI" || reason == "BatchedCI":
		e.Kind = Push
	default:
		e.Kind = Manual
	}
	return e
}

// jenkins reads the variables of the git and the branch source plugin. What a
// branch was before is what was built before: with success, so that what made a
// build fail is not forgotten by the next one.
func jenkins(v *variables) Event {
	e := Event{Head: v.id("GIT_COMMIT"), Branch: v.branch("BRANCH_NAME")}
	if e.Branch == "" { // the git plugin names it as the remote has it
		e.Branch = v.checkName("GIT_BRANCH", strings.TrimPrefix(v.getenv("GIT_BRANCH"), "origin/"))
	}
	switch {
	case v.getenv("CHANGE_ID") != "":
		e.Kind = PullRequest
		e.TargetBranch = v.branch("CHANGE_TARGET")
		e.Branch = v.branch("CHANGE_BRANCH")
	case v.getenv("TAG_NAME") != "":
		e.Kind, e.Tag = Tag, v.tag("TAG_NAME")
	default:
		e.Kind, e.Base = Push, v.id("GIT_PREVIOUS_SUCCESSFUL_COMMIT", "GIT_PREVIOUS_COMMIT")
	}
	if v.getenv("BRANCH_IS_PRIMARY") == "true" {
		e.DefaultBranch = e.Branch
	}
	return e
}

// circleci reads https://circleci.com/docs/reference/variables/. It does not tell
// what branch a pull request is for, nor what a branch was before a push.
func circleci(v *variables) Event {
	e := Event{Kind: Push, Head: v.id("CIRCLE_SHA1"), Branch: v.branch("CIRCLE_BRANCH")}
	switch {
	case v.getenv("CIRCLE_TAG") != "":
		e.Kind, e.Tag = Tag, v.tag("CIRCLE_TAG")
	case v.getenv("CIRCLE_PULL_REQUEST") != "" || v.getenv("CIRCLE_PR_NUMBER") != "":
		e.Kind = PullRequest
		if n := v.number("CIRCLE_PR_NUMBER"); n != "" {
			e.HeadRef = "refs/pull/" + n + "/head"
		}
	}
	return e
}

// buildkite reads https://buildkite.com/docs/pipelines/configure/environment-variables.
func buildkite(v *variables) Event {
	e := Event{DefaultBranch: v.branch("BUILDKITE_PIPELINE_DEFAULT_BRANCH"), Branch: v.branch("BUILDKITE_BRANCH")}
	if v.getenv("BUILDKITE_COMMIT") != "HEAD" { // which stands for what was checked out
		e.Head = v.id("BUILDKITE_COMMIT")
	}
	switch {
	case v.getenv("BUILDKITE_MERGE_QUEUE_BASE_COMMIT") != "":
		e.Kind = PullRequest
		e.Base = v.id("BUILDKITE_MERGE_QUEUE_BASE_COMMIT")
		e.TargetBranch = v.branch("BUILDKITE_MERGE_QUEUE_BASE_BRANCH")
	case v.getenv("BUILDKITE_PULL_REQUEST") != "" && v.getenv("BUILDKITE_PULL_REQUEST") != "false":
		e.Kind = PullRequest
		e.TargetBranch = v.branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH")
		e.HeadRef = "refs/pull/" + v.number("BUILDKITE_PULL_REQUEST") + "/head"
	case v.getenv("BUILDKITE_TAG") != "":
		e.Kind, e.Tag = Tag, v.tag("BUILDKITE_TAG")
	case v.getenv("BUILDKITE_SOURCE") == "schedule":
		e.Kind = Schedule
	case v.getenv("BUILDKITE_SOURCE") == "ui" || v.getenv("BUILDKITE_SOURCE") == "api":
		e.Kind = Manual
	default:
		e.Kind = Push
	}
	return e
}
