package templates

import (
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
)

func (r *run) listFunctions() map[string]any {
	all := map[string]any{
		"list": r.list, "tuple": r.list, "concat": r.concat, "toStrings": r.texts, "join": func(sep string, v any) (string, error) {
			list, err := r.texts(v)
			if err != nil {
				return "", err
			}
			return r.join(list, sep)
		},
		"sortAlpha": func(v any) ([]string, error) {
			list, err := r.texts(v)
			// Each is compared with some of the others.
			for range bits.Len(uint(len(list))) {
				if err == nil {
					err = r.look(list)
				}
			}
			if err != nil {
				return nil, err
			}
			list = slices.Clone(list)
			slices.Sort(list)
			return list, r.elements(len(list))
		},
	}
	for name, f := range map[string]any{
		"append": r.append, "push": r.append, "prepend": r.prepend, "first": r.first, "rest": r.rest, "last": r.last, "initial": r.initial,
		"reverse": r.reverse, "uniq": r.uniq, "without": r.without, "has": r.has, "slice": r.slice, "chunk": r.chunk, "compact": r.compact,
	} {
		all[name] = f
		all["must"+string(name[0]-'a'+'A')+name[1:]] = f
	}
	return all
}

func (r *run) list(values ...any) ([]any, error) {
	return slices.Clone(values), r.elements(len(values))
}

// listed returns what v is a list of.
func (r *run) listed(what string, v any) ([]any, error) {
	if list, ok := v.([]any); ok {
		return list, nil
	}
	list := reflect.ValueOf(v)
	if k := list.Kind(); k != reflect.Slice && k != reflect.Array {
		return nil, badType(what, v)
	}
	if err := r.elements(list.Len()); err != nil {
		return nil, err
	}
	out := make([]any, list.Len())
	for i := range out {
		out[i] = list.Index(i).Interface()
	}
	return out, nil
}

// texts returns the elements of v as they are printed, or v if it is no list.
func (r *run) texts(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return []string{}, nil
	case []string:
		return v, r.look(v)
	}
	values := []any{v}
	if k := reflect.ValueOf(v).Kind(); k == reflect.Slice || k == reflect.Array {
		var err error
		if values, err = r.listed("", v); err != nil {
			return nil, err
		}
	}
	if err := r.elements(len(values)); err != nil {
		return nil, err
	}
	return r.strings(values)
}

// look takes the steps for going through all of list.
func (r *run) look(list []string) error {
	for _, text := range list {
		if err := r.spend(1 + len(text)/16); err != nil {
			return err
		}
	}
	return nil
}

// append returns a list with v after its elements. The list itself stays what it
// is: only the first that is made of it may use the room behind it, so that a loop
// that appends takes as long as it is.
func (r *run) append(v, element any) ([]any, error) {
	list, err := r.listed("append", v)
	if err != nil {
		return nil, err
	}
	if n := len(list); n > 0 && r.lists[&list[0]] == n && cap(list) > n {
		out := append(list, element)
		r.lists[&out[0]] = n + 1
		return out, r.spend(1)
	}
	out := make([]any, len(list), 2*len(list)+8)
	if err := r.elements(cap(out)); err != nil {
		return nil, err
	}
	copy(out, list)
	out = append(out, element)
	r.lists[&out[0]] = len(out)
	return out, nil
}

func (r *run) prepend(v, element any) ([]any, error) {
	list, err := r.listed("prepend", v)
	if err == nil {
		err = r.elements(len(list) + 1)
	}
	if err != nil {
		return nil, err
	}
	return append([]any{element}, list...), nil
}

