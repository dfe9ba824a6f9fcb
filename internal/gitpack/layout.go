package gitpack

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
)

// layout returns the objects in the order in which their entries lie in a pack
// whose entries end at end. It leaves out those without a possible offset.
func (x *index) layout(end int64) []uint32 {
	x.layoutOnce.Do(func() {
		order := make([]uint32, 0, x.n)
		for i := range x.n {
			if o := x.offset(i); o >= packHead && o < end {
				order = append(order, uint32(i))
			}
		}
		x.order = x.sortOffsets(order, end)
	})
	return x.order
}

// radixMin is how many objects make sorting by digits worth its tables.
const radixMin = 1 << 14

// sortOffsets sorts objects, which are in ascending order, by their offsets:
// digit by digit, since a large pack has millions.
func (x *index) sortOffsets(order []uint32, end int64) []uint32 {
	if len(order) < radixMin {
		slices.SortFunc(order, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(x.offset(int(a)), x.offset(int(b))), cmp.Compare(a, b))
		})
		return order
	}
	const digitBits = 16
	other, next := make([]uint32, len(order)), make([]uint32, 1<<digitBits+1)
	for shift := 0; shift < bits.Len64(uint64(end)); shift += digitBits {
		clear(next)
		for _, i := range order {
			next[int(uint16(x.offset(int(i))>>shift))+1]++
		}
		for d := 1; d < len(next); d++ {
			next[d] += next[d-1]
		}
		for _, i := range order {
			d := uint16(x.offset(int(i)) >> shift)
			other[next[d]] = i
			next[d]++
		}
		order, other = other, order
	}
	return order
}

// rank returns the place in the layout of the first entry at offset.
func (x *index) rank(offset, end int64) (int, bool) {
	order := x.layout(end)
	i := sort.Search(len(order), func(i int) bool { return x.offset(int(order[i])) >= offset })
	return i, i < len(order) && x.offset(int(order[i])) == offset
}

// end returns where the entry at offset ends: where the next one begins.
func (x *index) end(offset, end int64) int64 {
	order := x.layout(end)
	i := sort.Search(len(order), func(i int) bool { return x.offset(int(order[i])) > offset })
	if i == len(order) {
		return end
	}
	return x.offset(int(order[i]))
}
