package gitpack

import (
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// A memory bounds what large buffers take, for all workers together. As long as
// they fit the bound, workers get what they ask for. When they do not, one
// worker alone, the holder, gets more, and the others wait: so it is never
// exceeded by more than what one worker needs at once.
type memory struct {
	limit  int64
	closed atomic.Bool // nobody waits any more

	mu      sync.Mutex
	room    sync.Cond
	used    int64 // by buffers in use
	holder  *bufferPool
	free    []*buffer // for use again
	dropped int64     // bytes left to the garbage collector since it last ran
}

const (
	// memoryLimit bounds the large buffers of a walk that fit together.
	memoryLimit = 64 << 20
	// smallBuffer is the most that a buffer may hold and not count.
	smallBuffer = 64 << 10
	// keptLarge is how many bytes of free large buffers are kept.
	keptLarge = 16 << 20
	// maxDropped is how many bytes are left to a collector that does not know
	// that there is a bound.
	maxDropped = 24 << 20
)

func newMemory(limit int64) *memory {
	m := &memory{limit: limit}
	m.room.L = &m.mu
	return m
}

// reserve waits until there is room for size more bytes. Over says that this
// takes more than the bound, so that the caller should let go of what it can.
func (m *memory) reserve(p *bufferPool, size int64) (over bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.used+size > m.limit && m.holder != p && !m.closed.Load() {
		if m.holder == nil {
			m.holder = p
			break
		}
		m.room.Wait()
	}
	m.used += size
	return m.used > m.limit
}

// charge counts what was taken without asking.
func (m *memory) charge(size int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += size
}

// get returns a buffer of size bytes, which were reserved.
func (m *memory) get(size int64) *buffer {
	if b := m.reuse(size); b != nil {
		return b
	}
	return &buffer{data: make([]byte, size, size+overshoot), charged: size}
}

// reuse returns a free buffer that fits. If there is none, the others are left
// to the garbage collector, which runs at once when that is much.
func (m *memory) reuse(size int64) *buffer {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range m.free {
		if have := int64(cap(b.data)); have >= size+overshoot && have/2 <= size {
			m.free = slices.Delete(m.free, i, i+1)
			b.data, b.charged = b.data[:size], size
			return b
		}
	}
	if m.kept()+size > keptLarge {
		m.dropped += m.kept()
		m.free = nil
	}
	if m.dropped > 0 && m.dropped+size > maxDropped {
		m.dropped = 0
		debug.FreeOSMemory()
	}
	return nil
}

// kept returns the size of the free buffers.
func (m *memory) kept() (total int64) {
	for _, b := range m.free {
		total += int64(cap(b.data))
	}
	return total
}

// put takes back a buffer that get returned.
func (m *memory) put(b *buffer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= b.charged
	if m.used <= m.limit {
		m.holder = nil
	}
	if m.kept()+int64(cap(b.data)) <= keptLarge || len(m.free) == 0 {
		m.free = append(m.free, b)
	} else {
		m.dropped += int64(cap(b.data))
	}
	m.room.Broadcast()
}

// rest says that a worker holds nothing and asks for nothing.
func (m *memory) rest(p *bufferPool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == p {
		m.holder = nil
		m.room.Broadcast()
	}
}

// close has nobody wait any more.
func (m *memory) close() {
	m.closed.Store(true)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.room.Broadcast()
}
