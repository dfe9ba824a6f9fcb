package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
)

// filesystemCommand is what dir is, by the name that trufflehog has for it.
func filesystemCommand(a *app) *cobra.Command {
	cmd := hogCommand(a, "dir", "filesystem PATH...", "What dir is, by the name that trufflehog has for it", "  mudlark filesystem src/ --exclude-paths exclude.txt")
	cmd.Hidden = true
	return cmd
}

func scanCommand(a *app, kind sources.Kind) *cobra.Command {
	opts := kind.New()
	var flags scanFlags
	var verify verifyFlags
	var hog hogFlags
	cmd := &cobra.Command{
		Use:     strings.TrimSpace(kind.Name + " " + kind.Args),
		Short:   kind.Short,
		Long:    kind.Long,
		Example: kind.Example,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.formatGiven, flags.acceptGiven = cmd.Flags().Changed("format"), cmd.Flags().Changed("accept")
			set := map[string]any{}
			if kind.Name == "git" {
				a.staging(set, cmd.Flags().Changed("staged"), append(args, flags.foreign.source)...)
			}
			for _, err := range []error{flags.takeForeign(a), flags.foreign.apply(opts, kind.Name, set)} {
				if err != nil {
					return usageError{err: err, command: cmd.CommandPath()}
				}
			}
			s := &scan{app: a, kind: kind, source: opts, flags: flags, verify: verify, command: commandLine(cmd, args)}
			args, err := hog.settle(cmd, s, args)
			for _, err := range []error{err, checkPaths(args), opts.Args(args), s.flags.check(), s.verify.check(cmd)} {
				if err != nil {
					return usageError{err: err, command: cmd.CommandPath()}
				}
			}
			return s.run(cmd.Context())
		},
	}
	own := flag.NewFlagSet(kind.Name, flag.ContinueOnError)
	opts.Flags(own)
	cmd.Flags().AddGoFlagSet(own)
	flags.define(cmd)
	verify.define(cmd, true)
	switch kind.Name {
	case "git", "dir", "stdin":
		if a.name != hogName {
			flags.foreign.defineHidden(cmd, &flags, kind.Name)
		}
		hog.define(cmd, a, kind.Name)
	}
	return cmd
}

// commandLine is the command for the record: its name and the flags that were
// set. Arguments may hold a password, so they are told as the target alone.
func commandLine(cmd *cobra.Command, _ []string) string {
	return cmd.CommandPath()
}

// A scan is one scan that was asked for on the command line.
type scan struct {
	*app
	kind    sources.Kind
	source  sources.Options
	flags   scanFlags
	verify  verifyFlags
	command string
	base    *baseFiles   // nil: configuration lies in what is scanned
	event   string       // that the scan is run for; empty: none
	from    *commitFiles // whose files configure the scan; nil: the system's
	// review looks at what a change does besides; nil: there is none.
	review *review
	hog    *hogFlags   // nil: the command line is not trufflehog's
	paths  *pathFilter // nil: all paths are scanned
}

func (s *scan) run(ctx context.Context) error {
	accept, err := s.flags.accepted()
	if err != nil {
		return err
	}
	conf, err := s.configuration()
	if err == nil {
		err = s.hog.adapt(s, &conf)
	}
	if err != nil {
		return err
	}
	engine, err := detectors.New(conf.set, detectors.Options{
		IgnoreInline: s.flags.ignoreInline,
		DecodeDepth:  s.flags.depth(),
		DecodeBytes:  int64(s.flags.decodeBytes),
		Now:          s.sys.now(),
	})
	if err != nil {
		return err
	}
	for _, w := range append(conf.warnings, conf.notices...) {
		s.warn(w)
	}
	asking, err := s.asking(conf.set)
	if err != nil {
		return err
	}
	out, err := s.outputs(&s.flags, scanner.Secrets(engine, s.args...)...)
	if err != nil {
		return err
	}
	defer out.abort()

	// Until here a signal ends the program, from here the scan.
	ctx, stop := interruptible(ctx, s.flags.timeout)
	defer stop()

	bar := s.progress()
	defer bar.stop()
	env := s.env(bar)
	env.Rules = func() (string, error) { return s.rulesDigest(conf.set) }
	src, done, err := opened(s.source.Open(ctx, env))
	if err != nil {
		return s.hog.opened(err)
	}
	defer done()
	src = s.paths.over(src)
	opts := s.judging(conf)
	opts.Run = s.record(conf)
	opts.Notes, opts.Accept = conf.notes, accept
	if asking != nil {
		opts.Statuses = s.verify.statuses()
		opts.Verify = func(ctx context.Context, found []mudlark.Finding) {
			bar.stop() // a question to the user may follow
			asking.ask(ctx, found)
		}
	}
	scanning := scanner.New(engine, opts)
	summary, err := scanning.Scan(ctx, src, s.review.over(ctx, conf.set, s.hog.telling(s, out)))
	summary = s.review.amended(summary)
	bar.stop()
	if err == nil {
		err = out.commit()
	}
	if err != nil {
		return err
	}
	s.conclude(engine, summary)
	s.tellPositional(summary)
	s.tellLeftOut(summary)
	if asking != nil {
		if err := asking.close(); err != nil {
			return err
		}
	}
	if r, ok := src.(mudlark.Rememberer); ok {
		return r.Remember(summary)
	}
	return nil
}

