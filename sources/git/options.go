package git

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// Options are what a user may say of a git scan. The zero value scans all of
// the repository in the current folder.
type Options struct {
	Path string `json:"path,omitempty"` // of the repository; "" is "."
	// Scope says what counts: "all" or "", "refs", "head", "branch=NAME". What lies
	// outside is found all the same, and marked. It does not matter to Staged
	// and PreCommit.
	Scope  string `json:"scope,omitempty"`
	Staged bool   `json:"staged,omitempty"` // what the next commit adds
	// PreCommit asks for what is changed but not staged; together with Staged
	// for what is staged.
	PreCommit bool   `json:"preCommit,omitempty"`
	Range     string `json:"range,omitempty"` // what these commits add: "main..HEAD"
	Since     string `json:"since,omitempty"` // what commits since then add
	// LogOpts are arguments of git log that choose the commits whose additions are
	// scanned, as in "--since=2024-01-01 main -- src". They have no effect on Staged
	// and PreCommit.
	LogOpts string `json:"logOpts,omitempty"`
	// Platform is what serves the remote repository, for links to findings: github,
	// gitlab, azuredevops, gitea or bitbucket; auto for what the remote's host tells,
	// empty or none for no links.
	Platform string `json:"platform,omitempty"`
	// Exhaustive scans every version of every file whole, instead of what is new
	// in it, and checks every object against its id. It finds the same.
	Exhaustive bool `json:"exhaustive,omitempty"`
	// SinceState names a file that holds what was scanned before and need not be
	// again. It is written anew after the scan.
	SinceState string `json:"sinceState,omitempty"`
	// Files are the only paths of Staged or PreCommit, if there are any.
	Files []string `json:"files,omitempty"`
	// Whole makes Staged yield all that the index has of Files, old and new.
	Whole bool `json:"whole,omitempty"`
	// Index is the file that Staged and PreCommit read in place of the worktree's own index,
	// and Parents are revisions besides HEAD and MERGE_HEAD whose content is no
	// news. What ends in _HEAD need not be there. Git tells hooks of both.
	Index   string   `json:"index,omitempty"`
	Parents []string `json:"parents,omitempty"`
	// Push asks for what is about to be sent to another repository, or to this one.
	Push *Push `json:"push,omitempty"`
	// Objects are folders with objects besides the repository's own, as git tells
	// hooks of them: a push that is not accepted yet lies in one. A folder that is
	// not there is passed over.
	Objects []string `json:"objects,omitempty"`
	// Budget is how long a push may be looked at; what may hold secrets most likely
	// comes first, and what is left is told. 0: as long as it takes.
	Budget time.Duration `json:"budget,omitempty"`
	// Tree asks for the files of one commit.
	Tree *Tree `json:"tree,omitempty"`
	split.Limits

	asked   string // what Open found out about SinceState
	indexed bool   // packs that are being written are left alone
	manyNew int    // for tests, see memory.many; 0: the usual bound
}

// Flags defines the flags.
func (o *Options) Flags(fs *flag.FlagSet) {
	fs.StringVar(&o.Scope, "scope", o.Scope, "what counts: `all`, refs, head, or branch=NAME; the rest is summed up in a line")
	fs.BoolVar(&o.Staged, "staged", o.Staged, "scan what the next commit adds, and nothing else")
	fs.BoolVar(&o.PreCommit, "pre-commit", o.PreCommit, "scan changes that are not staged yet; with --staged those that are")
	fs.Var((*ranges)(&o.Range), "range", "scan what the commits of `A..B` add, merges included; several, and ^A to leave out, as in git rev-list")
	fs.StringVar(&o.Since, "since", o.Since, "scan what commits since `DATE` add: 2024-12-31, or \"2 weeks ago\"")
	fs.StringVar(&o.LogOpts, "log-opts", o.LogOpts, "scan what the commits add that git log with these `ARGUMENTS` would show, as in \"--since=2024-01-01 main -- src\"")
	fs.StringVar(&o.SinceState, "since-state", o.SinceState, "scan what came in since the scan that wrote `FILE`, all if there is none, and write it anew")
	fs.BoolVar(&o.Exhaustive, "exhaustive", o.Exhaustive, "scan every version of every file whole and check every object's id: slow, finds the same")
	o.Limits.Flags(fs)
}

// Args takes the path of the repository. With Staged or PreCommit it takes
// files, as hooks are given them.
func (o *Options) Args(args []string) error {
	switch {
	case len(args) == 0:
	case len(args) > 1 || (o.Staged || o.PreCommit) && isFile(args[0]):
		o.Files = args
	default:
		o.Path = args[0]
	}
	return nil
}

// isFile reports whether a path is that of a file which is no repository.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && filepath.Base(path) != ".git"
}

// Target returns the repository as the user named it.
func (o *Options) Target() string {
	if o.Path == "" {
		return "."
	}
	return o.Path
}

