package gitpack

import (
	"bytes"
	"math"
	"os"
	"strconv"
)

// resident returns how many bytes of files are resident in this process: the
// third number of /proc/self/statm, in pages.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 3 {
		return math.MaxInt64
	}
	pages, err := strconv.ParseInt(string(fields[2]), 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return pages * int64(os.Getpagesize())
}