// opened returns a source that was opened, and what lets go of it.
func opened(src mudlark.Source, err error) (mudlark.Source, func(), error) {
	done := func() {}
	if c, ok := src.(io.Closer); ok {
		done = func() { _ = c.Close() }
	}
	return src, done, err
}

// record is what reports tell of a scan at their beginning.
func (s *scan) record(conf configuration) mudlark.Run {
	return mudlark.Run{
		Tool: tool(), Source: s.kind.Name, Target: s.source.Target(), Asked: s.source.Asked(),
		Command: s.command, Event: s.event, Files: conf.files,
	}
}

// judging are the options that decide what of a scan counts.
func (s *scan) judging(conf configuration) scanner.Options {
	return scanner.Options{
		Confidence: s.flags.confidence,
		Suppress:   conf.suppress,
		Now:        s.sys.now(),
		Key:        []byte(s.sys.getenv("MUDLARK_KEY")),
	}
}

// asking opens the asking of providers, if that is asked for.
func (s *scan) asking(set *rules.Set) (*verification, error) {
	if !s.verify.on {
		return nil, nil
	}
	v, err := s.verification(set, &s.verify, s.flags.quiet)
	return v, s.hog.refused(err)
}

// create opens a report's file; "-" and nothing mean standard output.
func (a *app) create(path string) (*report.File, error) {
	if path == "" || path == "-" {
		return report.To(a.sys.out), nil
	}
	return report.Create(path)
}

func (s *scan) env(bar *progress) mudlark.Env {
	env := mudlark.Env{
		Workers: s.flags.workers,
		Stdin:   s.sys.in,
		Log:     slog.New(slog.NewTextHandler(s.sys.err, &slog.HandlerOptions{Level: s.flags.level()})),
	}
	if bar != nil {
		env.Progress = bar
	}
	return env
}

// conclude says how the scan ended, on standard error and by the exit code.
func (s *scan) conclude(engine *detectors.Engine, summary mudlark.Summary) {
	s.concludeAs(engine, s.part(), summary)
}

// concludeAs is conclude for the part of a target that was asked for.
func (s *scan) concludeAs(engine *detectors.Engine, part string, summary mudlark.Summary) {
	s.code = codeOf(summary.Verdict, s.flags.exitCode, s.exits.trouble)
	if s.name == hogName {
		s.code = s.hogCode(summary)
	}
	s.hog.tell(s.app, summary)
	if !s.flags.quiet {
		// Of the sentence only this is not the program's own words.
		conceal := func(text string) string { return scanner.Conceal(engine, report.Printable(text)) }
		summary.Failure = conceal(summary.Failure)
		fmt.Fprintln(s.sys.err, "mudlark: "+report.Sentence(conceal(part), summary))
	}
}

// codeOf is the exit code for a verdict.
func codeOf(v mudlark.Verdict, found, trouble int) int {
	switch v {
	case mudlark.Clean:
		return exitClean
	case mudlark.Found:
		return found
	}
	return trouble
}

// part is what of the target is asked for, if that is not what is scanned by
// default.
func (s *scan) part() string {
	asked := s.source.Asked()
	if asked == s.kind.New().Asked() {
		return ""
	}
	return asked
}

func (a *app) warn(text string) { a.say("warning: " + report.Printable(text)) }
