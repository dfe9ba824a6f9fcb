package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

func migrateCommand(a *app) *cobra.Command {
	m := &migration{app: a, now: a.sys.now()}
	cmd := &cobra.Command{
		Use:   "migrate [FOLDER] [FILE...]",
		Short: "Turn what other tools were told into mudlark.toml and .mudlarkignore",
		Long: `Read what a repository says to other tools and write it as ours: their
configuration and lists of paths as mudlark.toml, which is gitleaks' format, and each
secret that they were told to leave alone as a fingerprint in .mudlarkignore. For that
history and work tree are scanned: an entry that names a place is followed to the
secret that stands there.

Looked for are, in FOLDER (default: the current one):
  gitleaks, betterleaks   .gitleaks.toml, .gitleaksignore, .betterleaks.toml,
                          .betterleaksignore, *gitleaks*.json, *baseline*.json
  detect-secrets          .secrets.baseline
  trufflehog              .trufflehog-exclude and such, and reports that are named
  ripsecrets, secretlint, .secretsignore, .secretlintignore, .keyhogignore,
  keyhog, talisman        .talismanrc
Other files are named as arguments; --from says whose they are if they do not.

What no longer matches anything is listed, and what could not be carried over. No
secret is written. An existing .mudlarkignore gets what it lacks, after a question or
with --write; an existing mudlark.toml is left alone unless --force says so.

Exit codes: 0; 2 if something could not be read or written.`,
		Example: `  mudlark migrate --dry-run              # what it would do
  mudlark migrate
  mudlark migrate --from trufflehog report.jsonl
  mudlark migrate ~/src/app ci/gitleaks-baseline.json --write`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.arguments(args); err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			return m.run(cmd.Context())
		},
	}
	m.define(cmd)
	return cmd
}

// A migration is one run of "migrate".
type migration struct {
	*app
	root              string
	from              string
	named             []string // files
	dry, write, force bool
	verbose           bool
	flags             scanFlags
	now               time.Time

	inputs  []*input
	config  *input // the configuration among them, if there is one
	allows  []allowed
	toml    []byte // to be written; nil: nothing
	prints  []carried
	secrets map[mudlark.Sensitive]bool // all that were found
	lost    []string                   // entries that match nothing
	left    []string                   // what could not be carried over
	notes   []string
	unread  bool // not all was read
}

// A carried is a fingerprint to be written.
type carried struct {
	fingerprint, reason string
	place               string // the entry itself, where a fingerprint would say too much
}

func (m *migration) define(cmd *cobra.Command) {
	f := &m.flags
	f.logLevel, f.decodeDepth, f.confidence = "warn", 5, mudlark.Low
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&m.from, "from", "", "whose files to read: "+strings.Join(tools(), ", ")+" (default: all)")
	fs.BoolVar(&m.dry, "dry-run", false, "say what would be written, and write nothing")
	fs.BoolVar(&m.write, "write", false, "add to an existing .mudlarkignore without a question")
	fs.BoolVar(&m.force, "force", false, "replace an existing mudlark.toml")
	fs.StringSliceVar(&f.sets, "rules", []string{"default"}, rulesUsage)
	fs.IntVar(&f.workers, "workers", 0, "how many processors to use (default: all)")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress on standard error")
	fs.BoolVarP(&m.verbose, "verbose", "v", false, "list all entries that match nothing")
	_ = cmd.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(tools(), cobra.ShellCompDirectiveDefault))
}

// arguments tells the folder from files.
func (m *migration) arguments(args []string) error {
	if err := checkPaths(args); err != nil {
		return err
	}
	if m.from != "" && !slices.Contains(tools(), m.from) {
		return fmt.Errorf("--from %q: use one of %s", m.from, strings.Join(tools(), ", "))
	}
	if m.dry && (m.write || m.force) {
		return errors.New("--dry-run writes nothing: leave out --write and --force")
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			return fmt.Errorf("%q: %w: name the folder, or files of other tools", arg, cause(err))
		case !info.IsDir():
			m.named = append(m.named, arg)
		case m.root != "":
			return fmt.Errorf("%q and %q are both folders: name one", m.root, arg)
		default:
			m.root = arg
		}
	}
	if m.root == "" {
		m.root = "."
	}
	return nil
}

func (m *migration) run(ctx context.Context) error {
	if err := m.find(); err != nil {
		return err
	}
	if len(m.inputs) == 0 {
		fmt.Fprintln(m.sys.out, "There is nothing to migrate: no file of another tool was found. Name one, as in: mudlark migrate --from trufflehog report.jsonl")
		return nil
	}
	set, err := m.configuration()
	if err != nil {
		return err
	}
	engine, err := detectors.New(set, detectors.Options{DecodeDepth: m.flags.depth(), Now: m.now, TellAllowed: true})
	if err != nil {
		return err
	}
	m.finder = engine
	m.readLists(set)
	found, err := m.scan(ctx, engine)
	if err != nil {
		return err
	}
	m.match(found, set)
	if err := m.compose(); err != nil {
		return err
	}
	wrote, err := m.apply()
	if err != nil {
		return err
	}
	m.report(wrote)
	if m.unread {
		m.code = m.exits.trouble
	}
	return nil
}

// configuration is the rules by which a scan would look after the migration, but
// for allowlists that are added. With TellAllowed what they hide is seen as well.
func (m *migration) configuration() (*rules.Set, error) {
	sets, err := rules.Choose(m.flags.sets)
	if err != nil {
		return nil, err
	}
	if path := m.own("mudlark.toml"); exists(path) && !m.force {
		set, err := rules.Load(path, sets...)
		if err != nil {
			return nil, errConfig(path, err)
		}
		return set, nil
	}
	if m.config == nil {
		return rules.Builtin(sets...), nil
	}
	set, err := rules.Load(m.config.path, sets...)
	if err != nil {
		return nil, errConfig(m.config.path, err)
	}
	return set, nil
}

// own is a path in the folder.
func (m *migration) own(name string) string { return filepath.Join(m.root, name) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
