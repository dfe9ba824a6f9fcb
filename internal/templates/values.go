package templates

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

func (r *run) valueFunctions() map[string]any {
	return map[string]any{
		"default": func(other any, given ...any) any {
			if len(given) == 0 || empty(given[0]) {
				return other
			}
			return given[0]
		},
		"empty": empty,
		"coalesce": func(values ...any) any {
			if i := slices.IndexFunc(values, full); i >= 0 {
				return values[i]
			}
			return nil
		},
		"all": func(values ...any) bool { return !slices.ContainsFunc(values, empty) },
		"any": func(values ...any) bool { return slices.ContainsFunc(values, full) },
		"ternary": func(yes, no any, which bool) any {
			if which {
				return yes
			}
			return no
		},
		"typeOf":     func(v any) string { return fmt.Sprintf("%T", v) },
		"typeIs":     func(name string, v any) bool { return name == fmt.Sprintf("%T", v) },
		"typeIsLike": func(name string, v any) bool { t := fmt.Sprintf("%T", v); return name == t || "*"+name == t },
		"kindOf":     func(v any) string { return reflect.ValueOf(v).Kind().String() },
		"kindIs":     func(name string, v any) bool { return name == reflect.ValueOf(v).Kind().String() },
		"deepEqual":  r.same,
		"deepCopy":   r.copy, "mustDeepCopy": r.copy,
	}
}

func full(v any) bool { return !empty(v) }

// empty reports whether v is the zero value of its type, or holds nothing. A struct
// is never empty.
func empty(given any) bool {
	v := reflect.ValueOf(given)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Array, reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// same reports whether a and b are made of the same values.
func (r *run) same(a, b any) (bool, error) {
	for _, v := range []any{a, b} {
		if _, err := r.measure(v); err != nil {
			return false, err
		}
	}
	return reflect.DeepEqual(a, b), nil
}

// copy returns v with copies of all lists and dicts in it.
func (r *run) copy(v any) (any, error) {
	n, err := r.measure(v)
	if err == nil {
		err = r.make(8 * n)
	}
	if err != nil {
		return nil, err
	}
	return clone(v), nil
}

func clone(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = clone(v[k])
		}
		return out
	}
	return v // nothing else can be changed
}

func (r *run) dictFunctions() map[string]any {
	return map[string]any{
		"dict": r.dict, "set": r.set,
		"get": func(d map[string]any, key string) any {
			if v, ok := d[key]; ok {
				return v
			}
			return ""
		},
		"unset":  func(d map[string]any, key string) map[string]any { delete(d, key); return d },
		"hasKey": func(d map[string]any, key string) bool { _, ok := d[key]; return ok },
		"pluck": func(key string, dicts ...map[string]any) ([]any, error) {
			out := []any{}
			for _, d := range dicts {
				if v, ok := d[key]; ok {
					out = append(out, v)
				}
			}
			return out, r.elements(len(out))
		},
		"keys": r.keys, "values": r.values, "pick": r.pick, "omit": r.omit, "dig": dig,
		"merge": r.merge, "mustMerge": r.merge, "mergeOverwrite": r.overwrite, "mustMergeOverwrite": r.overwrite,
	}
}

func (r *run) dict(pairs ...any) (map[string]any, error) {
	if err := r.elements(8 * len(pairs)); err != nil {
		return nil, err
	}
	d := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, err := r.string(pairs[i])
		if err != nil {
			return nil, err
		}
		var value any = ""
		if i+1 < len(pairs) {
			value = pairs[i+1]
		}
		if _, err := r.set(d, key, value); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (r *run) set(d map[string]any, key string, value any) (map[string]any, error) {
	if d == nil {
		return nil, errors.New("set: there is no dict")
	}
	if len(key) > maxKey {
		return nil, fmt.Errorf("a key has at most %d bytes", maxKey)
	}
	if _, ok := d[key]; !ok {
		if err := r.elements(8); err != nil {
			return nil, err
		}
	}
	d[key] = value
	return d, nil
}

// sortedKeys returns the keys of d in order: in a report nothing is left to chance.
func (r *run) sortedKeys(d map[string]any) ([]string, error) {
	if err := r.elements(len(d)); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(d))
	for key := range d {
		out = append(out, key)
	}
	slices.Sort(out)
	return out, r.spend(8 * len(out))
}

func (r *run) keys(dicts ...map[string]any) ([]string, error) {
	out := []string{}
	for _, d := range dicts {
		list, err := r.sortedKeys(d)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func (r *run) values(d map[string]any) ([]any, error) {
	list, err := r.sortedKeys(d)
	out := make([]any, len(list))
	for i, key := range list {
		out[i] = d[key]
	}
	return out, err
}

func (r *run) pick(d map[string]any, names ...string) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range names {
		if v, ok := d[name]; ok {
			out[name] = v
		}
	}
	return out, r.elements(8 * len(out))
}

func (r *run) omit(d map[string]any, names ...string) (map[string]any, error) {
	if err := r.elements(8 * len(d)); err != nil {
		return nil, err
	}
	out := make(map[string]any, len(d))
	for k, v := range d {
		out[k] = v
	}
	for _, name := range names {
		delete(out, name)
	}
	return out, nil
}

// dig follows keys into dicts in dicts: dig "a" "b" default dict.
func dig(path ...any) (any, error) {
	if len(path) < 3 {
		return nil, errors.New("dig takes keys, a default and a dict")
	}
	n := len(path) - 2
	at, otherwise := path[n+1], path[n]
	for _, name := range path[:n] {
		d, ok := at.(map[string]any)
		key, named := name.(string)
		if !ok || !named {
			return nil, fmt.Errorf("dig: %T is no dict, or %T no key", at, name)
		}
		if at, ok = d[key]; !ok {
			return otherwise, nil
		}
	}
	return at, nil
}

// merge adds to the first dict what it lacks of the others.
func (r *run) merge(into map[string]any, dicts ...map[string]any) (any, error) {
	return r.mergeAll(into, dicts, func(have, _ any) bool { return empty(have) })
}

// overwrite adds to the first dict what the others have.
func (r *run) overwrite(into map[string]any, dicts ...map[string]any) (any, error) {
	return r.mergeAll(into, dicts, func(_, _ any) bool { return true })
}

func (r *run) mergeAll(into map[string]any, dicts []map[string]any, takes func(have, given any) bool) (any, error) {
	if _, err := r.measure(into); err != nil {
		return nil, err
	}
	for _, d := range dicts {
		if _, err := r.measure(d); err != nil {
			return nil, err
		}
		if err := r.mergeDict(into, d, takes); err != nil {
			return nil, err
		}
	}
	return into, nil
}

func (r *run) mergeDict(into, from map[string]any, takes func(have, given any) bool) error {
	for key, given := range from {
		have, ok := into[key]
		inner, isDict := have.(map[string]any)
		if more, ok := given.(map[string]any); ok && isDict {
			if err := r.mergeDict(inner, more, takes); err != nil {
				return err
			}
			continue
		}
		if !ok || takes(have, given) {
			if _, err := r.set(into, key, given); err != nil {
				return err
			}
		}
	}
	return nil
}
