// Package bigrepo makes large git histories for tests and benchmarks: thousands
// of commits with edits, renames, branches and merges, and marked lines planted
// at known places. It needs the git program; the program itself never links it.
package bigrepo

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Options say what history to make. The same options make the same history.
type Options struct {
	Seed    uint64
	Commits int
	Files   int                // at the beginning; 0: one for each 20 commits
	Lines   int                // of a file at the beginning; 0: 80
	Plant   func(n int) string // the nth planted line; nil: none is planted
	Every   int                // plant in every such commit; 0: 10
	// Corpus are texts of which the files and what is added to them are made: real
	// source text makes packs like real ones. Nil: lines of made-up words.
	Corpus []string
	// Mangle breaks, joins, moves and doubles lines and single bytes besides, so
	// that what is planted does not stay where Make says.
	Mangle bool
	// Format is git's object format; empty: sha1.
	Format string
}

// Planted is a line that Plant gave and a commit added.
type Planted struct {
	N      int // what Plant was called with
	Commit string
	Path   string
	Line   int // from 1
	Merge  bool
}

// Env is the environment in which git runs: nobody's configuration, and always
// the same names and dates.
func Env() []string {
	return append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent", "TZ=UTC",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=1600000000 +0000",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=1600000000 +0000")
}

// Git runs git in dir and returns what it prints.
func Git(dir string, args ...string) (string, error) {
	out, err := feed(dir, nil, args...)
	return string(out), err
}

// feed runs git in dir on input and returns what it prints.
func feed(dir string, input []byte, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, Env(), bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// Make makes a bare repository in dir and returns what was planted, in the
// order of the commits.
func Make(dir string, o Options) ([]Planted, error) {
	if o.Format == "" {
		o.Format = "sha1"
	}
	if _, err := Git(".", "init", "-q", "--bare", "-b", "main", "--object-format="+o.Format, dir); err != nil {
		return nil, err
	}
	marks := filepath.Join(dir, "marks")
	cmd := exec.Command("git", "fast-import", "--quiet", "--export-marks="+marks)
	cmd.Dir, cmd.Env = dir, Env()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h := newHistory(o, in)
	writeErr := h.write()
	in.Close()
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("git fast-import: %w", err)
	}
	if writeErr != nil {
		return nil, writeErr
	}
	return h.planted, h.resolve(marks)
}

// A history is the model of what is being made: the lines of every file on
// every branch.
type history struct {
	o       Options
	rng     *rand.Rand
	out     *bufio.Writer
	mark    int
	main    *branch
	side    *branch // nil: none is open
	planted []Planted
	next    int // the next n for Plant
	corpus  [][]string
	plants  map[string]bool // the lines that were planted
}

type branch struct {
	name  string
	tip   int // mark of its newest commit
	files map[string][]string
	paths []string // sorted: a map's order would not be the same each time
}

func newHistory(o Options, w io.Writer) *history {
	if o.Files == 0 {
		o.Files = max(4, o.Commits/20)
	}
	if o.Lines == 0 {
		o.Lines = 80
	}
	if o.Every == 0 {
		o.Every = 10
	}
	corpus := make([][]string, 0, len(o.Corpus))
	for _, text := range o.Corpus {
		if lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n"); text != "" {
			corpus = append(corpus, lines)
		}
	}
	return &history{
		corpus: corpus, plants: map[string]bool{}, o: o, rng: rand.New(rand.NewPCG(o.Seed, 1)), out: bufio.NewWriterSize(w, 1<<20),
		main: &branch{name: "refs/heads/main", files: map[string][]string{}},
	}
}

func (h *history) write() error {
	h.first()
	for n := 1; n < h.o.Commits; n++ {
		switch {
		case h.side == nil && h.rng.IntN(15) == 0:
			h.fork(n)
		case h.side != nil && h.rng.IntN(8) == 0:
			h.merge(n)
		case h.side != nil && h.rng.IntN(2) == 0:
			h.commit(h.side, n)
		default:
			h.commit(h.main, n)
		}
	}
	return h.out.Flush()
}

