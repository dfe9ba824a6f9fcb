package gitrepo

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"unsafe"
)

// rawIndex is one index file. Its format is described in git's
// Documentation/gitformat-index.txt.
type rawIndex struct {
	version int
	id      string // the checksum at its end
	entries []IndexEntry
	undo    []IndexEntry
	link    *splitLink // nil: not split
}

// Flags of an entry.
const (
	flagExtended     = 0x4000
	flagSkipWorktree = 0x4000 // of the extended flags
	flagIntentToAdd  = 0x2000
	nameMask         = 0x0fff
	modeDir          = 0o040000
)

// parseIndex reads an index file. With an error it returns what it read so far.
func parseIndex(data []byte, format string) (rawIndex, error) {
	p := indexParser{idLen: 20}
	if format == SHA256 {
		p.idLen = 32
	}
	if len(data) < 12+p.idLen || string(data[:4]) != "DIRC" {
		return p.raw, corrupt("not an index")
	}
	body, sum := data[:len(data)-p.idLen], data[len(data)-p.idLen:]
	p.raw.id = hex.EncodeToString(sum)
	p.raw.version = int(binary.BigEndian.Uint32(data[4:]))
	if p.raw.version < 2 || p.raw.version > 4 {
		return p.raw, fmt.Errorf("%w: index version %d", ErrUnsupported, p.raw.version)
	}
	p.rest = body[12:]
	p.room = maxGrowth*len(data) + maxName
	err := p.entries(binary.BigEndian.Uint32(data[8:]))
	if err == nil {
		err = p.extensions()
	}
	if bad := checkSum(body, sum, format); bad != nil {
		err = errors.Join(bad, err)
	}
	return p.raw, err
}

// checkSum compares a checksum. One of zeros says that none was made, which
// index.skipHash allows.
func checkSum(body, sum []byte, format string) error {
	if len(bytes.Trim(sum, "\x00")) == 0 {
		return nil
	}
	var got []byte
	if format == SHA256 {
		s := sha256.Sum256(body)
		got = s[:]
	} else {
		s := sha1.Sum(body)
		got = s[:]
	}
	if !bytes.Equal(got, sum) {
		return corrupt("the checksum is wrong")
	}
	return nil
}

type indexParser struct {
	raw   rawIndex
	rest  []byte
	idLen int
	ids   []byte // hexadecimal ids are cut from it, so that each is no allocation
	name  []byte // of the entry before
	room  int    // bytes that names may still take
}

// minEntry is the least size of an entry: what is known of the file, the id,
// the flags, a byte of the name.
func (p *indexParser) minEntry() int { return 40 + p.idLen + 2 + 1 }

func (p *indexParser) entries(count uint32) error {
	if uint64(count)*uint64(p.minEntry()) > uint64(len(p.rest)) {
		return corrupt("more entries are announced than there is room for")
	}
	p.raw.entries = make([]IndexEntry, 0, count)
	p.ids = make([]byte, 0, int(count)*2*p.idLen)
	for range count {
		if err := p.entry(); err != nil {
			return fmt.Errorf("entry %d: %w", len(p.raw.entries)+1, err)
		}
	}
	return nil
}

func (p *indexParser) entry() error {
	start := p.rest
	if len(start) < p.minEntry() {
		return corrupt("it is cut off")
	}
	e := IndexEntry{Mode: binary.BigEndian.Uint32(start[24:])}
	e.OID = p.hex(start[40 : 40+p.idLen])
	flags := binary.BigEndian.Uint16(start[40+p.idLen:])
	e.Stage = int(flags >> 12 & 3)
	p.rest = start[40+p.idLen+2:]
	if flags&flagExtended != 0 {
		if p.raw.version < 3 || len(p.rest) < 2 {
			return corrupt("it has flags that this version does not allow")
		}
		extended := binary.BigEndian.Uint16(p.rest)
		if extended&^(flagSkipWorktree|flagIntentToAdd) != 0 {
			return fmt.Errorf("%w: it has unknown flags %#x", ErrUnsupported, extended)
		}
		e.SkipWorktree, e.IntentToAdd = extended&flagSkipWorktree != 0, extended&flagIntentToAdd != 0
		p.rest = p.rest[2:]
	}
	e.SparseDir = e.Mode == modeDir
	if p.raw.version == 4 {
		if err := p.shortName(); err != nil {
			return err
		}
	} else if err := p.wholeName(start, int(flags&nameMask)); err != nil {
		return err
	}
	e.Path = string(p.name)
	p.raw.entries = append(p.raw.entries, e)
	return nil
}

