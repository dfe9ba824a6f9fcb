package codec

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// UTF recognises text in UTF-16 or UTF-32 as a whole, by its mark or by where
// its zeros are, and gives it in UTF-8. enc is "utf-16le", "utf-16be",
// "utf-32le" or "utf-32be".
func UTF(data []byte) (enc string, decoded *Text, ok bool) {
	u, ok := recognise(data)
	if !ok {
		return "", nil, false
	}
	return u.name, u.decode(data), true
}

// unit is one of the encodings.
type unit struct {
	name  string
	size  int
	order binary.ByteOrder
	mark  int // length of the mark; it is no text
}

// sampleLen is how much of a text is looked at to recognise it.
const sampleLen = 4 << 10

func recognise(data []byte) (unit, bool) {
	for _, m := range []struct {
		mark string
		unit
	}{
		{"\xff\xfe\x00\x00", unit{"utf-32le", 4, binary.LittleEndian, 4}},
		{"\x00\x00\xfe\xff", unit{"utf-32be", 4, binary.BigEndian, 4}},
		{"\xff\xfe", unit{"utf-16le", 2, binary.LittleEndian, 2}},
		{"\xfe\xff", unit{"utf-16be", 2, binary.BigEndian, 2}},
	} {
		if bytes.HasPrefix(data, []byte(m.mark)) && m.reads(data[m.unit.mark:]) {
			return m.unit, true
		}
	}
	sample := data[:min(len(data), sampleLen)]
	if len(sample) < 8 || bytes.IndexByte(sample, 0) < 0 {
		return unit{}, false
	}
	var zeros [4]int
	for i, c := range sample[:len(sample)&^3] {
		if c == 0 {
			zeros[i&3]++
		}
	}
	n := len(sample) / 4
	often := func(i int) bool { return zeros[i] >= n*2/5 }
	seldom := func(i int) bool { return zeros[i] <= n/8 }
	var u unit
	switch {
	case seldom(0) && often(1) && often(2) && zeros[3] == n:
		u = unit{"utf-32le", 4, binary.LittleEndian, 0}
	case zeros[0] == n && often(1) && often(2) && seldom(3):
		u = unit{"utf-32be", 4, binary.BigEndian, 0}
	case seldom(0) && often(1) && seldom(2) && often(3):
		u = unit{"utf-16le", 2, binary.LittleEndian, 0}
	case often(0) && seldom(1) && often(2) && seldom(3):
		u = unit{"utf-16be", 2, binary.BigEndian, 0}
	default:
		return unit{}, false
	}
	return u, u.reads(data)
}

// reads reports whether the beginning of data is mostly text in this encoding.
func (u unit) reads(data []byte) bool {
	data = data[:min(len(data), sampleLen)]
	bad, total := 0, 0
	for len(data) >= u.size {
		r, n := u.rune(data)
		data = data[n:]
		total++
		if r < utf8.RuneSelf && !plain(byte(r)) || r == utf8.RuneError || r >= utf8.RuneSelf && !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			bad++
		}
	}
	return total > 0 && bad <= total/16
}

// rune decodes the first character of data, which holds at least one unit.
func (u unit) rune(data []byte) (rune, int) {
	if u.size == 4 {
		if v := u.order.Uint32(data); v <= utf8.MaxRune && utf8.ValidRune(rune(v)) {
			return rune(v), 4
		}
		return utf8.RuneError, 4
	}
	r := rune(u.order.Uint16(data))
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if len(data) >= 4 {
		if both := utf16.DecodeRune(r, rune(u.order.Uint16(data[2:]))); both != utf8.RuneError {
			return both, 4
		}
	}
	return utf8.RuneError, 2
}

// fine is how many pieces a text has at most before they get coarser.
const fine = 1 << 16

func (u unit) decode(data []byte) *Text {
	t := &Text{Data: make([]byte, 0, len(data)/u.size+len(data)/16)}
	for at := u.mark; at+u.size <= len(data); {
		r, n := u.rune(data[at:])
		from := len(t.Data)
		t.Data = utf8.AppendRune(t.Data, r)
		t.widen(Piece{Dec: from, Src: at, DecLen: len(t.Data) - from, SrcLen: n, Encoded: true})
		at += n
	}
	return t
}

// widen adds a piece, to the last one if it has the same shape, or if there are
// so many that places must do with being exact to a few characters.
func (t *Text) widen(p Piece) {
	if n := len(t.Pieces); n > 0 {
		last := &t.Pieces[n-1]
		same := !last.Whole && last.SrcLen*p.DecLen == last.DecLen*p.SrcLen
		coarse := n >= fine && last.SrcLen < 64
		if same || coarse {
			last.DecLen += p.DecLen
			last.SrcLen += p.SrcLen
			last.Whole = last.Whole || !same
			return
		}
	}
	t.Pieces = append(t.Pieces, p)
}
