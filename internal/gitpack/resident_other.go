//go:build !linux

package gitpack

import "math"

// resident says that there may be much: this system does not tell cheaply.
func resident() int64 { return math.MaxInt64 }
