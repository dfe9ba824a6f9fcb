package gitpack

import "sync/atomic"

// A kept is what visit returned for an object, while others are made of it.
// Whoever lets go of it last gives it back.
type kept struct {
	value any
	refs  atomic.Int32
}

// keptNothing says that an object was visited and that visit returned nil.
var keptNothing = new(kept)

func (k *kept) retain() {
	if k != nil && k != keptNothing {
		k.refs.Add(1)
	}
}

// of returns the value; nil if there is none.
func (k *kept) of() any {
	if k == nil {
		return nil
	}
	return k.value
}

// A keptPool hands out kepts to one worker.
type keptPool struct {
	number  int
	release func(worker int, value any) // nil: nobody wants to know
	free    []*kept
}

// maxFreeKept is how many free ones a worker keeps.
const maxFreeKept = 64

// hold returns value with one reference.
func (p *keptPool) hold(value any) *kept {
	if value == nil {
		return keptNothing
	}
	var k *kept
	if n := len(p.free); n > 0 {
		k, p.free = p.free[n-1], p.free[:n-1]
	} else {
		k = new(kept)
	}
	k.value = value
	k.refs.Store(1)
	return k
}

// letGo lets go of k; nil is none.
func (p *keptPool) letGo(k *kept) {
	if k == nil || k == keptNothing || k.refs.Add(-1) > 0 {
		return
	}
	value := k.value
	k.value = nil
	if len(p.free) < maxFreeKept {
		p.free = append(p.free, k)
	}
	if p.release != nil {
		p.release(p.number, value)
	}
}
