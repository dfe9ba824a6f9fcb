package detectors

import (
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// TestReadingIsLinear reads texts that are made of what the reader looks far
// for. The bound is wide: it is to catch what grows with the square of the size.
func TestReadingIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	rule := func(id, key string, keywords ...string) rules.Rule {
		return rules.Rule{ID: id, Detector: "assignment", Regex: `[0-9a-f]{32}`, Key: key, Keywords: keywords}
	}
	e := engine(t, set(rule("near", "key|name|value", "dog"), rule("own", "", "token", "password")), Options{})
	const size = 1 << 18
	for _, piece := range []string{
		"dog", "dog ", "dog=", "dog='", "dog a=\"", "dog\n", "dog:\n a: b\n", "dog(\"a\",", "dog -a", "dog name=\"a\" value=\"", "dog{\"name\":\"a\",\"value\":",
		"{\"name\":\"token\",", "{\"value\":\"", "\"value\":\"token\":", "<token>", "<token a='", "<add key=\"token\" ", "- name: token\n", "token,", "token,\n", "\ntoken;a",
		"token for ", "token (", "token is ", "token to ", "set token to ", "set_token(\"", "set_token(a,", "token: a[", "token: &", "token = (", "token = \"\"a",
		"token=\\\n", "token{\"", "token[", "token: \\\\\\\"", "\"== token ", "\".equals(token", "**token**", "token....", "token\t", "a\ttoken\n", "password a='\\'", "'name':'token' ",
	} {
		text := []byte(strings.Repeat(piece, size/len(piece)))
		start := time.Now()
		e.Detect(mudlark.Chunk{Data: text}, func(mudlark.Finding) {})
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("%q: %v for %d KB", piece, took, size>>10)
		} else if testing.Verbose() {
			t.Logf("%q: %v", piece, took.Round(time.Millisecond))
		}
	}
}

// What an escape in a string ends is seen as a word of its own.
func TestEscapedSpacePartsWords(t *testing.T) {
	e := engine(t, set(tok), Options{})
	for _, text := range []string{"a\\n" + t1 + "\\n", "a\\\\n" + t1, "\"x\\t" + t1 + "\"", "\\r\\n" + t1 + "\\r\\n", "\\u000a" + t1} {
		found := detect(e, text)
		if len(found) != 1 || found[0].Secret.Reveal() != t1 {
			t.Errorf("%q: got %v", text, ids(found))
			continue
		}
		if at := strings.Index(text, t1); found[0].Position.Offset != int64(at) {
			t.Errorf("%q: at %d, want %d", text, found[0].Position.Offset, at)
		}
	}
}
