package sourcetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// texts is a source of texts by path that keeps all promises.
type texts map[string]string

func (s texts) Chunks(ctx context.Context, yield mudlark.Yield) error {
	for _, path := range slices.Sorted(maps.Keys(s)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		o := mudlark.Origin{Source: "texts", Path: path}
		if strings.HasPrefix(s[path], "!") {
			if err := yield(mudlark.Chunk{Origin: o}, mudlark.Skipped(mudlark.Unreadable, "%s", s[path])); err != nil {
				return err
			}
			continue
		}
		if err := s.pieces(o, []byte(s[path]), yield); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// pieces yields data in two pieces that overlap.
func (s texts) pieces(o mudlark.Origin, data []byte, yield mudlark.Yield) error {
	half := len(data) / 2
	first := mudlark.Chunk{Data: data, Fresh: []mudlark.Span{{Start: 0, End: half}}, Line: 1, Column: 1, Origin: o}
	if err := yield(first, nil); err != nil {
		return err
	}
	line, column := place(data[:half/2], 1, 1)
	rest := data[half/2:]
	return yield(mudlark.Chunk{
		Data: rest, Fresh: []mudlark.Span{{Start: half - half/2, End: len(rest)}}, Line: line, Column: column, Offset: int64(half / 2), Origin: o,
	}, nil)
}

func TestAGoodSourcePasses(t *testing.T) {
	source := texts{"a": "one\ntwo\nthree\nfour", "b/c": "x", "empty": "", "lost": "!gone"}
	Run(t, Fixture{
		Open:  func(testing.TB, mudlark.Env) mudlark.Source { return source },
		Want:  map[string]string{"a": source["a"], "b/c": "x", "empty": ""},
		Skips: map[string]mudlark.Reason{"lost": mudlark.Unreadable},
	})
}
