package suppress

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Bounds of the expressions of one file.
const (
	maxPatterns     = 1000
	maxPatternBytes = 8 << 10
	maxPrograms     = 400_000 // instructions of all of them, compiled
)

var (
	errManyExprs = fmt.Errorf("there are more than %d expressions, or one of more than %d bytes, or they repeat too much", maxPatterns, maxPatternBytes)
	errNoExpr    = errors.New("it is no expression of Go's, or empty")
)

// exprs compiles the expressions of one file, which may be hostile: a few letters
// can take all memory.
type exprs struct{ n, size int }

func (x *exprs) compile(text string) (*regexp.Regexp, error) {
	if x.n++; x.n > maxPatterns || len(text) > maxPatternBytes {
		return nil, errManyExprs
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil || text == "" {
		return nil, errNoExpr
	}
	if x.size += instructions(tree); x.size > maxPrograms {
		return nil, errManyExprs
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, errNoExpr
	}
	return re, nil
}

// instructions is about how many a compiled expression has.
func instructions(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += instructions(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(1, re.Min, re.Max)
	}
	return min(n, maxPrograms+1)
}
