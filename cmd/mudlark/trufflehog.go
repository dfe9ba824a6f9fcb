package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
)

// hogExitFound is what trufflehog ends with when there are results and --fail was
// given, hogExitInterrupted when it was interrupted.
const (
	hogExitFound       = 183
	hogExitInterrupted = 130
)

// trufflehogRoot is the command of the dialect that the name trufflehog selects:
// its commands, flags, JSON and exit codes. What it scans with is all mudlark's.
func trufflehogRoot(a *app) *cobra.Command {
	a.exits = exits{trouble: 1, usage: exitTrouble}
	root := &cobra.Command{
		Use:   hogName,
		Short: "mudlark, with the command line of trufflehog",
		Long: `This is mudlark. Called by the name trufflehog it takes trufflehog's commands and
flags, writes its JSON and ends with its exit codes, besides mudlark's own flags.

Providers are asked whether secrets work only with --verify --yes, or if MUDLARK_VERIFY=1
is in the environment. Nothing is ever fetched or updated.

Exit codes: 0 nothing was found, or something without --fail; 183 results with --fail;
1 it failed, or not everything was read; 2 the command line cannot be understood or
asks for what is not allowed; 130 it was interrupted.`,
		Example: `  trufflehog git file://. --json
  trufflehog git file://. --since-commit main --branch feature --fail
  trufflehog filesystem src/ --exclude-paths exclude.txt
  trufflehog git file://. --results=verified --verify --yes`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
	}
	a.versionOrHelp(root)
	root.AddCommand(
		hogCommand(a, "git", "git URI", "Scan a repository on this machine, as file://PATH", `  trufflehog git file://. --json
  trufflehog git file://. --since-commit main --branch feature --fail
  trufflehog git file://. --since-commit HEAD --results=verified --fail   # in a hook`),
		hogCommand(a, "dir", "filesystem PATH...", "Scan files and folders", `  trufflehog filesystem src/ --exclude-paths exclude.txt
  trufflehog filesystem . --config detectors.yaml --json`),
		hogCommand(a, "stdin", "stdin", "Scan what comes in on standard input", "  docker save image | trufflehog stdin --json"),
		versionCommand(a),
	)
	for name := range hogForeign() {
		root.AddCommand(refusedCommand(a, name))
	}
	a.settled(root)
	root.SetGlobalNormalizationFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
	})
	a.args = commandFirst(root, a.args)
	return root
}

// hogName is the name that selects the dialect.
const hogName = "trufflehog"

// hogCommand is the command of a kind of source, by the name it has there.
func hogCommand(a *app, source, use, short, example string) *cobra.Command {
	kind, err := sources.Find(source)
	if err != nil {
		panic(err) // it is in sources.All
	}
	cmd := scanCommand(a, kind)
	cmd.Use, cmd.Short, cmd.Long, cmd.Example = use, short, short+".\n\n"+kind.Long, example
	return cmd
}

// hogForeign are trufflehog's commands that there are none for, and what to do
// instead.
func hogForeign() map[string]string {
	clone := "clone what is to be scanned with git clone --mirror URL DIR, then use trufflehog git file://DIR"
	fetch := "fetch the files first, then use trufflehog filesystem PATH"
	return map[string]string{
		"github": clone, "github-experimental": clone, "gitlab": clone, "huggingface": clone,
		"s3": fetch, "gcs": fetch, "postman": fetch, "jenkins": fetch, "circleci": fetch, "travisci": fetch, "elasticsearch": fetch,
		"docker":          "use docker save IMAGE | trufflehog stdin",
		"syslog":          "use journalctl | trufflehog stdin",
		"multi-scan":      "call it once for each source",
		"json-enumerator": "use trufflehog stdin or trufflehog filesystem PATH",
		"analyze":         "use mudlark verify, which says what a secret may do",
	}
}

