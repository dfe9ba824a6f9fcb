package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/hooks"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
)

func hookRunCommand(a *app) *cobra.Command {
	h := &hookRun{app: a}
	cmd := &cobra.Command{
		Use:   "run HOOK [ARGUMENT...] | run --baseline FILE NAME...",
		Short: "Be a hook: check a commit or a push that is being made",
		Long: `Check what a hook is for, and say what is wrong in at most 15 lines. HOOK is one of
pre-commit, pre-merge-commit, prepare-commit-msg, commit-msg and pre-push, or where
a push arrives pre-receive or update; the arguments and standard input are those
that git gives the hook. Names of files do no harm: all that is staged is checked.

With --baseline, and with or without the word pre-commit before it, names of files are
what is checked, as detect-secrets' hook does: all of them that is staged, old lines
too. The baseline is never written; if it has changes that are not staged the hook
fails.

Exit codes: 0 nothing was found; 1 secrets were found; 2 not everything could be
checked. What cannot be read by its nature, as an encrypted archive or what lies in
a large file store, is named and stops nobody unless --strict says so.

MUDLARK_SKIP=1 in the environment goes without the check, but not where a push
arrives. There the configuration is the one that --config or MUDLARK_CONFIG names,
else that of the commit which HEAD stands for, and never one that is pushed.

With --budget, a push is looked at for that long: first the files that hold secrets
by custom, then settings, then the rest, small ones first. What is left is named and
stops the push, unless --over-budget=pass lets it through.`,
		Example: `  mudlark hook run pre-commit             # in a hook manager's file
  mudlark hook run commit-msg "$1"
  mudlark hook run pre-push "$@"
  mudlark hook run --baseline .secrets.baseline app.py conf/app.yml
  mudlark hook run --budget 2s --ignore-inline pre-receive`,
		RunE: func(cmd *cobra.Command, args []string) error {
			hook, args, err := h.arguments(cmd, args)
			if err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			return h.run(cmd.Context(), hook, args)
		},
		ValidArgs: hooks.All(),
	}
	h.define(cmd)
	h.secrets.define(cmd.Flags())
	cmd.Flags().SetInterspersed(false) // what stands behind HOOK is git's
	return cmd
}

// A hookRun is one run as a hook.
type hookRun struct {
	*app
	flags   scanFlags
	strict  bool
	budget  time.Duration
	over    string
	secrets secretsHook
	files   []string // that are checked whole; nil: what is new in all of them
}

func (h *hookRun) define(cmd *cobra.Command) {
	f := &h.flags
	f.confidence, f.logLevel, f.redact, f.decodeDepth, f.exitCode = mudlark.Medium, "warn", 100, 5, exitFound
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.config, "config", "c", "", "configuration: rules and allowlists (default: mudlark.toml, else .gitleaks.toml, of the work tree)")
	fs.StringSliceVar(&f.sets, "rules", []string{"default"}, rulesUsage)
	fs.StringSliceVar(&f.disable, "disable-rule", nil, "do not use these rules, by ID")
	fs.TextVar(&f.confidence, "confidence", mudlark.Medium, "least confidence that counts: low, medium or high")
	fs.StringVar(&f.ignoreFile, "ignore-file", "", "file of fingerprints that do not count (default: .mudlarkignore of the work tree)")
	f.defineBaseline(fs)
	fs.BoolVar(&f.ignoreInline, "ignore-inline", false, "do not honour comments such as mudlark:allow")
	fs.DurationVar(&f.timeout, "timeout", 0, "stop after this time, as in 30s: what is left is not checked, which stops the commit")
	fs.DurationVar(&h.budget, "budget", 0, "look at a push for this long, as in 2s, at what most likely holds secrets first; other hooks check little, and all of it")
	fs.StringVar(&h.over, "over-budget", overFail, "what becomes of a push that took longer, if nothing was found so far: pass or fail")
	_ = cmd.RegisterFlagCompletionFunc("over-budget", cobra.FixedCompletions([]string{overFail, overPass}, cobra.ShellCompDirectiveNoFileComp))
	fs.BoolVar(&h.strict, "strict", false, "stop the commit for everything that cannot be read, encrypted archives too")
}

func (h *hookRun) check(args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("name a hook: %s", strings.Join(hooks.All(), ", "))
	case !slices.Contains(hooks.All(), args[0]):
		return fmt.Errorf("%q is no hook that mudlark can be: use one of %s", args[0], strings.Join(hooks.All(), ", "))
	case args[0] == hooks.CommitMsg && len(args) != 2:
		return errors.New("commit-msg takes the file of the message, as in mudlark hook run commit-msg .git/COMMIT_EDITMSG")
	case args[0] == hooks.PrePush && h.sys.inTerm:
		return errors.New("pre-push reads what is pushed from standard input, as git gives it: LOCAL-REF ID REMOTE-REF ID")
	case args[0] == hooks.PreReceive && h.sys.inTerm:
		return errors.New("pre-receive reads what is pushed from standard input, as git gives it: OLD-ID NEW-ID REF")
	case args[0] == hooks.UpdateRef && len(args) != 4:
		return errors.New("update takes what git gives it: REF OLD-ID NEW-ID")
	}
	return errors.Join(h.limits(), h.flags.check())
}

