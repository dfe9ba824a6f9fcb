package gitpack

import "sync"

// cacheBytes bounds what Read keeps of the bases of deltas.
const cacheBytes = 16 << 20

// A cache holds the objects that were lately the base of another. Many
// goroutines may use it at once.
type cache struct {
	mu    sync.Mutex
	limit int64
	size  int64
	held  map[cacheKey]*cached
	ring  cached // ring.next was used last
}

type cacheKey struct {
	pack   *pack
	offset int64
}

type cached struct {
	key        cacheKey
	kind       Type
	data       []byte
	prev, next *cached
}

// get returns what the entry at a place holds. It must not be changed.
func (c *cache) get(k cacheKey) (Type, []byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.held[k]
	if e == nil {
		return 0, nil, false
	}
	c.unlink(e)
	c.link(e)
	return e.kind, e.data, true
}

// put says whether it keeps data, which nobody may change from then on.
func (c *cache) put(k cacheKey, t Type, data []byte) bool {
	if int64(cap(data)) > c.limit/8 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = make(map[cacheKey]*cached)
		c.ring.prev, c.ring.next = &c.ring, &c.ring
	}
	if c.held[k] != nil {
		return false
	}
	e := &cached{key: k, kind: t, data: data}
	c.held[k] = e
	c.link(e)
	for c.size > c.limit {
		old := c.ring.prev
		c.unlink(old)
		delete(c.held, old.key)
	}
	return true
}

// cachedCost is what an entry takes besides its data.
const cachedCost = 160

func (c *cache) link(e *cached) {
	e.prev, e.next = &c.ring, c.ring.next
	e.prev.next, e.next.prev = e, e
	c.size += int64(cap(e.data)) + cachedCost
}

func (c *cache) unlink(e *cached) {
	e.prev.next, e.next.prev = e.next, e.prev
	c.size -= int64(cap(e.data)) + cachedCost
}
