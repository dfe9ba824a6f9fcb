package dir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mudlark-scan/mudlark"
)

// A folder is open until all that lies in it was read. Its files are opened
// relative to it, so that nothing that is moved or replaced by a link during the
// scan leads elsewhere.
type folder struct {
	handle
	users atomic.Int32
	shown string // path for people; "" for the working directory
	below string // path from the target
	real  string // absolute path, without links
}

func newFolder(h handle, shown, below, real string) *folder {
	f := &folder{handle: h, shown: shown, below: below, real: real}
	f.users.Store(1)
	return f
}

func (f *folder) release() {
	if f.users.Add(-1) == 0 {
		f.close()
	}
}

// An item is something for a worker to read.
type item struct {
	in    *folder // released when it was read; nil: skip is all there is
	name  string  // in its folder
	shown string
	kind  kind
	skip  *mudlark.Skip
}

type kind uint8

const (
	file kind = iota
	link
	nameOnly // an empty folder: its path is all there is to scan
)

// maxDepth is how deep folders may lie in each other. Each level costs an open
// file.
const maxDepth = 1000

// walker comes to everything that lies in the targets, in order, and hands it to
// send in batches.
type walker struct {
	*Source
	ctx   context.Context
	send  func([]item)
	batch []item
	// roots are folders that are, were or will be walked for themselves, and
	// files the files; neither is read again where the walk comes to it.
	roots []string
	files map[string]bool
}

func newWalker(ctx context.Context, s *Source, send func([]item)) *walker {
	w := &walker{Source: s, ctx: ctx, send: send, files: map[string]bool{}}
	for _, t := range s.targets {
		if t.mode.IsDir() {
			w.roots = append(w.roots, t.real)
		} else {
			w.files[t.real] = true
		}
	}
	return w
}

func (w *walker) run() {
	for _, t := range w.targets {
		w.target(t)
	}
	w.flush()
}

func (w *walker) target(t target) {
	if !t.mode.IsDir() {
		w.single(t)
		return
	}
	h, err := openHandle(t.real)
	if err != nil {
		w.add(item{shown: t.shown, skip: unreadable(err)})
		return
	}
	w.folder(newFolder(h, t.shown, "", t.real), 0)
}

// single hands on a file that is not read as part of its folder.
func (w *walker) single(t target) {
	if !t.mode.IsRegular() {
		w.add(item{shown: t.shown, skip: special(t.mode)})
		return
	}
	h, err := openHandle(filepath.Dir(t.real))
	if err != nil {
		w.add(item{shown: t.shown, skip: unreadable(err)})
		return
	}
	w.add(item{in: newFolder(h, "", "", ""), name: filepath.Base(t.real), shown: t.shown, kind: file})
}

func (w *walker) add(i item) {
	if w.batch = append(w.batch, i); len(w.batch) == batchItems {
		w.flush()
	}
}

func (w *walker) flush() {
	if len(w.batch) > 0 {
		w.send(w.batch)
		w.batch = nil
	}
}

// folder walks f and releases it.
func (w *walker) folder(f *folder, depth int) {
	defer f.release()
	entries, err := f.list()
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if err != nil {
		w.add(item{shown: f.shown, skip: unreadable(err)})
	}
	if bare(entries) {
		w.bare++
	}
	for _, e := range entries {
		if w.ctx.Err() != nil {
			return
		}
		below := join(f.below, e.Name())
		shown := join(f.shown, e.Name())
		if w.exclude.match(below, shown) {
			w.excluded++
			continue
		}
		w.entry(f, e, below, shown, depth)
	}
	if len(entries) == 0 && err == nil && f.below != "" {
		f.users.Add(1)
		w.add(item{in: f, shown: f.shown, kind: nameOnly})
	}
}

// bare reports whether a folder has what a git repository without a work tree
// has.
func bare(entries []fs.DirEntry) bool {
	found := 0
	for _, e := range entries {
		switch e.Name() {
		case "HEAD", "objects", "refs":
			found++
		}
	}
	return found == 3
}

func (w *walker) entry(f *folder, e fs.DirEntry, below, shown string, depth int) {
	switch mode := e.Type(); {
	case mode.IsDir():
		if e.Name() == ".git" {
			w.stores++
			return
		}
		w.subfolder(f, e.Name(), below, shown, depth)
	case mode.IsRegular():
		if len(w.files) > 0 && w.files[filepath.Join(f.real, e.Name())] {
			return
		}
		f.users.Add(1)
		w.add(item{in: f, name: e.Name(), shown: shown, kind: file})
	case mode&fs.ModeSymlink != 0:
		f.users.Add(1)
		w.add(item{in: f, name: e.Name(), shown: shown, kind: link})
		if w.follow {
			w.followLink(filepath.Join(f.real, e.Name()), below, shown, depth)
		}
	default:
		f.users.Add(1)
		w.add(item{in: f, shown: shown, kind: nameOnly, skip: special(mode)})
	}
}

func (w *walker) subfolder(f *folder, name, below, shown string, depth int) {
	real := filepath.Join(f.real, name)
	if slices.Contains(w.roots, real) {
		return // walked for itself
	}
	if depth >= maxDepth {
		w.add(item{shown: shown, skip: mudlark.Skipped(mudlark.Unreadable, "it lies in more than %d folders: scan it by itself", maxDepth)})
		return
	}
	h, err := f.sub(name)
	if err != nil {
		f.users.Add(1)
		w.add(item{in: f, shown: shown, kind: nameOnly, skip: unreadable(err)})
		return
	}
	w.folder(newFolder(h, shown, below, real), depth+1)
}

// followLink walks what a link leads to, unless that is read anyway.
func (w *walker) followLink(path, below, shown string, depth int) {
	t, err := openTarget(path)
	if err != nil {
		if _, gone := os.Stat(path); os.IsNotExist(gone) {
			w.dangling++
			return
		}
		w.add(item{shown: shown, skip: mudlark.Skipped(mudlark.Unreadable, "the link leads where nothing can be read: %v", cause(err))})
		return
	}
	if w.known(t.real) || depth >= maxDepth {
		return
	}
	t.shown = shown
	if !t.mode.IsDir() {
		w.files[t.real] = true
		w.single(t)
		return
	}
	w.roots = append(w.roots, t.real)
	h, err := openHandle(t.real)
	if err != nil {
		w.add(item{shown: shown, skip: unreadable(err)})
		return
	}
	w.folder(newFolder(h, shown, below, t.real), depth+1)
}

// known reports whether what lies at the path is read as part of something else.
func (w *walker) known(real string) bool {
	if w.files[real] {
		return true
	}
	return slices.ContainsFunc(w.roots, func(root string) bool {
		return real == root || strings.HasPrefix(real, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator))
	})
}

func unreadable(err error) *mudlark.Skip {
	switch {
	case replaced(err):
		return mudlark.Skipped(mudlark.Symlink, "it was replaced by a link while the scan ran: run it again")
	case errors.Is(err, fs.ErrPermission):
		return mudlark.Skipped(mudlark.Unreadable, "%v: run as a user who may read it, or leave it out with --exclude", cause(err))
	}
	return mudlark.Skipped(mudlark.Unreadable, "%v: if it does not matter, leave it out with --exclude", cause(err))
}

func special(mode fs.FileMode) *mudlark.Skip {
	what := "a special file"
	switch {
	case mode&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	}
	return mudlark.Skipped(mudlark.Special, "%s, which is not opened: leave it out with --exclude, or read it with `mudlark stdin`", what)
}
