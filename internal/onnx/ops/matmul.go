package ops

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("MatMul", 2, 2, "", matMul)
	register("Gemm", 2, 3, "alpha beta transA transB", gemm)
}

// matMul is numpy's matmul: products of matrices, broadcast over all dimensions but
// the last two.
func matMul(c *Call) {
	a, b := c.In[0], c.In[1]
	c.sameType(a, b)
	c.need(len(a.Shape) > 0 && len(b.Shape) > 0, "a scalar")
	sa, sb := a.Shape, b.Shape
	if len(sa) == 1 {
		sa = []int{1, sa[0]}
	}
	if len(sb) == 1 {
		sb = []int{sb[0], 1}
	}
	m, k, n := sa[len(sa)-2], sa[len(sa)-1], sb[len(sb)-1]
	c.need(sb[len(sb)-2] == k, "matrices %v and %v", sa, sb)
	// Batches, as values with one element for each matrix.
	ba, bb := Unknown(a.Type, sa[:len(sa)-2]...), Unknown(b.Type, sb[:len(sb)-2]...)
	batch := c.broadcast(ba, bb)
	shape := slices.Clone(batch)
	if len(a.Shape) > 1 {
		shape = append(shape, m)
	}
	if len(b.Shape) > 1 {
		shape = append(shape, n)
	}
	y := c.out(0, a.Type, shape...)
	c.work(float64(product(batch)) * float64(m) * float64(k) * float64(n))
	if c.trial() {
		return
	}
	if !a.Type.Floating() {
		intMatMul(y.I, a.I, b.I, newWalk(batch, ba, bb), m, k, n)
		return
	}
	if bb.Size() == 1 { // one product serves all
		m, ba, batch = m*product(batch), Unknown(a.Type), nil
	}
	w := newWalk(batch, ba, bb)
	w.rows(func(at int, from []int, count int) {
		for i := range count {
			x, z := (from[0]+i*w.step(0))*m*k, (from[1]+i*w.step(1))*k*n
			product2(y.F[(at+i)*m*n:], a.F[x:], b.F[z:], m, k, n)
		}
	})
}

// product2 computes the product of an m×k and a k×n matrix.
func product2(y, a, b []float32, m, k, n int) {
	if k == 0 {
		return // y is zero
	}
	kernel.Gemm(kernel.Dense(y, m, n), kernel.Dense(a, m, k), kernel.Dense(b, k, n), kernel.Epilogue{})
}

func intMatMul(y, a, b []int64, w *walk, m, k, n int) {
	w.rows(func(at int, from []int, count int) {
		for s := range count {
			x, z, out := a[(from[0]+s*w.step(0))*m*k:], b[(from[1]+s*w.step(1))*k*n:], y[(at+s)*m*n:]
			for i := range m {
				for p := range k {
					for j := range n {
						out[i*n+j] += x[i*k+p] * z[p*n+j]
					}
				}
			}
		}
	})
}

// gemm is alpha·A·B + beta·C, A and B perhaps transposed.
func gemm(c *Call) {
	a, b, bias := c.floats(0), c.floats(1), c.in(2)
	c.need(len(a.Shape) == 2 && len(b.Shape) == 2, "inputs %v, want matrices", c.In)
	ma, mb := kernel.Dense(a.F, a.Shape[0], a.Shape[1]), kernel.Dense(b.F, b.Shape[0], b.Shape[1])
	if c.attrInt("transA", 0) != 0 {
		ma = ma.T()
	}
	transB := c.attrInt("transB", 0) != 0
	if transB {
		mb = mb.T()
	}
	c.need(ma.Cols == mb.Rows, "a product of %d×%d and %d×%d", ma.Rows, ma.Cols, mb.Rows, mb.Cols)
	m, n := ma.Rows, mb.Cols
	y := c.out(0, a.Type, m, n)
	c.work(float64(m) * float64(n) * float64(ma.Cols))
	if bias != nil {
		bias = c.floats(2)
		c.need(slices.Equal(c.broadcast(y, bias), y.Shape), "a bias of shape %v for %v", bias.Shape, y.Shape)
	}
	if transB {
		c.scratch(b.Size())
	}
	if c.trial() {
		return
	}
	if transB { // the kernel wants rows of B to be contiguous
		mb = kernel.Dense(transposed(b.F, b.Shape[0], b.Shape[1]), mb.Rows, mb.Cols)
	}
	if ma.Cols > 0 && m > 0 && n > 0 {
		kernel.Gemm(kernel.Dense(y.F, m, n), ma, mb, kernel.Epilogue{})
	}
	scale(y.F, c.attrFloat("alpha", 1))
	if bias != nil {
		beta := c.attrFloat("beta", 1)
		c.binary(y, y, bias, func(x, b float32) float32 { return x + beta*b }, nil)
	}
}

func scale(x []float32, by float32) {
	if by == 1 {
		return
	}
	for i := range x {
		x[i] *= by
	}
}

// Turned is a transposed matrix; its numbers are not read before they are asked for.
func Turned(w *Value) *Value {
	v := Float(nil, w.Shape[1], w.Shape[0])
	v.later = func() (x []float32) {
		w.Read(func(f []float32) { x = transposed(f, w.Shape[0], w.Shape[1]) })
		return x
	}
	return v
}

func transposed(x []float32, rows, cols int) []float32 {
	out := make([]float32, len(x))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = x[i*cols+j]
		}
	}
	return out
}
