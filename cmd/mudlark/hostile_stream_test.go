//go:build !gendoc

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// longLine is a line of n bytes of filler with one token in its middle and one
// at its very end.
type longLine struct {
	filler         []byte
	left           int64
	middle, end    string
	half           int64
	midDone, ended bool
	pending        []byte
}

func newLongLine(n int64, filler, middle, end string) *longLine {
	block := bytes.Repeat([]byte(filler), mb/len(filler))
	return &longLine{filler: block, left: n, half: n / 2, middle: " " + middle + " ", end: " " + end}
}

// Read implements io.Reader.
func (l *longLine) Read(p []byte) (int, error) {
	if len(l.pending) == 0 {
		switch {
		case !l.midDone && l.left <= l.half:
			l.midDone, l.pending = true, []byte(l.middle)
		case l.left > 0:
			l.pending = l.filler[:min(l.left, int64(len(l.filler)))]
			l.left -= int64(len(l.pending))
		case !l.ended:
			l.ended, l.pending = true, []byte(l.end)
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, l.pending)
	l.pending = l.pending[n:]
	return n, nil
}

// TestLineWithoutEndIsReadInBoundedMemory pipes one long line in: of words, of
// one word, and of what looks like encoded text.
func TestLineWithoutEndIsReadInBoundedMemory(t *testing.T) {
	length := int64(300 * mb)
	middle, end := token(t, "<github ghp_>", 1), token(t, "<github ghp_>", 2)
	for name, filler := range map[string]string{
		"words": "all work and no play. ", "one word": "xyzQW12kfjg0", "one letter": "a", "hex": "0123456789abcdef",
		"escapes": "%41%42%43",
	} {
		t.Run(name, func(t *testing.T) {
			size := length
			if name != "words" {
				size /= 30
			}
			if quick() {
				size /= 10
			}
			rec, e := spawn{stdin: newLongLine(size, filler, middle, end)}.scanned(t, "stdin", "--accept", "decode-total")
			e.below(t, 150*mb)
			for _, secret := range []string{middle, end} {
				if len(rec.of(secret)) != 1 {
					t.Errorf("a token of the line was found %d times", len(rec.of(secret)))
				}
			}
			if found := rec.of(end); len(found) == 1 && found[0].Position.Offset != size+int64(len(middle))+3 {
				t.Errorf("the last token is at offset %d", found[0].Position.Offset)
			}
			if rec.summary.Incomplete {
				t.Errorf("incomplete: %v", rec.skips)
			}
		})
	}
}

// flood writes lines with a new token each.
func flood(t testing.TB, lines int) []byte {
	t.Helper()
	var b bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&b, "2024-01-01 12:00:00 user %d logs in with token=%s\n", i, token(t, "<github ghp_>", i))
	}
	return b.Bytes()
}

// TestFloodIsFoldedAndToldInEveryFormat scans a log that repeats one line with
// a new token each time.
func TestFloodIsFoldedAndToldInEveryFormat(t *testing.T) {
	lines := 12_000
	if quick() {
		lines = 5_000
	}
	text := flood(t, lines)
	for _, source := range []string{"dir", "stdin", "git"} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			child, args, most := spawn{dir: t.TempDir()}, []string{source}, int64(300*mb)
			switch source {
			case "stdin":
				child.stdin = bytes.NewReader(text)
			default:
				r := newRepo(t)
				r.write("app.log", string(text))
				r.commit("a log")
				args = append(args, r.dir)
				if source == "git" {
					most += 2 * int64(len(text))
				}
			}
			e := child.mud(t, append(args, "--out", "scan.jsonl")...)
			e.below(t, most)
			if e.code != exitFound {
				t.Errorf("exit code %d", e.code)
			}
			checkFolded(t, child.dir, lines)
		})
	}
}

