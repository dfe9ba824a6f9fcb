// Package archive walks what lies in archives: files in zip, tar, 7z, rar, ar,
// rpm and cpio archives, compressed streams, and all of these nested in each
// other. Content is recognised by its first bytes, never by its name, and is
// handed on as it is read: nothing is written to disk under a name that an
// archive chose. Hostile archives cost bounded memory and time. Read Walk first.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits bound what a walk reads. They hold for one outermost archive.
type Limits struct {
	Depth   int   // how many archives may lie in each other; 0: none is opened
	Ratio   int   // how many times its packed size content may expand to; 0: any
	Bytes   int64 // how much may be unpacked, all of it taken together; 0: any
	Members int   // how many members are read; 0: a million
	Memory  int64 // how much of archives that cannot be streamed is kept in memory; 0: 16 MiB
	Window  int64 // how large the window of a decompressor may be; 0: 64 MiB
}

// The defaults of Limits, and the size below which expansion is harmless.
const (
	defaultMembers = 1_000_000
	defaultMemory  = 16 << 20
	defaultWindow  = 64 << 20

	// ratioFrom is how much one member, and walkRatioFrom how much a whole walk
	// may unpack before the ratio is judged.
	ratioFrom     = 10 << 20
	walkRatioFrom = 100 << 20
)

// A Member is a piece of content that a walk came to.
type Member struct {
	// Path is slash-separated and clean, with "!" before the name of a member
	// within its archive. The content of the outermost archive, unpacked, has
	// none: "" for a.gz, "b" for b in a.tar.gz, "b.zip!c" for what lies deeper.
	Path string
	Part Part
	// Offset is the place in its archive of content that is Outside.
	Offset int64
}

// Part says what a Member is.
type Part uint8

// The parts.
const (
	Content Part = iota // of a file, or of a stream that holds no archive
	Name                // the name of a member as the archive has it
	Link                // what a member that is a link points to
	Comment             // of an archive or of a member
	Outside             // bytes of an archive that belong to no member
)

// A Problem is what could not be read, and why.
type Problem struct {
	Path   string // of the member or archive, as in Member
	Kind   Kind
	Detail string
}

// Kind is the kind of a Problem.
type Kind uint8

// The kinds.
const (
	Damaged    Kind = iota // it does not decode
	Encrypted              // it needs a password
	Unknown                // a format or method that is not supported
	TooDeep                // over Limits.Depth
	TooDense               // over Limits.Ratio
	TooMuch                // over Limits.Bytes
	TooMany                // over Limits.Members
	TooHungry              // over Limits.Window
	Unreadable             // the reader of the outermost content failed
	NoSpace                // no temporary file could be written
)

// A Visitor receives a walk. Calls never overlap.
type Visitor interface {
	// Member is given content to read, as far as it likes. An error of r means
	// that no more can be read; the walk itself reports it as a Problem. An
	// error of Member ends the walk.
	Member(m Member, r io.Reader) error
	// Problem is told what cannot be read. An error of it ends the walk.
	Problem(p Problem) error
}

