package gitpack

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrSyntax says that an object is not built as its type demands.
var ErrSyntax = errors.New("malformed object")

func syntaxError(what string) error { return fmt.Errorf("%w: %s", ErrSyntax, what) }

// ParseTree calls each with the entries of a tree, in their order. Name lies in
// data; it may hold any byte but zero, also a slash, which git refuses. What
// was read before an error has been given. An error of each is returned.
func ParseTree(data []byte, f Format, each func(mode uint32, name []byte, id OID) error) error {
	size := f.Size()
	for len(data) > 0 {
		mode, used := parseMode(data)
		if used == 0 {
			return syntaxError("tree entry without a mode")
		}
		data = data[used:]
		end := bytes.IndexByte(data, 0)
		if end < 0 {
			return syntaxError("tree entry whose name does not end")
		}
		if len(data)-end-1 < size {
			return syntaxError("tree entry whose id is cut off")
		}
		id := makeOID(data[end+1 : end+1+size])
		if err := each(mode, data[:end:end], id); err != nil {
			return err
		}
		data = data[end+1+size:]
	}
	return nil
}

// parseMode reads an octal number and the space after it; used is 0 if there is
// none.
func parseMode(b []byte) (mode uint32, used int) {
	for i, c := range b {
		if c == ' ' && i > 0 {
			return mode, i + 1
		}
		if c < '0' || c > '7' || i == 10 {
			return 0, 0
		}
		mode = mode<<3 | uint32(c-'0')
	}
	return 0, 0
}
