package onnx

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// learned are the operators whose constants are weights that are learned.
var learned = []string{
	"Gemm", "MatMul", "Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "GroupNormalization",
	"LayerNormalization", "RMSNormalization", "LSTM", "GRU", "RNN", "PRelu", "Einsum", "Gather", "Add", "Sub", "Mul", "Div",
}

// Twins finds the weights that are one: exporters write one that a model uses twice as
// one constant or as two, and so make one of two that begin with the same numbers, all
// ones or zeros. Those that are not all alike and have the same numbers are one.
// It maps a value to the first with its numbers.
func (p *Program) twins() map[int]int {
	first, hashes, seed := map[int]int{}, map[uint64][]int{}, maphash.MakeSeed()
	for _, nd := range p.nodes {
		if !slices.Contains(learned, nd.OpType) {
			continue
		}
		for _, v := range nd.in {
			if _, known := first[v]; known || v < 0 || !distinctive(p.consts[v]) {
				continue
			}
			c := p.consts[v]
			var h uint64
			c.Read(func(x []float32) { h = hash(seed, x[:min(1024, len(x))]) }) // equal ones are compared below
			i := slices.IndexFunc(hashes[h], func(w int) bool { return p.consts[w].Equal(c) })
			if first[v] = v; i >= 0 {
				first[v] = hashes[h][i]
			} else {
				hashes[h] = append(hashes[h], v)
			}
		}
	}
	return first
}

// distinctive reports whether a constant holds weights of different numbers.
func distinctive(c *ops.Value) (yes bool) {
	if c != nil && c.Type.Floating() {
		c.Read(func(f []float32) { yes = slices.ContainsFunc(f, func(x float32) bool { return x != f[0] }) })
	}
	return yes
}

func hash(seed maphash.Seed, f []float32) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	var b [4]byte
	for _, x := range f {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(x+0)) // the sign of a zero does not count
		h.Write(b[:])
	}
	return h.Sum64()
}

// spans are the first and the last node that takes a weight, by the first value with its
// numbers.
func (n *Net) spans() map[int][2]int {
	spans := map[int][2]int{}
	for i, nd := range n.p.nodes {
		for _, v := range nd.in {
			w, ok := n.twins()[v]
			if !ok {
				continue
			}
			span, seen := spans[w]
			if !seen {
				span[0] = i
			}
			span[1] = i
			spans[w] = span
		}
	}
	return spans
}

// across is a weight that nodes on both sides of the first one of a tail take; −1 if
// there is none.
func across(spans map[int][2]int, node int) int {
	found := -1
	for w, span := range spans {
		if span[0] < node && node <= span[1] && (found < 0 || w < found) {
			found = w
		}
	}
	return found
}
