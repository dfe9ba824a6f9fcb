package git

import "github.com/mudlark-scan/mudlark"

// LimitFilters bounds the size of the filters that trace findings, so that they
// are traced in parts.
func LimitFilters(src mudlark.Source, entries int) { src.(*history).maxFiltered = entries }
