package gitpack

import (
	"bufio"
	"io"
)

// maxDelta is the size from which on a delta is not held in memory but applied
// while it is inflated.
const maxDelta = 1 << 20

// make fills what buffer returns with the object that an entry holds, by itself
// or made of base. It returns the object and where its zlib data ends.
func (r *reader) make(p *pack, e entry, base []byte, buffer func(size int64) ([]byte, error)) ([]byte, int64, error) {
	if !plausible(e.size, p.end-e.data) {
		return nil, 0, errImpossible
	}
	if e.kind == offsetDelta || e.kind == refDelta {
		if e.size > maxDelta {
			return r.applyLarge(p, e, base, buffer)
		}
		return r.apply(p, e, base, buffer)
	}
	dst, err := buffer(e.size)
	if err != nil {
		return nil, 0, err
	}
	used, err := r.inflateAt(p, e.data, dst)
	return dst, e.data + used, err
}

// apply makes an object of base by a delta.
func (r *reader) apply(p *pack, e entry, base []byte, buffer func(size int64) ([]byte, error)) ([]byte, int64, error) {
	r.delta = sized(r.delta, e.size)
	used, err := r.inflateAt(p, e.data, r.delta)
	if err != nil {
		return nil, 0, err
	}
	baseSize, size, ops, err := parseDelta(r.delta)
	if err != nil {
		return nil, 0, err
	}
	if baseSize != int64(len(base)) {
		return nil, 0, errBaseSize
	}
	if total, err := deltaTotal(ops); err != nil || total != size {
		return nil, 0, errDelta
	}
	dst, err := buffer(size)
	if err != nil {
		return nil, 0, err
	}
	return dst, e.data + used, applyDelta(dst, base, ops, r.record)
}

// applyLarge is apply for a delta that is not held in memory.
func (r *reader) applyLarge(p *pack, e entry, base []byte, buffer func(size int64) ([]byte, error)) ([]byte, int64, error) {
	section := newSection(p.file, e.data, p.end)
	z, err := r.inflate.stream(section)
	if err != nil {
		return nil, 0, err
	}
	limited := io.LimitedReader{R: z, N: e.size}
	ops := bufio.NewReaderSize(&limited, sectionBytes)
	baseSize, err := readDeltaSize(ops)
	if err != nil {
		return nil, 0, err
	}
	if baseSize != int64(len(base)) {
		return nil, 0, errBaseSize
	}
	size, err := readDeltaSize(ops)
	if err != nil {
		return nil, 0, err
	}
	dst, err := buffer(size)
	if err != nil {
		return nil, 0, err
	}
	if err := applyStream(dst, base, ops); err != nil {
		return dst, 0, err
	}
	if limited.N > 0 {
		return dst, 0, errInflatedSize
	}
	return dst, section.position(), r.inflate.finish(z)
}

// inflateAt fills dst with the zlib data at a place of a pack, and returns how
// long that is.
func (r *reader) inflateAt(p *pack, at int64, dst []byte) (int64, error) {
	if p.data != nil {
		used, err := r.inflate.whole(dst, p.data[at:p.end])
		return int64(used), err
	}
	if len(dst) <= maxDelta {
		// As much as dst can have been packed to, unless very badly.
		likely := int64(len(dst) + len(dst)/256 + 128)
		src, err := p.bytes(at, min(likely, p.end-at), &r.scratch)
		if err == nil {
			var used int
			used, err = r.inflate.whole(dst, src)
			if err == nil {
				return int64(used), nil
			}
		}
		if likely >= p.end-at {
			return 0, err
		}
	}
	return r.inflate.from(dst, newSection(p.file, at, p.end))
}

// sized returns a buffer of a size, with room for overshooting behind it. It is
// buf if that is large enough.
func sized(buf []byte, size int64) []byte {
	if buf != nil && int64(cap(buf)) >= size {
		return buf[:size]
	}
	return make([]byte, size, size+overshoot)
}
