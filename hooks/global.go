package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Home is where a user's own hooks and git's configuration for the user lie.
type Home struct {
	// Dir is the folder of mudlark's hooks for all repositories.
	Dir string
	// Config is the file that "git config --global" writes; it need not exist.
	Config string
}

// forwarded lists the hooks that git looks for in a folder of hooks and that
// mudlark is not: where core.hooksPath leads to ours, git looks nowhere else.
func forwarded() []string {
	return []string{
		"applypatch-msg", "pre-applypatch", "post-applypatch", "post-commit", "pre-rebase", "post-checkout", "post-merge",
		"proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite",
		"sendemail-validate", "p4-changelist", "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit", "post-index-change",
	}
}

// InstallGlobal makes git run a program as hooks of some names in all repositories
// that have no folder of hooks of their own, behind the hooks that a repository has
// in its git folder. Installing again writes the hooks anew. If it fails, nothing is
// changed.
func InstallGlobal(ctx context.Context, h Home, program Program, names []string) error {
	if err := known(names); err != nil {
		return err
	}
	set, err := hooksPath(ctx, "--global")
	if err != nil {
		return err
	}
	if set != "" && !same(set, h.Dir) {
		return errPathSet("your", "git config --global", set)
	}
	if system, err := hooksPath(ctx, "--system"); err == nil && set == "" && system != "" {
		return errPathSet("this computer's", "git config --system", system)
	}
	if err := h.writable(); err != nil {
		return err
	}
	made := !exists(h.Dir)
	if err := os.MkdirAll(h.Dir, 0o755); err != nil {
		return fmt.Errorf("the folder of the hooks: %w", err)
	}
	err = h.write(program, names, made)
	if err == nil && set == "" {
		err = h.configure(ctx)
	}
	if err != nil && made {
		h.remove()
	}
	return err
}

func errPathSet(whose, command, path string) error {
	return fmt.Errorf("%s git configuration has core.hooksPath already, %s: install there with `mudlark hook install --shared` "+
		"in a repository that uses it, or take it out with `%s --unset core.hooksPath` and try again", whose, path, command)
}

// hooksPath returns core.hooksPath of a configuration, empty if it has none.
func hooksPath(ctx context.Context, scope string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", "config", scope, "--includes", "--path", "--get", "core.hooksPath")
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() == 1 {
		return "", nil
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("git config %s: %s", scope, strings.TrimPrefix(lastLine(string(failed.Stderr)), "fatal: "))
	}
	if err != nil {
		return "", fmt.Errorf("git config %s: %w", scope, err)
	}
	return string(bytes.TrimRight(out, "\r\n")), nil
}

// Active reports whether git's configuration for the user leads to the hooks of h.
func (h Home) Active(ctx context.Context) bool {
	set, err := hooksPath(ctx, "--global")
	return err == nil && set != "" && same(set, h.Dir)
}

// Is reports whether the hooks of a place are those of h.
func (h Home) Is(p Place) bool { return same(h.Dir, p.Dir) }

func same(a, b string) bool { return real(filepath.FromSlash(a)) == real(filepath.FromSlash(b)) }

// writable says what in the folder would be lost.
func (h Home) writable() error {
	entries, err := os.ReadDir(h.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(h.Dir, e.Name())
		switch s, ours, changed := readScript(path, e.Name()); {
		case changed:
			return fmt.Errorf("%s is mudlark's, but somebody wrote into it since: move it away and install again", path)
		case (!ours || !s.global) && (slices.Contains(All(), e.Name()) || slices.Contains(forwarded(), e.Name())):
			return fmt.Errorf("%s is not mudlark's: move it away and install again", path)
		}
	}
	return nil
}

func (h Home) write(program Program, names []string, made bool) error {
	for _, name := range append(All(), forwarded()...) {
		path := filepath.Join(h.Dir, name)
		s := script{hook: name, Program: program, made: made, global: true, forward: !slices.Contains(names, name)}
		if old, ours, _ := readScript(path, name); ours {
			s.made = old.made
			if s.Flags == nil {
				s.Flags = old.Flags
			}
		}
		if s.forward {
			s.Program = Program{}
		}
		if err := write(path, s.text()); err != nil {
			return fmt.Errorf("hook %s: %w", name, err)
		}
	}
	return nil
}

