package ops

import (
	"slices"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// home is where the weights of products and convolutions lie: as the file has them until a
// network runs, and then packed for the kernels in the same memory, so that a model takes
// the memory of its weights once. The networks of a program share them. Whoever wants the
// numbers in the file's order afterwards gets a copy.
type home struct {
	mu     sync.Mutex
	data   []float32
	packed *packing // nil: data are in the file's order
	pinned bool     // somebody reads data where they are: they stay in the file's order
}

// packing says how weights are packed: for each output its inputs in some order.
type packing struct {
	order        inputOrder
	outs, inputs int
	// at is where the weight of an output and an input is in the file's order; −1 for
	// one that only fills a block, which is 0.
	at func(out, input int) int
}

// inputOrder names the orders of the inputs; together with a weight's shape it says all of a
// packing.
type inputOrder int

const (
	inputsFirst  inputOrder = iota // a matrix [in, out]
	outputsFirst                   // [out, …], inputs as they follow each other
	merged                         // like that, with groups computed as one: never in place
	blocksFirst                    // [out, in, height, width], by blocks of the inputs' channels
)

// homeLeast is the size from which weights have a home.
const homeLeast = 1 << 10

// Settle gives a constant's numbers a home, if they are many. Nobody else may use their
// memory.
func (v *Value) Settle() *Value {
	if v.home != nil || len(v.F) < homeLeast {
		return v
	}
	w := *v
	w.home, w.F = &home{data: v.F}, nil
	return &w
}

// Read calls f with a constant's numbers, which it must not keep or change.
func (v *Value) Read(f func(x []float32)) {
	if v.home == nil {
		f(v.Floats())
		return
	}
	v.home.mu.Lock()
	defer v.home.mu.Unlock()
	v.home.read(f)
}

// Floats are a constant's numbers: a copy if they have a home.
func (v *Value) Floats() (x []float32) {
	if v.later != nil {
		return v.later()
	}
	if v.home == nil {
		return v.F
	}
	v.Read(func(f []float32) { x = append(x, f...) })
	return x
}

// Own are a constant's numbers that nobody else has.
func (v *Value) Own() []float32 {
	if v.home == nil && v.later == nil {
		return slices.Clone(v.F)
	}
	return v.Floats()
}

// Pinned is a constant with its numbers in F: where they are, and stay in the file's order
// from then on, or a copy if they are packed already.
func (v *Value) Pinned() *Value {
	if v == nil || v.home == nil {
		return v
	}
	w, h := *v, v.home
	w.home = nil
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.packed != nil {
		h.read(func(f []float32) { w.F = append(w.F, f...) })
		return &w
	}
	h.pinned = true
	w.F = h.data
	return &w
}

// scratch has buffers of the size of a weight.
var scratch = sync.Pool{New: func() any { return new([]float32) }}

// withScratch lends n floats.
func withScratch(n int, f func(x []float32)) {
	s := scratch.Get().(*[]float32)
	defer scratch.Put(s)
	if cap(*s) < n {
		*s = make([]float32, n)
	}
	f((*s)[:n])
}

// read calls f with the numbers in the file's order.
func (h *home) read(f func(x []float32)) {
	if h.packed == nil {
		f(h.data)
		return
	}
	withScratch(len(h.data), func(x []float32) {
		p := h.packed
		kernel.EachPacked(p.outs, p.inputs, func(o, k, at int) { x[p.at(o, k)] = h.data[at] })
		f(x)
	})
}

// pack is the value's weights packed: in their own memory, if that has the size and nobody
// needs them as they are.
func (v *Value) pack(p packing) (packed []float32) {
	n := kernel.PackedLen(p.outs, p.inputs)
	if v.home == nil {
		packed = make([]float32, n)
		p.into(packed, v.F)
		return packed
	}
	h := v.home
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.packed != nil && h.packed.order == p.order {
		return h.data
	}
	if h.packed != nil || h.pinned || n != len(h.data) {
		packed = make([]float32, n)
		h.read(func(x []float32) { p.into(packed, x) })
		return packed
	}
	withScratch(n, func(x []float32) {
		p.into(x, h.data)
		copy(h.data, x)
	})
	h.packed = &p
	return h.data
}

// into packs x, which is in the file's order. All of packed is written.
func (p packing) into(packed, x []float32) {
	clear(packed[len(packed)-p.inputs*kernel.Block:]) // the last panel may be partial
	kernel.EachPacked(p.outs, p.inputs, func(o, k, at int) {
		packed[at] = 0
		if i := p.at(o, k); i >= 0 {
			packed[at] = x[i]
		}
	})
}

// matrix is how a product's weights are packed: [in, out], or [out, in] if turned.
func matrix(in, out int, turned bool) packing {
	if turned {
		return packing{outputsFirst, out, in, func(o, i int) int { return o*in + i }}
	}
	return packing{inputsFirst, out, in, func(o, i int) int { return i*out + o }}
}
