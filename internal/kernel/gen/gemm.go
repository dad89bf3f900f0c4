package main

import "fmt"

// Offsets in kernel.tile.
const (
	tileA, tileB, tileC, tileBias, tileScale                = 0, 8, 16, 24, 32
	tileK, tileARow, tileACol, tileBRow, tileCRow, tileSRow = 40, 48, 56, 64, 72, 80
	tileRows, tileCols, tileFlags, tileRowBias              = 88, 96, 104, 112

	flagAccumulate, flagReLU = 1, 2
)

// Registers of the tile kernels.
const (
	args  = "DI"
	bPtr  = "BX"
	bStep = "CX"
	aRow  = "R12"
	aStep = "R13"
	count = "DX"
)

// aPtrs point at rows 0, 3, 6 and 9 of A.
var aPtrs = []string{"R8", "R9", "R10", "R11"}

// gemm writes one function with a kernel for every tile size.
func gemm(a *asm, s isa) {
	a.text(fmt.Sprintf("func tile%s(t *tile)", s.name), "tile"+s.name, 8)
	a.op("MOVQ t+0(FP), %s", args)
	a.op("MOVQ %d(%s), AX", tileRows, args)
	a.op("MOVQ %d(%s), SI", tileCols, args)
	for rows := s.rows; rows >= 1; rows-- {
		if rows > 1 {
			a.op("CMPQ AX, $%d", rows)
			a.op("JNE below%d", rows)
		}
		a.op("CMPQ SI, $%d", s.floats())
		a.op("JGT two%d", rows)
		tile(a, s, rows, 1, false)
		a.label(fmt.Sprintf("two%d", rows))
		if s.masked {
			tile(a, s, rows, 2, false)
		} else {
			a.op("CMPQ SI, $%d", 2*s.floats())
			a.op("JLT part%d", rows)
			tile(a, s, rows, 2, true)
			a.label(fmt.Sprintf("part%d", rows))
			tile(a, s, rows, 2, false)
		}
		if rows > 1 {
			a.label(fmt.Sprintf("below%d", rows))
		}
	}
}

// rowVecs is how many vectors a row by itself has: with fewer, each multiplication would
// wait for the one before.
const rowVecs = 8

// row writes the kernel of a single row of so many whole vectors.
func row(a *asm, s isa) {
	a.text(fmt.Sprintf("func row%s(t *tile)", s.name), "row"+s.name, 8)
	a.op("MOVQ t+0(FP), %s", args)
	tile(a, s, 1, rowVecs, true)
}

// tileKernel is one size of tile: rows × vecs vectors.
type tileKernel struct {
	*asm
	isa
	rows, vecs int
	full       bool // AVX2: no mask needed, all lanes are in use
}

func tile(a *asm, s isa, rows, vecs int, full bool) {
	k := tileKernel{a, s, rows, vecs, full}
	k.masks()
	a.op("MOVQ %d(%s), %s", tileA, args, aPtrs[0])
	a.op("MOVQ %d(%s), %s", tileARow, args, aRow)
	for i := 1; 3*i < rows; i++ {
		a.op("LEAQ (%s)(%s*2), %s", aPtrs[i-1], aRow, aPtrs[i])
		a.op("ADDQ %s, %s", aRow, aPtrs[i])
	}
	a.op("MOVQ %d(%s), %s", tileACol, args, aStep)
	a.op("MOVQ %d(%s), %s", tileB, args, bPtr)
	a.op("MOVQ %d(%s), %s", tileBRow, args, bStep)
	a.op("MOVQ %d(%s), %s", tileK, args, count)
	k.start()
	k.loop()
	k.finish()
}

// acc returns the accumulator of row i, vector v.
func (k tileKernel) acc(i, v int) string { return fmt.Sprintf("%s%d", k.reg, i*k.vecs+v) }

// b returns the register of vector v of a row of B, free the i-th scratch
// register.
func (k tileKernel) b(v int) string    { return fmt.Sprintf("%s%d", k.reg, k.rows*k.vecs+v) }
func (k tileKernel) free(i int) string { return fmt.Sprintf("%s%d", k.reg, k.rows*k.vecs+k.vecs+i) }

