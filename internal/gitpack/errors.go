package gitpack

import (
	"errors"
	"fmt"
)

// ErrNotFound says that the store holds no object of the id asked for.
var ErrNotFound = errors.New("object not found")

// A CorruptError says that an object cannot be had, though the store promises
// it: what is stored does not decode, or is not what its id says.
type CorruptError struct {
	OID    OID    // zero: not known
	Path   string // the pack or loose file
	Offset int64  // in the pack; -1: the whole file
	Err    error
}

// Error implements error.
func (e *CorruptError) Error() string {
	what := "object " + e.OID.String()
	if e.OID.size == 0 {
		what = "object of unknown id"
	}
	if e.Offset < 0 {
		return fmt.Sprintf("%s: %s: %v", e.Path, what, e.Err)
	}
	return fmt.Sprintf("%s: %s at offset %d: %v", e.Path, what, e.Offset, e.Err)
}

// Unwrap returns what was wrong.
func (e *CorruptError) Unwrap() error { return e.Err }

// A TooLargeError says that an object was left unread because it is larger
// than Options.MaxObjectBytes.
type TooLargeError struct {
	OID  OID
	Type Type
	Size int64
	Max  int64
}

// Error implements error.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s %s: %d bytes are more than the bound of %d", e.Type, e.OID, e.Size, e.Max)
}

// A Problem is a file of the store that could not be used, or not wholly.
type Problem struct {
	Path string
	Err  error
}

// Error implements error.
func (p Problem) Error() string { return p.Path + ": " + p.Err.Error() }

// What is wrong with stored bytes. Each is wrapped in a CorruptError or a
// Problem, which names the place.
var (
	errTruncated    = errors.New("file ends early")
	errEntryHeader  = errors.New("damaged entry header")
	errEntryType    = errors.New("entry of unknown type")
	errZlib         = errors.New("damaged zlib data")
	errInflatedSize = errors.New("inflated size is not the stated one")
	errDelta        = errors.New("damaged delta")
	errBaseSize     = errors.New("delta was made for a base of another size")
	errBaseOffset   = errors.New("delta's base is outside the pack")
	errChain        = errors.New("delta chain is too long or runs in a circle")
	errKnown        = errors.New("entry was found to be damaged before")
	errPassed       = errors.New("entry is damaged, and so is perhaps its type")
	errBase         = errors.New("delta's base cannot be read")
	errWrongID      = errors.New("content does not match the id")
	errLooseHeader  = errors.New("damaged loose object header")
	errTrailing     = errors.New("bytes after the end of the object")
	errOffset       = errors.New("index states an offset outside the pack")
	errImpossible   = errors.New("stated size is more than the stored bytes can hold")
)

func missingBase(id []byte) error {
	return fmt.Errorf("delta's base %s is missing", makeOID(id))
}
