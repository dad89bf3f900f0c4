package main

import (
	"fmt"
	"strings"
)

// Offsets in kernel.AdamStep.
var adamFields = []string{"Beta1", "Beta2", "Rest1", "Rest2", "InvSqrtCorrection2", "StepSize", "Epsilon", "Decay", "L2"}

// vecLoop runs body over n floats (register CX) one vector at a time, the last
// one with a mask: every element goes through the same instructions wherever a
// slice starts or ends. It advances ptrs; load and store apply the mask.
func vecLoop(a *asm, s isa, name string, ptrs []string, body func(load func(ptr, reg string), store func(reg, ptr string))) {
	a.labels++
	full, tail, done := fmt.Sprintf("%sFull%d", name, a.labels), fmt.Sprintf("%sTail%d", name, a.labels), fmt.Sprintf("%sDone%d", name, a.labels)
	a.label(full)
	a.op("CMPQ CX, $%d", s.floats())
	a.op("JLT %s", tail)
	body(func(ptr, reg string) { a.op("VMOVUPS (%s), %s", ptr, reg) },
		func(reg, ptr string) { a.op("VMOVUPS %s, (%s)", reg, ptr) })
	for _, p := range ptrs {
		a.op("ADDQ $%d, %s", s.bytes, p)
	}
	a.op("SUBQ $%d, CX", s.floats())
	a.op("JMP %s", full)
	a.label(tail)
	a.op("TESTQ CX, CX")
	a.op("JEQ %s", done)
	if s.masked {
		a.op("MOVQ $-1, AX")
		a.op("SHLQ CX, AX")
		a.op("NOTQ AX")
		a.op("KMOVW AX, K1")
		body(func(ptr, reg string) { a.op("VMOVUPS.Z (%s), K1, %s", ptr, reg) },
			func(reg, ptr string) { a.op("VMOVUPS %s, K1, (%s)", reg, ptr) })
	} else {
		a.op("MOVQ CX, AX")
		avx2Lanes(a, avx2Mask)
		body(func(ptr, reg string) { a.op("VMASKMOVPS (%s), %s, %s", ptr, avx2Mask, reg) },
			func(reg, ptr string) { a.op("VMASKMOVPS %s, %s, (%s)", reg, avx2Mask, ptr) })
	}
	a.label(done)
	a.op("VZEROUPPER")
	a.op("RET")
}

// adam writes the optimizer step; see kernel.Adam for the formulas.
func adam(a *asm, s isa) {
	a.text(fmt.Sprintf("func adam%s(w, grad, m, v *float32, n int, s *AdamStep)", s.name), "adam"+s.name, 48)
	for i, p := range []string{"DI", "SI", "R8", "R9"} {
		a.op("MOVQ %s+%d(FP), %s", []string{"w", "grad", "m", "v"}[i], 8*i, p)
	}
	a.op("MOVQ n+32(FP), CX")
	a.op("MOVQ s+40(FP), DX")
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }
	c := map[string]string{}
	for i, f := range adamFields {
		c[f] = r(6 + i) // up to 14; 15 is AVX2's mask
		a.op("VBROADCASTSS %d(DX), %s", 4*i, c[f])
	}
	w, g, m, v, t := r(0), r(1), r(2), r(3), r(4)
	vecLoop(a, s, "adam"+s.name, []string{"DI", "SI", "R8", "R9"}, func(load func(string, string), store func(string, string)) {
		load("DI", w)
		load("SI", g)
		load("R8", m)
		load("R9", v)
		a.op("VFMADD231PS %s, %s, %s", c["L2"], w, g) // g += L2·w
		a.op("VMULPS %s, %s, %s", c["Beta1"], m, m)
		a.op("VFMADD231PS %s, %s, %s", c["Rest1"], g, m)
		a.op("VMULPS %s, %s, %s", g, g, t)
		a.op("VMULPS %s, %s, %s", c["Beta2"], v, v)
		a.op("VFMADD231PS %s, %s, %s", c["Rest2"], t, v)
		store(m, "R8")
		store(v, "R9")
		a.op("VSQRTPS %s, %s", v, t)
		a.op("VFMADD213PS %s, %s, %s", c["Epsilon"], c["InvSqrtCorrection2"], t) // t = t·inv + ε
		a.op("VDIVPS %s, %s, %s", t, m, t)
		a.op("VMULPS %s, %s, %s", c["Decay"], w, w)
		a.op("VFNMADD231PS %s, %s, %s", c["StepSize"], t, w)
		store(w, "DI")
	})
}

