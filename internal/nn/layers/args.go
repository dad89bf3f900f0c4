package layers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Spec is one layer: the name of its class in torch.nn and the arguments of its
// constructor as JSON values (float64, bool, string, []any, nil; Go's integer types
// are accepted too). An absent argument has PyTorch's default.
type Spec struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
}

// ErrUnsupported is wrapped by every error about a layer, or an option of one,
// that this package does not implement.
var ErrUnsupported = errors.New("not supported")

// args reads a Spec's arguments. The first fault is kept in err. Every argument
// that was read is marked, so that done can name the unknown ones, and its value is
// kept, so that two Specs can be compared.
type args struct {
	spec     Spec
	seen     map[string]bool
	resolved map[string]any
	err      error
}

func (s Spec) args() *args {
	// These change neither result nor shape.
	return &args{
		spec:     s,
		seen:     map[string]bool{"inplace": true, "device": true, "dtype": true},
		resolved: map[string]any{},
	}
}

func (a *args) failf(format string, v ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, v...)
	}
}

func (a *args) get(name string) (any, bool) {
	a.seen[name] = true
	v, ok := a.spec.Params[name]
	return v, ok && v != nil
}

// done returns the first fault, unknown arguments included.
func (a *args) done() error {
	if a.err != nil {
		return a.err
	}
	for _, name := range slices.Sorted(maps.Keys(a.spec.Params)) {
		if !a.seen[name] {
			return fmt.Errorf("argument %q: %w", name, ErrUnsupported)
		}
	}
	return nil
}

// keep notes an argument's value, default or not.
func keep[T any](a *args, name string, v T) T {
	a.resolved[name] = v
	return v
}

// number converts any numeric value that JSON or a pickle can give.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case uint64:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func integer(v any) (int, bool) {
	f, ok := number(v)
	if !ok || f != math.Trunc(f) || math.Abs(f) > MaxElements {
		return 0, false
	}
	return int(f), true
}

// int reads an integer in [lo, MaxElements]; def is its default.
func (a *args) int(name string, def, lo int) int {
	v, ok := a.get(name)
	if !ok {
		return keep(a, name, def)
	}
	n, ok := integer(v)
	if !ok || n < lo {
		a.failf("argument %q is %v: want a whole number from %d to %d", name, v, lo, MaxElements)
		return def
	}
	return keep(a, name, n)
}

// size reads a required integer ≥ 1.
func (a *args) size(name string) int {
	if _, ok := a.get(name); !ok {
		a.failf("argument %q is missing", name)
		return 1
	}
	return a.int(name, 1, 1)
}

func (a *args) float(name string, def float64) float64 {
	v, ok := a.get(name)
	if !ok {
		return keep(a, name, def)
	}
	f, ok := number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		a.failf("argument %q is %v: want a finite number", name, v)
		return def
	}
	return keep(a, name, f)
}

// probability reads a number in [0, 1].
func (a *args) probability(name string, def float64) float64 {
	p := a.float(name, def)
	if p < 0 || p > 1 {
		a.failf("argument %q is %v: want a probability from 0 to 1", name, p)
		return def
	}
	return p
}

func (a *args) bool(name string, def bool) bool {
	v, ok := a.get(name)
	if !ok {
		return keep(a, name, def)
	}
	switch v := v.(type) {
	case bool:
		return keep(a, name, v)
	case float64, int, int64:
		if f, _ := number(v); f == 0 || f == 1 {
			return keep(a, name, f == 1)
		}
	}
	a.failf("argument %q is %v: want true or false", name, v)
	return def
}

// choice reads one of the given strings; the first is the default.
func (a *args) choice(name string, options ...string) string {
	v, ok := a.get(name)
	if !ok {
		return keep(a, name, options[0])
	}
	s, ok := v.(string)
	if !ok || !slices.Contains(options, s) {
		a.failf("argument %q is %v: want %s: %w", name, v, strings.Join(options, " or "), ErrUnsupported)
		return options[0]
	}
	return keep(a, name, s)
}

// ints reads a whole number (repeated n times) or a list of n of them, each at
// least lo. With n < 0 a list may have any length up to 16.
func (a *args) ints(name string, n int, def []int, lo int) []int {
	v, ok := a.get(name)
	if !ok {
		return keep(a, name, def)
	}
	var list []any
	switch v := v.(type) {
	case []any:
		list = v
	case []int:
		for _, x := range v {
			list = append(list, x)
		}
	default:
		for range max(n, 1) {
			list = append(list, v)
		}
	}
	if (n >= 0 && len(list) != n) || len(list) == 0 || len(list) > 16 {
		a.failf("argument %q has %d values: want %d", name, len(list), n)
		return def
	}
	out := make([]int, len(list))
	for i, x := range list {
		k, ok := integer(x)
		if !ok || k < lo {
			a.failf("argument %q is %v: want whole numbers from %d", name, v, lo)
			return def
		}
		out[i] = k
	}
	return keep(a, name, out)
}

// wholes reads a required list of whole numbers, each at least lo.
func (a *args) wholes(name string, lo int) []int {
	if _, ok := a.get(name); !ok {
		a.failf("argument %q is missing", name)
		return nil
	}
	return a.ints(name, -1, nil, lo)
}

// refuse fails if the argument is set to anything but the given default.
func (a *args) refuse(name string, def any) {
	v, ok := a.get(name)
	if !ok {
		return
	}
	if f, isNum := number(v); isNum {
		if d, _ := number(def); def != nil && f == d {
			return
		}
	} else if v == def {
		return
	}
	a.failf("argument %q = %v: %w", name, v, ErrUnsupported)
}
