package templates

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// The bounds of one run. A template that needs more is refused; those that people
// write need a thousandth. They count work and memory, not time, so that the same
// template always gives the same answer.
const (
	maxSteps  = 40_000_000 // nodes of the template evaluated, and runs of 16 bytes looked at
	maxMade   = 256 << 20  // bytes of strings and lists made, whether they are still in use or not
	maxText   = 32 << 20   // bytes of one string
	maxOutput = 512 << 20
	maxDepth  = 64      // of lists in lists
	maxCalls  = 300     // of templates within templates
	maxNested = 100     // of blocks and parentheses in a template
	maxKey    = 4 << 10 // bytes of a key
)

// What a run may do more for what it is given: a step for so many bytes of it, and
// so many bytes for each.
const (
	stepBytes = 4
	madeBytes = 4
)

var errTooMuch = errors.New("it does more than a template may: a loop too long, a text too large or a nesting too deep")

// A run is one execution: what is left of the bounds, and what functions remember.
type run struct {
	now      time.Time
	steps    int64
	room     int64
	calls    int
	lists    map[*any]int // how far lists were appended to in place, by their first place
	patterns map[string]*pattern
}

// spend takes n steps.
func (r *run) spend(n int) error {
	if n < 0 || int64(n) > r.steps {
		r.steps = 0
		return errTooMuch
	}
	r.steps -= int64(n)
	return nil
}

// make takes room for n bytes that are about to be made.
func (r *run) make(n int) error {
	if n < 0 || int64(n) > r.room {
		r.room = 0
		return errTooMuch
	}
	r.room -= int64(n)
	return r.spend(n / 16)
}

// text takes the steps for a string of n bytes that is about to be made: parts times
// size, or fewer.
func (r *run) text(parts, size int) error {
	if parts < 0 || size < 0 || parts > 0 && size > maxText/parts {
		return errTooMuch
	}
	return r.spend(parts * size / 16)
}

// elements takes room for a list of n elements.
func (r *run) elements(n int) error {
	if n > maxMade/16 {
		return errTooMuch
	}
	return r.make(16 * n)
}

// bounded returns f as a function that also takes steps for the strings that it is
// given and room for the one that it returns, and may fail. For lists functions do so
// themselves, as most look at a part of them.
func (r *run) bounded(f any) any {
	call, t := reflect.ValueOf(f), reflect.TypeOf(f)
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = t.In(i)
	}
	out := []reflect.Type{t.Out(0), reflect.TypeFor[error]()}
	fail := func(err error) []reflect.Value {
		return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(&err).Elem()}
	}
	return reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		for i, arg := range args {
			if err := r.spend(1 + length(arg)/16); err != nil {
				return fail(err)
			}
			if t.IsVariadic() && i == len(args)-1 {
				for k := range arg.Len() {
					if err := r.spend(1 + length(arg.Index(k))/16); err != nil {
						return fail(err)
					}
				}
			}
		}
		var results []reflect.Value
		if t.IsVariadic() {
			results = call.CallSlice(args)
		} else {
			results = call.Call(args)
		}
		if len(results) > 1 && !results[1].IsNil() {
			return fail(results[1].Interface().(error))
		}
		if err := r.made(results[0]); err != nil {
			return fail(err)
		}
		return append(results[:1], reflect.Zero(out[1]))
	}).Interface()
}

// length is that of a string, or 0.
func length(v reflect.Value) int {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() == reflect.String {
		return v.Len()
	}
	return 0
}

// made takes room for what a function returned. Lists were counted when they were
// made.
func (r *run) made(v reflect.Value) error {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.String {
		return nil
	}
	if v.Len() > maxText {
		return errTooMuch
	}
	return r.make(v.Len())
}

// measure goes through all that v is made of, as whatever writes or compares it
// will, and returns about how many bytes that is with what stands around them. What
// holds itself is too deep.
func (r *run) measure(v any) (int, error) {
	n, err := r.measured(reflect.ValueOf(v), 0)
	if err == nil && n > maxText {
		err = errTooMuch
	}
	return n, err
}

func (r *run) measured(v reflect.Value, depth int) (int, error) {
	n := 8 + 2*depth
	if depth > maxDepth {
		return 0, errTooMuch
	}
	add := func(part reflect.Value) error {
		m, err := r.measured(part, depth+1)
		n += m
		return err
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		n += v.Len()
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			err = add(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && err == nil; i++ {
			err = add(v.Index(i))
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && err == nil; i++ {
			err = add(v.Field(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); err == nil && entries.Next(); {
			if err = add(entries.Key()); err == nil {
				err = add(entries.Value())
			}
		}
	}
	if err == nil {
		err = r.spend(1 + n/64)
	}
	return n, err
}

// measureAll is measure for several values: the largest counts.
func (r *run) measureAll(values []any) (int, error) {
	most := 0
	for _, v := range values {
		n, err := r.measure(v)
		if err != nil {
			return 0, err
		}
		most = max(most, n)
	}
	return most, nil
}

// What the turn of a loop and a template within another cost besides the nodes in it.
const (
	turnCost = 8
	callCost = 16
)

// enter counts a template within another, which leave ends.
func (r *run) enter(weight int) (string, error) {
	if r.calls++; r.calls > maxCalls {
		return "", errTooMuch
	}
	return "", r.spend(callCost + weight)
}

func (r *run) leave() string {
	r.calls--
	return ""
}

// tick counts a turn of a loop.
func (r *run) tick(weight int) (string, error) { return "", r.spend(turnCost + weight) }

// each is given what a loop goes through: a dict is sorted before its first turn.
func (r *run) each(v any) (any, error) {
	if m := reflect.ValueOf(v); m.Kind() == reflect.Map {
		return v, r.spend(turnCost * m.Len())
	}
	return v, nil
}

func badType(what string, v any) error { return fmt.Errorf("%s takes a list, not %T", what, v) }