// elementwise writes ReLU, its gradient, and the elementwise maximum and
// product of two vectors.
func elementwise(a *asm, s isa) {
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }
	begin := func(name string, args ...string) []string {
		sig := ""
		for _, n := range args {
			sig += n + ", "
		}
		a.text(fmt.Sprintf("func %s%s(%sn int)", name, s.name, sig[:len(sig)-2]+" *float32, "), name+s.name, 8*len(args)+8)
		ptrs := []string{"DI", "SI", "R8"}[:len(args)]
		for i, p := range ptrs {
			a.op("MOVQ %s+%d(FP), %s", args[i], 8*i, p)
		}
		a.op("MOVQ n+%d(FP), CX", 8*len(args))
		return ptrs
	}
	zero := func(reg string) { tileKernel{asm: a, isa: s}.zero(reg) }

	ptrs := begin("relu", "y", "x")
	zero(r(1))
	vecLoop(a, s, "relu"+s.name, ptrs, func(load func(string, string), store func(string, string)) {
		load("SI", r(0))
		a.op("VMAXPS %s, %s, %s", r(0), r(1), r(0))
		store(r(0), "DI")
	})

	ptrs = begin("reluGrad", "dx", "dy", "y")
	zero(r(3))
	vecLoop(a, s, "reluGrad"+s.name, ptrs, func(load func(string, string), store func(string, string)) {
		load("SI", r(0))
		load("R8", r(1))
		if s.masked { // predicate 30: greater than, ordered, quiet
			a.op("VCMPPS $30, %s, %s, K2", r(3), r(1))
			a.op("VMOVAPS.Z %s, K2, %s", r(0), r(0))
		} else {
			a.op("VCMPPS $30, %s, %s, %s", r(3), r(1), r(2))
			a.op("VANDPS %s, %s, %s", r(2), r(0), r(0))
		}
		store(r(0), "DI")
	})

	ptrs = begin("max", "dst", "a", "b")
	vecLoop(a, s, "max"+s.name, ptrs, func(load func(string, string), store func(string, string)) {
		load("SI", r(0))
		load("R8", r(1))
		a.op("VMAXPS %s, %s, %s", r(1), r(0), r(2)) // b if either is NaN
		if s.masked {                               // predicate 3: unordered
			a.op("VCMPPS $3, %s, %s, K2", r(0), r(0))
			a.op("VMOVAPS %s, K2, %s", r(0), r(2))
		} else {
			a.op("VCMPPS $3, %s, %s, %s", r(0), r(0), r(3))
			a.op("VBLENDVPS %s, %s, %s, %s", r(3), r(0), r(2), r(2))
		}
		store(r(2), "DI")
	})

	for _, name := range []string{"mul", "add"} {
		ptrs = begin(name, "dst", "a", "b")
		vecLoop(a, s, name+s.name, ptrs, func(load func(string, string), store func(string, string)) {
			load("SI", r(0))
			load("R8", r(1))
			a.op("V%sPS %s, %s, %s", strings.ToUpper(name), r(0), r(1), r(0))
			store(r(0), "DI")
		})
	}
}

// pairs writes the maximum of each pair of neighbours: n floats from 2n.
func pairs(a *asm, s isa) {
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }
	table := "evens" + s.name
	if s.masked {
		a.WriteByte('\n')
		for i, q := range []int{0, 2, 4, 6, 1, 3, 5, 7} {
			fmt.Fprintf(a, "DATA %s<>+%d(SB)/8, $%d\n", table, 8*i, q)
		}
		fmt.Fprintf(a, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", table, s.bytes)
	}
	a.text(fmt.Sprintf("func maxPairs%s(dst, src *float32, n int)", s.name), "maxPairs"+s.name, 24)
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ src+8(FP), SI")
	a.op("MOVQ n+16(FP), CX")
	if s.masked {
		a.op("VMOVDQU64 %s<>(SB), %s", table, r(5))
	}
	loop, done := "pairLoop"+s.name, "pairDone"+s.name
	a.label(loop)
	a.op("CMPQ CX, $%d", s.floats())
	a.op("JLT %s", done)
	a.op("VMOVUPS (SI), %s", r(0))
	a.op("VMOVUPS %d(SI), %s", s.bytes, r(1))
	a.op("VSHUFPS $0x88, %s, %s, %s", r(1), r(0), r(2)) // the even ones, lane by lane
	a.op("VSHUFPS $0xdd, %s, %s, %s", r(1), r(0), r(3)) // the odd ones
	a.op("VMAXPS %s, %s, %s", r(3), r(2), r(4))         // odd if either is NaN
	if s.masked {                                       // predicate 3: unordered
		a.op("VCMPPS $3, %s, %s, K2", r(2), r(2))
		a.op("VMOVAPS %s, K2, %s", r(2), r(4))
		a.op("VPERMQ %s, %s, %s", r(4), r(5), r(4))
	} else {
		a.op("VCMPPS $3, %s, %s, %s", r(2), r(2), r(3))
		a.op("VBLENDVPS %s, %s, %s, %s", r(3), r(2), r(4), r(4))
		a.op("VPERMQ $0xd8, %s, %s", r(4), r(4))
	}
	a.op("VMOVUPS %s, (DI)", r(4))
	a.op("ADDQ $%d, DI", s.bytes)
	a.op("ADDQ $%d, SI", 2*s.bytes)
	a.op("SUBQ $%d, CX", s.floats())
	a.op("JMP %s", loop)
	a.label(done)
	a.op("VZEROUPPER")
	a.op("RET")
}
