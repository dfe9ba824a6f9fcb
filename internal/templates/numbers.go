package templates

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

func (r *run) numberFunctions() map[string]any {
	all := map[string]any{
		"atoi":  func(s string) int { n, _ := strconv.Atoi(s); return n },
		"int64": toInt64, "int": toInt, "float64": toFloat,
		"toDecimal": func(v any) (int64, error) {
			text, err := r.string(v)
			n, _ := strconv.ParseInt(text, 8, 64)
			return n, err
		},
		"add1": func(v any) int64 { return toInt64(v) + 1 },
		"add": func(values ...any) (sum int64) {
			for _, v := range values {
				sum += toInt64(v)
			}
			return sum
		},
		"sub": func(a, b any) int64 { return toInt64(a) - toInt64(b) },
		"div": func(a, b any) (int64, error) { return divide(a, b, func(a, b int64) int64 { return a / b }) },
		"mod": func(a, b any) (int64, error) { return divide(a, b, func(a, b int64) int64 { return a % b }) },
		"mul": func(first any, values ...any) int64 {
			product := toInt64(first)
			for _, v := range values {
				product *= toInt64(v)
			}
			return product
		},
		"biggest": largest, "max": largest,
		"min": func(first any, values ...any) int64 {
			n := toInt64(first)
			for _, v := range values {
				n = min(n, toInt64(v))
			}
			return n
		},
		"maxf": func(first any, values ...any) float64 {
			n := toFloat(first)
			for _, v := range values {
				n = math.Max(n, toFloat(v))
			}
			return n
		},
		"minf": func(first any, values ...any) float64 {
			n := toFloat(first)
			for _, v := range values {
				n = math.Min(n, toFloat(v))
			}
			return n
		},
		"ceil":  func(v any) float64 { return math.Ceil(toFloat(v)) },
		"floor": func(v any) float64 { return math.Floor(toFloat(v)) },
		"round": round,
		"until": func(n int) ([]int, error) {
			if n < 0 {
				return r.count(0, n, -1)
			}
			return r.count(0, n, 1)
		},
		"untilStep": r.count, "seq": r.seq,
	}
	for name, f := range decimals() {
		all[name] = f
	}
	return all
}

func largest(first any, values ...any) int64 {
	n := toInt64(first)
	for _, v := range values {
		n = max(n, toInt64(v))
	}
	return n
}

func divide(a, b any, by func(a, b int64) int64) (int64, error) {
	if toInt64(b) == 0 {
		return 0, errors.New("division by zero")
	}
	return by(toInt64(a), toInt64(b)), nil
}

func toInt(v any) int { return int(toInt64(v)) }

// toInt64 makes a whole number of what looks like one, and 0 of all else.
func toInt64(given any) int64 {
	v := reflect.ValueOf(given)
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	case v.CanFloat():
		return int64(v.Float())
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return 1
		}
	case reflect.String:
		text := v.String()
		if whole, zeros, ok := strings.Cut(text, "."); ok && strings.Trim(zeros, "0") == "" {
			text = whole
		}
		n, _ := strconv.ParseInt(text, 0, 64)
		if n == math.MaxInt64 || n == math.MinInt64 {
			return 0 // too large to be one
		}
		return n
	}
	return 0
}

// toFloat makes a number of what looks like one, and 0 of all else.
func toFloat(given any) float64 {
	v := reflect.ValueOf(given)
	switch {
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.String:
		n, err := strconv.ParseFloat(v.String(), 64)
		if err != nil {
			return 0
		}
		return n
	case v.CanUint():
		return float64(v.Uint())
	}
	return float64(toInt64(given))
}

func round(v any, places int, up ...float64) float64 {
	from := .5
	if len(up) > 0 {
		from = up[0]
	}
	pow := math.Pow(10, float64(places))
	digits := pow * toFloat(v)
	_, part := math.Modf(digits)
	if part >= from {
		return math.Ceil(digits) / pow
	}
	return math.Floor(digits) / pow
}

// count returns the numbers from start to before stop.
func (r *run) count(start, stop, step int) ([]int, error) {
	if step == 0 || step > 0 && stop <= start || step < 0 && stop >= start {
		return []int{}, nil
	}
	far, by := uint64(stop)-uint64(start), uint64(step)
	if step < 0 {
		far, by = -far, -by
	}
	n := (far-1)/by + 1
	if n > maxMade/16 {
		return nil, errTooMuch
	}
	if err := r.elements(int(n)); err != nil {
		return nil, err
	}
	out := make([]int, n)
	for i := range out {
		out[i] = start + i*step
	}
	return out, nil
}

// seq writes numbers as the command of that name does.
func (r *run) seq(params ...int) (string, error) {
	start, step := 1, 1
	var end int
	switch len(params) {
	case 1:
		end = params[0]
	case 2:
		start, end = params[0], params[1]
	case 3:
		start, step, end = params[0], params[1], params[2]
	default:
		return "", nil
	}
	beyond := 1
	if end < start {
		beyond = -1
		if len(params) < 3 {
			step = -1
		} else if step > 0 {
			return "", nil
		}
	}
	if end == math.MaxInt || end == math.MinInt {
		return "", errTooMuch
	}
	list, err := r.count(start, end+beyond, step)
	if err == nil {
		err = r.text(len(list), 21)
	}
	if err != nil {
		return "", err
	}
	return strings.Trim(fmt.Sprint(list), "[]"), nil
}

// maxFactors bounds what is calculated with all digits at once.
const maxFactors = 100

// decimals are the functions that calculate with fractions, which they take for the
// decimal numbers that they are written as: 0.1 and 0.2 are 0.3.
func decimals() map[string]any {
	calculate := func(first float64, values []any, step func(z, x *big.Rat) error) (float64, error) {
		if len(values) > maxFactors {
			return 0, errTooMuch
		}
		z, err := decimal(first)
		for _, v := range values {
			var x *big.Rat
			if err == nil {
				x, err = decimal(toFloat(v))
			}
			if err == nil {
				err = step(z, x)
			}
		}
		if err != nil {
			return 0, err
		}
		n, _ := z.Float64()
		return n, nil
	}
	plus := func(z, x *big.Rat) error { z.Add(z, x); return nil }
	return map[string]any{
		"add1f": func(v any) (float64, error) { return calculate(toFloat(v), []any{1}, plus) },
		"addf":  func(values ...any) (float64, error) { return calculate(0, values, plus) },
		"subf": func(first any, values ...any) (float64, error) {
			return calculate(toFloat(first), values, func(z, x *big.Rat) error { z.Sub(z, x); return nil })
		},
		"mulf": func(first any, values ...any) (float64, error) {
			return calculate(toFloat(first), values, func(z, x *big.Rat) error { z.Mul(z, x); return nil })
		},
		"divf": func(first any, values ...any) (float64, error) {
			return calculate(toFloat(first), values, func(z, x *big.Rat) error {
				if x.Sign() == 0 {
					return errors.New("division by zero")
				}
				z.SetString(z.Quo(z, x).FloatString(16))
				return nil
			})
		},
	}
}

// decimal returns the number that f is written as.
func decimal(f float64) (*big.Rat, error) {
	z, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok {
		return nil, fmt.Errorf("%v is no number to calculate with", f)
	}
	return z, nil
}
