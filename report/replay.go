package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/mudlark-scan/mudlark"
)

// maxLine is the longest line that Replay reads, in bytes.
const maxLine = 64 << 20

// ErrUnfinished means that a recorded stream ends before its summary: the scan
// that wrote it, or the copying of it, was cut off.
var ErrUnfinished = errors.New("the stream ends without a summary, so the scan that wrote it did not finish: scan again")

// Replay feeds a recorded jsonl stream to a sink. Messages that it does not
// know are passed over. A stream without an end is reported as incomplete and
// is ErrUnfinished.
func Replay(r io.Reader, sink mudlark.Sink) error {
	p := player{sink: sink, in: bufio.NewReaderSize(r, 64<<10)}
	for {
		line, err := p.line()
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return p.finish()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading recorded findings: line %d: %w", p.number, err)
		}
		if err := p.play(line); err != nil {
			return err
		}
	}
}

// player feeds one stream to one sink.
type player struct {
	sink       mudlark.Sink
	in         *bufio.Reader
	number     int // of the present line, from 1
	buf        []byte
	begun, end bool
	counting   int // findings that count
}

// recorded is a message as it is read. Text that was masked stays so.
type recorded struct {
	Run     *mudlark.Run     `json:"run"`
	Finding *mudlark.Finding `json:"finding"`
	Skip    *mudlark.Skip    `json:"skip"`
	Summary *mudlark.Summary `json:"summary"`
}

// line returns the next line, which is lent until the next call.
func (p *player) line() ([]byte, error) {
	p.number++
	p.buf = p.buf[:0]
	for {
		part, err := p.in.ReadSlice('\n')
		if len(p.buf)+len(part) > maxLine {
			return nil, fmt.Errorf("it is longer than %d MB, which no report of ours is", maxLine>>20)
		}
		p.buf = append(p.buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSpace(p.buf), err
		}
	}
}

func (p *player) play(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	var m recorded
	if err := json.Unmarshal(line, &m); err != nil {
		return p.errorf("this is not a message of the jsonl format: %w", err)
	}
	switch {
	case m.Run == nil && m.Finding == nil && m.Skip == nil && m.Summary == nil:
		return nil
	case p.end:
		return p.errorf("something follows the summary: convert one stream at a time")
	case m.Run != nil:
		return p.begin(*m.Run)
	case !p.begun:
		return p.errorf("the stream does not begin with a run: it is not one that --format jsonl wrote, or its beginning is missing")
	case m.Finding != nil:
		if m.Finding.Counts() {
			p.counting++
		}
		return p.sink.Finding(*m.Finding)
	case m.Skip != nil:
		return p.sink.Skip(*m.Skip)
	}
	p.end = true
	return p.sink.End(*m.Summary)
}

func (p *player) begin(run mudlark.Run) error {
	if p.begun {
		return p.errorf("a second run begins: convert one stream at a time")
	}
	p.begun = true
	return p.sink.Begin(run)
}

func (p *player) finish() error {
	switch {
	case p.end:
		return nil
	case !p.begun:
		return errors.New("reading recorded findings: the stream is empty")
	}
	verdict := mudlark.Incomplete
	if p.counting > 0 {
		verdict = mudlark.Found
	}
	cut := mudlark.Summary{Verdict: verdict, Incomplete: true, Findings: p.counting, Failure: ErrUnfinished.Error()}
	return errors.Join(p.sink.End(cut), ErrUnfinished)
}

func (p *player) errorf(format string, args ...any) error {
	return fmt.Errorf("reading recorded findings: line %d: "+format, append([]any{p.number}, args...)...)
}