// UninstallGlobal takes the hooks away again and what stands in git's configuration
// for them. It returns whether there was anything of it.
func UninstallGlobal(ctx context.Context, h Home) (gone bool, err error) {
	if h.Active(ctx) {
		if err := h.unconfigure(ctx); err != nil {
			return false, err
		}
		gone = true
	}
	var errs []error
	for _, name := range append(All(), forwarded()...) {
		path := filepath.Join(h.Dir, name)
		switch s, ours, changed := readScript(path, name); {
		case changed:
			errs = append(errs, fmt.Errorf("hook %s: somebody wrote into %s since it was installed, so it stays", name, path))
		case ours && s.global:
			errs, gone = append(errs, os.Remove(path)), true
		}
	}
	_ = os.Remove(h.Dir) // fails if anything is left in it
	_ = os.Remove(filepath.Dir(h.Dir))
	return gone, errors.Join(errs...)
}

// remove undoes what InstallGlobal wrote into a folder that was not there.
func (h Home) remove() {
	for _, name := range append(All(), forwarded()...) {
		if _, ours, _ := readScript(filepath.Join(h.Dir, name), name); ours {
			_ = os.Remove(filepath.Join(h.Dir, name))
		}
	}
	_ = os.Remove(h.Dir)
	_ = os.Remove(filepath.Dir(h.Dir))
}

// What stands around our lines in git's configuration. The first says what the
// file was like, so that it can be so again, byte for byte.
const (
	blockStart = "# mudlark hooks: written by \"mudlark hook install --global\""
	blockMade  = "; the file was made for it"
	blockOpen  = "; the line above had no end"
	blockEnd   = "# mudlark hooks: end\n"
)

func (h Home) block(note string) string {
	return blockStart + note + "\n[core]\n\thooksPath = " + configQuote(filepath.ToSlash(h.Dir)) + "\n" + blockEnd
}

// configQuote writes a value as git's configuration has it.
func configQuote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(text) + `"`
}

// configure writes our lines behind git's configuration for the user. They are not
// left to git to write, as what it takes out again is not all that it put in.
func (h Home) configure(ctx context.Context) error {
	old, err := os.ReadFile(h.Config)
	text := string(old)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = h.block(blockMade)
	case err != nil:
		return err
	case text != "" && !strings.HasSuffix(text, "\n"):
		text += "\n" + h.block(blockOpen)
	default:
		text += h.block("")
	}
	if err := replace(h.Config, text); err != nil {
		return err
	}
	if h.Active(ctx) {
		return nil
	}
	undo := replace(h.Config, string(old))
	if err != nil { // there was none
		undo = os.Remove(h.Config)
	}
	return errors.Join(fmt.Errorf("git does not read core.hooksPath from %s: something else sets it", h.Config), undo)
}

// unconfigure takes our lines out again. Of lines that were changed since, what git
// knows is taken out, and our words around it.
func (h Home) unconfigure(ctx context.Context) error {
	data, err := os.ReadFile(h.Config)
	if err != nil {
		return err
	}
	text := string(data)
	for _, note := range []string{blockMade, blockOpen, ""} {
		block := h.block(note)
		if note == blockOpen {
			block = "\n" + block
		}
		before, after, ok := strings.Cut(text, block)
		if !ok {
			continue
		}
		if note == blockMade && before+after == "" {
			return os.Remove(h.Config)
		}
		return replace(h.Config, before+after)
	}
	cmd := exec.CommandContext(ctx, "git", "config", "--file", h.Config, "--unset", "core.hooksPath")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git config --global --unset core.hooksPath: %w: %s", err, lastLine(string(out)))
	}
	if data, err = os.ReadFile(h.Config); err != nil {
		return err
	}
	var kept strings.Builder
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, blockStart) && line != blockEnd {
			kept.WriteString(line)
		}
	}
	return replace(h.Config, kept.String())
}

// replace writes a file of git's configuration as git does: beside it, under the
// name that keeps git from writing it too. A link stays one.
func replace(path, text string) error {
	if at, err := filepath.EvalSymlinks(path); err == nil {
		path = at
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	lock, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there, so something is writing git's configuration: try again, or delete it if nothing is", strconv.Quote(path+".lock"))
	}
	if err != nil {
		return err
	}
	_, err = lock.WriteString(text)
	err = errors.Join(err, lock.Chmod(mode), lock.Close())
	if err == nil {
		err = os.Rename(lock.Name(), path)
	}
	if err != nil {
		_ = os.Remove(lock.Name())
	}
	return err
}
