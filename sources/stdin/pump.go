package stdin

import (
	"context"
	"io"
)

// pump reads a stream ahead of whoever reads the pump, who does not wait any
// longer when ctx is done: a terminal or a pipe may never answer.
type pump struct {
	ctx     context.Context
	advance func(n int)
	filled  chan block
	empty   chan []byte
	quit    chan struct{}
	now     []byte // what is left of held
	held    []byte
	err     error
}

// A block is the outcome of one read.
type block struct {
	buf []byte
	n   int
	err error
}

const pumpBytes = 256 << 10

func newPump(ctx context.Context, r io.Reader, advance func(n int)) *pump {
	p := &pump{ctx: ctx, advance: advance, filled: make(chan block), empty: make(chan []byte, 2), quit: make(chan struct{})}
	p.empty <- make([]byte, pumpBytes)
	p.empty <- make([]byte, pumpBytes)
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	for {
		var buf []byte
		select {
		case buf = <-p.empty:
		case <-p.quit:
			return
		}
		n, err := r.Read(buf)
		select {
		case p.filled <- block{buf, n, err}:
		case <-p.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// stop ends the reading, at the latest when the read under way comes back.
func (p *pump) stop() { close(p.quit) }

// Read implements io.Reader.
func (p *pump) Read(to []byte) (int, error) {
	for len(p.now) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		if p.held != nil {
			p.empty <- p.held
			p.held = nil
		}
		select {
		case b := <-p.filled:
			p.held, p.now, p.err = b.buf, b.buf[:b.n], b.err
			p.advance(b.n)
		case <-p.ctx.Done():
			p.err = p.ctx.Err()
		}
	}
	n := copy(to, p.now)
	p.now = p.now[n:]
	return n, nil
}
