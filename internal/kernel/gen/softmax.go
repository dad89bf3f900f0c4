package main

import "fmt"

// softmax writes the parts of a softmax over whole vectors: the largest number, also of
// numbers that are scaled and masked on the way, and exponentials with their sums.
func softmax(a *asm, s isa) {
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }
	least := func(reg string) {
		a.op("VBROADCASTSS %s, %s", newVec(a, s, 0).at("lowest", 0), reg)
	}
	a.text(fmt.Sprintf("func largest%s(x *float32, n int) float32", s.name), "largest"+s.name, 20)
	a.op("MOVQ x+0(FP), SI")
	a.op("MOVQ n+8(FP), CX")
	least(r(1))
	whole(a, s, "largest", []string{"SI"}, func() { a.op("VMAXPS (SI), %s, %s", r(1), r(1)) })
	largestLane(a, s)
	a.op("VMOVSS X1, ret+16(FP)")
	a.op("VZEROUPPER")
	a.op("RET")

	a.text(fmt.Sprintf("func scaleMask%s(y, x, mask *float32, n int, scale float32) float32", s.name), "scaleMask"+s.name, 44)
	for i, p := range []string{"y", "x", "mask"} {
		a.op("MOVQ %s+%d(FP), %s", p, 8*i, []string{"DI", "SI", "R8"}[i])
	}
	a.op("MOVQ n+24(FP), CX")
	a.op("VBROADCASTSS scale+32(FP), %s", r(2))
	least(r(1))
	whole(a, s, "scaleMask", []string{"DI", "SI", "R8"}, func() {
		a.op("VMULPS (SI), %s, %s", r(2), r(0))
		a.op("VADDPS (R8), %s, %s", r(0), r(0))
		a.op("VMAXPS %s, %s, %s", r(0), r(1), r(1))
		a.op("VMOVUPS %s, (DI)", r(0))
	})
	largestLane(a, s)
	a.op("VMOVSS X1, ret+40(FP)")
	a.op("VZEROUPPER")
	a.op("RET")

	a.text(fmt.Sprintf("func expSum%s(lanes, y, x *float32, n int, a, b float32)", s.name), "expSum"+s.name, 40)
	for i, p := range []string{"y", "x"} {
		a.op("MOVQ %s+%d(FP), %s", p, 8+8*i, []string{"DI", "SI"}[i])
	}
	a.op("MOVQ n+24(FP), CX")
	a.op("VBROADCASTSS a+32(FP), %s", r(6))
	a.op("VBROADCASTSS b+36(FP), %s", r(7))
	tileKernel{asm: a, isa: s}.zero(r(14))
	body := func(e vec) {
		expScaled(e, r(6), r(7))
		e.op("VADDPS %s, %s, %s", e.x, r(14), r(14))
	}
	if !s.masked {
		pairLoop(a, s, "expSum"+s.name, body)
	}
	e := newVec(a, s, 0)
	whole(a, s, "expSum", []string{"DI", "SI"}, func() {
		a.op("VMOVUPS (SI), %s", e.x)
		body(e)
		a.op("VMOVUPS %s, (DI)", e.x)
	})
	a.op("MOVQ lanes+0(FP), DI")
	a.op("VMOVUPS %s, (DI)", r(14))
	a.op("VZEROUPPER")
	a.op("RET")
}

// whole runs body for each vector of CX floats.
func whole(a *asm, s isa, name string, ptrs []string, body func()) {
	loop, done := name+"Loop"+s.name, name+"Done"+s.name
	a.label(loop)
	a.op("CMPQ CX, $%d", s.floats())
	a.op("JLT %s", done)
	body()
	for _, p := range ptrs {
		a.op("ADDQ $%d, %s", s.bytes, p)
	}
	a.op("SUBQ $%d, CX", s.floats())
	a.op("JMP %s", loop)
	a.label(done)
}

// largestLane leaves the largest lane of register 1 in X1.
func largestLane(a *asm, s isa) {
	if s.masked {
		a.op("VEXTRACTF64X4 $1, Z1, Y0")
		a.op("VMAXPS Y0, Y1, Y1")
	}
	a.op("VEXTRACTF128 $1, Y1, X0")
	a.op("VMAXPS X0, X1, X1")
	for _, order := range []int{0x4e, 0xb1} {
		a.op("VPERMILPS $%#x, X1, X0", order)
		a.op("VMAXPS X0, X1, X1")
	}
}
