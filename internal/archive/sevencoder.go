package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"
)

// The methods of 7z that are known. Source: 7-Zip, DOC/Methods.txt.
const (
	sevenCopy    = "\x00"
	sevenDelta   = "\x03"
	sevenLZMA    = "\x03\x01\x01"
	sevenLZMA2   = "\x21"
	sevenBCJ2    = "\x03\x03\x01\x1b"
	sevenDeflate = "\x04\x01\x08"
	sevenBzip2   = "\x04\x02\x02"
	sevenZstd    = "\x04\xf7\x11\x01"
	sevenLZ4     = "\x04\xf7\x11\x04"
	sevenAES     = "\x06\xf1\x07\x01"
)

// branchFilter reports whether the method changes nothing but addresses in
// machine code. They are left as they are: text is the same.
func branchFilter(id string) bool {
	switch id {
	case "\x03\x03\x01\x03", "\x03\x03\x02\x05", "\x03\x03\x04\x01", "\x03\x03\x05\x01", "\x03\x03\x07\x01", "\x03\x03\x08\x05",
		"\x04", "\x05", "\x06", "\x07", "\x08", "\x09", "\x0a", "\x0b":
		return true
	}
	return false
}

// filtered reports whether what comes out of b is not what its checksums are of.
func (b *sevenZipBlock) filtered() bool {
	for _, c := range b.coders {
		if branchFilter(c.id) {
			return true
		}
	}
	return false
}

// open returns a reader of what is packed in a block.
func (h *sevenZipHead) open(at sized, block int, window int64) (r io.Reader, err error) {
	defer recovered(&err)
	o := &sevenZipOpener{head: h, block: &h.blocks[block], at: at, window: window}
	return o.coder(o.block.last(), 0)
}

type sevenZipOpener struct {
	head   *sevenZipHead
	block  *sevenZipBlock
	at     sized
	window int64
}

// coder returns the output of a coder, cut to its size.
func (o *sevenZipOpener) coder(i, depth int) (io.Reader, error) {
	if depth > len(o.block.coders) {
		return nil, errSevenZip // they feed each other in a ring
	}
	c := &o.block.coders[i]
	if c.id == sevenAES {
		return nil, errEncrypted
	}
	first := 0
	for _, before := range o.block.coders[:i] {
		first += before.inputs
	}
	inputs := make([]*bufio.Reader, c.inputs)
	for j := range inputs {
		in, err := o.input(first+j, depth)
		if err != nil {
			return nil, err
		}
		inputs[j] = bufio.NewReader(in)
	}
	size := o.block.sizes[i]
	r, err := decodeSevenZip(c, size, inputs, o.window)
	if err != nil {
		return nil, err
	}
	return io.LimitReader(r, size), nil
}

// input returns what feeds an input: another coder or a packed stream.
func (o *sevenZipOpener) input(in, depth int) (io.Reader, error) {
	for _, bind := range o.block.binds {
		if bind[0] == in {
			return o.coder(bind[1], depth+1)
		}
	}
	for k, fed := range o.block.inputs {
		if i := o.block.first + k; fed == in && i < len(o.head.packed) {
			return io.NewSectionReader(o.at, 32+o.head.pack+o.head.packed[i][0], o.head.packed[i][1]), nil
		}
	}
	return nil, errSevenZip
}

func decodeSevenZip(c *sevenZipCoder, size int64, inputs []*bufio.Reader, window int64) (io.Reader, error) {
	if c.id == sevenBCJ2 {
		return newBCJ2(inputs)
	}
	if len(inputs) != 1 {
		return nil, errSevenZip
	}
	in := inputs[0]
	switch {
	case c.id == sevenCopy || branchFilter(c.id):
		return in, nil
	case c.id == sevenLZMA:
		if len(c.properties) != 5 {
			return nil, errSevenZip
		}
		header := binary.LittleEndian.AppendUint64(bytes.Clone(c.properties), uint64(size))
		return newLZMA(&joined{bytes.NewReader(header), in}, window)
	case c.id == sevenLZMA2:
		return newLZMA2(c.properties, size, in, window)
	case c.id == sevenDelta:
		return newDelta(c.properties, in)
	case c.id == sevenDeflate:
		return flate.NewReader(in), nil
	case c.id == sevenBzip2:
		return bzip2.NewReader(in), nil
	case c.id == sevenZstd:
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
		return windowed{r}, err
	case c.id == sevenLZ4:
		r := lz4.NewReader(in)
		return &lz4Reader{r, in}, r.Apply(lz4.ConcurrencyOption(1))
	}
	return nil, fmt.Errorf("compression method %x is %w", c.id, errMethod)
}

// newLZMA2 returns a reader with a window as large as the property says, but not
// larger than what there is to unpack.
func newLZMA2(properties []byte, size int64, in io.Reader, window int64) (io.Reader, error) {
	if len(properties) != 1 || properties[0] > 40 {
		return nil, errSevenZip
	}
	wanted := min(int64(2|properties[0]&1)<<(properties[0]/2+11), max(size, lzma.MinDictCap))
	if wanted > window {
		return nil, &hit{kind: TooHungry, detail: "unpacking it needs a window larger than is allowed"}
	}
	return lzma.Reader2Config{DictCap: int(wanted)}.NewReader2(in)
}

// delta adds to each byte the one at a distance before it.
type delta struct {
	r     io.Reader
	state [256]byte
	at    int
	by    int
}

func newDelta(properties []byte, in io.Reader) (io.Reader, error) {
	if len(properties) != 1 {
		return nil, errSevenZip
	}
	return &delta{r: in, by: int(properties[0]) + 1}, nil
}

func (d *delta) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for i := range p[:n] {
		d.state[d.at] += p[i]
		p[i] = d.state[d.at]
		if d.at++; d.at == d.by {
			d.at = 0
		}
	}
	return n, err
}

var errBCJ2 = errors.New("a filter has too little data")
