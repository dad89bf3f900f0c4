// Package ucd has the properties of characters that PyPI's tokenizers uses.
//
// Its crates follow several versions of Unicode, none of them the one of Go's
// tables, so the properties were asked of the library (../../testdata/tables.py and
// properties.py).
package ucd

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"
)

// Class is a set of classes of characters, one bit each.
type Class uint8

// The classes, each as the library decides it.
const (
	Clean       Class = 1 << iota // removed by Bert's cleaning: controls, private and unassigned ones of old, U+FFFD
	Nonspacing                    // Mn, removed by Bert's strip_accents
	Combining                     // M, removed by StripAccents
	Punctuation                   // P, and ASCII's symbols
	Word                          // \w
	Letter                        // \p{L}
	Number                        // \p{N}
	Numeric                       // N, for Digits
)

// span is a range of code points, both ends included.
type span struct{ lo, hi rune }

// shift maps every stride-th code point of lo … hi by delta.
type shift struct {
	lo, hi rune
	stride rune
	delta  rune
}

const blockBits = 7

// table maps a code point to a value, through blocks of which equal ones are
// stored once.
type table[V comparable] struct {
	index  [(utf8.MaxRune + 1) >> blockBits]uint16
	blocks [][1 << blockBits]V
}

func newTable[V comparable](all []V) *table[V] {
	t := &table[V]{}
	seen := map[[1 << blockBits]V]uint16{}
	for i := range t.index {
		block := [1 << blockBits]V(all[i<<blockBits:])
		k, ok := seen[block]
		if !ok {
			k = uint16(len(t.blocks))
			seen[block] = k
			t.blocks = append(t.blocks, block)
		}
		t.index[i] = k
	}
	return t
}

func (t *table[V]) at(r rune) V {
	if uint32(r) > utf8.MaxRune {
		r = utf8.RuneError
	}
	return t.blocks[t.index[r>>blockBits]][r&(1<<blockBits-1)]
}

// The tables are made when they are first used: a program that links this
// package for nothing should not wait for them.
var (
	properties = sync.OnceValue(func() *table[Class] { return newTable(fillClasses()) })
	deltas     = sync.OnceValue(func() *table[int32] { return newTable(fillLower()) })
	opaques    = sync.OnceValue(func() *table[bool] { return newTable(fillOpaque()) })
)

func fillClasses() []Class {
	all := make([]Class, utf8.MaxRune+1)
	fill := func(class Class, spans []span) {
		for _, s := range spans {
			for r := s.lo; r <= s.hi; r++ {
				all[r] |= class
			}
		}
	}
	for class, spans := range classes {
		fill(class, spans)
	}
	fill(Letter, property("L"))
	fill(Number, property("N"))
	return all
}

func fillLower() []int32 {
	all := make([]int32, utf8.MaxRune+1)
	for _, s := range lower {
		for r := s.lo; r <= s.hi; r += s.stride {
			all[r] = s.delta
		}
	}
	return all
}

func fillOpaque() []bool {
	all := make([]bool, utf8.MaxRune+1)
	for _, s := range opaque {
		for r := s.lo; r <= s.hi; r++ {
			all[r] = true
		}
	}
	return all
}

// Of returns the classes of r.
func Of(r rune) Class { return properties().at(r) }

// Is reports whether r is in one of the classes.
func Is(r rune, c Class) bool { return properties().at(r)&c != 0 }

// Lower returns the lower case of r. (Of U+0130 it is two characters, i and
// U+0307, which the caller adds.)
func Lower(r rune) rune { return r + deltas().at(r) }

// Opaque reports whether normalization forms must leave r alone, since the
// library's tables do not know it.
func Opaque(r rune) bool { return opaques().at(r) }

// Property calls yield with the first and last code point of every range of a
// property that patterns name: Lu, L (which is all of Lu, Ll, Lt, Lm and Lo), Han;
// "w" is what \w means in a class. It reports whether there is such a property.
func Property(name string, yield func(lo, hi rune)) bool {
	spans := property(name)
	for _, s := range spans {
		yield(s.lo, s.hi)
	}
	return spans != nil
}

// property returns the ranges in their order; nil if there is no such property.
func property(name string) []span {
	if spans, ok := named[name]; ok {
		return spans
	}
	var all []span
	for _, category := range slices.Sorted(maps.Keys(named)) {
		if len(name) == 1 && len(category) == 2 && category[:1] == name {
			all = append(all, named[category]...)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	var joined []span
	for _, s := range all {
		if n := len(joined); n > 0 && joined[n-1].hi == s.lo-1 {
			joined[n-1].hi = s.hi
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}
