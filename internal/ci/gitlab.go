package ci

// gitlab reads https://docs.gitlab.com/ci/variables/predefined_variables/.
func gitlab(v *variables) Event {
	e := Event{
		Head:          v.id("CI_COMMIT_SHA"),
		DefaultBranch: v.branch("CI_DEFAULT_BRANCH"),
		Branch:        v.branch("CI_COMMIT_BRANCH"),
	}
	switch source := v.getenv("CI_PIPELINE_SOURCE"); {
	case v.getenv("CI_MERGE_REQUEST_IID") != "" || source == "merge_request_event":
		return v.gitlabMergeRequest(e)
	case source == "external_pull_request_event":
		e.Kind = PullRequest
		e.Base = v.id("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA")
		e.TargetBranch = v.branch("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME")
		if head := v.id("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA"); head != "" {
			e.Head = head
		}
	case source == "schedule":
		e.Kind = Schedule
	case v.getenv("CI_COMMIT_TAG") != "":
		e.Kind, e.Tag = Tag, v.tag("CI_COMMIT_TAG")
	case source == "push":
		e.Kind, e.Base = Push, v.id("CI_COMMIT_BEFORE_SHA")
	default:
		e.Kind = Manual
	}
	return e
}

// gitlabMergeRequest reads a merge request. What is checked out is its own commit,
// or the result of merging it, of which both sides are told then.
func (v *variables) gitlabMergeRequest(e Event) Event {
	e.Kind = PullRequest
	e.Branch = v.branch("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
	e.TargetBranch = v.branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
	target, source := v.id("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"), v.id("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
	if target != "" && source != "" {
		e.Base, e.Merged, e.Head = target, e.Head, source
	} else {
		e.Base = v.id("CI_MERGE_REQUEST_DIFF_BASE_SHA")
	}
	if iid := v.number("CI_MERGE_REQUEST_IID"); iid != "" {
		e.HeadRef = "refs/merge-requests/" + iid + "/head"
	}
	return e
}