func (h *history) first() {
	h.header(h.main, 0, "first")
	for i := range h.o.Files {
		path := fmt.Sprintf("d%d/s%d/f%d.txt", i%7, i%3, i)
		h.put(h.main, path, h.file(i))
	}
}

// file returns the lines of the ith file.
func (h *history) file(i int) []string {
	if len(h.corpus) > 0 {
		return slices.Clone(h.corpus[i%len(h.corpus)])
	}
	lines := make([]string, 1+h.rng.IntN(2*h.o.Lines))
	for j := range lines {
		lines[j] = h.line()
	}
	return lines
}

// piece returns what one edit adds: a line, or a few of the corpus.
func (h *history) piece() []string {
	if len(h.corpus) == 0 {
		return []string{h.line()}
	}
	from := h.corpus[h.rng.IntN(len(h.corpus))]
	at := h.rng.IntN(len(from))
	return from[at:min(len(from), at+1+h.rng.IntN(30))]
}

func (h *history) commit(b *branch, n int) {
	h.header(b, n, fmt.Sprintf("change %d", n))
	for range 1 + h.rng.IntN(3) {
		h.edit(b)
	}
	if h.rng.IntN(20) == 0 {
		h.rename(b, n)
	}
	if h.o.Mangle && h.rng.IntN(10) == 0 {
		h.double(b, n)
	}
	if h.rng.IntN(25) == 0 {
		h.put(b, fmt.Sprintf("d%d/new%d.txt", n%7, n), []string{h.line(), h.line()})
	}
	h.plant(b, n, false)
}

// fork opens a side branch that works in a folder of its own, so that its merge
// has one answer.
func (h *history) fork(n int) {
	h.side = &branch{name: fmt.Sprintf("refs/heads/side%d", n), tip: h.main.tip, files: map[string][]string{}}
	h.commit(h.side, n)
}

// merge brings the side branch's files into main, and now and then a line that
// neither of them has.
func (h *history) merge(n int) {
	h.headerFrom(h.main, n, fmt.Sprintf("merge %d", n), h.side.tip)
	for _, path := range h.side.paths {
		h.put(h.main, path, h.side.files[path])
	}
	h.plant(h.main, n, true)
	fmt.Fprintf(h.out, "reset refs/tags/v%d\nfrom :%d\n\n", n, h.mark)
	h.side = nil
}

func (h *history) header(b *branch, n int, subject string) { h.headerFrom(b, n, subject, 0) }

func (h *history) headerFrom(b *branch, n int, subject string, merged int) {
	h.mark++
	who := fmt.Sprintf("Dev %d <dev%d@example.com> %d +0000", n%5, n%5, 1600000000+60*n)
	fmt.Fprintf(h.out, "commit %s\nmark :%d\nauthor %s\ncommitter %s\ndata %d\n%s\n", b.name, h.mark, who, who, len(subject), subject)
	if b.tip != 0 {
		fmt.Fprintf(h.out, "from :%d\n", b.tip)
	}
	if merged != 0 {
		fmt.Fprintf(h.out, "merge :%d\n", merged)
	}
	b.tip = h.mark
}

// put writes the whole of a file.
func (h *history) put(b *branch, path string, lines []string) {
	if _, known := b.files[path]; !known {
		at, _ := slices.BinarySearch(b.paths, path)
		b.paths = slices.Insert(b.paths, at, path)
	}
	b.files[path] = lines
	size := 0
	for _, l := range lines {
		size += len(l) + 1
	}
	fmt.Fprintf(h.out, "M 100644 inline %s\ndata %d\n", path, size)
	for _, l := range lines {
		fmt.Fprintln(h.out, l)
	}
	fmt.Fprintln(h.out)
}

