//go:build !gendoc

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// peakOf returns the most memory that a running process has had, in bytes.
func peakOf(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kB int64
	_, _ = fmt.Sscan(rest, &kB)
	return kB << 10
}

// peakAfter returns the most memory that a process has had which is over. A
// process begins with what its parent has, so of a small one it tells no more
// than that.
func peakAfter(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10
	}
	return 0
}
