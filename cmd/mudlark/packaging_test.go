//go:build !gendoc

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The files at the root that other programs read: what matters of them.

// A step is one of a composite action or of a workflow's job.
type step struct {
	Name, ID, If, Shell, Run, Uses string
	Env, With                      map[string]string
}

type action struct {
	Inputs map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

func rootFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readYAML reads a file of the root into v, and allows no key that v lacks.
func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(rootFile(t, name)))
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	readYAML(t, "action.yml", &a)
	return a
}

// expressions are what GitHub replaces in a text before anything runs.
func expressions(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`\$\{\{(.*?)\}\}`).FindAllStringSubmatch(text, -1) {
		all = append(all, strings.TrimSpace(m[1]))
	}
	return all
}

// TestNothingFromOutsideIsTextOfAScript: a branch may be named $(command).
func TestNothingFromOutsideIsTextOfAScript(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) < 3 {
		t.Fatalf("%+v", a.Runs)
	}
	used := map[string]bool{}
	for _, s := range a.Runs.Steps {
		if s.Run != "" && s.Shell != "bash" {
			t.Errorf("%s: the shell is %q", s.Name, s.Shell)
		}
		if len(expressions(s.Run)) > 0 || strings.Contains(s.Run, "${{") {
			t.Errorf("%s: an expression in the script", s.Name)
		}
		if regexp.MustCompile(`\beval\b|\bbash -c\b|\bsh -c\b|\bsource\b`).MatchString(s.Run) {
			t.Errorf("%s: text is run", s.Name)
		}
		for _, text := range append(values(s.Env), append(values(s.With), s.If)...) {
			for _, e := range expressions(text) {
				for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(e, -1) {
					used[m[1]] = true
				}
				if strings.Contains(e, "github.event") || strings.Contains(e, "github.head_ref") || strings.Contains(e, "secrets.") {
					t.Errorf("%s: %s", s.Name, e)
				}
			}
		}
	}
	for name, in := range a.Inputs {
		if !used[name] || in.Description == "" {
			t.Errorf("the input %s is not used, or not described", name)
		}
		delete(used, name)
	}
	if len(used) > 0 {
		t.Errorf("used, but no inputs: %v", used)
	}
	for _, name := range []string{"version", "args", "sarif", "on-silence", "upload"} {
		if _, ok := a.Inputs[name]; !ok {
			t.Errorf("there is no input %s", name)
		}
	}
}

func values(m map[string]string) []string {
	var all []string
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// TestTheExampleWorkflowUsesTheActionAsItIs, with no more rights than it needs.
func TestTheExampleWorkflowUsesTheActionAsItIs(t *testing.T) {
	var w struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Permissions map[string]string
			Steps       []step
		}
	}
	readYAML(t, "ci/github.yml", &w)
	inputs := readAction(t).Inputs
	uses, deep := 0, false
	for _, job := range w.Jobs {
		if want := map[string]string{"contents": "read", "security-events": "write"}; len(job.Permissions) != len(want) || job.Permissions["contents"] != "read" || w.Permissions["contents"] != "read" {
			t.Errorf("permissions %v, %v", w.Permissions, job.Permissions)
		}
		for _, s := range job.Steps {
			deep = deep || strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["fetch-depth"] == "0" && s.With["persist-credentials"] == "false"
			if !strings.HasPrefix(s.Uses, "mudlark-scan/mudlark@") {
				continue
			}
			uses++
			for name := range s.With {
				if _, ok := inputs[name]; !ok {
					t.Errorf("the action has no input %s", name)
				}
			}
		}
	}
	if uses != 1 || !deep {
		t.Errorf("the action is used %d times, the checkout is deep: %v", uses, deep)
	}
	if lint, err := exec.LookPath("actionlint"); err == nil {
		if out, err := exec.Command(lint, "../../ci/github.yml").CombinedOutput(); err != nil {
			t.Errorf("actionlint: %v\n%s", err, out)
		}
	}
}

// A gitlabJob is what of ci/gitlab.yml matters.
type gitlabJob struct {
	Variables map[string]string
	Before    []string `yaml:"before_script"`
	Script    []string
	Artifacts struct {
		When    string
		Reports map[string]string
	}
}

func readGitLab(t *testing.T) gitlabJob {
	t.Helper()
	var file struct{ Mudlark gitlabJob }
	readYAML(t, "ci/gitlab.yml", &file)
	return file.Mudlark
}

func TestTheGitLabJobLeavesItsReport(t *testing.T) {
	job := readGitLab(t)
	name := job.Artifacts.Reports["secret_detection"]
	script := strings.Join(job.Script, "\n")
	if name != "gl-secret-detection-report.json" || !strings.Contains(script, "--report=gitlab="+name) || job.Artifacts.When != "always" {
		t.Errorf("%+v", job.Artifacts)
	}
	if job.Variables["GIT_DEPTH"] != "0" {
		t.Error("a shallow clone cannot tell what was added")
	}
	for _, v := range regexp.MustCompile(`\$\{?(MUDLARK_[A-Z_0-9]+)`).FindAllStringSubmatch(script+strings.Join(job.Before, "\n"), -1) {
		if _, ok := job.Variables[v[1]]; !ok {
			t.Errorf("%s is used and has no value", v[1])
		}
	}
}

