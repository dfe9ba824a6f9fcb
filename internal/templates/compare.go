package templates

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
)

// The comparisons of text/template, which count what they look at only when they are
// called through run.bounded.

func eq(a any, others ...any) (bool, error) {
	if len(others) == 0 {
		return false, errors.New("missing argument for comparison")
	}
	for _, b := range others {
		same, err := equal(a, b)
		if same || err != nil {
			return same, err
		}
	}
	return false, nil
}

func ne(a, b any) (bool, error) {
	same, err := equal(a, b)
	return !same, err
}

func lt(a, b any) (bool, error) { return ordered(a, b, func(c int) bool { return c < 0 }) }
func le(a, b any) (bool, error) { return ordered(a, b, func(c int) bool { return c <= 0 }) }
func gt(a, b any) (bool, error) { return ordered(a, b, func(c int) bool { return c > 0 }) }
func ge(a, b any) (bool, error) { return ordered(a, b, func(c int) bool { return c >= 0 }) }

// basic is the kind of v as comparisons see it.
func basic(v reflect.Value) reflect.Kind {
	switch {
	case v.CanInt():
		return reflect.Int64
	case v.CanUint():
		return reflect.Uint64
	case v.CanFloat():
		return reflect.Float64
	}
	return v.Kind()
}

func equal(a, b any) (bool, error) {
	if a == nil || b == nil {
		return a == b, nil
	}
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	switch k := basic(v); k {
	case reflect.Bool, reflect.String, reflect.Int64, reflect.Uint64, reflect.Float64:
		if k == basic(w) || isWhole(k) && isWhole(basic(w)) {
			if k == reflect.Bool {
				return v.Bool() == w.Bool(), nil
			}
			c, err := compare(v, w)
			return c == 0 && err == nil, err
		}
	}
	if v.Type() != w.Type() {
		return false, errors.New("incompatible types for comparison")
	}
	if !v.Comparable() {
		return false, fmt.Errorf("non-comparable type %s", v.Type())
	}
	return a == b, nil
}

func ordered(a, b any, fits func(int) bool) (bool, error) {
	c, err := compare(reflect.ValueOf(a), reflect.ValueOf(b))
	if v := reflect.ValueOf(a); err == nil && v.CanFloat() && (v.Float() != v.Float() || reflect.ValueOf(b).Float() != reflect.ValueOf(b).Float()) {
		return false, nil
	}
	return err == nil && fits(c), err
}

func isWhole(k reflect.Kind) bool { return k == reflect.Int64 || k == reflect.Uint64 }

// compare compares numbers and strings.
func compare(v, w reflect.Value) (int, error) {
	k, l := basic(v), basic(w)
	switch {
	case k == reflect.String && l == k:
		return cmp.Compare(v.String(), w.String()), nil
	case k == reflect.Float64 && l == k:
		if v.Float() != v.Float() || w.Float() != w.Float() {
			return -1, nil
		}
		return cmp.Compare(v.Float(), w.Float()), nil
	case k == reflect.Int64 && l == k:
		return cmp.Compare(v.Int(), w.Int()), nil
	case k == reflect.Uint64 && l == k:
		return cmp.Compare(v.Uint(), w.Uint()), nil
	case k == reflect.Int64 && l == reflect.Uint64:
		if v.Int() < 0 {
			return -1, nil
		}
		return cmp.Compare(uint64(v.Int()), w.Uint()), nil
	case k == reflect.Uint64 && l == reflect.Int64:
		c, err := compare(w, v)
		return -c, err
	}
	return 0, errors.New("incompatible types for comparison")
}

// index returns the element of item that the indexes lead to.
func index(item any, indexes ...any) (any, error) {
	for _, i := range indexes {
		v := reflect.ValueOf(item)
		switch v.Kind() {
		case reflect.String, reflect.Slice, reflect.Array:
			at := reflect.ValueOf(i)
			if !at.CanInt() {
				return nil, fmt.Errorf("cannot index a list with %T", i)
			}
			if at.Int() < 0 || at.Int() >= int64(v.Len()) {
				return nil, fmt.Errorf("index out of range: %d", at.Int())
			}
			item = v.Index(int(at.Int())).Interface()
		case reflect.Map:
			key := reflect.ValueOf(i)
			if !key.IsValid() || !key.Type().AssignableTo(v.Type().Key()) {
				return nil, fmt.Errorf("%T is no key of %T", i, item)
			}
			if found := v.MapIndex(key); found.IsValid() {
				item = found.Interface()
			} else {
				item = reflect.Zero(v.Type().Elem()).Interface()
			}
		case reflect.Invalid:
			return nil, errors.New("index of untyped nil")
		default:
			return nil, fmt.Errorf("can't index item of type %s", v.Type())
		}
	}
	return item, nil
}