// limits checks the flags about time.
func (h *hookRun) limits() error {
	switch {
	case h.budget < 0:
		return outOfRange("budget", "a time such as 2s")
	case h.budget > 0 && h.flags.timeout > 0:
		return errors.New("--timeout and --budget both say how long: leave out one")
	case h.over != overFail && h.over != overPass:
		return outOfRange("over-budget", "pass or fail")
	}
	return nil
}

func (h *hookRun) run(ctx context.Context, hook string, args []string) error {
	if h.skipped() && !hooks.Server(hook) {
		h.say(hook + " checks nothing, as MUDLARK_SKIP is set")
		return nil
	}
	var job mudlark.Job
	var err error
	stdin := h.sys.in
	switch hook {
	case hooks.CommitMsg:
		job, stdin, err = h.message(args[0])
	case hooks.PrePush:
		job, err = h.push(args)
	case hooks.PreReceive, hooks.UpdateRef:
		job, err = h.received(hook, args)
	case hooks.PrepareCommitMsg:
		if !h.picking() {
			return nil
		}
		job, err = h.staged(hooks.Picked())
	case hooks.PreMergeCommit:
		job, err = h.staged(merging())
	default:
		job, err = h.staged(nil)
	}
	if err != nil || job.Source == "" {
		return err
	}
	kind, err := sources.Find(job.Source)
	if err != nil {
		return err
	}
	opts := kind.New()
	if err := json.Unmarshal(job.Options, opts); err != nil {
		return err
	}
	s := &scan{app: h.app, kind: kind, source: hookSource{opts}, flags: h.flags, command: "mudlark hook run " + hook}
	if hooks.Server(hook) {
		base, done, err := h.trusted()
		if err != nil {
			return err
		}
		defer done()
		s.base = base
	}
	return h.scan(ctx, s, hook, stdin)
}

// skipped reports whether the environment asks to go without.
func (h *hookRun) skipped() bool {
	skip := h.sys.getenv("MUDLARK_SKIP")
	return skip != "" && skip != "0" && skip != "false"
}

// hookSource is a source whose configuration lies in the folder that git runs
// hooks in, wherever the git folder is.
type hookSource struct{ sources.Options }

func (hookSource) Target() string { return "." }

// staged is the job of a hook before a commit, of which the parents besides HEAD
// are known. A commit of some files only has an index of its own.
func (h *hookRun) staged(parents []string) (mudlark.Job, error) {
	options := map[string]any{"staged": true, "parents": parents}
	if len(h.files) > 0 {
		options["files"], options["whole"] = h.files, true
	}
	if err := h.setIndex(options); err != nil {
		return mudlark.Job{}, err
	}
	return h.gitJob(options)
}

// setIndex names the index that is committed, in the options of a job.
func (h *hookRun) setIndex(options map[string]any) error {
	index := h.index()
	if index == "" {
		return nil
	}
	abs, err := filepath.Abs(index)
	options["index"] = abs
	return err
}

// merging returns the ids of what is merged. Of a merge that has no conflicts
// only the environment tells them.
func merging() []string {
	var ids []string
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GITHEAD_") {
			ids = append(ids, strings.TrimPrefix(name, "GITHEAD_"))
		}
	}
	slices.Sort(ids)
	return ids
}

