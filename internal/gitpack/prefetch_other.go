//go:build !amd64 && !arm64

package gitpack

import "unsafe"

// prefetch does nothing, since there is no portable way to do it.
func prefetch(unsafe.Pointer) {}
