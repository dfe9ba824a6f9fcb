package ci

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An id for each letter, and the one that stands for nothing.
func id(letter string) string { return strings.Repeat(letter, 40) }

const zero = "0000000000000000000000000000000000000000"

// read parses variables, one a line; the payload of an event stands after EVENT=.
func read(text string) (Event, error) {
	vars := map[string]string{}
	payload := ""
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if name == "EVENT" {
			name, payload, value = "GITHUB_EVENT_PATH", value, "event.json"
		}
		vars[name] = value
	}
	return Read(func(name string) string { return vars[name] }, func(path string, most int64) ([]byte, error) {
		if path != "event.json" {
			return nil, errors.New("no such file")
		}
		return []byte(payload)[:min(int64(len(payload)), most)], nil
	})
}

func TestEachSystemTellsOfItsEvents(t *testing.T) {
	a, b, c := id("a"), id("b"), id("c")
	for _, test := range []struct {
		name, vars string
		want       Event
	}{
		{"none", "CI=true\n", Event{}},
		{"GitHub pull request", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=pull_request\nGITHUB_SHA=" + c + "\nGITHUB_REF=refs/pull/7/merge\n" +
			`EVENT={"number":7,"pull_request":{"number":7,"base":{"ref":"main","sha":"` + a + `"},"head":{"ref":"fix","sha":"` + b + `"}},"repository":{"default_branch":"main"}}`,
			Event{Kind: PullRequest, Base: a, Head: b, Merged: c, TargetBranch: "main", DefaultBranch: "main", Branch: "fix", HeadRef: "refs/pull/7/head"}},
		{"GitHub pull request target", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=pull_request_target\nGITHUB_SHA=" + c + "\nGITHUB_REF=refs/heads/main\n" +
			`EVENT={"number":7,"pull_request":{"number":7,"base":{"ref":"main","sha":"` + a + `"},"head":{"ref":"fix","sha":"` + b + `"}}}`,
			Event{Kind: PullRequest, Base: a, Head: b, TargetBranch: "main", Branch: "fix", HeadRef: "refs/pull/7/head"}},
		{"GitHub push", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/main\n" +
			`EVENT={"before":"` + a + `","after":"` + b + `","repository":{"default_branch":"trunk"}}`,
			Event{Kind: Push, Base: a, Head: b, Branch: "main", DefaultBranch: "trunk"}},
		{"GitHub new branch", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/new/one\n" +
			`EVENT={"before":"` + zero + `","after":"` + b + `"}`,
			Event{Kind: NewBranch, Head: b, Branch: "new/one"}},
		{"GitHub deleted branch", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/main\n" +
			`EVENT={"before":"` + a + `","after":"` + zero + `","deleted":true}`,
			Event{Kind: Deleted, Base: a, Head: b, Branch: "main"}},
		{"GitHub tag", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/tags/v1\n" +
			`EVENT={"before":"` + zero + `","after":"` + c + `"}`,
			Event{Kind: Tag, Head: c, Tag: "v1"}},
		{"GitHub merge group", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=merge_group\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/gh-readonly-queue/main/pr-7-a\n" +
			`EVENT={"merge_group":{"base_ref":"refs/heads/main","base_sha":"` + a + `","head_sha":"` + b + `"}}`,
			Event{Kind: PullRequest, Base: a, Head: b, TargetBranch: "main", Branch: "gh-readonly-queue/main/pr-7-a"}},
		{"GitHub schedule", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=schedule\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/main\n" + `EVENT={}`,
			Event{Kind: Schedule, Head: b, Branch: "main"}},
		{"GitHub dispatch", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=workflow_dispatch\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/main\n" + `EVENT={}`,
			Event{Kind: Manual, Head: b, Branch: "main"}},
		{"GitHub something new", "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=teleport\nGITHUB_SHA=" + b + "\nGITHUB_REF=refs/heads/main\n",
			Event{Kind: Manual, Head: b, Branch: "main"}},
		{"GitLab merge request", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=merge_request_event\nCI_COMMIT_SHA=" + b + "\nCI_MERGE_REQUEST_IID=3\n" +
			"CI_MERGE_REQUEST_DIFF_BASE_SHA=" + a + "\nCI_MERGE_REQUEST_TARGET_BRANCH_NAME=main\nCI_MERGE_REQUEST_SOURCE_BRANCH_NAME=fix\n" +
			"CI_DEFAULT_BRANCH=main\nCI_COMMIT_BEFORE_SHA=" + zero,
			Event{Kind: PullRequest, Base: a, Head: b, TargetBranch: "main", DefaultBranch: "main", Branch: "fix", HeadRef: "refs/merge-requests/3/head"}},
		{"GitLab merged result", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=merge_request_event\nCI_COMMIT_SHA=" + c + "\nCI_MERGE_REQUEST_IID=3\n" +
			"CI_MERGE_REQUEST_DIFF_BASE_SHA=" + id("d") + "\nCI_MERGE_REQUEST_TARGET_BRANCH_NAME=main\n" +
			"CI_MERGE_REQUEST_TARGET_BRANCH_SHA=" + a + "\nCI_MERGE_REQUEST_SOURCE_BRANCH_SHA=" + b,
			Event{Kind: PullRequest, Base: a, Head: b, Merged: c, TargetBranch: "main", HeadRef: "refs/merge-requests/3/head"}},
		{"GitLab external pull request", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=external_pull_request_event\nCI_COMMIT_SHA=" + b + "\n" +
			"CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME=main\nCI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA=" + a,
			Event{Kind: PullRequest, Base: a, Head: b, TargetBranch: "main"}},
		{"GitLab push", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=push\nCI_COMMIT_SHA=" + b + "\nCI_COMMIT_BEFORE_SHA=" + a + "\nCI_COMMIT_BRANCH=main",
			Event{Kind: Push, Base: a, Head: b, Branch: "main"}},
		{"GitLab new branch", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=push\nCI_COMMIT_SHA=" + b + "\nCI_COMMIT_BEFORE_SHA=" + zero + "\nCI_COMMIT_BRANCH=x\nCI_DEFAULT_BRANCH=main",
			Event{Kind: NewBranch, Head: b, Branch: "x", DefaultBranch: "main"}},
		{"GitLab tag", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=push\nCI_COMMIT_SHA=" + b + "\nCI_COMMIT_TAG=v1\nCI_COMMIT_BEFORE_SHA=" + zero,
			Event{Kind: Tag, Head: b, Tag: "v1"}},
		{"GitLab schedule", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=schedule\nCI_COMMIT_SHA=" + b + "\nCI_COMMIT_BRANCH=main",
			Event{Kind: Schedule, Head: b, Branch: "main"}},
		{"GitLab by hand", "GITLAB_CI=true\nCI_PIPELINE_SOURCE=web\nCI_COMMIT_SHA=" + b, Event{Kind: Manual, Head: b}},
		{"Bitbucket pull request", "BITBUCKET_BUILD_NUMBER=1\nBITBUCKET_COMMIT=" + b + "\nBITBUCKET_BRANCH=fix\nBITBUCKET_PR_ID=4\n" +
			"BITBUCKET_PR_DESTINATION_BRANCH=main\nBITBUCKET_PR_DESTINATION_COMMIT=aaaaaaaaaaaa",
			Event{Kind: PullRequest, Base: "aaaaaaaaaaaa", Head: b, TargetBranch: "main", Branch: "fix"}},
		{"Bitbucket push", "BITBUCKET_BUILD_NUMBER=1\nBITBUCKET_COMMIT=" + b + "\nBITBUCKET_BRANCH=main", Event{Kind: NewBranch, Head: b, Branch: "main"}},
		{"Bitbucket tag", "BITBUCKET_BUILD_NUMBER=1\nBITBUCKET_COMMIT=" + b + "\nBITBUCKET_TAG=v1", Event{Kind: Tag, Head: b, Tag: "v1"}},
		{"Azure pull request", "TF_BUILD=True\nBUILD_REASON=PullRequest\nBUILD_SOURCEVERSION=" + c + "\nBUILD_SOURCEBRANCH=refs/pull/5/merge\n" +
			"SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main\nSYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/fix\nSYSTEM_PULLREQUEST_SOURCECOMMITID=" + b,
			Event{Kind: PullRequest, Head: b, Merged: c, TargetBranch: "main", Branch: "fix"}},
		{"Azure push", "TF_BUILD=True\nBUILD_REASON=IndividualCI\nBUILD_SOURCEVERSION=" + b + "\nBUILD_SOURCEBRANCH=refs/heads/main",
			Event{Kind: NewBranch, Head: b, Branch: "main"}},
		{"Azure tag", "TF_BUILD=True\nBUILD_REASON=IndividualCI\nBUILD_SOURCEVERSION=" + b + "\nBUILD_SOURCEBRANCH=refs/tags/v1",
			Event{Kind: Tag, Head: b, Tag: "v1"}},
		{"Azure schedule", "TF_BUILD=True\nBUILD_REASON=Schedule\nBUILD_SOURCEVERSION=" + b + "\nBUILD_SOURCEBRANCH=refs/heads/main",
			Event{Kind: Schedule, Head: b, Branch: "main"}},
		{"Azure by hand", "TF_BUILD=True\nBUILD_REASON=Manual\nBUILD_SOURCEVERSION=" + b + "\nBUILD_SOURCEBRANCH=refs/heads/main",
			Event{Kind: Manual, Head: b, Branch: "main"}},
		{"Jenkins pull request", "JENKINS_URL=http://ci/\nGIT_COMMIT=" + b + "\nBRANCH_NAME=PR-1\nCHANGE_ID=1\nCHANGE_TARGET=main\nCHANGE_BRANCH=fix",
			Event{Kind: PullRequest, Head: b, TargetBranch: "main", Branch: "fix"}},
		{"Jenkins push", "JENKINS_URL=http://ci/\nGIT_COMMIT=" + b + "\nGIT_BRANCH=origin/main\nGIT_PREVIOUS_SUCCESSFUL_COMMIT=" + a + "\nGIT_PREVIOUS_COMMIT=" + c,
			Event{Kind: Push, Base: a, Head: b, Branch: "main"}},
		{"Jenkins first build", "JENKINS_URL=http://ci/\nGIT_COMMIT=" + b + "\nBRANCH_NAME=main\nBRANCH_IS_PRIMARY=true",
			Event{Kind: NewBranch, Head: b, Branch: "main", DefaultBranch: "main"}},
		{"Jenkins tag", "JENKINS_URL=http://ci/\nGIT_COMMIT=" + b + "\nBRANCH_NAME=v1\nTAG_NAME=v1", Event{Kind: Tag, Head: b, Tag: "v1", Branch: "v1"}},
		{"CircleCI pull request", "CIRCLECI=true\nJENKINS_URL=http://ci/\nCIRCLE_SHA1=" + b + "\nCIRCLE_BRANCH=pull/9\nCIRCLE_PR_NUMBER=9",
			Event{Kind: PullRequest, Head: b, Branch: "pull/9", HeadRef: "refs/pull/9/head"}},
		{"CircleCI push", "CIRCLECI=true\nCIRCLE_SHA1=" + b + "\nCIRCLE_BRANCH=fix", Event{Kind: NewBranch, Head: b, Branch: "fix"}},
		{"CircleCI tag", "CIRCLECI=true\nCIRCLE_SHA1=" + b + "\nCIRCLE_TAG=v1", Event{Kind: Tag, Head: b, Tag: "v1"}},
		{"Buildkite pull request", "BUILDKITE=true\nBUILDKITE_COMMIT=" + b + "\nBUILDKITE_BRANCH=fix\nBUILDKITE_PULL_REQUEST=8\n" +
			"BUILDKITE_PULL_REQUEST_BASE_BRANCH=main\nBUILDKITE_PIPELINE_DEFAULT_BRANCH=main",
			Event{Kind: PullRequest, Head: b, Branch: "fix", TargetBranch: "main", DefaultBranch: "main", HeadRef: "refs/pull/8/head"}},
		{"Buildkite push", "BUILDKITE=true\nBUILDKITE_COMMIT=HEAD\nBUILDKITE_BRANCH=main\nBUILDKITE_PULL_REQUEST=false\nBUILDKITE_SOURCE=webhook",
			Event{Kind: NewBranch, Branch: "main"}},
		{"Buildkite merge queue", "BUILDKITE=true\nBUILDKITE_COMMIT=" + b + "\nBUILDKITE_BRANCH=gh-queue\nBUILDKITE_PULL_REQUEST=false\n" +
			"BUILDKITE_MERGE_QUEUE_BASE_BRANCH=main\nBUILDKITE_MERGE_QUEUE_BASE_COMMIT=" + a,
			Event{Kind: PullRequest, Base: a, Head: b, Branch: "gh-queue", TargetBranch: "main"}},
		{"Buildkite schedule", "BUILDKITE=true\nBUILDKITE_COMMIT=" + b + "\nBUILDKITE_SOURCE=schedule", Event{Kind: Schedule, Head: b}},
		{"Buildkite tag", "BUILDKITE=true\nBUILDKITE_COMMIT=" + b + "\nBUILDKITE_TAG=v1\nBUILDKITE_SOURCE=webhook", Event{Kind: Tag, Head: b, Tag: "v1"}},
		{"Buildkite by hand", "BUILDKITE=true\nBUILDKITE_COMMIT=" + b + "\nBUILDKITE_SOURCE=ui", Event{Kind: Manual, Head: b}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.vars)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(test.name, " ")
			if !strings.HasPrefix(string(got.System), strings.Replace(first, "none", "", 1)) {
				t.Errorf("system %q", got.System)
			}
			got.System = ""
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHostileValuesAreErrors(t *testing.T) {
	for name, vars := range map[string]string{
		"an option as a branch":     "GITLAB_CI=true\nCI_PIPELINE_SOURCE=push\nCI_COMMIT_BRANCH=--upload-pack=x",
		"an option as a target":     "JENKINS_URL=x\nCHANGE_ID=1\nCHANGE_TARGET=-u",
		"a path as a branch":        "BITBUCKET_BUILD_NUMBER=1\nBITBUCKET_BRANCH=../../etc/passwd",
		"a revision as a branch":    "CIRCLECI=true\nCIRCLE_BRANCH=main~1",
		"an escape as a branch":     "CIRCLECI=true\nCIRCLE_BRANCH=a\x1b[2J",
		"a pattern as a tag":        "CIRCLECI=true\nCIRCLE_TAG=v*",
		"words as an id":            "GITLAB_CI=true\nCI_COMMIT_SHA=main",
		"an option as an id":        "GITLAB_CI=true\nCI_COMMIT_SHA=--all",
		"a short id":                "BUILDKITE=true\nBUILDKITE_COMMIT=abc1234",
		"a short id of a target":    "BITBUCKET_BUILD_NUMBER=1\nBITBUCKET_PR_ID=1\nBITBUCKET_PR_DESTINATION_COMMIT=abc",
		"a number with more":        "BUILDKITE=true\nBUILDKITE_PULL_REQUEST=7/../../heads/main",
		"no event":                  "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=pull_request",
		"an event that is no JSON":  "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nEVENT={",
		"an event that is not here": "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nGITHUB_EVENT_PATH=/etc/shadow",
		"an event that is a list":   "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nEVENT=[1]",
		"an event without commits":  "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=pull_request\nEVENT={\"pull_request\":{}}",
		"an event that is too much": "GITHUB_ACTIONS=true\nGITHUB_EVENT_NAME=push\nEVENT={\"before\":\"" + strings.Repeat(" ", maxPayload),
	} {
		if e, err := read(vars); err == nil {
			t.Errorf("%s: %+v", name, e)
		} else if strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 300 {
			t.Errorf("%s: the error is not fit to be shown: %q", name, err)
		}
	}
}

func TestFetchTellsTheExactCommand(t *testing.T) {
	e := Event{System: GitHub}
	for _, test := range []struct{ got, want string }{
		{e.Fetch(false, id("a")), "run `git fetch --no-tags origin " + id("a") + "` before"},
		{e.Fetch(true, "refs/heads/main", "refs/pull/7/head"), "run `git fetch --no-tags --unshallow origin +refs/heads/main:refs/remotes/origin/main refs/pull/7/head` before, " +
			"or give actions/checkout `fetch-depth: 0`"},
		{e.Fetch(false, "refs/heads/a'$(b)"), `run ` + "`" + `git fetch --no-tags origin '+refs/heads/a'\''$(b):refs/remotes/origin/a'\''$(b)'` + "` before"},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
	for _, s := range []System{GitHub, GitLab, Bitbucket, Azure, Jenkins, CircleCI, Buildkite} {
		if s.whole() == "" {
			t.Errorf("%s: no setting for a whole clone", s)
		}
	}
}
