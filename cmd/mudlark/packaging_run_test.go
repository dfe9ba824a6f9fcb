//go:build !gendoc

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// A runner is what runs the templates' scripts: a folder for tools, of which the
// one that downloads takes from a folder of releases, a repository, and files that
// a system of continuous integration gives.
type runner struct {
	t                 *testing.T
	dir, tools, repo  string
	releases          string
	base, head        string
	token, pathBefore string
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the test stands for Linux")
	}
	dir := t.TempDir()
	r := &runner{t: t, dir: dir, tools: filepath.Join(dir, "tools"), repo: filepath.Join(dir, "repo"), releases: filepath.Join(dir, "releases")}
	for _, d := range []string{r.tools, r.repo, r.releases, filepath.Join(dir, "temp")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The last argument is what is asked for, the one after -O or --output where to.
	r.file(filepath.Join(r.tools, "curl"), "#!/bin/sh\nfor a; do case $last in -O|--output) to=$a;; esac; last=$a; done\n"+
		"printf '%s\\n' \"$last\" >>'"+dir+"/asked'\nexec cp '"+r.releases+"'/\"${last##*/}\" \"$to\"\n")
	r.file(filepath.Join(r.tools, "wget"), "#!/bin/sh\nexec curl \"$@\"\n")
	return r
}

func (r *runner) file(path, text string) {
	r.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

func (r *runner) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(r.dir, name))
	return string(text)
}

// release makes a release that holds the program, and returns its sum.
func (r *runner) release() string {
	r.t.Helper()
	program, err := exec.LookPath("mudlark")
	if err != nil {
		r.t.Fatal(err)
	}
	text := []byte("#!/bin/sh\nexec '" + program + "' \"$@\"\n")
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	if err := w.WriteHeader(&tar.Header{Name: "mudlark", Mode: 0o755, Size: int64(len(text))}); err != nil {
		r.t.Fatal(err)
	}
	_, _ = w.Write(text)
	_, _ = w.Close(), zip.Close()
	sum := sha256.Sum256(b.Bytes())
	var sums strings.Builder
	for _, arch := range []string{"amd64", "arm64"} {
		name := "mudlark_linux_" + arch + ".tar.gz"
		r.file(filepath.Join(r.releases, name), b.String())
		fmt.Fprintf(&sums, "%x  %s\n", sum, name)
	}
	r.file(filepath.Join(r.releases, "checksums.txt"), sums.String())
	return hex.EncodeToString(sum[:])
}

