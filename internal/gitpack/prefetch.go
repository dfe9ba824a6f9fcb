//go:build amd64 || arm64

package gitpack

import "unsafe"

// prefetch has the processor fetch what lies at an address, while the program
// goes on.
//
//go:noescape
func prefetch(p unsafe.Pointer)
