package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources"
)

// exitUnknownFlag is gitleaks' exit code for a flag that it does not know.
const exitUnknownFlag = 126

// gitleaksRoot is the command that a program called gitleaks, or betterleaks, has:
// its commands and flags, its exit codes, our scan.
func gitleaksRoot(a *app) *cobra.Command {
	a.exits = exits{trouble: 1, usage: 1, unknownFlag: exitUnknownFlag}
	root := &cobra.Command{
		Use:   a.name,
		Short: "mudlark, called by the name of " + a.name,
		Long: `This is mudlark, called by the name of ` + a.name + `: it takes that program's commands,
flags, configuration, ignore files and baselines, and ends with its exit codes.

Exit codes: 0 nothing was found and everything was read; 1 leaks (--exit-code
changes it), an error, or not everything could be read; 126 an unknown flag.`,
		Example: `  ` + a.name + ` git -v
  ` + a.name + ` git --pre-commit --staged --redact -v   # as a hook
  ` + a.name + ` dir src -r leaks.json`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
	}
	var version bool
	root.Flags().BoolVar(&version, "version", false, "print the version")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if version {
			a.printVersion()
			return nil
		}
		return cmd.Help()
	}
	for _, kind := range sources.All {
		switch kind.Name {
		case "git", "dir", "stdin":
			root.AddCommand(gitleaksCommand(a, kind))
		}
	}
	root.AddCommand(detectCommand(a), protectCommand(a), versionCommand(a))
	if a.name == "betterleaks" {
		root.AddCommand(configCommand(a))
	}
	a.args = commandFirst(root, a.args)
	return a.settled(root)
}

// gitleaksCommand is git, dir or stdin as gitleaks has them.
func gitleaksCommand(a *app, kind sources.Kind) *cobra.Command {
	g := &gitleaks{app: a, kind: kind.Name}
	cmd := &cobra.Command{
		Use: strings.TrimSpace(kind.Name + " " + kind.Args), Short: kind.Short,
		Example: map[string]string{
			"git": "  " + a.name + " git\n  " + a.name + " git --staged --redact -v\n  " + a.name + ` git --log-opts="--since=2024-01-01 main" -r leaks.json`,
			"dir": "  " + a.name + " dir .", "stdin": "  cat app.log | " + a.name + " stdin",
		}[kind.Name],
		RunE: g.run,
	}
	g.flags.foreign.strict = true
	if kind.Name == "dir" {
		cmd.Aliases = []string{"file", "directory", "files"}
	}
	g.defineAll(cmd)
	return cmd
}

// detectCommand is gitleaks' oldest command: a repository, files or a stream.
func detectCommand(a *app) *cobra.Command {
	g := &gitleaks{app: a, kind: "git"}
	g.flags.foreign.strict = a.calledAsGitleaks()
	noGit, pipe := false, false
	cmd := &cobra.Command{
		Use: "detect", Short: "Scan a repository, files or a stream, as older versions of gitleaks do", Hidden: true,
		Example: "  " + a.name + " detect --source .",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case pipe:
				g.kind = "stdin"
			case noGit:
				g.kind = "dir"
			}
			a.hint("detect is an older form of `" + a.name + " " + g.kind + "`")
			return g.run(cmd, args)
		},
	}
	g.defineAll(cmd)
	cmd.Flags().BoolVar(&noGit, "no-git", false, "scan files, not a repository")
	cmd.Flags().BoolVar(&pipe, "pipe", false, "scan standard input")
	return cmd
}

// protectCommand is gitleaks' older command for hooks.
func protectCommand(a *app) *cobra.Command {
	g := &gitleaks{app: a, kind: "git"}
	g.flags.foreign.strict = a.calledAsGitleaks()
	cmd := &cobra.Command{
		Use: "protect", Short: "Scan changes that are not committed yet, as older versions of gitleaks do", Hidden: true,
		Example: "  " + a.name + " protect --staged",
		RunE: func(cmd *cobra.Command, args []string) error {
			g.preCommit = true
			newer := "git --pre-commit"
			if g.staged {
				newer = "git --staged"
			}
			a.hint("protect is an older form of `" + a.name + " " + newer + "`")
			return g.run(cmd, args)
		},
	}
	g.defineAll(cmd)
	return cmd
}

// calledAsGitleaks reports whether the command line is gitleaks', word for word.
func (a *app) calledAsGitleaks() bool { return a.name == "gitleaks" || a.name == "betterleaks" }

// hint says on standard error what does no harm not to know.
func (a *app) hint(text string) { a.say("hint: " + text) }

// gitleaks is a command line of gitleaks': what its flags say, to be turned into
// flags and options of ours.
type gitleaks struct {
	*app
	kind  string // of source
	flags scanFlags

	staged, preCommit bool
	logOpts           string
	followSymlinks    bool
	archiveDepth      int
}

// run is the RunE of a command.
func (g *gitleaks) run(cmd *cobra.Command, args []string) error {
	s, err := g.scan(cmd, args)
	if err != nil {
		return usageError{err: err, command: cmd.CommandPath()}
	}
	return s.run(cmd.Context())
}