func (r *runner) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.repo, append(bigrepo.Env(), "HOME="+r.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// leak makes a repository whose newest commit adds a secret.
func (r *runner) leak() {
	r.t.Helper()
	var err error
	if r.token, err = rules.Fill("<github ghp_>", 1); err != nil {
		r.t.Fatal(err)
	}
	r.git("init", "-q", "-b", "main", ".")
	r.file(filepath.Join(r.repo, "a.txt"), "fine\n")
	r.git("add", ".")
	r.git("commit", "-qm", "start")
	r.base = r.git("rev-parse", "HEAD")
	r.file(filepath.Join(r.repo, "ü b.txt"), "TOKEN="+r.token+"\n")
	r.git("add", ".")
	r.git("commit", "-qm", "leak")
	r.head = r.git("rev-parse", "HEAD")
}

// run runs a script with an environment of its own.
func (r *runner) run(shell, script string, env map[string]string) (string, int) {
	r.t.Helper()
	cmd := exec.Command(shell, "-c", script)
	cmd.Dir = r.repo
	path := strings.Join(append(strings.Fields(r.read("path")), r.tools, r.pathBefore, "/usr/bin", "/bin"), ":")
	cmd.Env = []string{
		"PATH=" + path, "HOME=" + r.dir, "RUNNER_TEMP=" + filepath.Join(r.dir, "temp"), "RUNNER_OS=Linux", "RUNNER_ARCH=X64",
		"GITHUB_PATH=" + filepath.Join(r.dir, "path"), "GITHUB_OUTPUT=" + filepath.Join(r.dir, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(r.dir, "summary"),
	}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func hasCI(t *testing.T) {
	t.Helper()
	if !strings.Contains(mud(t, "", "ci", "--help").out, "mudlark ci [") {
		t.Skip("there is no mudlark ci")
	}
}

func TestTheActionInstallsWhatHasTheRightSum(t *testing.T) {
	script := readAction(t).Runs.Steps[0].Run
	sum := newRunner(t).release()
	for _, c := range []struct {
		name, version, ref, checksum string
		spoil                        bool
		asked, says                  string
		code                         int
	}{
		{name: "newest", asked: "releases/latest/download/mudlark_linux_amd64.tar.gz"},
		{name: "that of the action", ref: "v1.2.3", asked: "releases/download/v1.2.3/mudlark_linux_amd64.tar.gz"},
		{name: "a branch of the action", ref: "main", asked: "releases/latest/download/mudlark_linux_amd64.tar.gz"},
		{name: "a release", version: "v1.2.3-rc.1", ref: "v9.9.9", asked: "releases/download/v1.2.3-rc.1/"},
		{name: "with a sum", checksum: sum, asked: "releases/latest/"},
		{name: "another sum", checksum: strings.Repeat("0", 64), says: "does not have the checksum", code: 2},
		{name: "spoiled", spoil: true, says: "does not have the checksum", code: 2},
		{name: "a path", version: "v1.2.3/../../../x", says: "must be a release", code: 2},
		{name: "a command", version: "v1.2.3$(touch pwned)", says: "must be a release", code: 2},
		{name: "two lines", version: "v1.2.3\nx", says: "must be a release", code: 2},
		{name: "no release", version: "main", says: "must be a release", code: 2},
		{name: "installed", version: "installed", says: "no mudlark on the PATH", code: 2},
	} {
		r := newRunner(t)
		r.release()
		if c.spoil {
			r.file(filepath.Join(r.releases, "mudlark_linux_amd64.tar.gz"), "x")
		}
		out, code := r.run("bash", script, map[string]string{"MUDLARK_VERSION": c.version, "MUDLARK_ACTION_REF": c.ref, "MUDLARK_CHECKSUM": c.checksum})
		if code != c.code || !strings.Contains(out, c.says) || !strings.Contains(r.read("asked"), c.asked) {
			t.Errorf("%s: code %d, asked %s\n%s", c.name, code, r.read("asked"), out)
		}
		installed := r.read("path") != ""
		if installed != (code == 0) {
			t.Errorf("%s: code %d, and it is on the path: %v", c.name, code, installed)
		}
		if _, err := os.Stat(filepath.Join(r.repo, "pwned")); err == nil {
			t.Errorf("%s: a command was run", c.name)
		}
	}
}

// TestTheActionFindsWhatAPullRequestAdds: every script of it, on a real repository.
func TestTheActionFindsWhatAPullRequestAdds(t *testing.T) {
	hasCI(t)
	r := newRunner(t)
	r.release()
	r.leak()
	steps := readAction(t).Runs.Steps
	if out, code := r.run("bash", steps[0].Run, map[string]string{"MUDLARK_VERSION": "", "MUDLARK_ACTION_REF": "v1", "MUDLARK_CHECKSUM": ""}); code != 0 {
		t.Fatal(out)
	}
	event, err := json.Marshal(map[string]any{"number": 7, "pull_request": map[string]any{
		"number": 7, "base": map[string]any{"sha": r.base, "ref": "main"}, "head": map[string]any{"sha": r.head, "ref": "$(touch${IFS}pwned)"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.file(filepath.Join(r.dir, "event.json"), string(event))
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": filepath.Join(r.dir, "event.json"),
		"GITHUB_SHA": r.head, "GITHUB_REF": "refs/pull/7/head", "MUDLARK_SARIF": "own report.sarif", "MUDLARK_ON_SILENCE": "",
		"MUDLARK_ARGS": "--confidence=high\r\n--report=json=" + filepath.Join(r.dir, "a b.json"),
	}
	out, code := r.run("bash", steps[1].Run, env)
	folder := filepath.Join(r.dir, "temp", "mudlark-sarif")
	if code != 0 || r.read("output") != "exit-code=1\nsarif-folder="+folder+"\n" || !strings.Contains(out, "::error file=ü b.txt,line=1") {
		t.Errorf("code %d, output %q\n%s", code, r.read("output"), out)
	}
	for _, name := range []string{filepath.Join(folder, "mudlark.sarif"), filepath.Join(r.repo, "own report.sarif")} {
		if check := mud(t, "", "report", "check", name); check.code != exitClean || !strings.Contains(check.out, "1 result ") {
			t.Errorf("%s%s", check.out, check.err)
		}
	}
	if !strings.Contains(r.read("a b.json"), "github-pat") || !strings.Contains(r.read("summary"), "github-pat") {
		t.Error("an argument was lost, or the summary")
	}
	if strings.Contains(out+r.read("a b.json")+r.read("summary"), r.token) {
		t.Error("the secret is shown")
	}
	if _, code := r.run("bash", steps[3].Run, map[string]string{"MUDLARK_CODE": "1"}); code != 1 {
		t.Errorf("at the end: code %d", code)
	}
	if _, code := r.run("bash", steps[3].Run, map[string]string{"MUDLARK_CODE": ""}); code != 2 {
		t.Errorf("at the end of a step that did not: code %d", code)
	}

	// What is no argument of the program is told as such, and runs nothing.
	env["MUDLARK_ARGS"] = "$(touch pwned); `touch pwned`\n--no-such-flag"
	r.file(filepath.Join(r.dir, "output"), "")
	if out, _ := r.run("bash", steps[1].Run, env); r.read("output") != "exit-code=2\n" {
		t.Errorf("output %q\n%s", r.read("output"), out)
	}
	if _, err := os.Stat(filepath.Join(r.repo, "pwned")); err == nil {
		t.Error("a command was run")
	}
}

func TestTheGitLabJobFindsWhatAMergeRequestAdds(t *testing.T) {
	hasCI(t)
	job := readGitLab(t)
	script := strings.Join(append(job.Before, job.Script...), "\n")
	for _, c := range []struct {
		name string
		set  map[string]string
		says string
		code int
	}{
		{name: "as it is", says: "found: 1 secret", code: 1},
		{name: "with arguments", set: map[string]string{"MUDLARK_ARGS": "--exit-code\n7", "MUDLARK_ON_SILENCE": "warn"}, says: "found: 1 secret", code: 7},
		{name: "another sum", set: map[string]string{"MUDLARK_CHECKSUM": "0"}, says: "does not have the checksum", code: 2},
		{name: "no release", set: map[string]string{"MUDLARK_VERSION": "v1.2.3/../x"}, says: "must be a release", code: 2},
		{name: "a command", set: map[string]string{"MUDLARK_ARGS": "$(touch pwned)"}, code: 2},
	} {
		r := newRunner(t)
		r.release()
		r.leak()
		env := map[string]string{
			"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_SHA": r.head,
			"CI_MERGE_REQUEST_DIFF_BASE_SHA": r.base, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_DEFAULT_BRANCH": "main",
		}
		for _, set := range []map[string]string{job.Variables, c.set} {
			for name, value := range set {
				env[name] = value
			}
		}
		out, code := r.run("sh", script, env)
		if code != c.code || !strings.Contains(out, c.says) || strings.Contains(out, r.token) {
			t.Errorf("%s: code %d\n%s", c.name, code, out)
		}
		text := r.read("repo/gl-secret-detection-report.json")
		if (code == 1 || code == 7) != strings.Contains(text, `"vulnerabilities"`) || strings.Contains(text, r.token) {
			t.Errorf("%s: the report is %.200s", c.name, text)
		}
		if _, err := os.Stat(filepath.Join(r.repo, "pwned")); err == nil {
			t.Errorf("%s: a command was run", c.name)
		}
	}
}

// TestTemplatesUseFlagsThatThereAre of mudlark ci.
func TestTemplatesUseFlagsThatThereAre(t *testing.T) {
	hasCI(t)
	help := mud(t, "", "ci", "--help").out
	scripts := readAction(t).Runs.Steps[1].Run + strings.Join(readGitLab(t).Script, "\n")
	flags := regexp.MustCompile(`--[a-z]+(-[a-z]+)*`).FindAllString(scripts, -1)
	if len(flags) < 4 {
		t.Fatalf("only %v", flags)
	}
	for _, flag := range flags {
		if !strings.Contains(help, flag+" ") {
			t.Errorf("mudlark ci has no %s", flag)
		}
	}
}
