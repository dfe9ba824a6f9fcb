package detectors

import (
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// Whatever the text, what is told of it lies in it.
func FuzzDetect(f *testing.F) {
	set, err := rules.Source()
	if err != nil {
		f.Fatal(err)
	}
	for i, r := range set.Rules {
		for k, template := range r.Examples {
			if (i+k)%7 == 0 {
				f.Add([]byte(fill(f, template, 1)), 0, len(template))
			}
		}
	}
	e := engine(f, set, Options{})
	f.Fuzz(func(t *testing.T, data []byte, from, to int) {
		c := mudlark.Chunk{Data: data}
		if 0 <= from && from <= to && to <= len(data) {
			c.Fresh = []mudlark.Span{{Start: from, End: to}}
		}
		last := int64(-1)
		e.Detect(c, func(g mudlark.Finding) {
			p := g.Position
			if p.Offset < last || p.Offset > int64(len(data)) || p.StartLine < 1 || p.EndLine < p.StartLine || p.StartColumn < 1 ||
				p.EndLine == p.StartLine && (p.EndColumn < p.StartColumn || p.EndUTF16 < p.StartUTF16) || p.StartUTF16 > p.StartColumn {
				t.Errorf("%q: position %+v", data, p)
			}
			last = p.Offset
			if g.Secret.Len() == 0 || g.Match.Len() == 0 || g.Confidence == mudlark.ConfidenceUnset {
				t.Errorf("%q: %+v", data, g)
			}
			x := g.Excerpt
			if x.Focus < 0 || x.Focus >= len(x.Secrets) {
				t.Errorf("%q: focus %d of %v", data, x.Focus, x.Secrets)
			}
			at := 0
			for _, s := range x.Secrets {
				if s.Start < at || s.End < s.Start || s.End > x.Text.Len() {
					t.Errorf("%q: %v in %d bytes", data, x.Secrets, x.Text.Len())
				}
				at = s.End
			}
		})
	})
}
