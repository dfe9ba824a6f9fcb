package gitpack

import (
	"errors"
	"io"
)

// Type returns an object's type and size as they are stated where it lies,
// without reading all of it. They are not checked.
func (s *Store) Type(o OID) (t Type, size int64, err error) {
	r := s.newReader()
	defer r.free()
	err = guarded(func() (err error) {
		t, size, err = r.typeOf(o)
		return err
	})
	return t, size, err
}

func (r *reader) typeOf(o OID) (t Type, size int64, err error) {
	if int(o.size) != r.s.format.Size() {
		return 0, 0, ErrNotFound
	}
	first := ErrNotFound
	r.s.copies(o.raw[:o.size], func(c copyPlace) bool {
		path, offset := "", int64(-1)
		if c.loose != nil {
			path = c.loose.path(o.raw[:o.size])
			t, size, err = r.looseType(path)
		} else {
			path, offset = c.pack.path, c.pack.index().offset(c.object)
			t, size, err = r.packedType(c.pack, offset)
		}
		if err == nil || errors.Is(first, ErrNotFound) {
			first = r.failure(o, path, offset, err)
		}
		return err != nil
	})
	if first != nil {
		return 0, 0, first
	}
	return t, size, nil
}

func (r *reader) packedType(p *pack, offset int64) (Type, int64, error) {
	size := int64(-1)
	var met circle
	for range maxChain {
		if met.closes(offset) {
			break
		}
		e, err := p.entry(offset, &r.head)
		if err != nil {
			return 0, 0, err
		}
		if e.kind != offsetDelta && e.kind != refDelta {
			if size < 0 {
				size = e.size
			}
			return e.kind, size, nil
		}
		if size < 0 {
			if size, err = r.resultSize(p, e); err != nil {
				return 0, 0, err
			}
		}
		if e.kind == offsetDelta {
			offset = e.base
			continue
		}
		id := e.baseID.raw[:p.idSize]
		i, ok := p.index().find(id)
		if !ok {
			t, err := r.typeElsewhere(e.baseID)
			return t, size, err
		}
		offset = p.index().offset(i)
	}
	return 0, 0, errChain
}

// typeElsewhere returns the type of a base that the delta's own pack lacks.
func (r *reader) typeElsewhere(base OID) (Type, error) {
	if r.nested == maxNested {
		return 0, errChain
	}
	other := r.s.newReader()
	defer other.free()
	other.nested = r.nested + 1
	t, _, err := other.typeOf(base)
	if errors.Is(err, ErrNotFound) {
		err = missingBase(base.raw[:base.size])
	}
	return t, err
}

// resultSize returns the size of what a delta makes, from the delta's head.
func (r *reader) resultSize(p *pack, e entry) (int64, error) {
	var head [deltaHead]byte
	b := head[:min(deltaHead, e.size)]
	var err error
	if p.data != nil {
		err = r.inflate.prefix(b, p.data[e.data:p.end])
	} else {
		var z io.Reader
		if z, err = r.inflate.stream(newSection(p.file, e.data, p.end)); err == nil {
			_, err = io.ReadFull(z, b)
			err = zlibError(err)
		}
	}
	if err != nil {
		return 0, err
	}
	_, size, _, err := parseDelta(b)
	return size, err
}

func (r *reader) looseType(path string) (Type, int64, error) {
	f, err := openFile(path, false)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	packed, err := f.bytes(0, min(f.size, looseHeadPacked), &r.scratch)
	if err != nil {
		return 0, 0, err
	}
	var head [looseHead + overshoot]byte
	n, err := r.inflate.start(head[:looseHead], packed)
	if err != nil {
		return 0, 0, err
	}
	t, size, _, err := parseLoose(head[:n])
	return t, size, err
}

// looseHeadPacked is more than the packed beginning of a loose object takes that
// its header is in, code tables included.
const looseHeadPacked = 4 << 10
