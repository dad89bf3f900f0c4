package main

// transpose writes the transposition of a strip of eight rows: eight by eight
// elements at a time, by unpacking pairs, shuffling fours and exchanging halves.
func transpose(a *asm) {
	a.text("func transpose8(dst, src *float32, n, dstStride, srcStride int)", "transpose8", 40)
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ src+8(FP), SI")
	a.op("MOVQ n+16(FP), CX")
	a.op("MOVQ dstStride+24(FP), R8")
	a.op("MOVQ srcStride+32(FP), R9")
	a.op("LEAQ (R9)(R9*2), R10") // three rows of the source
	a.op("LEAQ (R8)(R8*2), R11") // and of the destination
	a.label("strip")
	a.op("CMPQ CX, $8")
	a.op("JLT stripDone")
	a.op("LEAQ (SI)(R9*4), DX")
	a.op("LEAQ (DI)(R8*4), BX")
	for i, at := range []string{"(SI)", "(SI)(R9*1)", "(SI)(R9*2)", "(SI)(R10*1)", "(DX)", "(DX)(R9*1)", "(DX)(R9*2)", "(DX)(R10*1)"} {
		a.op("VMOVUPS %s, Y%d", at, i)
	}
	for i := 0; i < 8; i += 2 { // pairs of rows i and i+1
		a.op("VUNPCKLPS Y%d, Y%d, Y%d", i+1, i, 8+i)
		a.op("VUNPCKHPS Y%d, Y%d, Y%d", i+1, i, 9+i)
	}
	for i := 0; i < 8; i += 4 { // fours of rows i to i+3, in both halves
		a.op("VSHUFPS $0x44, Y%d, Y%d, Y%d", 10+i, 8+i, i)
		a.op("VSHUFPS $0xee, Y%d, Y%d, Y%d", 10+i, 8+i, i+1)
		a.op("VSHUFPS $0x44, Y%d, Y%d, Y%d", 11+i, 9+i, i+2)
		a.op("VSHUFPS $0xee, Y%d, Y%d, Y%d", 11+i, 9+i, i+3)
	}
	for i := range 4 {
		a.op("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 4+i, i, 8+i)
		a.op("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 4+i, i, 12+i)
	}
	for i, at := range []string{"(DI)", "(DI)(R8*1)", "(DI)(R8*2)", "(DI)(R11*1)", "(BX)", "(BX)(R8*1)", "(BX)(R8*2)", "(BX)(R11*1)"} {
		a.op("VMOVUPS Y%d, %s", 8+i, at)
	}
	a.op("ADDQ $32, SI")
	a.op("LEAQ (DI)(R8*8), DI")
	a.op("SUBQ $8, CX")
	a.op("JMP strip")
	a.label("stripDone")
	a.op("VZEROUPPER")
	a.op("RET")
}
