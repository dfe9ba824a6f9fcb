package rules

import (
	"cmp"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// An Error is what is wrong with a file of rules, and where.
type Error struct {
	File         string
	Line, Column int    // from 1, in bytes; 0: the whole file
	Rule         string // its ID, if it is about one
	Problem      string // what is wrong, and what to do
}

// Error implements error.
func (e *Error) Error() string { return "reading rules " + e.place() + e.Problem }

// place says where it is, up to and with the last colon.
func (e *Error) place() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q: ", e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	}
	if e.Rule != "" {
		fmt.Fprintf(&b, "rule %q: ", e.Rule)
	}
	return b.String()
}

// regexProblem says what is wrong with an expression. Words of the expression
// are quoted: they may hold anything, escape sequences of terminals included.
func regexProblem(err error) string {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return printable(err.Error())
	}
	if e.Code == syntax.ErrInvalidNamedCapture && (strings.HasPrefix(e.Expr, "(?<=") || strings.HasPrefix(e.Expr, "(?<!")) {
		e = &syntax.Error{Code: syntax.ErrInvalidPerlOp, Expr: e.Expr[:4]}
	}
	text := string(e.Code)
	if e.Expr != "" {
		text += ": " + quoted(e.Expr)
	}
	switch {
	case e.Code == syntax.ErrInvalidPerlOp && strings.HasPrefix(e.Expr, "(?"):
		text += " (look-around is not supported: match the surroundings and let secretGroup name the secret)"
	case e.Code == syntax.ErrInvalidEscape && len(e.Expr) == 2 && e.Expr[1] >= '1' && e.Expr[1] <= '9':
		text += " (back references are not supported)"
	case e.Code == syntax.ErrInvalidRepeatSize || e.Code == syntax.ErrLarge:
		text += " (an expression may repeat a part at most 1000 times)"
	}
	return text
}

// quoted returns s in quotes, cut to what fits on a line.
func quoted(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}

// printable returns s with everything escaped that does not print.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// joinErrors returns errors as one, in the order of the files.
func joinErrors(list []*Error) error {
	const most = 20
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, 0, most)
	for _, e := range list[:min(len(list), most)] {
		errs = append(errs, e)
	}
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(errs...)
}