// pick returns a file of b, making one in its own folder if it has none.
func (h *history) pick(b *branch) string {
	if len(b.paths) == 0 {
		return fmt.Sprintf("side/s%d/t%d/a.txt", b.tip%50, b.tip)
	}
	return b.paths[h.rng.IntN(len(b.paths))]
}

// edit changes, inserts or deletes a few lines of a file.
func (h *history) edit(b *branch) {
	path := h.pick(b)
	lines := slices.Clone(b.files[path])
	for range 1 + h.rng.IntN(4) {
		at := h.rng.IntN(len(lines) + 1)
		switch {
		case at < len(lines) && h.rng.IntN(3) == 0:
			lines = slices.Delete(lines, at, at+1)
		case at < len(lines) && h.rng.IntN(2) == 0:
			lines = slices.Replace(lines, at, at+1, h.piece()...)
		default:
			lines = slices.Insert(lines, at, h.piece()...)
		}
	}
	if h.o.Mangle {
		lines = h.mangle(b, lines)
	}
	h.put(b, path, lines)
}

func (h *history) rename(b *branch, n int) {
	from := h.pick(b)
	lines, known := b.files[from]
	if !known || !h.o.Mangle && slices.ContainsFunc(lines, h.isPlanted) {
		return // a planted line has one place, so that its place is known
	}
	to := fmt.Sprintf("%s/renamed%d.txt", strings.SplitN(from, "/", 2)[0], n)
	fmt.Fprintf(h.out, "R %s %s\n", from, to)
	at, _ := slices.BinarySearch(b.paths, from)
	b.paths = slices.Delete(b.paths, at, at+1)
	delete(b.files, from)
	b.files[to] = lines
	at, _ = slices.BinarySearch(b.paths, to)
	b.paths = slices.Insert(b.paths, at, to)
}

// isPlanted reports whether a line was planted, or is a piece of one that was.
func (h *history) isPlanted(line string) bool {
	return h.plants[line] || h.o.Mangle && !strings.HasPrefix(line, "\t")
}

func (h *history) plant(b *branch, n int, merge bool) {
	if h.o.Plant == nil || n%h.o.Every != 0 {
		return
	}
	path := h.pick(b)
	lines := slices.Clone(b.files[path])
	at := h.rng.IntN(len(lines) + 1)
	line := h.o.Plant(h.next)
	h.plants[line] = true
	lines = slices.Insert(lines, at, line)
	h.put(b, path, lines)
	h.planted = append(h.planted, Planted{N: h.next, Commit: strconv.Itoa(h.mark), Path: path, Line: at + 1, Merge: merge})
	h.next++
}

// vocabulary has the words of source text; about one in a hundred is one that a
// scanner for secrets looks at, as in real text.
const vocabulary = `if err return value request handler count index buffer update delete insert user list map string
	int range for func package import struct interface context write read open close parse node tree entry size length
	offset begin end start stop next previous first last current result error message status code line column file path
	name type kind mode flags option default number total limit bound width height left right top bottom table row cell
	block chunk page frame stack queue heap lock unlock wait signal thread process child parent root leaf branch merge
	commit object blob hash digest token sum check test expect assert equal compare match search find replace split join`

// line makes a line that looks like source text.
func (h *history) line() string {
	words := strings.Fields(vocabulary)
	var s strings.Builder
	s.WriteByte('\t')
	for range 2 + h.rng.IntN(8) {
		s.WriteString(words[h.rng.IntN(len(words))])
		s.WriteString([]string{" ", "(", ") ", ", ", " := ", "."}[h.rng.IntN(6)])
	}
	s.WriteString(strconv.Itoa(h.rng.IntN(100000)))
	return s.String()
}

// resolve replaces the marks in h.planted by commit ids.
func (h *history) resolve(marks string) error {
	text, err := os.ReadFile(marks)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	for line := range strings.Lines(string(text)) {
		mark, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		ids[strings.TrimPrefix(mark, ":")] = id
	}
	for i := range h.planted {
		h.planted[i].Commit = ids[h.planted[i].Commit]
	}
	return nil
}
