package gitrepo

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// splitLink is the extension "link" of an index that holds only what differs
// from a shared one.
type splitLink struct {
	base    string // the shared index's checksum; "" if it is zeros: there is none
	deleted bitmap // positions in the shared index
	// replaced are positions too; the split index's first entries, which have
	// no name, take their places in order.
	replaced bitmap
}

func parseLink(body []byte, idLen int) (*splitLink, error) {
	if len(body) < idLen {
		return nil, corrupt("the extension \"link\" is cut off")
	}
	l := &splitLink{base: hex.EncodeToString(body[:idLen])}
	if strings.Trim(l.base, "0") == "" {
		l.base = ""
	}
	body = body[idLen:]
	if len(body) == 0 {
		return l, nil
	}
	var err, again error
	l.deleted, body, err = parseEWAH(body)
	if err == nil {
		l.replaced, body, again = parseEWAH(body)
	}
	if err = errors.Join(err, again); err == nil && len(body) > 0 {
		err = corrupt("the extension \"link\" is too long")
	}
	return l, err
}

// merge applies a split index to a shared one. With an error it returns all
// entries of both that it can, for each may name an object.
func (l *splitLink) merge(shared, split []IndexEntry) ([]IndexEntry, error) {
	all := slices.Clone(shared)
	gone := make([]bool, len(all))
	var err error
	beyond := func(at int) error {
		return corrupt("it has %d entries, of which number %d is changed", len(all), at+1)
	}
	for at := range l.replaced.all() {
		if len(split) == 0 {
			err = corrupt("more entries are replaced than the split index has")
			break
		}
		if at >= len(all) {
			err = beyond(at)
			break
		}
		e := split[0]
		if e.Path == "" {
			e.Path = all[at].Path
		}
		all[at] = e
		split = split[1:]
	}
	for at := range l.deleted.all() {
		if at >= len(all) {
			err = beyond(at)
			break
		}
		gone[at] = true
	}
	var kept []IndexEntry
	for i, e := range all {
		if !gone[i] {
			kept = append(kept, e)
		}
	}
	kept = append(kept, split...)
	slices.SortStableFunc(kept, func(a, b IndexEntry) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return a.Stage - b.Stage
	})
	return kept, err
}

// A bitmap is a set of positions.
type bitmap []uint64

// all yields the positions in order.
func (b bitmap) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// parseEWAH reads a compressed bitmap (Documentation/technical/bitmap-format.txt,
// appendix A).
func parseEWAH(data []byte) (set bitmap, rest []byte, err error) {
	cut := corrupt("a bitmap is cut off")
	if len(data) < 12 {
		return nil, nil, cut
	}
	size, words := binary.BigEndian.Uint32(data), uint64(binary.BigEndian.Uint32(data[4:]))
	data = data[8:]
	if words*8+4 > uint64(len(data)) {
		return nil, nil, cut
	}
	body, rest := data[:words*8], data[words*8+4:]
	// A few bytes may stand for any number of bits, but an index has only so
	// many entries.
	if size > maxIndex/64 {
		return nil, nil, corrupt("a bitmap of %d bits", size)
	}
	room := int(size+63) / 64
	for len(body) > 0 && len(set) < room {
		head := binary.BigEndian.Uint64(body)
		body = body[8:]
		fill := -(head & 1) // all zeros or all ones
		for range min(int(head>>1&0xffffffff), room-len(set)) {
			set = append(set, fill)
		}
		literals := int(head >> 33)
		for ; literals > 0 && len(body) > 0 && len(set) < room; literals-- {
			set = append(set, binary.BigEndian.Uint64(body))
			body = body[8:]
		}
		if literals > 0 && len(set) < room {
			return nil, nil, cut
		}
	}
	return set, rest, nil
}
