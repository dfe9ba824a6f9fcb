package gitpack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	idA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	idB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func at(seconds int64, zone int) time.Time {
	return time.Unix(seconds, 0).In(time.FixedZone("", zone))
}

func TestParseSignature(t *testing.T) {
	tests := []struct {
		line string
		want Signature
	}{
		{"A U Thor <a@example.com> 1700000000 +0130", Signature{"A U Thor", "a@example.com", at(1700000000, 5400)}},
		{"A <a@b> 1700000000 -0800", Signature{"A", "a@b", at(1700000000, -28800)}},
		{"<a@b> 0 +0000", Signature{"", "a@b", at(0, 0)}},
		{"A <> 1 +0000", Signature{"A", "", at(1, 0)}},
		{"A <a <b> c> 1 +0000", Signature{"A", "a <b> c", at(1, 0)}},
		{"A <a@b> -100 +0000", Signature{"A", "a@b", at(-100, 0)}},
		{"A <a@b> 12 +051800", Signature{"A", "a@b", at(12, 0)}},
		{"A <a@b> 12", Signature{"A", "a@b", at(12, 0)}},
		{"A <a@b> 12 zone", Signature{"A", "a@b", at(12, 0)}},
		{"A <a@b> 18446744073709551615 +0000", Signature{"A", "a@b", time.Time{}}},
		{"A <a@b> 99999999999999999 +0000", Signature{"A", "a@b", time.Time{}}},
		{"A <a@b> soon", Signature{"A", "a@b", time.Time{}}},
		{"A <a@b>", Signature{"A", "a@b", time.Time{}}},
		{"A <a@b", Signature{"A", "a@b", time.Time{}}},
		{"nobody", Signature{"nobody", "", time.Time{}}},
		{"", Signature{}},
		{"\xe9\xff <\xfe> 1 +0000", Signature{"\xe9\xff", "\xfe", at(1, 0)}},
	}
	for _, test := range tests {
		got := ParseSignature([]byte(test.line))
		if got.Name != test.want.Name || got.Email != test.want.Email || !got.When.Equal(test.want.When) {
			t.Errorf("%q: got %+v, want %+v", test.line, got, test.want)
		}
		if !got.When.IsZero() && got.When.Format("-0700") != test.want.When.Format("-0700") {
			t.Errorf("%q: got zone of %v, want of %v", test.line, got.When, test.want.When)
		}
	}
}

