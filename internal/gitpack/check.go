package gitpack

import (
	"bytes"
	"errors"
)

// A Checking is how a walk makes sure that content is what was once stored.
type Checking uint8

const (
	// CheckIDs hashes every object and compares that with its id.
	CheckIDs Checking = iota
	// CheckCRC compares the bytes of a pack's entry with the CRC-32 that the index
	// holds of them, and takes for granted that the object made of them has the
	// id that the index gives it. So damage is noticed as with CheckIDs, but not
	// an index that was made to deceive. What has no CRC-32 is hashed: loose
	// objects, and those of packs with an index of version 1, a damaged one, or
	// none; also objects of which there is more than one copy.
	CheckCRC
)

// Check says whether an object's data is what its id stands for. The error is a
// CorruptError.
func (s *Store) Check(o Object) error {
	id := o.OID.raw[:o.OID.size]
	failed := &CorruptError{OID: o.OID, Path: "object store", Offset: -1, Err: errWrongID}
	if len(id) != s.format.Size() {
		return failed
	}
	r := s.newReader()
	defer r.free()
	if bytes.Equal(r.hasher.id(o.Type, o.Data), id) {
		return nil
	}
	err := guarded(func() error {
		s.copies(id, func(c copyPlace) bool {
			failed.Path, failed.Offset = c.where(id)
			return false
		})
		return nil
	})
	if err != nil {
		failed.Err = err
	}
	return failed
}

// where returns the file in which an object lies, and its offset in a pack or -1.
func (c copyPlace) where(id []byte) (path string, offset int64) {
	if c.loose != nil {
		return c.loose.path(id), -1
	}
	return c.pack.path, c.pack.index().offset(c.object)
}

var errCRC = errors.New("stored bytes do not match the checksum in the index")

// checkIndexes finds out, once, which indexes' checksums can be relied on.
func (s *Store) checkIndexes() {
	s.soundOnce.Do(func() {
		h := newHasher(s.format)
		for _, p := range s.packs {
			p.index().checkSum(h)
		}
	})
}
