package report

import (
	"io"

	"github.com/mudlark-scan/mudlark"
)

// A message is one line of the jsonl format: exactly one of its fields is set.
// What is in them is the root package's types by their json tags. A stream is
// one run, then findings and skips, then one summary. Readers pass over
// messages and fields that they do not know.
type message struct {
	Run     *mudlark.Run     `json:"run,omitempty"`
	Finding *finding         `json:"finding,omitempty"`
	Skip    *mudlark.Skip    `json:"skip,omitempty"`
	Summary *mudlark.Summary `json:"summary,omitempty"`
}

// A finding is a mudlark.Finding whose sensitive text is written as it stands:
// the fields here hide those of the same name.
type finding struct {
	mudlark.Finding
	Secret  string              `json:"secret"`
	Match   string              `json:"match"`
	Excerpt excerpt             `json:"excerpt"`
	Parts   map[string]string   `json:"parts,omitempty"`
	Others  map[string][]string `json:"others,omitempty"`
}

type excerpt struct {
	mudlark.Excerpt
	Text string `json:"text"`
}

// plain returns f with its sensitive text, which mask has seen to, as text.
func plain(f *mudlark.Finding) *finding {
	return &finding{
		Finding: *f,
		Secret:  reveal(f.Secret),
		Match:   reveal(f.Match),
		Excerpt: excerpt{Excerpt: f.Excerpt, Text: reveal(f.Excerpt.Text)},
		Parts:   plainParts(f.Parts),
		Others:  plainOthers(f.Others),
	}
}

func plainOthers(others map[string][]mudlark.Sensitive) map[string][]string {
	if len(others) == 0 {
		return nil
	}
	out := make(map[string][]string, len(others))
	for id, list := range others {
		for _, part := range list {
			out[id] = append(out[id], reveal(part))
		}
	}
	return out
}

func plainParts(parts map[string]mudlark.Sensitive) map[string]string {
	if len(parts) == 0 {
		return nil
	}
	out := make(map[string]string, len(parts))
	for id, part := range parts {
		out[id] = reveal(part)
	}
	return out
}

// writeJSONL writes every message on a line of its own, as Replay reads them.
func writeJSONL(w io.Writer, s *scan) error {
	e := newEncoder(w, "")
	e.value(message{Run: &s.run})
	for _, f := range s.found {
		e.value(message{Finding: plain(f)})
	}
	for i := range s.skips {
		e.value(message{Skip: &s.skips[i]})
	}
	e.value(message{Summary: &s.summary})
	return e.err
}
