package gitpack

import (
	"math/bits"
	"sync/atomic"
)

// A buffer holds an object while others are made of it. Whoever lets go of it
// last gives it back.
type buffer struct {
	data    []byte
	refs    atomic.Int32
	charged int64 // bytes that count towards the memory that all workers share
}

func (b *buffer) retain() *buffer {
	b.refs.Add(1)
	return b
}

// Small buffers come in sizes of powers of two, so that they can be used again.
const (
	minBufferBits = 10
	maxBufferBits = 17 // smallBuffer and overshoot
	bufferClasses = maxBufferBits - minBufferBits + 1
	// keptBuffers is how many free buffers of each size a worker keeps.
	keptBuffers = 4
)

// A bufferPool hands out buffers to one worker.
type bufferPool struct {
	memory *memory
	letGo  func() // gives back what can be made again
	free   [bufferClasses][]*buffer
}

// get returns a buffer of size bytes, with room for overshooting behind them,
// and with one reference.
func (p *bufferPool) get(size int64) *buffer {
	if size > smallBuffer {
		if p.memory.reserve(p, size) {
			p.letGo()
		}
		b := p.memory.get(size)
		b.refs.Store(1)
		return b
	}
	class := max(bits.Len64(uint64(size+overshoot-1))-minBufferBits, 0)
	var b *buffer
	if n := len(p.free[class]); n > 0 {
		b = p.free[class][n-1]
		p.free[class] = p.free[class][:n-1]
		b.data = b.data[:size]
	} else {
		b = &buffer{data: make([]byte, size, 1<<(class+minBufferBits))}
	}
	b.refs.Store(1)
	return b
}

// release lets go of a buffer; nil is none.
func (p *bufferPool) release(b *buffer) {
	if b == nil || b.refs.Add(-1) > 0 {
		return
	}
	if b.charged > 0 {
		p.memory.put(b)
		return
	}
	class := bits.Len(uint(cap(b.data))) - 1 - minBufferBits
	if class >= 0 && class < bufferClasses && cap(b.data) == 1<<(class+minBufferBits) && len(p.free[class]) < keptBuffers {
		p.free[class] = append(p.free[class], b)
	}
}

// adopt makes a buffer of data that was not taken from the pool.
func (p *bufferPool) adopt(data []byte) *buffer {
	b := &buffer{data: data}
	b.refs.Store(1)
	if len(data) > smallBuffer {
		b.charged = int64(len(data))
		p.memory.charge(b.charged)
	}
	return b
}