// spare returns the number of scratch registers.
func (k tileKernel) spare() int {
	if k.masked {
		return min(6, 32-k.rows*k.vecs-k.vecs)
	}
	return 15 - k.rows*k.vecs - k.vecs // the last one holds the mask
}

const avx2Mask = "Y15"

// avx2Lanes sets reg to the mask of the first n lanes, with n in AX.
func avx2Lanes(a *asm, reg string) {
	a.op("NEGQ AX")
	a.op("LEAQ lanes<>+32(SB), R14")
	a.op("VMOVUPS (R14)(AX*4), %s", reg)
}

// masks sets K1 (and K2), or Y15, to the mask of the columns in use (SI).
func (k tileKernel) masks() {
	if k.full {
		return
	}
	if !k.masked {
		k.op("MOVQ SI, AX")
		if k.vecs == 2 {
			k.op("SUBQ $8, AX")
		}
		avx2Lanes(k.asm, avx2Mask)
		return
	}
	k.op("MOVQ $-1, AX")
	k.op("MOVQ SI, CX")
	k.op("SHLQ CX, AX")
	k.op("NOTQ AX")
	k.op("KMOVW AX, K1")
	if k.vecs == 2 {
		k.op("SHRQ $16, AX")
		k.op("KMOVW AX, K2")
		k.op("MOVQ $65535, AX")
		k.op("KMOVW AX, K1")
	}
}

// load loads vector v at disp(ptr) into reg.
func (k tileKernel) load(v, disp int, ptr, reg string) {
	switch {
	case k.masked:
		k.op("VMOVUPS.Z %d(%s), K%d, %s", disp, ptr, v+1, reg)
	case k.full || v < k.vecs-1:
		k.op("VMOVUPS %d(%s), %s", disp, ptr, reg)
	default:
		k.op("VMASKMOVPS %d(%s), %s, %s", disp, ptr, avx2Mask, reg)
	}
}

func (k tileKernel) store(v, disp int, reg, ptr string) {
	switch {
	case k.masked:
		k.op("VMOVUPS %s, K%d, %d(%s)", reg, v+1, disp, ptr)
	case k.full || v < k.vecs-1:
		k.op("VMOVUPS %s, %d(%s)", reg, disp, ptr)
	default:
		k.op("VMASKMOVPS %s, %s, %d(%s)", reg, avx2Mask, disp, ptr)
	}
}

// each calls f for every accumulator, in row order.
func (k tileKernel) each(f func(i, v int)) {
	for i := range k.rows {
		for v := range k.vecs {
			f(i, v)
		}
	}
}

func (k tileKernel) unique() int { k.labels++; return k.labels }

// start initializes the accumulators to C, a bias (by column or by row) or
// zero.
func (k tileKernel) start() {
	n := k.unique()
	k.op("MOVQ %d(%s), AX", tileFlags, args)
	k.op("TESTQ $%d, AX", flagAccumulate)
	k.op("JEQ fresh%d", n)
	k.op("MOVQ %d(%s), R14", tileC, args)
	for i := range k.rows {
		for v := range k.vecs {
			k.load(v, v*k.bytes, "R14", k.acc(i, v))
		}
		if i < k.rows-1 {
			k.op("ADDQ %d(%s), R14", tileCRow, args)
		}
	}
	k.op("JMP ready%d", n)
	k.label(fmt.Sprintf("fresh%d", n))
	k.op("MOVQ %d(%s), R14", tileBias, args)
	k.op("TESTQ R14, R14")
	k.op("JEQ zero%d", n)
	for v := range k.vecs {
		k.load(v, v*k.bytes, "R14", k.acc(0, v))
	}
	for i := 1; i < k.rows; i++ {
		for v := range k.vecs {
			k.op("VMOVAPS %s, %s", k.acc(0, v), k.acc(i, v))
		}
	}
	k.op("JMP ready%d", n)
	k.label(fmt.Sprintf("zero%d", n))
	k.op("MOVQ %d(%s), R14", tileRowBias, args)
	k.op("TESTQ R14, R14")
	k.op("JEQ clear%d", n)
	for i := range k.rows {
		k.op("VBROADCASTSS %d(R14), %s", 4*i, k.acc(i, 0))
		for v := 1; v < k.vecs; v++ {
			k.op("VMOVAPS %s, %s", k.acc(i, 0), k.acc(i, v))
		}
	}
	k.op("JMP ready%d", n)
	k.label(fmt.Sprintf("clear%d", n))
	k.each(func(i, v int) { k.zero(k.acc(i, v)) })
	k.label(fmt.Sprintf("ready%d", n))
}

