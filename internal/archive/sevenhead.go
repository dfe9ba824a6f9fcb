package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The bounds of headers: how long they are, and how many blocks they tell of.
const (
	sevenZipHeader = 32 << 20
	sevenZipBlocks = 100_000
)

var errSevenZipLong = &hit{kind: TooMany, detail: "its header is too long"}

var (
	errSevenZip   = errors.New("its header is damaged")
	errSevenZipID = fmt.Errorf("a part of its header is %w", errMethod)
)

// sevenZipHead is what the header of a 7z archive says. Source: 7-Zip,
// DOC/7zFormat.txt.
type sevenZipHead struct {
	pack    int64      // place of the packed streams behind the start header
	packed  [][2]int64 // their places from there, and sizes
	blocks  []sevenZipBlock
	streams []sevenZipStream // what is unpacked, in order

	files     int
	empty     bitSet // of files: those without a stream
	emptyFile bitSet // of those: those that are no folders
	names     []byte
}

// A sevenZipStream is the content of one member.
type sevenZipStream struct {
	size int64
	sum  uint32 // 0: not known
}

// A sevenZipBlock is content that is packed together.
type sevenZipBlock struct {
	coders  []sevenZipCoder
	binds   [][2]int // an input of a coder, and the coder that feeds it
	inputs  []int    // inputs that packed streams feed, in order
	first   int      // of the packed streams
	sizes   []int64  // of what each coder gives
	sum     uint32
	hasSum  bool
	streams int
}

// A sevenZipCoder is one step of unpacking.
type sevenZipCoder struct {
	id         string
	properties []byte
	inputs     int
}

// last returns the coder whose output feeds no other.
func (b *sevenZipBlock) last() int {
	for i := range b.coders {
		free := true
		for _, bind := range b.binds {
			free = free && bind[1] != i
		}
		if free {
			return i
		}
	}
	return 0
}

func (b *sevenZipBlock) unpacked() int64 { return b.sizes[b.last()] }

// bitSet holds one bit for each of some things, the first in the highest bit.
type bitSet []byte

func (s bitSet) has(i int) bool { return i/8 < len(s) && s[i/8]&(0x80>>(i%8)) != 0 }

// forget drops the checksums of n streams from the given one on.
func (h *sevenZipHead) forget(from, n int) {
	for i := range h.streams[from:min(from+n, len(h.streams))] {
		h.streams[from+i].sum = 0
	}
}

// readSevenZip reads the header of an archive, which stands at its end and may be
// packed itself.
func readSevenZip(at sized, l Limits) (*sevenZipHead, error) {
	start := make([]byte, 32)
	if _, err := at.ReadAt(start, 0); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	offset, length := binary.LittleEndian.Uint64(start[12:]), binary.LittleEndian.Uint64(start[20:])
	if offset > 1<<62 || length > 1<<61 || int64(offset+length)+32 > at.Size() {
		return nil, io.ErrUnexpectedEOF
	}
	if length > sevenZipHeader {
		return nil, errSevenZipLong
	}
	header := make([]byte, length)
	if _, err := at.ReadAt(header, 32+int64(offset)); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for range 4 { // a header may be packed more than once
		r := &sevenZipReader{data: header, limits: l, head: new(sevenZipHead)}
		switch id := r.byte(); {
		case len(header) == 0:
			return r.head, nil
		case id == 1:
			r.header()
			return r.head, r.err
		case id != 0x17:
			return nil, errSevenZip
		}
		r.streams()
		if r.err != nil {
			return nil, r.err
		}
		var err error
		if header, err = r.head.unpackHeader(at, l); err != nil {
			return nil, err
		}
	}
	return nil, errSevenZip
}

// unpackHeader unpacks a header that is packed as the first block.
func (h *sevenZipHead) unpackHeader(at sized, l Limits) ([]byte, error) {
	if len(h.blocks) == 0 {
		return nil, errSevenZip
	}
	size := h.blocks[0].unpacked()
	if size > sevenZipHeader {
		return nil, errSevenZipLong
	}
	r, err := h.open(at, 0, l.Window)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if n, err := io.Copy(&out, readerOnly{r}); err != nil || n != size {
		return nil, errSevenZip
	}
	return out.Bytes(), nil
}

// readerOnly reads with a guard against panics of decompressors.
type readerOnly struct{ r io.Reader }

func (r readerOnly) Read(p []byte) (int, error) { return guardRead(r.r, p) }