// picking reports whether a commit is being made anew and a conflict was
// resolved for it.
func (h *hookRun) picking() bool {
	dir := h.sys.getenv("GIT_DIR")
	if dir == "" {
		dir = ".git"
	}
	return slices.ContainsFunc(hooks.Picked(), func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

// repository is where git says that the repository is.
func (h *hookRun) repository() string {
	if dir := h.sys.getenv("GIT_DIR"); dir != "" {
		return dir
	}
	return "."
}

// message is the job of commit-msg.
func (h *hookRun) message(path string) (mudlark.Job, io.Reader, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return mudlark.Job{}, nil, fmt.Errorf("the commit message %s: %w", path, cause(err))
	}
	edited := h.sys.getenv("GIT_EDITOR") != ":" // git's word for: nobody is asked
	job, err := jobOf("stdin", map[string]any{"name": "commit message"})
	return job, bytes.NewReader(hooks.Message(text, edited)), err
}

// push is the job of pre-push, none if nothing is sent.
func (h *hookRun) push(args []string) (mudlark.Job, error) {
	updates, err := hooks.ReadPush(h.sys.in)
	if err != nil {
		return mudlark.Job{}, err
	}
	sent, known := hooks.Sent(updates)
	remote := ""
	if len(args) > 0 {
		remote = args[0]
	}
	if len(updates) == 0 {
		sent, known, remote = h.frameworkPush(remote)
	}
	if len(updates) == 0 && len(sent) == 0 && h.sys.getenv("PRE_COMMIT") == "" { // there every stage runs it
		h.say("git named nothing that is pushed, so nothing was checked")
	}
	if len(sent) == 0 {
		return mudlark.Job{}, nil
	}
	return h.gitJob(map[string]any{"push": map[string]any{"new": sent, "known": known, "remote": remote, "refs": hooks.NewRefs(updates)}, "budget": h.budget})
}

// frameworkPush is what the pre-commit framework tells of a push. It reads git's
// words itself and gives the environment the first ref that is not deleted.
func (h *hookRun) frameworkPush(remote string) (sent, known []string, name string) {
	name = remote
	if name == "" {
		name = h.sys.getenv("PRE_COMMIT_REMOTE_NAME")
	}
	for _, v := range []string{"PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"} {
		if to := h.sys.getenv(v); to != "" {
			sent = []string{to}
			break
		}
	}
	if from := h.sys.getenv("PRE_COMMIT_FROM_REF"); from != "" {
		known = []string{from}
	}
	return sent, known, name
}

func jobOf(source string, options map[string]any) (mudlark.Job, error) {
	text, err := json.Marshal(options)
	return mudlark.Job{Source: source, Options: text}, err
}

// natural are the reasons for not reading something that lie in its nature.
// Nobody who commits it can mend them there and then.
func natural() []mudlark.Reason {
	return []mudlark.Reason{
		mudlark.Shallow, mudlark.Promised, mudlark.Submodule, mudlark.LFSPointer, mudlark.TooLarge, mudlark.ArchiveDepth,
		mudlark.ArchiveRatio, mudlark.ArchiveTotal, mudlark.ArchiveFormat, mudlark.DecodeTotal, mudlark.Symlink,
	}
}

// scan runs the scan of a hook. Nothing is said if all is well, and no provider
// is ever asked.
func (h *hookRun) scan(ctx context.Context, s *scan, hook string, stdin io.Reader) error {
	conf, err := s.configuration()
	if err != nil {
		return err
	}
	if err := h.secrets.add(&conf); err != nil {
		return err
	}
	engine, err := detectors.New(conf.set, detectors.Options{
		IgnoreInline: h.flags.ignoreInline, DecodeDepth: h.flags.depth(), Now: h.sys.now(),
	})
	if err != nil {
		return err
	}
	h.finder = engine
	for _, w := range conf.warnings {
		h.warn(w)
	}
	ctx, stop := interruptible(ctx, h.flags.timeout)
	defer stop()
	env := s.env(nil)
	env.Stdin = stdin
	src, done, err := opened(s.source.Open(ctx, env))
	if err != nil {
		return err
	}
	defer done()
	summary, err := scanner.New(engine, h.options(s, conf)).Scan(ctx, src, &heldSink{out: h.sys.err, hook: hook, noComments: h.flags.ignoreInline})
	if err != nil {
		return err
	}
	h.code = codeOf(summary.Verdict, h.flags.exitCode, exitTrouble)
	if hook == hooks.PreCommit {
		h.checkBaselines(ctx)
	}
	return nil
}

func (h *hookRun) options(s *scan, conf configuration) scanner.Options {
	opts := s.judging(conf)
	opts.Run = s.record(conf)
	if !h.strict {
		opts.Accept = natural()
	}
	if h.over == overPass && h.flags.timeout == 0 {
		opts.Accept = append(opts.Accept, mudlark.TimedOut)
	}
	return opts
}

// A heldSink holds what it is told until it is known whether there is anything
// to say. That goes through a report, which masks it, to the developer.
type heldSink struct {
	scanner.Recording
	out        io.Writer
	hook       string
	noComments bool
}

// End implements mudlark.Sink.
func (s *heldSink) End(summary mudlark.Summary) error {
	if len(s.Findings) == 0 && len(s.Skips) == 0 && summary.Verdict == mudlark.Clean {
		return nil
	}
	var masked, lines bytes.Buffer
	sink, err := report.New("jsonl", &masked, report.Options{Redact: 100})
	if err != nil {
		return err
	}
	s.Summary = summary
	s.Run.Rules = slices.DeleteFunc(slices.Clone(s.Run.Rules), func(r mudlark.RuleInfo) bool { // those that found nothing
		return !slices.ContainsFunc(s.Findings, func(f mudlark.Finding) bool { return f.RuleID == r.ID })
	})
	if err := s.Replay(sink); err != nil {
		return err
	}
	notice := hooks.NewNotice(s.hook, &lines)
	notice.NoComments = s.noComments
	if err := report.Replay(&masked, notice); err != nil || lines.Len() == 0 {
		return err
	}
	_, err = io.WriteString(s.out, printable(strings.TrimRight(lines.String(), "\n"))+"\n")
	return err
}
