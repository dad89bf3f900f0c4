package tokenizer

import (
	"slices"
	"strings"
)

// trie finds the keys that a text starts with. Nodes are numbered breadth
// first, so that a node's children are neighbours.
type trie struct {
	first []uint32 // children of node n: first[n] … first[n+1]-1, by label
	label []byte
	value []int32 // -1 where no key ends
	root  [256]uint32
}

// entry is a key of a trie and its value, at least 0.
type entry struct {
	key   string
	value int32
}

// newTrie builds a trie of entries, which it sorts. Of equal keys the last one counts; empty keys are
// left out.
func newTrie(entries []entry) *trie {
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	size := 1 // nodes: long keys make many
	for i, e := range entries {
		size += len(e.key)
		if i > 0 {
			size -= common(entries[i-1].key, e.key)
		}
	}
	t := &trie{first: append(make([]uint32, 0, size+1), 1), label: append(make([]byte, 0, size), 0), value: append(make([]int32, 0, size), -1)}
	type group struct{ lo, hi, depth int }
	for queue := []group{{0, len(entries), 0}}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		for g.lo < g.hi && len(entries[g.lo].key) == g.depth {
			g.lo++
		}
		for i := g.lo; i < g.hi; {
			b, j := entries[i].key[g.depth], i
			value := int32(-1)
			for ; j < g.hi && entries[j].key[g.depth] == b; j++ {
				if len(entries[j].key) == g.depth+1 {
					value = entries[j].value
				}
			}
			t.label, t.value = append(t.label, b), append(t.value, value)
			queue = append(queue, group{i, j, g.depth + 1})
			i = j
		}
		t.first = append(t.first, uint32(len(t.label)))
	}
	for c := t.first[0]; c < t.first[1]; c++ {
		t.root[t.label[c]] = c
	}
	return t
}

// common is how long a prefix two keys share.
func common(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// child returns the child of node n by label b, or 0.
func (t *trie) child(n uint32, b byte) uint32 {
	if n == 0 {
		return t.root[b]
	}
	lo, hi := t.first[n], t.first[n+1]
	for hi-lo > 8 {
		if m := (lo + hi) / 2; t.label[m] <= b {
			lo = m
		} else {
			hi = m
		}
	}
	for ; lo < hi; lo++ {
		if t.label[lo] == b {
			return lo
		}
	}
	return 0
}

// longest returns the length and the value of the longest key that s starts
// with; a length of 0 if there is none.
func (t *trie) longest(s string) (length int, value int32) {
	n := uint32(0)
	for i := range len(s) {
		if n = t.child(n, s[i]); n == 0 {
			break
		}
		if t.value[n] >= 0 {
			length, value = i+1, t.value[n]
		}
	}
	return length, value
}
