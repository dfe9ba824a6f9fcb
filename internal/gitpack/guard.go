package gitpack

import (
	"errors"
	"runtime/debug"
)

// errFault is what a mapped file gives whose bytes cannot be had.
var errFault = errors.New("reading failed: the disk is faulty, or the file was cut short meanwhile")

// onFault, deferred, turns a fault while touching a mapped file into an error.
// The goroutine must have set debug.SetPanicOnFault.
func onFault(err *error) {
	switch e := recover().(type) {
	case nil:
	case interface{ Addr() uintptr }: // what the runtime throws for a fault, and only then
		*err = errFault
	default:
		panic(e)
	}
}

// guarded runs f, in which faults become errors.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer onFault(&err)
	return f()
}
