package main

import "fmt"

// reduce writes the sums and the maximum of whole vectors, lane by lane, and the
// second half of a layer's normalisation.
func reduce(a *asm, s isa) {
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }
	lanes := func(name, args string, bytes int, body func()) {
		a.text(fmt.Sprintf("func %s%s(lanes, x *float32, n int%s)", name, s.name, args), name+s.name, bytes)
		a.op("MOVQ lanes+0(FP), DI")
		a.op("MOVQ x+8(FP), SI")
		a.op("MOVQ n+16(FP), CX")
		if args != "" {
			a.op("VBROADCASTSS mean+24(FP), %s", r(3))
		}
		a.op("VMOVUPS (DI), %s", r(1))
		loop, done := name+"Loop"+s.name, name+"Done"+s.name
		a.label(loop)
		a.op("CMPQ CX, $%d", s.floats())
		a.op("JLT %s", done)
		a.op("VMOVUPS (SI), %s", r(0))
		body()
		a.op("ADDQ $%d, SI", s.bytes)
		a.op("SUBQ $%d, CX", s.floats())
		a.op("JMP %s", loop)
		a.label(done)
		a.op("VMOVUPS %s, (DI)", r(1))
		a.op("VZEROUPPER")
		a.op("RET")
	}
	lanes("sumLanes", "", 24, func() { a.op("VADDPS %s, %s, %s", r(0), r(1), r(1)) })
	lanes("squareLanes", ", mean float32", 28, func() {
		a.op("VSUBPS %s, %s, %s", r(3), r(0), r(0))
		a.op("VFMADD231PS %s, %s, %s", r(0), r(0), r(1))
	})

	a.text(fmt.Sprintf("func standardize%s(y, x, weight, bias *float32, n int, mean, inverse float32)", s.name), "standardize"+s.name, 48)
	for i, p := range []string{"y", "x", "weight", "bias"} {
		a.op("MOVQ %s+%d(FP), %s", p, 8*i, []string{"DI", "SI", "R8", "R9"}[i])
	}
	a.op("MOVQ n+32(FP), CX")
	a.op("VBROADCASTSS mean+40(FP), %s", r(3))
	a.op("VBROADCASTSS inverse+44(FP), %s", r(4))
	vecLoop(a, s, "standardize"+s.name, []string{"DI", "SI", "R8", "R9"}, func(load func(string, string), store func(string, string)) {
		load("SI", r(0))
		load("R8", r(1))
		load("R9", r(2))
		a.op("VSUBPS %s, %s, %s", r(3), r(0), r(0))
		a.op("VMULPS %s, %s, %s", r(4), r(0), r(0))
		a.op("VFMADD213PS %s, %s, %s", r(2), r(1), r(0))
		store(r(0), "DI")
	})
}