// scan turns a command line into a scan.
func (g *gitleaks) scan(cmd *cobra.Command, args []string) (*scan, error) {
	kind, err := sources.Find(g.kind)
	if err != nil {
		return nil, err
	}
	if err := g.flags.takeForeign(g.app); err != nil {
		return nil, err
	}
	if len(args) == 1 && g.flags.foreign.source == "" && (cmd.Name() == "detect" || cmd.Name() == "protect") && g.kind != "stdin" {
		g.flags.foreign.source, args = args[0], nil
	}
	opts := kind.New()
	if err := g.fill(opts, cmd, args); err != nil {
		return nil, err
	}
	for _, err := range []error{checkPaths(args), opts.Args(args), g.flags.check()} {
		if err != nil {
			return nil, err
		}
	}
	return &scan{app: g.app, kind: kind, source: opts, flags: g.flags, command: commandLine(cmd, args)}, nil
}

// fill writes what the command line says of the source into its options.
func (g *gitleaks) fill(opts sources.Options, cmd *cobra.Command, args []string) error {
	set := map[string]any{}
	if cmd.Flags().Changed("max-archive-depth") {
		set["archiveDepth"] = cmp.Or(g.archiveDepth, -1)
		if g.archiveDepth == 0 { // what is in archives is not asked for
			g.flags.accept = append(g.flags.accept, string(mudlark.ArchiveDepth))
		}
	}
	switch g.kind {
	case "git":
		set["staged"], set["preCommit"], set["logOpts"] = g.staged, g.preCommit, g.logOpts
		if g.logOpts == "" && g.flags.foreign.strict { // git log --all, which is not what is staged, nor reflogs
			set["scope"] = "refs"
		}
		g.staging(set, g.staged, append(args, g.flags.foreign.source)...)
		if g.staged || g.preCommit {
			for _, r := range natural() {
				g.flags.accept = append(g.flags.accept, string(r))
			}
		}
	case "dir":
		set["followSymlinks"] = g.followSymlinks
	}
	return g.flags.foreign.apply(opts, g.kind, set)
}

// staging adds to the options of a scan of what is staged here what git tells its
// hooks: the index of a commit of some files alone, and what is being merged. They
// are not about another repository.
func (a *app) staging(set map[string]any, staged bool, places ...string) {
	elsewhere := func(place string) bool {
		info, err := os.Stat(place)
		return err == nil && info.IsDir() && filepath.Clean(place) != "."
	}
	if !staged || slices.ContainsFunc(places, elsewhere) {
		return
	}
	if index := a.sys.getenv("GIT_INDEX_FILE"); index != "" {
		if abs, err := filepath.Abs(index); err == nil {
			set["index"] = abs
		}
	}
	set["parents"] = merging()
}

// defineAll defines all flags that a command of gitleaks' has.
func (g *gitleaks) defineAll(cmd *cobra.Command) {
	f, fs := &g.flags, cmd.Flags()
	fs.SortFlags = false
	f.confidence, f.logLevel, f.format, f.sets = mudlark.Medium, "warn", "text", []string{"default"}
	fs.StringVarP(&f.config, "config", "c", "", "configuration (default: GITLEAKS_CONFIG, GITLEAKS_CONFIG_TOML, else mudlark.toml or .gitleaks.toml of what is scanned)")
	fs.IntVar(&f.exitCode, "exit-code", exitFound, "exit code when leaks were found")
	g.flags.foreign.define(fs, f, g.kind, "f")
	g.flags.foreign.defineBetterleaks(fs)
	fs.StringVarP(&f.logLevel, "log-level", "l", "warn", "what to log: trace, debug, info, warn, error, fatal")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print each finding")
	fs.BoolVar(&f.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	fs.IntVar(&f.redact, "redact", 100, "how much of a secret to hide, in percent; --redact=0 shows secrets")
	fs.Lookup("redact").NoOptDefVal = "100"
	fs.StringSliceVar(&f.enable, "enable-rule", nil, "use these rules only, by ID")
	fs.IntVar(&f.decodeDepth, "max-decode-depth", 5, "how deep encodings may be nested; 0 decodes nothing")
	fs.IntVar(&g.archiveDepth, "max-archive-depth", 8, "how deep archives may be nested; 0 opens none")
	fs.Var(seconds{&f.timeout}, "timeout", "stop after this many `SECONDS` and report what was found so far")
	if g.kind == "git" {
		fs.BoolVar(&g.staged, "staged", false, "scan what the next commit adds")
		fs.BoolVar(&g.preCommit, "pre-commit", false, "scan changes that are not staged yet; with --staged those that are")
		fs.StringVar(&g.logOpts, "log-opts", "", "scan what the commits add that git log with these `ARGUMENTS` would show")
	}
	if g.kind == "dir" || cmd.Name() == "detect" {
		fs.BoolVar(&g.followSymlinks, "follow-symlinks", false, "read what symbolic links lead to")
	}
	if g.kind != "stdin" {
		fs.StringVarP(&g.flags.foreign.source, "source", "s", "", "what to scan")
	}
}

// configCommand is betterleaks' command about configurations.
func configCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Check a configuration", Hidden: a.name != "betterleaks", Args: noArgs,
		Example: "  " + a.name + " config check .gitleaks.toml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	check := rulesCheckCommand(a)
	check.Example = "  " + a.name + " config check .gitleaks.toml"
	cmd.AddCommand(check)
	return cmd
}
