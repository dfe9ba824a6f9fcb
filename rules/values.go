package rules

import (
	"fmt"
	"math"
	"strconv"
)

// The values of a file, read into Go types. Like gitleaks it takes "3" for 3.

// kind names the type of a decoded value.
func kind(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	}
	return "a date"
}

func (d *decoder) text(key string, v any, n *node) string {
	s, ok := v.(string)
	if !ok && len(d.theirs) > 0 { // gitleaks takes a number for the text that it is
		switch v.(type) {
		case int64, float64, bool:
			return fmt.Sprint(v)
		}
	}
	if !ok {
		d.errorf(n.value, "%s: want a string, got %s", key, kind(v))
	}
	return s
}

func (d *decoder) boolean(key string, v any, n *node) bool {
	if b, ok := v.(bool); ok {
		return b
	}
	if s, ok := v.(string); ok {
		if b, err := strconv.ParseBool(s); err == nil {
			return b
		}
	}
	d.errorf(n.value, "%s: want true or false, got %s", key, kind(v))
	return false
}

func (d *decoder) number(key string, v any, n *node) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case string:
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f
		}
	}
	d.errorf(n.value, "%s: want a number, got %s", key, kind(v))
	return 0
}

func (d *decoder) integer(key string, v any, n *node) int {
	f := d.number(key, v, n)
	if f != math.Trunc(f) || math.Abs(f) > 1<<30 {
		d.errorf(n.value, "%s: want a whole number, got %v", key, f)
		return 0
	}
	return int(f)
}

func (d *decoder) count(key string, v any, n *node) int {
	i := d.integer(key, v, n)
	if i < 0 {
		d.errorf(n.value, "%s: %d is less than nothing", key, i)
		return 0
	}
	return i
}
