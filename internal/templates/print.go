package templates

import (
	"errors"
	"fmt"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/text"
)

// show returns what an action prints.
func (r *run) show(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "<no value>", nil
	case string:
		return v, nil
	}
	return r.string(v)
}

// string returns v as it is printed.
func (r *run) string(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	if _, err := r.measure(v); err != nil {
		return "", err
	}
	return fmt.Sprint(v), nil
}

// strings returns all of values as they are printed, but for those that are nil.
func (r *run) strings(values []any) ([]string, error) {
	var out []string
	for _, v := range values {
		if v == nil {
			continue
		}
		text, err := r.string(v)
		if err == nil {
			err = r.spend(len(text) / 16)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// join joins list, with room for the result.
func (r *run) join(list []string, sep string) (string, error) {
	n := 0
	for _, text := range list {
		if n += len(text) + len(sep); n > maxText {
			return "", errTooMuch
		}
	}
	return strings.Join(list, sep), nil
}

// several bounds what is printed of several values together.
func (r *run) several(values []any) error {
	n, err := r.measure(values)
	if err == nil {
		err = r.text(1, n)
	}
	return err
}

func (r *run) print(values ...any) (string, error) {
	if err := r.several(values); err != nil {
		return "", err
	}
	return fmt.Sprint(values...), nil
}

func (r *run) println(values ...any) (string, error) {
	if err := r.several(values); err != nil {
		return "", err
	}
	return fmt.Sprintln(values...), nil
}

func (r *run) html(values ...any) (string, error) {
	if err := r.several(values); err != nil {
		return "", err
	}
	return template.HTMLEscaper(values...), nil
}

func (r *run) js(values ...any) (string, error) {
	if err := r.several(values); err != nil {
		return "", err
	}
	return template.JSEscaper(values...), nil
}

func (r *run) urlQuery(values ...any) (string, error) {
	if err := r.several(values); err != nil {
		return "", err
	}
	return template.URLQueryEscaper(values...), nil
}

// maxWidth bounds what a verb of printf may fill up to.
const maxWidth = 1000

func (r *run) printf(format string, values ...any) (string, error) {
	most, err := r.measureAll(values)
	if err != nil {
		return "", err
	}
	verbs, err := countVerbs(format)
	if err != nil {
		return "", err
	}
	// A verb writes a character as up to ten.
	if err := r.text(verbs, 10*most+maxWidth+64); err != nil {
		return "", err
	}
	return fmt.Sprintf(format, values...), nil
}

// countVerbs counts the verbs of a format, and refuses those that fill up to a width
// that is larger than any line.
func countVerbs(format string) (int, error) {
	verbs := 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		verbs++
		width := 0
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.[]*", format[i]) >= 0; i++ {
			switch c := format[i]; {
			case c == '*':
				return 0, errors.New("printf: write the width as a number")
			case '0' <= c && c <= '9':
				width = 10*width + int(c-'0')
			default:
				width = 0
			}
			if width > maxWidth {
				return 0, fmt.Errorf("printf: a width is at most %d", maxWidth)
			}
		}
	}
	return verbs, nil
}