// TestScriptsAreShell: each can be read by the shell that will run it.
func TestScriptsAreShell(t *testing.T) {
	parses := func(name, shell, script string) {
		t.Helper()
		cmd := exec.Command(shell, "-n")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if lint, err := exec.LookPath("shellcheck"); err == nil {
			cmd := exec.Command(lint, "-s", shell, "-")
			cmd.Stdin = strings.NewReader(script)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s", name, out)
			}
		}
	}
	for _, s := range readAction(t).Runs.Steps {
		if s.Run != "" {
			parses(s.Name, "bash", s.Run)
		}
	}
	job := readGitLab(t)
	parses("ci/gitlab.yml", "sh", strings.Join(append(job.Before, job.Script...), "\n"))
}

// TestReleasesAreWhatTheTemplatesDownload: six systems, names and sums.
func TestReleasesAreWhatTheTemplatesDownload(t *testing.T) {
	var release struct {
		Project string `yaml:"project_name"`
		Before  struct{ Hooks []string }
		Builds  []struct {
			Env, Goos, Goarch, Ldflags []string
		}
		Archives []struct {
			Name  string `yaml:"name_template"`
			Files []string
		}
		Nfpms []struct {
			Formats  []string
			Contents []struct{ Src, Dst string }
		}
		Checksum struct {
			Name string `yaml:"name_template"`
		}
	}
	readYAML(t, ".goreleaser.yaml", &release)
	build := release.Builds[0]
	if !slices.Equal(build.Goos, []string{"linux", "darwin", "windows"}) || !slices.Equal(build.Goarch, []string{"amd64", "arm64"}) || !slices.Contains(build.Env, "CGO_ENABLED=0") {
		t.Errorf("%+v", build)
	}
	install := readAction(t).Runs.Steps[0].Run
	before := strings.Join(readGitLab(t).Before, "\n")
	for _, os := range build.Goos {
		if !strings.Contains(install, "os="+os+" ") {
			t.Errorf("the action does not install on %s", os)
		}
	}
	for _, arch := range build.Goarch {
		name := strings.NewReplacer("{{ .ProjectName }}", release.Project, "{{ .Os }}", "linux", "{{ .Arch }}", arch).Replace(release.Archives[0].Name)
		if !strings.Contains(install, "arch="+arch) || !strings.Contains(before, "archive="+name+".tar.gz") {
			t.Errorf("the templates do not download %s", name)
		}
	}
	if !strings.Contains(install, "archive="+strings.NewReplacer("{{ .ProjectName }}", "mudlark", "{{ .Os }}", "${os}", "{{ .Arch }}", "${arch}").Replace(release.Archives[0].Name)+".$kind") {
		t.Error("the action does not name the archives as the release does")
	}
	for _, script := range []string{install, before} {
		if !strings.Contains(script, "get "+release.Checksum.Name+" ") || !strings.Contains(script, `= "$MUDLARK_CHECKSUM" ]`) {
			t.Error("the sums are not compared")
		}
	}
	if formats := release.Nfpms[0].Formats; !slices.Equal(formats, []string{"deb", "rpm"}) {
		t.Errorf("packages: %v", formats)
	}
	for _, c := range release.Nfpms[0].Contents {
		if dir, _, _ := strings.Cut(c.Src, "/"); !strings.Contains(release.Before.Hooks[0]+" ", " "+dir+" ") {
			t.Errorf("nothing makes %s", c.Src)
		}
	}
}

// TestTheImageHoldsTheProgramAlone, for a user without rights.
func TestTheImageHoldsTheProgramAlone(t *testing.T) {
	text := rootFile(t, "Dockerfile")
	_, last, _ := strings.Cut(text, "\nFROM scratch\n")
	for _, line := range []string{
		"COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
		"USER 65534:65534", `ENTRYPOINT ["mudlark"]`, "COPY --from=build /mudlark /usr/local/bin/mudlark", "ENV PATH=/usr/local/bin",
	} {
		if !strings.Contains(last, line+"\n") {
			t.Errorf("it lacks %s", line)
		}
	}
	if strings.Contains(last, "RUN ") || strings.Contains(last, "FROM ") || !strings.Contains(text, "CGO_ENABLED=0 go build -trimpath") {
		t.Error("it holds more than the program")
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(rootFile(t, "go.mod"))[1]
	if !strings.Contains(text, "FROM golang:"+version+" AS build\n") {
		t.Errorf("it is not built with Go %s", version)
	}
	if !strings.Contains(rootFile(t, ".dockerignore"), "\n.git\n") {
		t.Error("the history would go to the builder")
	}
}

// TestHooksOfTheFrameworkRunWhatThereIs: exchanging the repository's address and the
// id is all that changing from gitleaks takes.
func TestHooksOfTheFrameworkRunWhatThereIs(t *testing.T) {
	var hooks []struct {
		ID, Name, Entry, Language string
		Pass                      *bool `yaml:"pass_filenames"`
		Serial                    bool  `yaml:"require_serial"`
		Always                    bool  `yaml:"always_run"`
	}
	readYAML(t, ".pre-commit-hooks.yaml", &hooks)
	languages := map[string]string{
		"mudlark": "golang", "mudlark-docker": "docker", "mudlark-system": "system", "mudlark-push": "golang", "mudlark-push-system": "system",
	}
	for _, h := range hooks {
		if h.Language != languages[h.ID] || h.Pass == nil || *h.Pass || !h.Serial || !h.Always {
			t.Errorf("%+v", h)
		}
		delete(languages, h.ID)
		args := strings.Fields(h.Entry)
		if res := mud(t, "", append(args[1:], "--help")...); args[0] != "mudlark" || res.code != 0 {
			t.Errorf("%s: %s%s", h.Entry, res.out, res.err)
		}
	}
	if len(languages) > 0 {
		t.Errorf("not there: %v", languages)
	}
}
