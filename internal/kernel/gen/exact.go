package main

import "fmt"

// exact writes functions that have the bits of kernel/exact.go's plain Go: nothing is fused, and the
// order of every operation is the same. Processors with AVX-512 run them too.
func exact(a *asm, s isa) {
	e := exactVec{newVec(a, s, 0)}
	begin := func(name, args, more string, bytes int, ptrs ...string) {
		a.text(fmt.Sprintf("func %s%s(%s *float32, n int%s)", name, s.name, args, more), name+s.name, bytes)
		at := 0
		for _, p := range ptrs {
			a.op("MOVQ %s+%d(FP), %s", p, at, pointers[p])
			at += 8
		}
		a.op("MOVQ n+%d(FP), CX", at)
	}

	begin("geluExact", "y, x", "", 24, "y", "x")
	vecLoop(a, s, "geluExact"+s.name, []string{"DI", "SI"}, func(load func(string, string), store func(string, string)) {
		load("SI", e.x)
		e.normalTail()
		e.load("zero", e.t)
		e.op("VMAXPS %s, %s, %s", e.x, e.t, e.x)
		e.op("VMULPS %s, %s, %s", e.u, e.v, e.u)
		e.op("VSUBPS %s, %s, %s", e.u, e.x, e.x)
		store(e.x, "DI")
	})

	begin("geluGradExact", "dx, dy, x", "", 32, "dx", "dy", "x")
	vecLoop(a, s, "geluGradExact"+s.name, []string{"DI", "R8", "SI"}, func(load func(string, string), store func(string, string)) {
		load("SI", e.x)
		e.normalTail()
		e.mirror(e.u, "one")
		e.op("VMULPS %s, %s, %s", e.w, e.v, e.v)
		e.with("VMULPS", "density", e.v, e.v)
		e.signed(e.v, e.x)
		e.op("VADDPS %s, %s, %s", e.v, e.u, e.u)
		load("R8", e.t)
		e.op("VMULPS %s, %s, %s", e.u, e.t, e.t)
		store(e.t, "DI")
	})

	a5, b6, c7 := s.reg+"5", s.reg+"6", s.reg+"7"
	begin("gateExact", "y, x", ", a, b float32", 32, "y", "x")
	e.op("VBROADCASTSS a+24(FP), %s", a5)
	e.op("VBROADCASTSS b+28(FP), %s", b6)
	vecLoop(a, s, "gateExact"+s.name, []string{"DI", "SI"}, func(load func(string, string), store func(string, string)) {
		load("SI", e.x)
		e.gate(a5, b6)
		e.op("VMULPS %s, %s, %s", e.u, e.x, e.x)
		store(e.x, "DI")
	})

	begin("gateGradExact", "dx, dy, x", ", a, b, c float32", 44, "dx", "dy", "x")
	e.op("VBROADCASTSS a+32(FP), %s", a5)
	e.op("VBROADCASTSS b+36(FP), %s", b6)
	e.op("VBROADCASTSS c+40(FP), %s", c7)
	vecLoop(a, s, "gateGradExact"+s.name, []string{"DI", "R8", "SI"}, func(load func(string, string), store func(string, string)) {
		load("SI", e.x)
		e.gate(a5, b6)
		square := s.reg + "8"
		e.op("VMULPS %s, %s, %s", e.v, e.v, square)
		e.op("VMULPS %s, %s, %s", c7, square, square)
		e.op("VADDPS %s, %s, %s", a5, square, square)
		e.op("VMULPS %s, %s, %s", e.v, square, square)
		e.op("VMULPS %s, %s, %s", e.w, square, square)
		e.signed(square, e.x)
		e.op("VADDPS %s, %s, %s", square, e.u, e.u)
		load("R8", e.t)
		e.op("VMULPS %s, %s, %s", e.u, e.t, e.t)
		store(e.t, "DI")
	})
	e.expSum(begin)
	e.softmaxGrad(begin)
}

// pointers are the registers of arguments.
var pointers = map[string]string{"y": "DI", "dx": "DI", "a": "DI", "x": "SI", "b": "SI", "p": "SI", "dy": "R8"}

