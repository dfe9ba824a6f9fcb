package runs

import "golang.org/x/sys/cpu"

// wide and narrow bound the lengths of runs that findWide knows of.
const (
	narrow = 8
	wide   = 32
)

// find returns where the first run of at least n bytes in data[from:] begins,
// with n at most wide.
func (k *Class) find(data []byte, from, n int) (start int, ok bool) {
	if rest := len(data) - from; rest >= 2*wide && n >= narrow && cpu.X86.HasAVX2 && cpu.X86.HasBMI2 {
		blocks := rest / wide
		if at := findWide(&data[from], blocks, &k.halves, n); at >= 0 {
			return from + at, true
		}
		from += blocks*wide - n + 1 // where a run can begin that goes on behind the blocks
	}
	return k.skip(data, from, n)
}

// findWide returns where the first run of at least n bytes in that many blocks
// of 32 bytes begins, with n from narrow to wide; -1 if there is none.
//
//go:noescape
func findWide(data *byte, blocks int, class *halves, n int) int
