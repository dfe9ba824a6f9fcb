package gitpack

import (
	"errors"
	"io"
)

// looseFile reads the object that is alone in a file, with its data in what
// buffer returns for its size.
func (r *reader) looseFile(path string, buffer func(size int64) []byte) (Type, []byte, error) {
	f, err := openFile(path, false)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	if f.size <= maxDelta {
		return r.looseSmall(f, buffer)
	}
	return r.looseLarge(f, buffer)
}

// looseSmall reads a loose object from a file that is held in memory.
func (r *reader) looseSmall(f *file, buffer func(int64) []byte) (Type, []byte, error) {
	packed, err := f.bytes(0, f.size, &r.scratch)
	if err != nil {
		return 0, nil, err
	}
	var head [looseHead + overshoot]byte
	n, err := r.inflate.start(head[:looseHead], packed)
	if err != nil {
		return 0, nil, err
	}
	kind, size, used, err := r.looseHeader(head[:n], f.size)
	if err != nil {
		return kind, nil, err
	}
	if size > maxDelta {
		return r.looseLarge(f, buffer)
	}
	r.delta = sized(r.delta, size+int64(used))
	end, err := r.inflate.whole(r.delta, packed)
	if err != nil {
		return 0, nil, err
	}
	if end != len(packed) {
		return 0, nil, errTrailing
	}
	buf := buffer(size)
	copy(buf, r.delta[used:])
	return kind, buf, nil
}

// looseHeader reads the header of a loose object that a file of a size holds.
func (r *reader) looseHeader(head []byte, packed int64) (kind Type, size int64, used int, err error) {
	kind, size, used, err = parseLoose(head)
	if err != nil {
		return 0, 0, 0, err
	}
	if !plausible(size, packed) {
		return 0, 0, 0, errImpossible
	}
	if limit := r.s.options.MaxObjectBytes; size > limit {
		return kind, 0, 0, &TooLargeError{Type: kind, Size: size, Max: limit}
	}
	if int64(len(head)-used) > size {
		return 0, 0, 0, errInflatedSize
	}
	return kind, size, used, nil
}

// looseLarge reads a loose object piece by piece.
func (r *reader) looseLarge(f *file, buffer func(int64) []byte) (Type, []byte, error) {
	section := newSection(f, 0, f.size)
	z, err := r.inflate.stream(section)
	if err != nil {
		return 0, nil, err
	}
	var head [looseHead]byte
	n, err := io.ReadFull(z, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return 0, nil, zlibError(err)
	}
	kind, size, used, err := r.looseHeader(head[:n], f.size)
	if err != nil {
		return kind, nil, err
	}
	buf := buffer(size)
	have := copy(buf, head[used:n])
	if _, err := io.ReadFull(z, buf[have:]); err != nil {
		return 0, nil, zlibError(err)
	}
	if err := r.inflate.finish(z); err != nil {
		return 0, nil, err
	}
	if section.position() != f.size {
		return 0, nil, errTrailing
	}
	return kind, buf, nil
}