// exactVec writes the parts of those functions; kernel/exact.go has them in Go, under the same names.
type exactVec struct{ vec }

// down replaces x ≤ 88 by eˣ, or 0 below −87; it uses t, u and the registers 9 and 10.
func (e exactVec) down(x string) {
	zero, k := e.reg+"9", e.reg+"10"
	e.load("least", e.t)
	e.op("VCMPPS $17, %s, %s, %s", e.t, x, zero) // less than, ordered, quiet
	e.with("VMULPS", "log2e", x, e.u)
	e.load("magic", e.t)
	e.op("VADDPS %s, %s, %s", e.t, e.u, e.u)
	e.op("VSUBPS %s, %s, %s", e.t, e.u, k)
	e.with("VMULPS", "ln2High", k, e.t)
	e.op("VSUBPS %s, %s, %s", e.t, x, x)
	e.with("VMULPS", "ln2Low", k, e.t)
	e.op("VSUBPS %s, %s, %s", e.t, x, x)
	e.horner("taylor", x, e.t)
	e.with("VPADDD", "bias", e.u, e.u)
	e.op("VPSLLD $23, %s, %s", e.u, e.u)
	e.op("VMULPS %s, %s, %s", e.u, e.t, e.t)
	e.op("VANDNPS %s, %s, %s", e.t, zero, x)
}

// horner sets to to the polynomial of x with the coefficients of that name.
func (e exactVec) horner(name, x, to string) {
	n := constLength(name)
	e.op("VMOVUPS %s, %s", e.at(name, n-1), to)
	for i := n - 2; i >= 0; i-- {
		e.op("VMULPS %s, %s, %s", x, to, to)
		e.op("VADDPS %s, %s, %s", e.at(name, i), to, to)
	}
}

// normalTail sets v to |x|, at most 14, w to e^(−v²/2), and u to the normal distribution's 1 − Φ(v).
func (e exactVec) normalTail() {
	e.abs(e.x, e.v)
	e.load("tailEnd", e.t)
	e.op("VMINPS %s, %s, %s", e.v, e.t, e.v)
	e.op("VMULPS %s, %s, %s", e.v, e.v, e.w)
	e.with("VMULPS", "minusHalf", e.w, e.w)
	e.down(e.w)
	r, q := e.reg+"9", e.reg+"10"
	e.with("VMULPS", "quarter", e.v, r)
	e.with("VADDPS", "one", r, r)
	e.load("one", e.t)
	e.op("VDIVPS %s, %s, %s", r, e.t, r)
	e.horner("tail", r, q)
	e.op("VMULPS %s, %s, %s", r, q, q)
	e.op("VMULPS %s, %s, %s", e.w, q, e.u)
}

// mirror replaces y by one − y where x has no sign.
func (e exactVec) mirror(y, one string) {
	e.load(one, e.t)
	e.op("VSUBPS %s, %s, %s", y, e.t, e.t)
	e.op("VBLENDVPS %s, %s, %s, %s", e.x, y, e.t, y)
}

// gate sets v to |x|, at most 88, u to 1/(1 + e^−z) with z = x·(a + b·x²), and w to u·(1 − u).
func (e exactVec) gate(a, b string) {
	e.abs(e.x, e.v)
	e.load("gateEnd", e.t)
	e.op("VMINPS %s, %s, %s", e.v, e.t, e.v)
	e.op("VMULPS %s, %s, %s", e.v, e.v, e.w)
	e.op("VMULPS %s, %s, %s", b, e.w, e.w)
	e.op("VADDPS %s, %s, %s", a, e.w, e.w)
	e.op("VMULPS %s, %s, %s", e.v, e.w, e.w)
	e.load("zero", e.t)
	e.op("VSUBPS %s, %s, %s", e.w, e.t, e.w)
	e.down(e.w)
	r, small := e.reg+"9", e.reg+"10"
	e.with("VADDPS", "one", e.w, r)
	e.load("one", e.t)
	e.op("VDIVPS %s, %s, %s", r, e.t, r)
	e.op("VMULPS %s, %s, %s", r, e.w, small)
	e.op("VBLENDVPS %s, %s, %s, %s", e.x, small, r, e.u)
	e.op("VMULPS %s, %s, %s", r, small, e.w)
}

