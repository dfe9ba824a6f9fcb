// Package sources lists the kinds of places that can be scanned. Each is a
// package of its own below this one; the command line and the jobs of a queue
// are both made from All.
package sources

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/dir"
	"github.com/mudlark-scan/mudlark/sources/git"
	"github.com/mudlark-scan/mudlark/sources/stdin"
)

// Options are what a user may say of one source: flags and arguments on a
// command line, JSON in a job.
type Options interface {
	// Flags defines the flags, with the present values as defaults.
	Flags(*flag.FlagSet)
	// Args takes what stands on the command line beside flags.
	Args([]string) error
	// Open returns the source. An error means that nothing can be scanned.
	Open(context.Context, mudlark.Env) (mudlark.Source, error)
	// Target names the place, and Asked what of it is asked for, for people.
	Target() string
	Asked() string
}

// A Kind is a kind of source.
type Kind struct {
	Name    string
	Args    string // the arguments, as usage shows them: "[PATH]"
	Short   string // what the command does, in a line
	Long    string
	Example string
	New     func() Options
}

// All lists every kind, in the order in which help shows them.
var All = []Kind{
	{
		Name: "git", Args: "[PATH]", New: func() Options { return new(git.Options) },
		Short: "Scan a git repository: its whole history, or what is staged, or a range",
		Long: `Scan everything that a git repository holds: every version of every file,
reachable or not, messages, names, stashes, reflogs, the index, git's own
configuration. No git program is run and nothing in the repository is executed.

Each finding names the commit that brought it and the refs that still hold it.`,
		Example: `  mudlark git                          # this repository, all of it
  mudlark git --staged                 # what the next commit would add
  mudlark git --range main..HEAD       # what a branch adds
  mudlark git --since-state app.state  # what came in since the scan that wrote app.state
  mudlark git --scope branch=main .    # only what main's history holds makes it fail
  mudlark git ~/src/app --format sarif --out leaks.sarif`,
	},
	{
		Name: "dir", Args: "PATH...", New: func() Options { return new(dir.Options) },
		Short: "Scan files and folders, archives included",
		Long: `Scan files and folders as they are on disk: hidden files, archives nested in
archives, office documents, binaries. Links are not followed unless asked for.`,
		Example: `  mudlark dir .
  mudlark dir build/ release.tar.gz --max-archive-depth 3
  mudlark dir . --exclude 'node_modules/**'`,
	},
	{
		Name: "stdin", New: func() Options { return new(stdin.Options) },
		Short: "Scan what comes in on standard input",
		Long:  `Scan a stream of any length in bounded memory.`,
		Example: `  kubectl logs app | mudlark stdin --name app.log
  docker save image | mudlark stdin --name image.tar`,
	},
}

// Find returns the kind of that name.
func Find(name string) (Kind, error) {
	var names []string
	for _, k := range All {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("unknown source %q: use one of %s", name, strings.Join(names, ", "))
}

// IsRepository reports whether a folder is a git repository, or in the work tree of
// one.
func IsRepository(path string) bool { return git.IsRepository(path) }

// Open returns the source that a job describes.
func Open(ctx context.Context, job mudlark.Job, env mudlark.Env) (mudlark.Source, error) {
	kind, err := Find(job.Source)
	if err != nil {
		return nil, err
	}
	opts := kind.New()
	if len(job.Options) > 0 {
		in := json.NewDecoder(bytes.NewReader(job.Options))
		in.DisallowUnknownFields()
		if err := in.Decode(opts); err != nil {
			return nil, fmt.Errorf("options of source %q: %w", job.Source, err)
		}
	}
	return opts.Open(ctx, env)
}