func (r *run) concat(lists ...any) (any, error) {
	var out []any
	for _, v := range lists {
		list, err := r.listed("concat", v)
		if err == nil {
			err = r.elements(2 * len(list))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// element returns an element of v, or nothing if v is empty.
func element(what string, v any, at func(n int) int) (any, error) {
	list := reflect.ValueOf(v)
	if k := list.Kind(); k != reflect.Slice && k != reflect.Array {
		return nil, badType(what, v)
	}
	if list.Len() == 0 {
		return nil, nil
	}
	return list.Index(at(list.Len())).Interface(), nil
}

func (r *run) first(v any) (any, error) { return element("first", v, func(int) int { return 0 }) }
func (r *run) last(v any) (any, error)  { return element("last", v, func(n int) int { return n - 1 }) }

func (r *run) rest(v any) ([]any, error) {
	list, err := r.listed("rest", v)
	if len(list) == 0 {
		return nil, err
	}
	return list[1:len(list):len(list)], err
}

func (r *run) initial(v any) ([]any, error) {
	list, err := r.listed("initial", v)
	if len(list) == 0 {
		return nil, err
	}
	n := len(list) - 1
	return list[:n:n], err
}

func (r *run) reverse(v any) ([]any, error) {
	list, err := r.listed("reverse", v)
	if err == nil {
		err = r.elements(len(list))
	}
	if err != nil {
		return nil, err
	}
	out := slices.Clone(list)
	slices.Reverse(out)
	return out, nil
}

func (r *run) compact(v any) ([]any, error) {
	return r.filter("compact", v, func(e any) (bool, error) { return full(e), nil })
}

func (r *run) without(v any, unwanted ...any) ([]any, error) {
	return r.filter("without", v, func(e any) (bool, error) {
		found, err := r.within(unwanted, e)
		return !found, err
	})
}

func (r *run) uniq(v any) ([]any, error) {
	var seen []any
	// Most lists are of strings, which need not be compared one by one.
	texts := map[string]bool{}
	return r.filter("uniq", v, func(e any) (bool, error) {
		if text, ok := e.(string); ok {
			was := texts[text]
			texts[text] = true
			return !was, r.elements(4 + len(text)/256)
		}
		found, err := r.within(seen, e)
		if !found {
			seen = append(seen, e)
		}
		return !found, err
	})
}

func (r *run) filter(what string, v any, keep func(any) (bool, error)) ([]any, error) {
	list, err := r.listed(what, v)
	if err == nil {
		err = r.elements(2 * len(list))
	}
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, e := range list {
		keeps, err := keep(e)
		if err != nil {
			return nil, err
		}
		if keeps {
			out = append(out, e)
		}
	}
	return out, nil
}

func (r *run) has(wanted, v any) (bool, error) {
	if v == nil {
		return false, nil
	}
	list, err := r.listed("has", v)
	if err != nil {
		return false, err
	}
	return r.within(list, wanted)
}

// within reports whether an element of list is the same as wanted.
func (r *run) within(list []any, wanted any) (bool, error) {
	for _, e := range list {
		if reflect.TypeOf(e) != reflect.TypeOf(wanted) {
			if err := r.spend(1); err != nil {
				return false, err
			}
			continue
		}
		if same, err := r.same(e, wanted); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

func (r *run) slice(v any, indexes ...any) (any, error) {
	list := reflect.ValueOf(v)
	if k := list.Kind(); k != reflect.Slice {
		return nil, badType("slice", v)
	}
	n := list.Len()
	if n == 0 {
		return nil, nil
	}
	start, end := 0, n
	if len(indexes) > 0 {
		start = toInt(indexes[0])
	}
	if len(indexes) > 1 {
		end = toInt(indexes[1])
	}
	if start < 0 || end < start || end > n {
		return nil, fmt.Errorf("slice: there is nothing from %d to %d in a list of %d", start, end, n)
	}
	return list.Slice3(start, end, end).Interface(), nil
}

func (r *run) chunk(size int, v any) ([][]any, error) {
	list, err := r.listed("chunk", v)
	if err == nil && size < 1 {
		err = errors.New("chunk: a size is at least 1")
	}
	if err == nil {
		err = r.elements(2 * len(list))
	}
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(list, size)), nil
}