// expSum writes e^((x − top)·scale) and adds it to eight sums in float64.
func (e exactVec) expSum(begin func(name, args, more string, bytes int, ptrs ...string)) {
	a := e.asm
	begin("expSumExact", "y, x", ", sums *float64, top, scale float32", 40, "y", "x")
	top, scale, low, high, wide := e.reg+"5", e.reg+"6", e.reg+"7", e.reg+"8", e.reg+"11"
	a.op("MOVQ sums+24(FP), R9")
	a.op("VBROADCASTSS top+32(FP), %s", top)
	a.op("VBROADCASTSS scale+36(FP), %s", scale)
	a.op("VXORPS %s, %s, %s", low, low, low)
	a.op("VXORPS %s, %s, %s", high, high, high)
	whole := true
	name := "expSumExact" + e.name
	vecLoop(a, e.isa, name, []string{"DI", "SI"}, func(load func(string, string), store func(string, string)) {
		load("SI", e.x)
		a.op("VSUBPS %s, %s, %s", top, e.x, e.x)
		a.op("VMULPS %s, %s, %s", scale, e.x, e.x)
		e.down(e.x)
		store(e.x, "DI")
		if !whole {
			a.op("VANDPS %s, %s, %s", avx2Mask, e.x, e.x)
		}
		for i, sum := range []string{low, high} {
			if i == 1 {
				a.op("VEXTRACTF128 $1, %s, X0", e.x)
			}
			a.op("VCVTPS2PD X0, %s", wide)
			a.op("VADDPD %s, %s, %s", wide, sum, sum)
			a.op("VMOVUPD %s, %d(R9)", sum, 32*i)
		}
		whole = false
	})
}

// softmaxGrad writes the sum of products in float64, in eight parts, and then p·(dp − dot)·scale.
func (e exactVec) softmaxGrad(begin func(name, args, more string, bytes int, ptrs ...string)) {
	a, low, high, wide, wider := e.asm, e.reg+"7", e.reg+"8", e.reg+"9", e.reg+"10"
	begin("dotExact", "a, b", ", sums *float64", 32, "a", "b")
	a.op("MOVQ sums+24(FP), R9")
	a.op("VXORPS %s, %s, %s", low, low, low)
	a.op("VXORPS %s, %s, %s", high, high, high)
	vecLoop(a, e.isa, "dotExact"+e.name, []string{"DI", "SI"}, func(load func(string, string), store func(string, string)) {
		load("DI", e.x)
		load("SI", e.t)
		for i, sum := range []string{low, high} {
			if i == 1 {
				a.op("VEXTRACTF128 $1, %s, X0", e.x)
				a.op("VEXTRACTF128 $1, %s, X1", e.t)
			}
			a.op("VCVTPS2PD X0, %s", wide)
			a.op("VCVTPS2PD X1, %s", wider)
			a.op("VMULPD %s, %s, %s", wide, wider, wide) // exact
			a.op("VADDPD %s, %s, %s", wide, sum, sum)
			a.op("VMOVUPD %s, %d(R9)", sum, 32*i)
		}
	})

	dot, scale := e.reg+"5", e.reg+"6"
	begin("softmaxGradExact", "dx, p", ", dot, scale float32", 32, "dx", "p")
	a.op("VBROADCASTSS dot+24(FP), %s", dot)
	a.op("VBROADCASTSS scale+28(FP), %s", scale)
	vecLoop(a, e.isa, "softmaxGradExact"+e.name, []string{"DI", "SI"}, func(load func(string, string), store func(string, string)) {
		load("DI", e.x)
		load("SI", e.t)
		a.op("VSUBPS %s, %s, %s", dot, e.x, e.x)
		a.op("VMULPS %s, %s, %s", e.t, e.x, e.x)
		a.op("VMULPS %s, %s, %s", scale, e.x, e.x)
		store(e.x, "DI")
	})
}