// wholeName reads a name that is followed by one to eight zeros, so that the
// entry, which began at start, has a length divisible by eight.
func (p *indexParser) wholeName(start []byte, length int) error {
	end := bytes.IndexByte(p.rest, 0)
	if end < 0 || length < nameMask && end != length || length == nameMask && end < nameMask {
		return corrupt("its name does not have the length that it should")
	}
	p.name = append(p.name[:0], p.rest[:end]...)
	size := len(start) - len(p.rest) + end
	size += 8 - size%8
	if size > len(start) {
		return corrupt("it is cut off")
	}
	p.rest = start[size:]
	return nil
}

// shortName reads how much to cut off the end of the name before, and what to
// put there.
func (p *indexParser) shortName() error {
	cut, err := p.varint()
	if err != nil {
		return err
	}
	end := bytes.IndexByte(p.rest, 0)
	if end < 0 || cut > uint64(len(p.name)) {
		return corrupt("its name cannot be put together")
	}
	p.name = p.name[:len(p.name)-int(cut)]
	if p.room -= len(p.name) + end; len(p.name)+end > maxName || p.room < 0 {
		return fmt.Errorf("%w: a name of %d bytes", ErrTooLarge, len(p.name)+end)
	}
	p.name = append(p.name, p.rest[:end]...)
	p.rest = p.rest[end+1:]
	return nil
}

const (
	// maxName bounds a path in an index; systems allow 4096 bytes.
	maxName = 1 << 16
	// maxGrowth bounds how much more all names are than the file they are put
	// together from: a chain of long names would take memory that is quadratic
	// in the file.
	maxGrowth = 16
)

// varint reads git's variable-length integer (varint.c).
func (p *indexParser) varint() (uint64, error) {
	var v uint64
	for i, c := range p.rest {
		if i > 0 {
			v++
		}
		if v >= 1<<56 {
			break
		}
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			p.rest = p.rest[i+1:]
			return v, nil
		}
	}
	return 0, corrupt("a number does not end")
}

// hex returns an id in hexadecimal. The string shares memory with others.
func (p *indexParser) hex(id []byte) string {
	if cap(p.ids)-len(p.ids) < 2*len(id) {
		p.ids = make([]byte, 0, 64*2*len(id))
	}
	at := len(p.ids)
	p.ids = hex.AppendEncode(p.ids, id)
	return unsafe.String(&p.ids[at], len(p.ids)-at) // these bytes are not written again
}

// extensions reads what follows the entries. An extension whose name begins
// with a small letter must be understood.
func (p *indexParser) extensions() error {
	var bad []error
	for len(p.rest) > 0 {
		if len(p.rest) < 8 {
			return errors.Join(append(bad, corrupt("an extension is cut off"))...)
		}
		name, size := string(p.rest[:4]), binary.BigEndian.Uint32(p.rest[4:])
		if uint64(size) > uint64(len(p.rest)-8) {
			return errors.Join(append(bad, corrupt("the extension %q is cut off", name))...)
		}
		body := p.rest[8 : 8+size]
		p.rest = p.rest[8+size:]
		var err error
		switch {
		case name == "link":
			p.raw.link, err = parseLink(body, p.idLen)
		case name == "REUC":
			err = p.resolveUndo(body)
		case name == "sdir": // there are entries for whole folders
		case name[0] < 'A' || name[0] > 'Z':
			err = fmt.Errorf("%w: the extension %q", ErrUnsupported, name)
		}
		if err != nil {
			bad = append(bad, err)
		}
	}
	return errors.Join(bad...)
}

// resolveUndo reads, for each path, three modes in octal and the ids of those
// stages whose mode is not zero.
func (p *indexParser) resolveUndo(body []byte) error {
	cut := func() (string, bool) {
		text, rest, ok := bytes.Cut(body, []byte{0})
		body = rest
		return string(text), ok
	}
	for len(body) > 0 {
		path, ok := cut()
		var modes [3]uint64
		for i := range modes {
			text, more := cut()
			mode, err := strconv.ParseUint(text, 8, 32)
			modes[i], ok = mode, ok && more && err == nil
		}
		if !ok {
			return corrupt("the list of resolved conflicts")
		}
		for i, mode := range modes {
			if mode == 0 {
				continue
			}
			if len(body) < p.idLen {
				return corrupt("the list of resolved conflicts is cut off")
			}
			p.raw.undo = append(p.raw.undo, IndexEntry{Path: path, Mode: uint32(mode), Stage: i + 1, OID: p.hex(body[:p.idLen])})
			body = body[p.idLen:]
		}
	}
	return nil
}