// refusedCommand is a command of trufflehog's that only says what to use instead.
func refusedCommand(a *app, name string) *cobra.Command {
	return &cobra.Command{
		Use: name, Hidden: true, DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			use := strings.ReplaceAll(hogForeign()[name], hogName, a.name)
			return usageError{err: fmt.Errorf("%q is not supported: %s", name, use), command: cmd.Root().CommandPath()}
		},
	}
}

// commandFirst puts the command in front of flags that stand before it, as other
// scanners let them.
func commandFirst(root *cobra.Command, args []string) []string {
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return args
	}
	takes := map[string]bool{} // a value
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			takes["--"+f.Name] = takes["--"+f.Name] || f.NoOptDefVal == ""
			if f.Shorthand != "" {
				takes["-"+f.Shorthand] = takes["-"+f.Shorthand] || f.NoOptDefVal == ""
			}
		})
	}
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return args
		case takes[strings.ReplaceAll(arg, "_", "-")]:
			i++
		case strings.HasPrefix(arg, "-"):
		default:
			moved := append([]string{arg}, args[:i]...)
			return append(moved, args[i+1:]...)
		}
	}
	return args
}

// A codedError ends the program with a code of its own.
type codedError struct {
	error
	code int
}

func (e codedError) Unwrap() error { return e.error }

// hogCode is the exit code of a scan in the dialect.
func (s *scan) hogCode(summary mudlark.Summary) int {
	switch {
	case summary.Findings > 0 && s.flags.exitCode != exitClean:
		return s.flags.exitCode
	case summary.Coverage.Skipped[mudlark.Interrupted] > 0:
		return hogExitInterrupted
	case summary.Incomplete || summary.Failure != "":
		return s.exits.trouble
	}
	return exitClean
}

// opened says what it means that the source could not be opened.
func (h *hogFlags) opened(err error) error {
	if err != nil && h != nil && h.sinceCommit != "" {
		return codedError{fmt.Errorf("--since-commit %s: %w", h.sinceCommit, err), exitTrouble}
	}
	return err
}

// refused says what it means that providers cannot be asked.
func (h *hogFlags) refused(err error) error {
	if err != nil && h != nil {
		return codedError{err, exitTrouble}
	}
	return err
}

// tell says of how many secrets no provider can be asked, which its reports have no
// room for.
func (h *hogFlags) tell(a *app, summary mudlark.Summary) {
	if h == nil {
		return
	}
	for _, note := range summary.Coverage.Notes {
		if strings.HasPrefix(note, scanner.UnaskedNote) {
			a.say(strings.ReplaceAll(note, "--results active,unasked", "--results=verified,unverified"))
		}
	}
}

// telling returns a sink that says besides what was not read, if the report has no
// room for it.
func (h *hogFlags) telling(s *scan, sink mudlark.Sink) mudlark.Sink {
	if h == nil || s.flags.quiet || !h.json && !h.legacy && !h.github {
		return sink
	}
	return &unreadSink{Sink: sink, app: s.app}
}

// An unreadSink says on standard error what was not read: the first parts, and how
// many there are.
type unreadSink struct {
	mudlark.Sink
	app   *app
	parts int
}

// maxUnread is how many parts are named.
const maxUnread = 20

// Skip implements mudlark.Sink.
func (u *unreadSink) Skip(skip mudlark.Skip) error {
	if u.parts++; u.parts <= maxUnread {
		o := &skip.Origin
		u.app.say("not read: " + cmp.Or(o.Path, o.Object, o.Part, "part of it") + ": " + skip.Error())
	}
	return u.Sink.Skip(skip)
}

// End implements mudlark.Sink.
func (u *unreadSink) End(summary mudlark.Summary) error {
	if u.parts > maxUnread {
		u.app.say(fmt.Sprintf("not read: and %d parts more; --format text lists them", u.parts-maxUnread))
	}
	return u.Sink.End(summary)
}

var errHogRepository = errors.New("name one repository, as in file://. or file:///srv/app.git")
