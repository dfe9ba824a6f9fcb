// Package split turns content into chunks. A source hands it what it read,
// whole or as a stream, and split yields it: in overlapping pieces if it is
// long, and together with its members if it is an archive. Read Splitter first.
package split

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/archive"
)

// maxChunk is the length from which content in memory is cut like a stream: what
// is held of the findings of one chunk must be bounded, too.
const maxChunk = 8 << 20

// A Splitter yields content as chunks. Many goroutines may use one.
type Splitter struct {
	// Stored says whether the content of a large file store object is read
	// elsewhere in this scan; its pointer is no skip then. Nil: none is.
	Stored func(p Pointer) bool

	limits  Limits
	members atomic.Int64
}

// New returns a Splitter that keeps to the limits.
func New(l Limits) *Splitter {
	return &Splitter{limits: l}
}

// Bytes yields data, which lies in memory, with the origin and the paths: as one
// chunk, unless it is very long. If it is an archive, its members are yielded instead, and those of its
// bytes that belong to no member. The path of a member is that of the archive,
// "!", and the member's own; if paths is not nil, so are all of its Paths. Data
// is lent to yield and not kept. What cannot be read is yielded as a skip; the
// error is that of yield or ctx.
func (s *Splitter) Bytes(ctx context.Context, o mudlark.Origin, paths []string, data []byte, yield mudlark.Yield) error {
	if limit := s.limits.MaxFileBytes; limit > 0 && int64(len(data)) > limit {
		return yield(mudlark.Chunk{Origin: o, Paths: paths}, TooLarge(int64(len(data)), limit))
	}
	if len(data) > maxChunk && archive.Plain(data) {
		p := newPieces(o, paths, 0)
		defer p.release()
		return p.run(ctx, bytes.NewReader(data), yield)
	}
	if archive.Plain(data) {
		if err := yield(mudlark.Chunk{Data: data, Line: 1, Column: 1, Origin: o, Paths: paths}, nil); err != nil {
			return err
		}
		return s.pointer(o, paths, data, yield)
	}
	return s.walk(ctx, o, paths, bytes.NewReader(data), yield)
}

// Reader yields the stream as chunks that overlap, or its members if it is an
// archive. It holds a bounded part of the stream at a time, whatever its length.
// A stream that is longer than the bound for one file is read up to it. An
// archive is read in place if r has the methods of an io.SectionReader. An error
// of r is yielded as a skip; the error is that of yield or ctx.
func (s *Splitter) Reader(ctx context.Context, o mudlark.Origin, r io.Reader, yield mudlark.Yield) error {
	return s.walk(ctx, o, nil, r, yield)
}

// Members returns how many files in archives were yielded.
func (s *Splitter) Members() int { return int(s.members.Load()) }

func (s *Splitter) walk(ctx context.Context, o mudlark.Origin, paths []string, r io.Reader, yield mudlark.Yield) error {
	v := &visitor{split: s, ctx: ctx, origin: o, paths: paths, yield: yield}
	return archive.Walk(ctx, r, s.limits.archive(), v)
}

// visitor yields what a walk comes to.
type visitor struct {
	split  *Splitter
	ctx    context.Context
	origin mudlark.Origin
	paths  []string
	yield  mudlark.Yield
}

// at returns the origin and the paths of a member.
func (v *visitor) at(path string, part archive.Part) (mudlark.Origin, []string) {
	o, paths := v.origin, v.paths
	if path != "" {
		o.Path += "!" + path
		paths = make([]string, len(v.paths))
		for i, p := range v.paths {
			paths[i] = p + "!" + path
		}
		if v.paths == nil {
			paths = nil
		}
	}
	switch part {
	case archive.Name:
		o.Part = "path name"
	case archive.Link:
		o.Part = "symlink target"
	case archive.Comment:
		o.Part = "archive comment"
	case archive.Outside:
		o.Part = "outside of archive members"
	}
	return o, paths
}

// Member implements archive.Visitor.
func (v *visitor) Member(m archive.Member, r io.Reader) error {
	o, paths := v.at(m.Path, m.Part)
	p := newPieces(o, paths, m.Offset)
	defer p.release()
	if limit := v.split.limits.MaxFileBytes; limit > 0 && m.Part == archive.Content {
		p.limit = limit
	}
	if err := p.run(v.ctx, r, v.yield); err != nil {
		return err
	}
	if m.Part != archive.Content {
		return nil
	}
	if m.Path != "" {
		v.split.members.Add(1)
	}
	if !p.whole {
		return nil
	}
	return v.split.pointer(o, paths, p.buf, v.yield)
}

// Problem implements archive.Visitor.
func (v *visitor) Problem(p archive.Problem) error {
	if err := v.ctx.Err(); err != nil {
		return err
	}
	o, paths := v.at(p.Path, archive.Content)
	reason, mend := explain(p.Kind)
	return v.yield(mudlark.Chunk{Origin: o, Paths: paths}, mudlark.Skipped(reason, "%s%s", p.Detail, mend))
}

// explain gives the reason to count a problem under, and what mends it.
func explain(k archive.Kind) (reason mudlark.Reason, mend string) {
	switch k {
	case archive.Damaged:
		return mudlark.ArchiveFormat, ""
	case archive.Encrypted:
		return mudlark.ArchiveFormat, ": unpack it with its password and scan what comes out with `mudlark dir`"
	case archive.Unknown:
		return mudlark.ArchiveFormat, ": unpack it and scan what comes out with `mudlark dir`"
	case archive.TooDeep:
		return mudlark.ArchiveDepth, ", the bound of --max-archive-depth"
	case archive.TooDense:
		return mudlark.ArchiveRatio, ": if it can be trusted, raise --max-archive-ratio"
	case archive.TooMuch:
		return mudlark.ArchiveTotal, ": if it can be trusted, raise --max-archive-bytes"
	case archive.TooMany, archive.TooHungry:
		return mudlark.ArchiveTotal, ": if it can be trusted, unpack it and scan what comes out with `mudlark dir`"
	case archive.NoSpace:
		return mudlark.Unreadable, ": make room in the folder for temporary files"
	}
	return mudlark.Unreadable, ""
}

// TooLarge returns the skip for content of size bytes that is over the limit.
func TooLarge(size, limit int64) *mudlark.Skip {
	return mudlark.Skipped(mudlark.TooLarge, "%d bytes, more than the %s of --max-file-size", size, FormatSize(limit))
}

func cutOff(limit int64) *mudlark.Skip {
	return mudlark.Skipped(mudlark.TooLarge, "longer than the %s of --max-file-size; what comes before was scanned", FormatSize(limit))
}
