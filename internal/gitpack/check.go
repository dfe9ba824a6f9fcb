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

// Check says whether an object's content is what its id stands for. That is known
// already of an object that Walk hashed, or Read; of any other, such as those that
// a walk with CheckCRC took on trust, the content is read and hashed. So nil means
// also that what such a walk gave of it was right. The error is ErrNotFound, a
// TooLargeError or a CorruptError. Many goroutines may call it at once.
func (s *Store) Check(o OID) error {
	known := false
	err := guarded(func() error {
		known = s.isVerified(o.raw[:o.size])
		return nil
	})
	if known && err == nil {
		return nil
	}
	_, err = s.Read(o, nil)
	return err
}

// isVerified says whether some copy of an object has been hashed, and was right.
func (s *Store) isVerified(id []byte) bool {
	if len(id) != s.format.Size() {
		return false
	}
	s.list()
	for _, p := range s.packsFrom(id) {
		x := p.index()
		for i, ok := x.find(id); ok && i < x.n && bytes.Equal(x.name(i), id); i++ {
			if x.verified.has(i) {
				return true
			}
		}
	}
	for _, d := range s.loose {
		if i, ok := d.find(id); ok && d.verified.has(i) {
			return true
		}
	}
	return false
}

// verified notes that the object at place i of a source was hashed, and was right.
func (s *source) verified(i int) {
	if s.pack == nil {
		s.loose.verified.grow(s.loose.count())
		s.loose.verified.set(i)
		return
	}
	x := s.pack.index()
	x.verified.grow(x.n)
	x.verified.set(i)
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