// Asked says what of the repository is scanned. With SinceState it is only known
// after Open.
func (o *Options) Asked() string {
	var parts []string
	switch {
	case o.Staged && o.Whole:
		parts = append(parts, "files as they are staged")
	case o.Staged:
		parts = append(parts, "what is staged for the next commit")
	case o.PreCommit:
		parts = append(parts, "changes that are not staged")
	case o.Push != nil:
		parts = append(parts, "what the push adds")
	case o.Tree != nil:
		parts = append(parts, "the files of "+o.Tree.Revision)
	case o.Range != "":
		parts = append(parts, "range "+o.Range)
	case o.LogOpts != "":
		parts = append(parts, "git log "+o.LogOpts)
	case o.asked != "":
		parts = append(parts, o.asked)
	case o.Since == "" && o.Scope == "refs":
		return "what refs hold, all of them"
	case o.Since == "":
		parts = append(parts, "the whole repository, all refs")
	}
	if o.Since != "" {
		parts = append(parts, "commits since "+o.Since)
	}
	if o.Scope != "" && o.Scope != "all" {
		parts = append(parts, "scope "+o.Scope)
	}
	return strings.Join(parts, ", ")
}

// Open opens the repository. An error says in a sentence why nothing can be
// scanned and what mends it.
func (o *Options) Open(ctx context.Context, env mudlark.Env) (mudlark.Source, error) {
	opts := *o
	if err := opts.settle(); err != nil {
		return nil, err
	}
	b, err := opts.open(env)
	if err != nil {
		return nil, err
	}
	src, err := b.source(ctx)
	if err != nil {
		_ = b.Close()
		return nil, err
	}
	o.asked = b.memory.asked()
	return src, nil
}

// settle checks that the options go together.
func (o *Options) settle() error {
	changes := o.Staged || o.PreCommit
	if changes {
		o.LogOpts = ""
	}
	if o.LogOpts != "" && (o.Push != nil || o.Range != "" || o.Since != "" || o.SinceState != "") {
		return errors.New("--log-opts says which commits are scanned: leave out --range, --since and --since-state, and write in it what they say")
	}
	if o.Push != nil && (changes || o.Range != "" || o.Since != "" || o.SinceState != "") {
		return errors.New("a push is scanned by itself, without other commits or changes")
	}
	if o.Budget < 0 || o.Budget > 0 && o.Push == nil {
		return errors.New("a budget is for a push")
	}
	if o.Tree != nil && (changes || o.Push != nil || o.Range != "" || o.Since != "" || o.SinceState != "" || o.Scope != "") {
		return errors.New("the files of a commit are scanned by themselves, without other commits or changes")
	}
	if changes && (o.Range != "" || o.Since != "") {
		return errors.New("--staged and --pre-commit scan no commits: leave out --range and --since")
	}
	if o.SinceState != "" && (changes || o.Range != "" || o.Since != "" || o.Scope != "" && o.Scope != "all") {
		return errors.New("--since-state remembers a scan of everything: leave out --staged, --pre-commit, --range, --since and --scope")
	}
	if err := o.checkPlatform(); err != nil {
		return err
	}
	if o.Path == "" {
		o.Path = "."
	}
	if isFile(o.Path) {
		o.Files, o.Path = []string{o.Path}, "."
	}
	if len(o.Files) > 0 && !changes {
		if len(o.Files) > 1 {
			return fmt.Errorf("git accepts at most 1 argument, the path of a repository, but there are %d", len(o.Files))
		}
		return fmt.Errorf("%q is a file, not a repository: scan its history with `mudlark git` in its folder, "+
			"or the file alone with `mudlark dir %s`", o.Files[0], o.Files[0])
	}
	return nil
}

// IsRepository reports whether a folder is a repository, whatever its state, or in
// the work tree of one.
func IsRepository(path string) bool {
	repo, err := gitrepo.Open(path)
	if err == nil {
		_ = repo.Close()
	}
	return !errors.Is(err, gitrepo.ErrNotRepository)
}

func (o *Options) open(env mudlark.Env) (*base, error) {
	began := time.Now()
	repo, err := gitrepo.Open(o.Path)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return nil, fmt.Errorf("%w: name a repository, or scan the files with `mudlark dir %s`", err, o.Path)
	}
	if err != nil {
		return nil, err
	}
	b := &base{opts: *o, env: env, began: began, repo: repo, split: split.New(o.Limits)}
	if repo.ObjectFormat == gitrepo.SHA256 {
		b.format = gitpack.SHA256
	}
	b.store, err = gitpack.Open(repo.ObjectDir(), b.format, gitpack.Options{Also: o.Objects, Indexed: o.indexed || o.received()})
	if err != nil {
		_ = repo.Close()
		return nil, fmt.Errorf("opening repository %q: %w", o.Path, err)
	}
	b.lfs = &lfsStore{dir: repo.LFSDir()}
	b.split.Stored = b.lfs.has
	return b, nil
}

// source returns what reads that of the repository which the options ask for.
func (b *base) source(ctx context.Context) (mudlark.Source, error) {
	s, err := b.scope()
	if err != nil {
		return nil, err
	}
	switch {
	case b.opts.Staged:
		return newStaged(b)
	case b.opts.PreCommit:
		return newUnstaged(b)
	case b.opts.Tree != nil:
		return newTreeSource(b)
	case b.opts.Range != "" || b.opts.Since != "" || b.opts.LogOpts != "" || b.opts.Push != nil:
		return newChanges(ctx, b, s, time.Now())
	}
	if b.opts.SinceState != "" {
		if err := b.remembering(); err != nil {
			return nil, err
		}
		if b.memory.last != nil && !b.memory.many() {
			return newIncremental(b), nil
		}
	}
	return newHistory(b, s), nil
}

// ranges is Range as a flag: what is given several times is one list.
type ranges string

func (r *ranges) String() string { return string(*r) }

func (r *ranges) Set(text string) error {
	if *r != "" {
		text = string(*r) + " " + text
	}
	*r = ranges(text)
	return nil
}
