package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// Dim is a dimension of a value: Size for one sample, Size times the batch if Batch.
type Dim struct {
	Size  int
	Batch bool
}

// Dims are the dimensions of a value; nil if their sizes are neither the same for every
// batch nor multiples of it. Those of a value that depends on samples have the batch in
// one of them.
func (n *Net) Dims(v int) []Dim {
	if v < 0 || v >= len(n.dims) {
		return nil
	}
	return n.dims[v]
}

// PerSample is a value that is the same whatever the samples are, as it is for one of
// them: a constant, or constants repeated for the batch; nil of any other.
func (n *Net) PerSample(v int) *ops.Value {
	if c := n.Const(v); c != nil || v < 0 || v >= len(n.each) {
		return c
	}
	return n.each[v]
}

// learnDims compares the shapes and the known values of trial runs with batches of
// different sizes.
func (n *Net) learnDims() {
	n.dims, n.each = make([][]Dim, len(n.p.names)), make([]*ops.Value, len(n.p.names))
	for v, first := range n.trials[0].values {
		if first == nil || n.p.consts[v] != nil {
			continue
		}
		if n.dims[v] = n.dimsOf(v); n.dims[v] != nil && n.repeats(v) {
			n.each[v] = first.Unmetered()
		}
	}
}

func (n *Net) dimsOf(v int) []Dim {
	first := n.trials[0].values[v].Shape // of a batch of one
	dims := make([]Dim, len(first))
	for d, size := range first {
		dims[d].Size = size
		if len(n.trials) == 1 { // any dimension of 1 may be the batch: it is the first
			dims[d].Batch = d == 0 && size == 1
		}
	}
	for _, t := range n.trials[1:] {
		shape := t.values[v].Shape
		if len(shape) != len(first) {
			return nil
		}
		for d, size := range shape {
			switch size {
			case first[d]:
			case first[d] * t.batch:
				dims[d].Batch = true
			default:
				return nil
			}
		}
	}
	for _, t := range n.trials[1:] {
		for d, size := range t.values[v].Shape {
			if dims[d].Batch && size != first[d]*t.batch {
				return nil
			}
		}
	}
	return dims
}

// repeats reports whether all trials know a value, and that of a larger batch repeats
// that of one sample.
func (n *Net) repeats(v int) bool {
	first := n.trials[0].values[v]
	d := slices.IndexFunc(n.dims[v], func(d Dim) bool { return d.Batch })
	if !first.Known || d < 0 || first.Shape[d] != 1 || len(n.trials) == 1 {
		return false
	}
	inner := product(first.Shape[d:])
	for _, t := range n.trials[1:] {
		value := t.values[v]
		if !value.Known || !repeated(value.F, first.F, inner, t.batch) || !repeated(value.I, first.I, inner, t.batch) {
			return false
		}
	}
	return true
}

// repeated reports whether all is one, with every inner elements of it times times.
func repeated[T comparable](all, one []T, inner, times int) bool {
	if len(all) != len(one)*times {
		return false
	}
	for i, v := range all {
		if block := i / inner; v != one[block/times*inner+i%inner] {
			return false
		}
	}
	return true
}
