package verifiers

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A bsonField is one element of a BSON document, the form of MongoDB's messages:
// see bsonspec.org, version 1.1. Its value is a string, a []byte, an int32, a
// bool or a bsonDoc; of other types, which no question here needs, it is nil.
type bsonField struct {
	name  string
	value any
}

// A bsonDoc is a document, or a list, whose names are numbers then.
type bsonDoc []bsonField

// field returns the value of a name; nil: there is none.
func (d bsonDoc) field(name string) any {
	for _, f := range d {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

func (d bsonDoc) text(name string) string {
	s, _ := d.field(name).(string)
	return s
}

func (d bsonDoc) doc(name string) bsonDoc {
	inner, _ := d.field(name).(bsonDoc)
	return inner
}

// number returns a number of whichever width.
func (d bsonDoc) number(name string) int32 {
	n, _ := d.field(name).(int32)
	return n
}

// The types of elements.
const (
	bsonDouble = 0x01
	bsonString = 0x02
	bsonObject = 0x03
	bsonArray  = 0x04
	bsonBinary = 0x05
	bsonBool   = 0x08
	bsonInt32  = 0x10
	bsonInt64  = 0x12
)

// encode returns d's bytes.
func (d bsonDoc) encode() []byte {
	var body []byte
	add := func(kind byte, name string, value []byte) {
		body = append(append(append(append(body, kind), name...), 0), value...)
	}
	number := func(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }
	for _, f := range d {
		switch v := f.value.(type) {
		case string:
			add(bsonString, f.name, append(append(number(len(v)+1), v...), 0))
		case []byte:
			add(bsonBinary, f.name, append(append(number(len(v)), 0), v...))
		case int32:
			add(bsonInt32, f.name, number(int(v)))
		case bool:
			add(bsonBool, f.name, []byte{map[bool]byte{true: 1}[v]})
		case bsonDoc:
			add(bsonObject, f.name, v.encode())
		}
	}
	const around = 5 // the size before, a zero behind
	return append(append(number(len(body)+around), body...), 0)
}

// decodeBSON reads a document that fills data. Documents are nested no deeper
// than depth.
func decodeBSON(data []byte, depth int) (d bsonDoc, ok bool) {
	const least = 5
	if depth == 0 || len(data) < least || int64(binary.LittleEndian.Uint32(data)) != int64(len(data)) || data[len(data)-1] != 0 {
		return nil, false
	}
	for rest := data[4 : len(data)-1]; len(rest) > 0; {
		kind := rest[0]
		end := bytes.IndexByte(rest, 0)
		if end < 1 {
			return nil, false
		}
		name := string(rest[1:end])
		rest = rest[end+1:]
		size, ok := bsonSize(kind, rest)
		if !ok {
			return nil, false
		}
		value, ok := bsonValue(kind, rest[:size], depth)
		if !ok {
			return nil, false
		}
		d = append(d, bsonField{name, value})
		rest = rest[size:]
	}
	return d, true
}

// bsonSize returns how many bytes the value of a type at the beginning of rest
// has; ok says that rest has that many.
func bsonSize(kind byte, rest []byte) (size int, ok bool) {
	counted := func(more int64) int64 { // by the number that it begins with
		if len(rest) < 4 {
			return math.MaxInt64
		}
		return int64(binary.LittleEndian.Uint32(rest)) + more
	}
	var n int64
	switch kind {
	case bsonDouble, bsonInt64, 0x09, 0x11: // a time, a time stamp
		n = 8
	case bsonString:
		n = counted(4)
	case bsonObject, bsonArray:
		n = counted(0)
	case bsonBinary:
		n = counted(5)
	case 0x07: // an object's ID
		n = 12
	case bsonBool:
		n = 1
	case 0x06, 0x0a, 0x7f, 0xff: // nothing
	case bsonInt32:
		n = 4
	case 0x13: // a decimal
		n = 16
	default:
		return 0, false
	}
	return int(min(n, math.MaxInt32)), n <= int64(len(rest))
}

func bsonValue(kind byte, data []byte, depth int) (value any, ok bool) {
	switch kind {
	case bsonString:
		if len(data) < 5 || data[len(data)-1] != 0 {
			return nil, false
		}
		return string(data[4 : len(data)-1]), true
	case bsonObject, bsonArray:
		return decoded(decodeBSON(data, depth-1))
	case bsonBinary:
		return data[5:], true
	case bsonBool:
		return data[0] != 0, true
	case bsonInt32:
		return int32(binary.LittleEndian.Uint32(data)), true
	case bsonInt64:
		return int32(max(math.MinInt32, min(math.MaxInt32, int64(binary.LittleEndian.Uint64(data))))), true
	case bsonDouble:
		f := math.Float64frombits(binary.LittleEndian.Uint64(data))
		if math.IsNaN(f) || math.Abs(f) > math.MaxInt32 {
			return nil, true
		}
		return int32(f), true
	}
	return nil, true
}

func decoded(d bsonDoc, ok bool) (any, bool) { return d, ok }