// Walk reads r, which may be an archive or not, and gives all content in it to
// v: if r is no archive, that is r itself, with an empty Path. Archives that
// need random access are read in place if r has the methods of io.SectionReader
// or bytes.Reader. The error is that of v or of ctx; everything else is a
// Problem. What cannot be opened as an archive is given to v as it stands.
func Walk(ctx context.Context, r io.Reader, l Limits, v Visitor) error {
	w := newWalk(ctx, l, v)
	in := newInput(w, r)
	defer in.release()
	if at, ok := r.(sized); ok {
		in.at, in.size = at, at.Size()
	}
	w.outermost = in
	if err := w.content(item{input: in}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if in.err != nil {
		return v.Problem(Problem{Kind: Unreadable, Detail: in.err.Error()})
	}
	return nil
}

type sized interface {
	io.ReaderAt
	Size() int64
}

// walk is the state of one Walk.
type walk struct {
	ctx       context.Context
	limits    Limits
	visitor   Visitor
	outermost *input
	unpacked  int64 // bytes that came out of decompressors
	members   int
	memory    int64 // left of Limits.Memory
	over      bool  // a bound of the whole walk was hit; nothing more is opened
	told      bool  // that was reported
}

func newWalk(ctx context.Context, l Limits, v Visitor) *walk {
	if l.Members == 0 {
		l.Members = defaultMembers
	}
	if l.Memory == 0 {
		l.Memory = defaultMemory
	}
	if l.Window == 0 {
		l.Window = defaultWindow
	}
	return &walk{ctx: ctx, limits: l, visitor: v, memory: l.Memory}
}

// item is content on its way through a walk.
type item struct {
	*input
	path   string
	depth  int    // how many archives it lies in
	parent Format // of which it came out
}

// below returns the path of a member of c.
func (c *item) below(name string) string {
	if name = cleanName(name); c.path == "" {
		return name
	} else {
		return c.path + "!" + name
	}
}

// level returns the depth of what lies in c once it is opened. A tar in a
// compressed stream is one archive, not two.
func (c *item) level(f Format) int {
	if (f == Tar || f == Cpio) && c.parent.compresses() {
		return c.depth
	}
	return c.depth + 1
}

// content hands c on, opened if it is an archive.
func (w *walk) content(c item) error {
	f := c.detect()
	switch {
	case f == None:
		return w.plain(c)
	case f.closed():
		if err := w.problem(c.path, Unknown, "%s is a kind of archive that is not opened", f); err != nil {
			return err
		}
		return w.plain(c)
	case c.level(f) > w.limits.Depth:
		if f.guessed() {
			return w.plain(c)
		}
		if err := w.problem(c.path, TooDeep, "%s lies in %d archives", f, c.depth); err != nil {
			return err
		}
		return w.plain(c)
	}
	switch f {
	case Zip:
		return w.zip(c)
	case Tar:
		return w.tar(c)
	case SevenZip:
		return w.sevenZip(c)
	case Rar:
		return w.rar(c)
	case Ar:
		return w.ar(c)
	case Cpio:
		return w.cpio(c)
	case RPM:
		return w.rpm(c)
	}
	return w.compressed(c, f)
}

// plain hands c on as content that is no archive.
func (w *walk) plain(c item) error {
	return w.visitor.Member(Member{Path: c.path}, c.buf)
}

// empty hands on a file of no bytes: its name may be all that matters.
func (w *walk) empty(path string) error {
	return w.visitor.Member(Member{Path: path}, strings.NewReader(""))
}

// text hands on a short text that is not the content of a file.
func (w *walk) text(path string, part Part, text string) error {
	if text == "" {
		return nil
	}
	return w.visitor.Member(Member{Path: path, Part: part}, strings.NewReader(text))
}

// outside hands on bytes of an archive that no member answers for.
func (w *walk) outside(path string, offset int64, r io.Reader) error {
	return w.visitor.Member(Member{Path: path, Part: Outside, Offset: offset}, r)
}

func (w *walk) problem(path string, kind Kind, format string, args ...any) error {
	return w.visitor.Problem(Problem{Path: path, Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

// member counts a member and hands on its name. It reports false if the walk is
// over.
func (w *walk) member(c *item, name string) (bool, error) {
	if w.over {
		return false, nil
	}
	if w.members++; w.members > w.limits.Members {
		w.over = true
		return false, w.problem(c.path, TooMany, "it has more than %d members; the rest was not read", w.limits.Members)
	}
	if err := w.ctx.Err(); err != nil {
		return false, err
	}
	return true, w.text(c.below(name), Name, name)
}

// failed reports that content ended early, with err. Bounds that were hit are
// told as such.
func (w *walk) failed(path string, err error) error {
	var hit *hit
	switch {
	case errors.As(err, &hit):
		if hit.whole && w.told {
			return nil
		}
		w.told = w.told || hit.whole
		return w.problem(path, hit.kind, "%s", hit.detail)
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case errors.Is(err, errEncrypted):
		return w.problem(path, Encrypted, "it is encrypted")
	case errors.Is(err, errMethod):
		return w.problem(path, Unknown, "%v", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return w.problem(path, Damaged, "it ends too early")
	}
	return w.problem(path, Damaged, "%v", err)
}

var (
	errEncrypted = errors.New("encrypted")
	errMethod    = errors.New("not supported")
)
