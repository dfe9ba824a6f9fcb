package gitpack

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
)

// Format is the hash function that names a repository's objects.
type Format uint8

// The formats.
const (
	SHA1 Format = iota
	SHA256
)

// Size returns the number of bytes of an id.
func (f Format) Size() int {
	if f == SHA256 {
		return sha256.Size
	}
	return sha1.Size
}

// String returns git's name of the format.
func (f Format) String() string {
	if f == SHA256 {
		return "sha256"
	}
	return "sha1"
}

// Parse reads a whole id written in hexadecimal.
func (f Format) Parse(text string) (OID, error) {
	var o OID
	if len(text) != 2*f.Size() {
		return o, fmt.Errorf("object id %q: %d digits, want %d", text, len(text), 2*f.Size())
	}
	if _, err := hex.Decode(o.raw[:], []byte(text)); err != nil {
		return OID{}, fmt.Errorf("object id %q: not hexadecimal", text)
	}
	o.size = uint8(f.Size())
	return o, nil
}

func (f Format) hash() hash.Hash {
	if f == SHA256 {
		return sha256.New()
	}
	return sha1.New()
}

// OID is an object's id. It can be compared with == and be a map's key; the
// zero value is no id.
type OID struct {
	raw  [32]byte
	size uint8
}

func makeOID(raw []byte) OID {
	var o OID
	o.size = uint8(copy(o.raw[:], raw))
	return o
}

// String returns the id in hexadecimal.
func (o OID) String() string { return hex.EncodeToString(o.raw[:o.size]) }

// Bytes returns a copy of the id's bytes.
func (o OID) Bytes() []byte { return bytes.Clone(o.raw[:o.size]) }

// AppendTo appends the id's bytes to b.
func (o OID) AppendTo(b []byte) []byte { return append(b, o.raw[:o.size]...) }

// IsZero says whether o is no id, or the id of only zeros that git writes for
// "nothing".
func (o OID) IsZero() bool { return o.raw == [32]byte{} }

// Compare orders ids by their bytes.
func (o OID) Compare(p OID) int { return bytes.Compare(o.raw[:o.size], p.raw[:p.size]) }

// Type is what an object is.
type Type uint8

// The types, numbered as in packs.
const (
	Commit Type = 1 + iota
	Tree
	Blob
	Tag
)

// Two more types that only entries of a pack have: their objects are told by
// what differs from another object, whose type they share.
const (
	offsetDelta Type = 6
	refDelta    Type = 7
)

// String returns git's word for the type.
func (t Type) String() string {
	switch t {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return "invalid"
}

func parseType(word []byte) (Type, bool) {
	for t := Commit; t <= Tag; t++ {
		if string(word) == t.String() {
			return t, true
		}
	}
	return 0, false
}

// An Object is an object as it was stored. Who lends Data says for how long.
type Object struct {
	OID  OID
	Type Type
	Data []byte

	// The rest is what a Walk tells in addition.

	// Number is the object's place in the order of Each.
	Number int
	// Copies says what of Data is the same in the object's base, in order and
	// not overlapping; a range that goes on where one ends, in both, is part of
	// it. It is lent as long as Data is. Nil: nothing is said, since the object
	// was not made of a base that was visited.
	Copies []Copy
	// Base is what visit returned for the base. Other visits may be given the same
	// at the same time.
	Base any
	// Leaf says that no other object is made of this one, so that nobody is given
	// what visit returns for it.
	Leaf bool
}

// A Copy says that Data[To:To+Len] of an object is [From:From+Len] of its base.
type Copy struct{ To, From, Len int }

// A hasher computes object ids and reuses what that takes.
type hasher struct {
	format Format
	h      hash.Hash
	head   []byte
	sum    []byte
}

func newHasher(f Format) *hasher { return &hasher{format: f, h: f.hash()} }

// id returns the id, as bytes that are valid until the next call, of an
// object.
func (h *hasher) id(t Type, data []byte) []byte {
	h.head = append(h.head[:0], t.String()...)
	h.head = append(h.head, ' ')
	h.head = strconv.AppendInt(h.head, int64(len(data)), 10)
	h.head = append(h.head, 0)
	h.h.Reset()
	h.h.Write(h.head)
	h.h.Write(data)
	h.sum = h.h.Sum(h.sum[:0])
	return h.sum
}
