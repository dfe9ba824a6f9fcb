package archive

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// sevenZip walks a 7z archive. Its members are packed together in blocks, which
// the format calls folders. We read the format ourselves: libraries allocate
// whatever a header asks for.
func (w *walk) sevenZip(c item) error {
	at, release, err := w.random(c)
	defer release()
	if err != nil {
		return w.unspooled(c, at, err)
	}
	head, err := readSevenZip(at, w.limits)
	if err != nil {
		if c.err != nil {
			return nil // whoever made c tells
		}
		if err := w.failed(c.path, sevenZipError(err)); err != nil {
			return err
		}
		return w.outside(c.path, 0, io.NewSectionReader(at, 0, at.Size()))
	}
	s := &sevenZipWalk{walk: w, item: c, at: at, head: head, meter: &meter{walk: w, in: at.Size}, next: -1}
	for i := range head.files {
		if more, err := s.file(i); err != nil || !more {
			return err
		}
	}
	return nil
}

type sevenZipWalk struct {
	*walk
	item
	at    sized
	head  *sevenZipHead
	meter *meter

	names  int // place of the next name
	blank  int // members without a stream that were seen
	next   int // the block that is read now; -1: none yet
	left   int // members that are left in it
	stream int // of the next member
	block  io.Reader
	broken error // why the block cannot be read on
}

// file walks member i.
func (s *sevenZipWalk) file(i int) (more bool, err error) {
	name := s.name()
	if more, err := s.member(&s.item, name); err != nil || !more {
		return false, err
	}
	path := s.below(name)
	if s.head.empty.has(i) {
		s.blank++
		if s.head.emptyFile.has(s.blank - 1) {
			return true, s.empty(path)
		}
		return true, nil // a folder
	}
	stream, err := s.advance()
	if err != nil {
		return false, s.failed(path, sevenZipError(err))
	}
	if s.broken != nil {
		return true, s.failed(path, s.broken)
	}
	if stream.size == 0 {
		return true, s.empty(path)
	}
	in := newInput(s.walk, &summed{
		r: io.LimitReader(s.block, stream.size), sum: crc32.NewIEEE(), entry: zipEntry{sum: stream.sum, size: stream.size},
	})
	defer in.release()
	in.meter = s.meter
	if err := s.content(item{input: in, path: path, depth: s.level(SevenZip), parent: SevenZip}); err != nil {
		return false, err
	}
	in.drain() // what follows is packed together with it
	if in.err == nil {
		return !s.over, nil
	}
	s.broken = fmt.Errorf("it is packed together with %q, which could not be read to its end", cleanName(name))
	return !s.over, s.failed(path, sevenZipError(in.err))
}

// name returns the next name, which is UTF-16 and ends in a zero.
func (s *sevenZipWalk) name() string {
	var units []uint16
	for s.names+1 < len(s.head.names) {
		u := uint16(s.head.names[s.names]) | uint16(s.head.names[s.names+1])<<8
		s.names += 2
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// advance returns the next stream and opens its block if it is the first there.
func (s *sevenZipWalk) advance() (sevenZipStream, error) {
	for s.left == 0 {
		if s.next++; s.next >= len(s.head.blocks) {
			return sevenZipStream{}, errSevenZip
		}
		b := &s.head.blocks[s.next]
		s.left, s.block, s.broken = b.streams, nil, nil
		if s.left == 0 {
			continue
		}
		if err := s.chargeWindow(b.unpacked()); err != nil {
			return sevenZipStream{}, err
		}
		var err error
		if s.block, err = s.head.open(s.at, s.next, s.limits.Window); err != nil {
			s.broken = sevenZipError(err)
		} else if b.filtered() {
			s.head.forget(s.stream, s.left)
		}
	}
	s.left--
	s.stream++
	return s.head.streams[s.stream-1], nil
}

func sevenZipError(err error) error {
	if errors.Is(err, errEncrypted) {
		return err
	}
	return fmt.Errorf("7z: %w", err)
}
