package detectors

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestDecodedTextIsSearched(t *testing.T) {
	e := engine(t, set(tok), Options{})
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	hexed := func(s string) string { return hex.EncodeToString([]byte(s)) }
	percent := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
		return b.String()
	}
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	inner := "token is " + t1 + " and no more"
	for _, test := range []struct {
		encoded string
		tags    []string
	}{
		{b64(inner), []string{"decoded:base64", "decode-depth:1"}},
		{hexed(inner), []string{"decoded:hex", "decode-depth:1"}},
		{b64(wide(inner)), []string{"decoded:base64", "decoded:wide", "decode-depth:2"}},
		{percent(inner), []string{"decoded:percent", "decode-depth:1"}},
		{b64(b64(inner)), []string{"decoded:base64", "decode-depth:2"}},
		{b64(hexed(b64(inner))), []string{"decoded:base64", "decoded:hex", "decode-depth:3"}},
	} {
		before := "first line\n  value: "
		found := detect(e, before+test.encoded+" # more\nlast line")
		if len(found) != 1 {
			t.Errorf("%s: got %v", test.encoded, ids(found))
			continue
		}
		f := found[0]
		if f.Secret.Reveal() != t1 || f.Position.StartLine != 2 || f.Position.EndLine != 2 ||
			f.Position.StartColumn < 10 || f.Position.EndColumn > 10+len(test.encoded) {
			t.Errorf("%s: got %q at %+v", test.encoded, f.Secret.Reveal(), f.Position)
		}
		slices.Sort(f.Tags)
		slices.Sort(test.tags)
		if !slices.Equal(slices.Compact(f.Tags), test.tags) {
			t.Errorf("%s: got tags %v, want %v", test.encoded, f.Tags, test.tags)
		}
		own := f.Excerpt.Secrets[f.Excerpt.Focus]
		if hidden := f.Excerpt.Text.Reveal()[own.Start:own.End]; !strings.Contains(test.encoded, hidden) || len(hidden) < len(t1) {
			t.Errorf("%s: masks %q", test.encoded, hidden)
		}
	}
}

func TestDepthAndBudgetBoundDecoding(t *testing.T) {
	text := "token is " + t1 + " and no more"
	for depth := 1; depth <= 7; depth++ {
		text = base64.StdEncoding.EncodeToString([]byte(text))
		if got := len(detect(engine(t, set(tok), Options{}), text)); (got == 1) != (depth <= 5) {
			t.Errorf("depth %d: got %d", depth, got)
		}
		if got := len(detect(engine(t, set(tok), Options{DecodeDepth: -1}), text)); got != 0 {
			t.Errorf("depth %d without decoding: got %d", depth, got)
		}
		if got := len(detect(engine(t, set(tok), Options{DecodeDepth: 7}), text)); got != 1 {
			t.Errorf("depth %d of seven: got %d", depth, got)
		}
	}
	text = base64.StdEncoding.EncodeToString([]byte("token is " + t1))
	many := strings.Repeat(text+"\n", 1000)
	found, stats := detectChunk(engine(t, set(tok), Options{DecodeBytes: 5000}), mudlark.Chunk{Data: []byte(many)})
	if !stats.DecodeHit || len(found) == 0 || len(found) == 1000 || stats.Decoded > 6000 {
		t.Errorf("got %d findings, %+v", len(found), stats)
	}
	found, stats = detectChunk(engine(t, set(tok), Options{}), mudlark.Chunk{Data: []byte(many)})
	if stats.DecodeHit || len(found) != 1000 || stats.Decoded == 0 {
		t.Errorf("got %d findings, %+v", len(found), stats)
	}
}

func TestWhatWasNotDecodedIsNotFoundAgain(t *testing.T) {
	e := engine(t, set(tok), Options{})
	text := t1 + " = " + base64.StdEncoding.EncodeToString([]byte("some text without a secret")) + " " + t2
	if found := detect(e, text); len(found) != 2 || len(found[0].Tags)+len(found[1].Tags) != 0 {
		t.Errorf("got %+v", found)
	}
}

func TestUTF16ContentIsSearched(t *testing.T) {
	e := engine(t, set(tok), Options{})
	for _, bigEndian := range []bool{false, true} {
		var data []byte
		for _, c := range "\ufeffline one\r\nkey = " + t1 + " gitleaks:allow\r\n" {
			if bigEndian {
				data = append(data, byte(c>>8), byte(c))
			} else {
				data = append(data, byte(c), byte(c>>8))
			}
		}
		found, _ := detectChunk(e, mudlark.Chunk{Data: data})
		if len(found) != 1 || found[0].Secret.Reveal() != t1 || found[0].Position != at(2*(1+10+6), 2, 7, 2, 21, 7, 21) ||
			found[0].Excerpt.Text.Reveal() != "key = "+t1+" gitleaks:allow" || found[0].Suppression.By == "" {
			t.Errorf("big endian %v: got %+v", bigEndian, found)
		}
	}
}
