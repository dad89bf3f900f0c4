package main

import "fmt"

// dropMask writes the part of kernel.DropMask that fills whole vectors: lane i
// of the counter is the argument z plus i times SplitMix64's increment.
func dropMask(a *asm, s isa) {
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }
	lanes := s.bytes / 8
	table := "golden" + s.name
	a.WriteByte('\n')
	for i := range lanes {
		fmt.Fprintf(a, "DATA %s<>+%d(SB)/8, $%#x\n", table, 8*i, uint64(i)*increment)
	}
	fmt.Fprintf(a, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", table, s.bytes)

	a.text(fmt.Sprintf("func dropMask%s(mask *float32, n int, limit uint32, keep float32, z uint64)", s.name), "dropMask"+s.name, 32)
	a.op("MOVQ mask+0(FP), DI")
	a.op("MOVQ n+8(FP), CX")
	a.op("MOVL limit+16(FP), AX")
	spread := func(value uint64, to string) {
		a.op("MOVQ $%#x, AX", value)
		a.op("MOVQ AX, X0")
		a.op("VPBROADCASTQ X0, %s", to)
	}
	z, t, u := r(1), r(2), r(3)
	limit, keep, step := r(5), r(6), r(7)
	m := [2]string{r(8), r(9)}
	high := [2]string{r(10), r(11)}
	a.op("MOVQ AX, X0")
	a.op("VPBROADCASTD X0, %s", limit)
	a.op("VBROADCASTSS keep+20(FP), %s", keep)
	a.op("VPBROADCASTQ z+24(FP), %s", z)
	a.op("VMOVDQU%s %s<>(SB), %s", map[bool]string{true: "64"}[s.masked], table, t)
	a.op("VPADDQ %s, %s, %s", t, z, z)
	spread(uint64(lanes)*increment, step)
	for i, c := range []uint64{mix1, mix2} {
		spread(c, m[i])
		spread(c>>32, high[i])
	}
	// mul sets x to the low 64 bits of x·m.
	mul := func(x string, i int) {
		if s.masked {
			a.op("VPMULLQ %s, %s, %s", m[i], x, x)
			return
		}
		a.op("VPSRLQ $32, %s, %s", x, r(12))
		a.op("VPMULUDQ %s, %s, %s", m[i], r(12), r(12)) // high·low
		a.op("VPMULUDQ %s, %s, %s", high[i], x, r(13))  // low·high
		a.op("VPADDQ %s, %s, %s", r(13), r(12), r(12))
		a.op("VPSLLQ $32, %s, %s", r(12), r(12))
		a.op("VPMULUDQ %s, %s, %s", m[i], x, x)
		a.op("VPADDQ %s, %s, %s", r(12), x, x)
	}
	xor := map[bool]string{true: "VPXORQ", false: "VPXOR"}[s.masked]
	shift := func(x string, n int) {
		a.op("VPSRLQ $%d, %s, %s", n, x, t)
		a.op("%s %s, %s, %s", xor, t, x, x)
	}
	loop, done := "drawLoop"+s.name, "drawDone"+s.name
	a.label(loop)
	a.op("CMPQ CX, $%d", s.floats())
	a.op("JLT %s", done)
	a.op("VMOVDQA%s %s, %s", map[bool]string{true: "64"}[s.masked], z, u)
	shift(u, 30)
	mul(u, 0)
	shift(u, 27)
	mul(u, 1)
	shift(u, 31)
	if s.masked { // predicate 5: not less than
		a.op("VPCMPUD $5, %s, %s, K1", limit, u)
		a.op("VMOVUPS.Z %s, K1, %s", keep, t)
	} else {
		a.op("VPMAXUD %s, %s, %s", limit, u, t)
		a.op("VPCMPEQD %s, %s, %s", t, u, t)
		a.op("VPAND %s, %s, %s", keep, t, t)
	}
	a.op("VMOVUPS %s, (DI)", t)
	a.op("VPADDQ %s, %s, %s", step, z, z)
	a.op("ADDQ $%d, DI", s.bytes)
	a.op("SUBQ $%d, CX", s.floats())
	a.op("JMP %s", loop)
	a.label(done)
	a.op("VZEROUPPER")
	a.op("RET")
}

// SplitMix64's constants, as package kernel has them.
const mix1, mix2 = 0xbf58476d1ce4e5b9, 0x94d049bb133111eb

var increment uint64 = 0x9e3779b97f4a7c15
