package git

import "github.com/mudlark-scan/mudlark"

// LimitFilters bounds the size of the filters that trace findings, so that they
// are traced in parts.
func LimitFilters(src mudlark.Source, entries int) { src.(*history).maxFiltered = entries }

// ReadAllBeyond has all of a repository read if more than n objects are new.
func ReadAllBeyond(o *Options, n int) { o.manyNew = n }

// Body is body, and MaxBody its bound.
func Body(message []byte) string { return body(message) }

const MaxBody = maxBody