func (k tileKernel) zero(reg string) {
	if k.masked {
		k.op("VPXORD %s, %s, %s", reg, reg, reg)
	} else {
		k.op("VXORPS %s, %s, %s", reg, reg, reg)
	}
}

// loop writes the loop over k.
func (k tileKernel) loop() {
	n := k.unique()
	k.op("TESTQ %s, %s", count, count)
	k.op("JEQ done%d", n)
	k.op("PCALIGN $32")
	k.label(fmt.Sprintf("loop%d", n))
	if k.vecs == rowVecs {
		k.multiplyAddMemory()
	} else {
		for v := range k.vecs {
			k.load(v, v*k.bytes, bPtr, k.b(v))
		}
		k.op("ADDQ %s, %s", bStep, bPtr)
		k.multiplyAdd()
	}
	for i := 0; 3*i < k.rows; i++ {
		k.op("ADDQ %s, %s", aStep, aPtrs[i])
	}
	k.op("DECQ %s", count)
	k.op("JNE loop%d", n)
	k.label(fmt.Sprintf("done%d", n))
}

// multiplyAdd broadcasts the element of each row of a, and adds its products with
// the vectors of b to the accumulators.
func (k tileKernel) multiplyAdd() {
	for i := range k.rows {
		tmp := k.free(i % k.spare())
		index := []string{"", "(" + aRow + "*1)", "(" + aRow + "*2)"}[i%3]
		k.op("VBROADCASTSS (%s)%s, %s", aPtrs[i/3], index, tmp)
		for v := range k.vecs {
			k.op("VFMADD231PS %s, %s, %s", tmp, k.b(v), k.acc(i, v))
		}
	}
}

// multiplyAddMemory does the same for a single row, each vector of b being used once.
func (k tileKernel) multiplyAddMemory() {
	k.op("VBROADCASTSS (%s), %s", aPtrs[0], k.b(0))
	for v := range k.vecs {
		k.op("VFMADD231PS %d(%s), %s, %s", v*k.bytes, bPtr, k.b(0), k.acc(0, v))
	}
	k.op("ADDQ %s, %s", bStep, bPtr)
}

// finish applies ReLU and scale, and stores the accumulators.
func (k tileKernel) finish() {
	n := k.unique()
	zero := k.b(0)
	k.op("MOVQ %d(%s), AX", tileFlags, args)
	k.op("TESTQ $%d, AX", flagReLU)
	k.op("JEQ linear%d", n)
	k.zero(zero)
	// max(0, v) with v as the second source returns v if it is NaN.
	k.each(func(i, v int) { k.op("VMAXPS %s, %s, %s", k.acc(i, v), zero, k.acc(i, v)) })
	k.label(fmt.Sprintf("linear%d", n))
	k.op("MOVQ %d(%s), R14", tileScale, args)
	k.op("TESTQ R14, R14")
	k.op("JEQ store%d", n)
	for i := range k.rows {
		for v := range k.vecs {
			k.load(v, v*k.bytes, "R14", k.b(v))
			k.op("VMULPS %s, %s, %s", k.b(v), k.acc(i, v), k.acc(i, v))
		}
		if i < k.rows-1 {
			k.op("ADDQ %d(%s), R14", tileSRow, args)
		}
	}
	k.label(fmt.Sprintf("store%d", n))
	k.op("MOVQ %d(%s), R14", tileC, args)
	for i := range k.rows {
		for v := range k.vecs {
			k.store(v, v*k.bytes, k.acc(i, v), "R14")
		}
		if i < k.rows-1 {
			k.op("ADDQ %d(%s), R14", tileCRow, args)
		}
	}
	k.op("VZEROUPPER")
	k.op("RET")
}
