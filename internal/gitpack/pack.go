package gitpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

// packHead is the number of bytes before a pack's first entry.
const packHead = 12

// A pack is a pack file together with its index.
type pack struct {
	*file
	idx      *index
	idxFile  *file // what idx's tables lie in; nil: memory
	idSize   int
	end      int64 // where the entries end and the trailer begins
	count    uint32
	promisor bool
	// mended takes idx's place when that turns out to be out of order.
	mended atomic.Pointer[index]
}

// openPack opens a pack and reads its header. A pack whose header is damaged is
// returned with the error: with an index its entries may still be read.
func openPack(path string, idSize int, useMap bool) (*pack, error) {
	f, err := openFile(path, useMap)
	if err != nil {
		return nil, err
	}
	p := &pack{file: f, idSize: idSize, end: max(f.size-int64(idSize), 0)}
	var scratch []byte
	head, err := f.bytes(0, packHead, &scratch)
	if err != nil {
		return p, err
	}
	p.count = binary.BigEndian.Uint32(head[8:])
	version := binary.BigEndian.Uint32(head[4:])
	if string(head[:4]) != "PACK" || version != 2 && version != 3 {
		return p, fmt.Errorf("not a pack of version 2 or 3")
	}
	if f.size < packHead+int64(idSize) {
		return p, errTruncated
	}
	return p, nil
}

// match says in which way pack and index do not belong together.
func (p *pack) match() error {
	if p.count != uint32(p.idx.n) {
		return fmt.Errorf("the pack holds %d entries, its index lists %d", p.count, p.idx.n)
	}
	var scratch []byte
	sum, err := p.bytes(p.size-int64(p.idSize), int64(p.idSize), &scratch)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, p.idx.packSum) {
		return fmt.Errorf("the pack's checksum is not the one its index states")
	}
	return nil
}

// Close lets go of pack and index.
func (p *pack) Close() error {
	err := p.file.Close()
	if p.idxFile != nil {
		p.idxFile.Close()
	}
	return err
}

// index returns the pack's index.
func (p *pack) index() *index {
	if x := p.mended.Load(); x != nil {
		return x
	}
	return p.idx
}

// id returns the id of the entry at offset, as its index states it.
func (p *pack) id(offset int64) ([]byte, bool) {
	x := p.index()
	i, ok := x.rank(offset, p.end)
	if !ok {
		return nil, false
	}
	return x.name(int(x.order[i])), true
}

// fail notes that the entry at offset cannot be read, so that nobody tries
// again.
func (p *pack) fail(offset int64) {
	x := p.index()
	if i, ok := x.rank(offset, p.end); ok {
		x.failed.grow(len(x.order))
		x.failed.set(i)
	}
}

// failedAt says whether the entry at offset is known to be unreadable.
func (p *pack) failedAt(offset int64) bool {
	x := p.index()
	if !x.failed.any() {
		return false
	}
	i, ok := x.rank(offset, p.end)
	return ok && x.failed.has(i)
}

// An entry is the header of what a pack holds of one object.
type entry struct {
	kind   Type  // offsetDelta and refDelta included
	size   int64 // inflated: of the object, or of the delta
	data   int64 // where the zlib data begins in the pack
	base   int64 // of an offsetDelta, where its base lies
	baseID OID   // of a refDelta
}

// entryHead is the most bytes that an entry's header takes.
const entryHead = 10 + 32

// entry reads the header of the entry at offset.
func (p *pack) entry(offset int64, scratch *[]byte) (entry, error) {
	if offset < packHead || offset >= p.end {
		return entry{}, errOffset
	}
	b, err := p.bytes(offset, min(entryHead, p.end-offset), scratch)
	if err != nil {
		return entry{}, err
	}
	return parseEntry(b, offset, p.idSize)
}

func parseEntry(b []byte, offset int64, idSize int) (entry, error) {
	if len(b) == 0 {
		return entry{}, errEntryHeader
	}
	e := entry{kind: Type(b[0] >> 4 & 7), size: int64(b[0] & 15)}
	n := 1
	for shift := uint(4); b[n-1]&0x80 != 0; shift += 7 {
		if n == len(b) || shift > 53 {
			return entry{}, errEntryHeader
		}
		e.size |= int64(b[n]&0x7f) << shift
		n++
	}
	switch e.kind {
	case Commit, Tree, Blob, Tag:
	case offsetDelta:
		distance, used := parseDistance(b[n:])
		if used == 0 {
			return entry{}, errEntryHeader
		}
		n += used
		e.base = offset - distance
		if distance <= 0 || e.base < packHead {
			return entry{}, errBaseOffset
		}
	case refDelta:
		if len(b)-n < idSize {
			return entry{}, errEntryHeader
		}
		e.baseID = makeOID(b[n : n+idSize])
		n += idSize
	default:
		return entry{}, errEntryType
	}
	e.data = offset + int64(n)
	return e, nil
}

// parseDistance reads how far before its delta a base lies, and how many bytes
// say so; 0 if they are damaged.
func parseDistance(b []byte) (distance int64, used int) {
	for i := 0; i < len(b) && i < 9; i++ {
		if i > 0 {
			distance++
		}
		distance = distance<<7 | int64(b[i]&0x7f)
		if b[i]&0x80 == 0 {
			return distance, i + 1
		}
	}
	return 0, 0
}