// checkFolded checks that every format of dir/scan.jsonl says how many findings
// there are and that not all of them are listed.
func checkFolded(t *testing.T, dir string, lines int) {
	t.Helper()
	convert := func(format string) string {
		return spawn{dir: dir}.mud(t, "report", "convert", "scan.jsonl", "--format", format).out
	}
	rec := parseRecord(t, convert("jsonl"))
	if len(rec.summary.Folds) != 1 {
		t.Fatalf("folds %+v", rec.summary.Folds)
	}
	fold := rec.summary.Folds[0]
	if fold.Kept != len(rec.findings) || fold.Kept > 2000 {
		t.Errorf("%d findings are kept and %d listed", fold.Kept, len(rec.findings))
	}
	// What lies where two pieces of a text meet may be counted with both.
	if all := fold.Kept + fold.Folded; all < lines || all > lines+lines/100 {
		t.Errorf("%d findings are told of, there are %d", all, lines)
	}
	for format, says := range map[string]string{
		"text": "counted, not listed", "json": `"folded": `, "sarif": "counted, not listed",
	} {
		if out := strings.Join(strings.Fields(convert(format)), " "); !strings.Contains(out, says) {
			t.Errorf("%s does not say %q", format, says)
		}
	}
}

// TestFloodOverManyPlacesStaysBounded scans an archive of many small members
// with a new token in each.
func TestFloodOverManyPlacesStaysBounded(t *testing.T) {
	if quick() {
		t.Skip("takes some seconds")
	}
	dir := t.TempDir()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 52_000 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("some/folder/%d.txt", i)})
		if err == nil {
			_, err = fmt.Fprintln(f, "token="+token(t, "<github ghp_>", i))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	putFile(t, dir, "many.zip", b.Bytes())
	e := spawn{}.mud(t, "dir", dir, "--out", filepath.Join(dir, "scan.jsonl"))
	e.below(t, 300*mb)
	text, err := os.ReadFile(filepath.Join(dir, "scan.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	rec := parseRecord(t, string(text))
	if n := len(rec.summary.Folds); n == 0 || n > 2000 {
		t.Errorf("the summary holds %d folds", n)
	}
	all := len(rec.findings)
	for _, f := range rec.summary.Folds {
		all += f.Folded
	}
	if all < 52_000-100 { // a few look like placeholders
		t.Errorf("%d findings are told of", all)
	}
}

// TestFloodOfLongSecretsStaysBounded scans files of many keys: what is held has
// to be bounded in bytes, not in findings alone.
func TestFloodOfLongSecretsStaysBounded(t *testing.T) {
	if quick() {
		t.Skip("takes some seconds")
	}
	dir := t.TempDir()
	for i := range 12 {
		var b bytes.Buffer
		for k := range 1000 {
			fmt.Fprintln(&b, token(t, "<pem RSA PRIVATE KEY>", 1000*i+k))
		}
		putFile(t, dir, fmt.Sprint(i, ".txt"), b.Bytes())
	}
	spawn{}.mud(t, "dir", dir, "--format", "jsonl").below(t, 300*mb)
}

// TestFloodOfSkipsIsFolded scans a folder of many damaged archives.
func TestFloodOfSkipsIsFolded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := zipOf(t, "a.txt", []byte("text"))
	for i := range 1500 {
		putFile(t, dir, fmt.Sprintf("%d.zip", i), broken[:len(broken)-30])
	}
	rec := scanned(t, "dir", dir)
	rec.told(t, mudlark.ArchiveFormat)
	if n := rec.summary.Coverage.Skipped[mudlark.ArchiveFormat]; n < 1500 {
		t.Errorf("%d skips are counted", n)
	}
	if len(rec.skips) > 1200 {
		t.Errorf("%d skips are listed", len(rec.skips))
	}
}

// TestStreamOfOneByteReadsIsRead feeds a stream byte by byte, which must change
// nothing.
func TestStreamOfOneByteReadsIsRead(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	text := strings.Repeat("filler\n", 1000) + "token: " + secret
	r := bufio.NewReaderSize(&oneByte{text: text}, 16)
	rec, _ := spawn{stdin: r}.scanned(t, "stdin")
	if found := rec.of(secret); len(found) != 1 || found[0].Position.StartLine != 1001 {
		t.Errorf("found %+v", found)
	}
}

type oneByte struct{ text string }

// Read implements io.Reader.
func (o *oneByte) Read(p []byte) (int, error) {
	if o.text == "" {
		return 0, io.EOF
	}
	n := copy(p[:1], o.text)
	o.text = o.text[n:]
	return n, nil
}
