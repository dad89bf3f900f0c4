// Package pickle reads Python's pickle format without running anything.
//
// Format: CPython's Lib/pickletools.py, protocols 0 to 5. A pickle is a program
// for a stack machine that may name any Python function and call it. This
// reader runs no function: a name becomes an inert Global, if the caller's
// Allow permits it; a call becomes whatever the caller's Call returns; an
// object becomes an inert Object. Every opcode costs a bounded amount of memory
// and their number is bounded too, so a hostile pickle costs little more than
// its own size.
//
// What becomes of names that the reader's caller knows nothing of is up to where they
// are used: a class of the user's beside a model is an Object that nobody looks at.
//
// Values are nil, bool, int64, *big.Int (beyond int64), float64, string,
// []byte, Tuple, *List, *Dict, *Set, Global, *Object, and what the hooks
// return. Values may contain themselves: code that walks them must limit the
// depth.
package pickle

import (
	"errors"
	"fmt"
)

// ErrFormat means that the bytes are not a pickle that this reader supports.
var ErrFormat = errors.New("malformed pickle")

// Global is the name of a Python class or function. It is only a name.
type Global struct{ Module, Name string }

func (g Global) String() string { return g.Module + "." + g.Name }

// Object is an instance of a class: the arguments of its __new__ or call, with those by
// keyword behind them, and the state that __setstate__ would get. Items of a class that
// is a container, too, are dropped.
type Object struct {
	Class Global
	Args  Tuple
	State any
}

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list.
type List struct{ Items []any }

// Set is a Python set or frozenset, in the order written.
type Set struct{ Items []any }

// Dict is a Python dict or OrderedDict in insertion order.
type Dict struct {
	keys  []any
	index map[any]any
}

// Len is the number of keys.
func (d *Dict) Len() int { return len(d.keys) }

// Keys returns the keys in insertion order.
func (d *Dict) Keys() []any { return d.keys }

// Get returns the value of a key.
func (d *Dict) Get(key any) (any, bool) {
	v, ok := d.index[key]
	return v, ok
}

// otherKey is a key that no model has: each one is its own.
type otherKey struct{ key any }

// String is the kind of key: a key itself may hold itself.
func (k *otherKey) String() string { return fmt.Sprintf("a %T", k.key) }

// Set adds a pair. Keys that are found again are strings, numbers, bools and nil;
// others, such as tuples, are only counted.
func (d *Dict) Set(key, value any) {
	switch key.(type) {
	case nil, bool, int64, float64, string:
	default:
		key = &otherKey{key}
	}
	if d.index == nil {
		d.index = map[any]any{}
	}
	if _, ok := d.index[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.index[key] = value
}
