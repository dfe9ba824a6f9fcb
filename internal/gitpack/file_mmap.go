//go:build unix

package gitpack

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file into memory; nil if that cannot be done.
func mapFile(f *os.File, size int64) []byte {
	if int64(int(size)) != size {
		return nil
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	return data
}

func unmapFile(data []byte) error { return unix.Munmap(data) }

// unload tells the system that a mapping's pages need not stay resident; they
// come back from its cache when they are touched again.
func unload(data []byte) { _ = unix.Madvise(data, unix.MADV_DONTNEED) }
