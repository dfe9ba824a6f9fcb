package gitpack

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"

	"github.com/klauspost/compress/zlib"
)

// maxExpansion is more than deflate can expand anything: 258 bytes for two
// bits, and some.
const maxExpansion = 1040

// plausible says whether packed bytes of zlib data can hold size bytes. What
// fails is refused before memory is set aside for it.
func plausible(size, packed int64) bool {
	return size <= 64 || size/maxExpansion <= packed
}

// An inflater decompresses zlib data whose size is known. It keeps its tables
// between uses; one goroutine may use it at a time.
type inflater struct {
	// trusting leaves the checksum at the end of the data unchecked, as whoever
	// checks the object's id may.
	trusting bool

	decoder *decoder
	reader  io.ReadCloser
	rest    [1]byte
}

// whole fills dst with what src, which may be longer than the zlib data at its
// start, inflates to. It returns how many bytes of src that took. It is an
// error if the data holds more or less than dst. What lies behind dst, within
// its capacity, may be overwritten.
func (z *inflater) whole(dst, src []byte) (used int, err error) {
	used, err = z.decode(dst, src, false)
	if err != nil {
		return 0, err
	}
	if len(src)-used < 4 {
		return 0, errTruncatedZlib
	}
	if !z.trusting && adler32.Checksum(dst) != binary.BigEndian.Uint32(src[used:]) {
		return 0, errZlib
	}
	return used + 4, nil
}

// prefix fills dst with the beginning of what src inflates to. It is an error
// if that is less than dst.
func (z *inflater) prefix(dst, src []byte) error {
	_, err := z.decode(dst, src, true)
	return err
}

// start fills dst as far as src inflates to so much, and returns how far.
func (z *inflater) start(dst, src []byte) (int, error) {
	_, err := z.decode(dst, src, true)
	if errors.Is(err, errInflatedSize) {
		return z.decoder.out, nil
	}
	return len(dst), err
}

const zlibHead = 2

func (z *inflater) decode(dst, src []byte, partial bool) (used int, err error) {
	if len(src) < zlibHead {
		return 0, errTruncatedZlib
	}
	head := binary.BigEndian.Uint16(src)
	if head>>8&15 != 8 || head>>12 > 7 || head>>5&1 != 0 || head%31 != 0 {
		return 0, errZlib
	}
	if z.decoder == nil {
		z.decoder = new(decoder)
	}
	used, err = z.decoder.inflate(dst[:cap(dst)], len(dst), src[zlibHead:], partial)
	return zlibHead + used, err
}

// from is whole for zlib data that is read piece by piece.
func (z *inflater) from(dst []byte, src *section) (used int64, err error) {
	start := src.position()
	if err := z.reset(src); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(z.reader, dst); err != nil {
		return 0, zlibError(err)
	}
	err = z.finish(z.reader)
	return src.position() - start, err
}

// finish checks that nothing is left to inflate, and the checksum.
func (z *inflater) finish(r io.Reader) error {
	if n, err := io.ReadFull(r, z.rest[:]); n > 0 {
		return errInflatedSize
	} else if err != io.EOF {
		return zlibError(err)
	}
	return nil
}

// stream returns a reader of what r inflates to, valid until the next use of z.
func (z *inflater) stream(r io.Reader) (io.Reader, error) {
	err := z.reset(r)
	return z.reader, err
}

func (z *inflater) reset(r io.Reader) (err error) {
	if z.reader == nil {
		z.reader, err = zlib.NewReader(r)
	} else {
		err = z.reader.(zlib.Resetter).Reset(r, nil)
	}
	return zlibError(err)
}

// zlibError puts err in words of this package.
func zlibError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncatedZlib
	}
	return errZlib
}

var errTruncatedZlib = errors.New("zlib data ends early")