func TestParseCommit(t *testing.T) {
	tests := []struct {
		name, text string
		check      func(c CommitInfo) bool
	}{
		{"plain", "tree " + idA + "\nparent " + idB + "\nparent " + idA + "\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0000\n\nsubject\n\nbody\n",
			func(c CommitInfo) bool {
				return c.Tree.String() == idA && len(c.Parents) == 2 && c.Parents[0].String() == idB && c.Author.Name == "A" &&
					c.Committer.When.Unix() == 2 && string(c.Message) == "subject\n\nbody\n"
			}},
		{"no author, no message", "tree " + idA + "\n", func(c CommitInfo) bool { return c.Message == nil && c.Author == Signature{} }},
		{"no end of line", "tree " + idA + "\nauthor A <a> 1 +0000", func(c CommitInfo) bool { return c.Author.Name == "A" }},
		{"signed, merged, encoded", "tree " + idA + "\nauthor A <a> 1 +0000\nencoding latin-1\ngpgsig -----BEGIN\n line\n \n -----END\nmergetag object " + idB + "\n type commit\n\nmessage \xe9",
			func(c CommitInfo) bool {
				return c.Header("encoding") == "latin-1" && c.Header("gpgsig") == "-----BEGIN\nline\n\n-----END" &&
					c.Header("mergetag") == "object "+idB+"\ntype commit" && string(c.Message) == "message \xe9"
			}},
		{"empty message", "tree " + idA + "\n\n", func(c CommitInfo) bool { return c.Message != nil && len(c.Message) == 0 }},
		{"header without a value", "tree " + idA + "\nodd\n\nx", func(c CommitInfo) bool { return len(c.Headers) == 1 && c.Headers[0] == Header{"odd", ""} }},
		{"second author", "tree " + idA + "\nauthor A <a> 1 +0000\nauthor B <b> 1 +0000\n\n", func(c CommitInfo) bool {
			return c.Author.Name == "A" && c.Header("author") == "B <b> 1 +0000"
		}},
		{"zero bytes", "tree " + idA + "\nauthor A\x00 <a> 1 +0000\n\n\x00", func(c CommitInfo) bool { return c.Author.Name == "A\x00" && string(c.Message) == "\x00" }},
	}
	for _, test := range tests {
		c, err := ParseCommit([]byte(test.text), SHA1)
		if err != nil || !test.check(c) {
			t.Errorf("%s: got %+v, %v", test.name, c, err)
		}
		checkLinks(t, []byte(test.text))
	}
	for _, who := range []string{
		"", "A", "A <a>", "A <a> 7 +0200", "<> ", " < a", "A <a> x", "<>\ncommitter B <b> 8 +0000", "< \ncommitter B <b> 8 -0130",
		"A <a>\ncommitter B <b> 8 +0000", "A <a> 9999999999999 +0000", "A <a>\u00a05\u00a0+0100", "A <a> 99999999999999999999",
	} {
		checkLinks(t, []byte("tree "+idA+"\nparent "+idB+"\ncommitter "+who+"\nparent "+idA+"\n\nparent "+idB+"\n"))
	}
	for _, text := range []string{"", "\n", "author A <a> 1 +0000\n\n", "tree " + idA[1:] + "\n", "tree " + idA + "\nparent x\n", "tree " + strings.Repeat("g", 40) + "\n"} {
		if _, err := ParseCommit([]byte(text), SHA1); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// checkLinks holds what CommitLinks says of a commit against ParseCommit.
func checkLinks(t *testing.T, data []byte) {
	t.Helper()
	c, err := ParseCommit(data, SHA1)
	links := CommitLinks{Tree: OID{size: 1}, Parents: make([]OID, 3), Committed: 4} // of another commit
	linksErr := links.Parse(data, SHA1)
	if fmt.Sprint(linksErr) != fmt.Sprint(err) {
		t.Errorf("%q: %v, ParseCommit: %v", data, linksErr, err)
	}
	if err == nil && (links.Tree != c.Tree || !slices.Equal(links.Parents, c.Parents) || links.Committed != c.Committer.When.Unix()) {
		t.Errorf("%q: got %+v, ParseCommit: %+v", data, links, c)
	}
}

func TestParseTag(t *testing.T) {
	tag, err := ParseTag([]byte("object "+idA+"\ntype commit\ntag v1\ntagger T <t> 3 +0000\n\ntext\n"), SHA1)
	if err != nil || tag.Object.String() != idA || tag.Type != Commit || tag.Name != "v1" || tag.Tagger.Name != "T" || string(tag.Message) != "text\n" {
		t.Errorf("got %+v, %v", tag, err)
	}
	if _, err := ParseTag([]byte("type commit\n"), SHA1); !errors.Is(err, ErrSyntax) {
		t.Errorf("without an object: %v", err)
	}
	if tag, err := ParseTag([]byte("object "+idA+"\ntype thing\n"), SHA1); err != nil || tag.Type != 0 {
		t.Errorf("unknown type, no tagger: %+v, %v", tag, err)
	}
}

func TestParseTree(t *testing.T) {
	id := strings.Repeat("\x12", 20)
	list := func(data string) (string, error) {
		var out strings.Builder
		err := ParseTree([]byte(data), SHA1, func(mode uint32, name []byte, id OID) error {
			fmt.Fprintf(&out, "%o %q %s;", mode, name, id.String()[:4])
			return nil
		})
		return out.String(), err
	}
	tests := []struct {
		data, want string
		ok         bool
	}{
		{"", "", true},
		{"100644 a\x00" + id, `100644 "a" 1212;`, true},
		{"40000 d\x00" + id + "120000 l\x00" + id, `40000 "d" 1212;120000 "l" 1212;`, true},
		{"040000 d\x00" + id, `40000 "d" 1212;`, true},
		{"100644 \xff /\x00" + id, `100644 "\xff /" 1212;`, true},
		{"100644 \x00" + id, `100644 "" 1212;`, true},
		{"100644 a\x00" + id + "100644 b\x00" + id[1:], `100644 "a" 1212;`, false},
		{"100644 a", "", false},
		{"100644", "", false},
		{" a\x00" + id, "", false},
		{"100844 a\x00" + id, "", false},
		{"77777777777777 a\x00" + id, "", false},
	}
	for _, test := range tests {
		got, err := list(test.data)
		if got != test.want || (err == nil) != test.ok || err != nil && !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: got %s, %v; want %s", test.data, got, err, test.want)
		}
	}
	stop := errors.New("stop")
	if err := ParseTree([]byte("100644 a\x00"+id), SHA1, func(uint32, []byte, OID) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want what each returned", err)
	}
}

func FuzzTree(f *testing.F) {
	f.Add([]byte("100644 a\x00" + strings.Repeat("\x12", 32)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []Format{SHA1, SHA256} {
			read := 0
			err := ParseTree(data, format, func(mode uint32, name []byte, id OID) error {
				read += len(name) + format.Size() + 3
				return nil
			})
			if read > len(data) {
				t.Errorf("%d bytes read of %d, %v", read, len(data), err)
			}
		}
	})
}

func FuzzCommit(f *testing.F) {
	f.Add([]byte("tree " + idA + "\nparent " + idB + "\nauthor A <a> 1 +0000\ngpgsig x\n y\n\nmessage"))
	f.Add([]byte("object " + idA + "\ntype blob\ntag x\ntagger A <a> 1 -0000\n\nmessage"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		checkLinks(t, data)
		c, err := ParseCommit(data, SHA1)
		if err == nil && c.Tree.IsZero() && !strings.Contains(text, strings.Repeat("0", 40)) {
			t.Error("commit without a tree")
		}
		if len(c.Message) > 0 && !strings.HasSuffix(text, "\n"+string(c.Message)) {
			t.Error("message is not the end")
		}
		ParseTag(data, SHA256)
		ParseTag(data, SHA1)
		if string(data) != text {
			t.Error("data was changed")
		}
	})
}
