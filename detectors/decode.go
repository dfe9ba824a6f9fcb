package detectors

import (
	"slices"
	"strconv"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/codec"
)

// decoders lists the encodings that are looked through.
func decoders() []codec.Decoder {
	return []codec.Decoder{
		codec.Base64(),
		codec.Hex(),
		codec.Percent(),
		codec.Unicode(),
		codec.HTML(),
		codec.Wide(),
	}
}

// A layer is text that is searched: the chunk's own, or text decoded from
// another layer.
type layer struct {
	data   []byte
	text   codec.Text // where data came from, if it was decoded
	parent *layer
	depth  int    // 0: the chunk's own text, which was decoded if it was UTF-16
	name   string // of the encoding, if it was decoded
	base   int    // where in the chunk's text data[0] is, of depth 0
	first  int8   // the decoder that worked on the chunk's text
}

// source returns where data[span] of l stands in the text of the chunk, the
// lowest layer.
func (l *layer) source(span mudlark.Span) mudlark.Span {
	for ; l.depth > 0; l = l.parent {
		span.Start, span.End = l.text.Source(span.Start, span.End)
	}
	span.Start += l.base
	span.End += l.base
	return span
}

// tags says how l was decoded.
func (l *layer) tags() []string {
	tags := []string{"decode-depth:" + strconv.Itoa(max(1, l.depth))}
	for ; l != nil && l.name != ""; l = l.parent {
		if tag := "decoded:" + l.name; !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags[1:])
	return append(tags[1:], tags[0])
}

// decode searches what is encoded in l, and in turn what is encoded in that.
func (s *scan) decode(l *layer) {
	if l.depth >= s.e.opts.DecodeDepth {
		return
	}
	parent, decoder := s.parent, s.decoder
	for i := range s.e.decoders {
		s.parent, s.decoder = l, i
		s.e.decoders[i].Decode(l.data, &s.budget, s.onText)
	}
	s.parent, s.decoder = parent, decoder
}

// decoded searches one piece of decoded text, which is lent.
func (s *scan) decoded(t codec.Text) {
	parent := s.parent
	if parent.depth > 0 && !touchesAny(&t, &parent.text) {
		return // the same text was decoded from the layer below
	}
	l := &s.layers[parent.depth+1]
	*l = layer{data: t.Data, text: t, parent: parent, depth: parent.depth + 1, name: s.e.decoders[s.decoder].Name, first: parent.first}
	if parent.depth == 0 {
		l.first = int8(s.decoder)
	}
	s.stats.Decoded += int64(len(t.Data))
	s.search(l)
	s.decode(l)
	*l = layer{}
}

// touchesAny reports whether something that t decodes lies in decoded text of
// below.
func touchesAny(t, below *codec.Text) bool {
	for _, p := range t.Pieces {
		if p.Encoded && below.Touches(p.Src, p.Src+p.SrcLen) {
			return true
		}
	}
	return false
}
