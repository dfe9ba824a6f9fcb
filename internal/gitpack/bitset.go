package gitpack

import "sync/atomic"

// A bitset holds a bit for each of n things. The zero value holds none; after
// grow, many goroutines may use it at once.
type bitset struct{ words atomic.Pointer[[]uint32] }

// grow makes room for n bits, all unset, if there is no room yet.
func (s *bitset) grow(n int) {
	if s.words.Load() == nil {
		words := make([]uint32, (n+31)/32)
		s.words.CompareAndSwap(nil, &words)
	}
}

// any says whether there may be bits that are set.
func (s *bitset) any() bool { return s.words.Load() != nil }

func (s *bitset) set(i int) {
	words := *s.words.Load()
	atomic.OrUint32(&words[i/32], 1<<(i%32))
}

// claim sets a bit, and says whether it was this call that did.
func (s *bitset) claim(i int) bool {
	words := *s.words.Load()
	bit := uint32(1) << (i % 32)
	return atomic.OrUint32(&words[i/32], bit)&bit == 0
}

func (s *bitset) unset(i int) {
	words := *s.words.Load()
	atomic.AndUint32(&words[i/32], ^(uint32(1) << (i % 32)))
}

func (s *bitset) has(i int) bool {
	words := s.words.Load()
	return words != nil && atomic.LoadUint32(&(*words)[i/32])>>(i%32)&1 != 0
}
