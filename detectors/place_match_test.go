package detectors

import (
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// TestAMatchHasAPlaceOfItsOwn: other tools' reports tell of the match, not of the
// secret in it.
func TestAMatchHasAPlaceOfItsOwn(t *testing.T) {
	at := func(offset int64, line, column, endLine, endColumn, utf16, endUTF16 int) mudlark.Position {
		return mudlark.Position{
			Offset: offset, StartLine: line, StartColumn: column, EndLine: endLine, EndColumn: endColumn,
			StartUTF16: utf16, EndUTF16: endUTF16,
		}
	}
	for _, test := range []struct {
		name, regex, text string
		chunk             mudlark.Chunk
		want              mudlark.Position
	}{
		{"the secret alone", `abc\d`, "x\nabc1", mudlark.Chunk{}, mudlark.Position{}},
		{"on its line", `key=(\S+);`, "x\nä key=abc1; y", mudlark.Chunk{}, at(5, 2, 4, 2, 13, 3, 12)},
		{"begins a line earlier", `key:\s*(\S+)`, "x\nä key:\n  abc1", mudlark.Chunk{}, at(5, 2, 4, 3, 7, 3, 7)},
		{"ends a line later", `key=(\S+)\sz`, "key=abc1\nz", mudlark.Chunk{}, at(0, 1, 1, 2, 2, 1, 2)},
		{"line ends around it", `\s+key=(\S+)\s+`, "x\n\nkey=abc1\n\n", mudlark.Chunk{}, at(3, 3, 1, 3, 9, 1, 9)},
		{"nothing but line ends around the secret", `\s(abc\d)\s`, "x\nabc1\n", mudlark.Chunk{}, mudlark.Position{}},
		{"base64, all that was decoded together", `tok_(abc\d)`, "x\ny: eHh4eHggdG9rX2FiYzEgeHh4eHg=", mudlark.Chunk{}, at(5, 2, 4, 2, 32, 4, 32)},
		{"hex, likewise", `tok_(abc\d)`, "y: 78787820746f6b5f616263312078787878", mudlark.Chunk{}, at(3, 1, 4, 1, 38, 4, 38)},
		{"percent, what was decoded alone", `tok_(abc\d)`, "y: xx%20tok_abc%31 xx", mudlark.Chunk{}, at(8, 1, 9, 1, 19, 9, 19)},
		{"a piece of content", `key=(\S+)`, "key=abc1", mudlark.Chunk{Line: 7, Column: 5, Offset: 100}, at(100, 7, 5, 7, 13, 5, 13)},
		{"a piece, begins a line earlier", `key:\s*(\S+)`, "key:\nabc1", mudlark.Chunk{Line: 7, Column: 5, Offset: 100}, at(100, 7, 5, 8, 5, 5, 5)},
	} {
		e := engine(t, set(rules.Rule{ID: "r", Regex: test.regex, Keywords: []string{"abc"}}), Options{DecodeDepth: 2})
		test.chunk.Data = []byte(test.text)
		found, _ := detectChunk(e, test.chunk)
		if len(found) != 1 || found[0].MatchPosition != test.want {
			t.Errorf("%s: got %+v", test.name, found)
		}
	}
}
