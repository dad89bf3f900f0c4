package main

import "fmt"

// Offsets in kernel.implicitTile.
const (
	implicitA, implicitB, implicitB2, implicitC, implicitC2        = 0, 8, 16, 24, 32
	implicitRowBias, implicitOffsets, implicitK                    = 40, 48, 56
	implicitARow, implicitCRow, implicitRows, implicitN, implicitM = 64, 72, 80, 88, 96
	implicitFlags                                                  = 104
)

// bPtr points at the first vector of B and bPtr2 at the second; offset points
// into the table of the offsets of B's rows.
const bPtr2, offset = "CX", "SI"

// implicitGemm writes the kernels of kernel.ImplicitGemm: one function with a kernel
// for every number of rows, of two vectors anywhere in B.
func implicitGemm(a *asm, s isa) {
	a.text(fmt.Sprintf("func implicit%s(t *implicitTile)", s.name), "implicit"+s.name, 8)
	a.op("MOVQ t+0(FP), %s", args)
	a.op("MOVQ %d(%s), AX", implicitRows, args)
	for rows := s.rows; rows >= 1; rows-- {
		if rows > 1 {
			a.op("CMPQ AX, $%d", rows)
			a.op("JNE implicitBelow%d", rows)
		}
		rowsKernel(tileKernel{a, s, rows, 2, true})
		if rows > 1 {
			a.label(fmt.Sprintf("implicitBelow%d", rows))
		}
	}
}

func rowsKernel(k tileKernel) {
	n := k.unique()
	k.op("MOVQ %d(%s), %s", implicitA, args, aPtrs[0])
	k.op("MOVQ %d(%s), %s", implicitARow, args, aRow)
	for i := 1; 3*i < k.rows; i++ {
		k.op("LEAQ (%s)(%s*2), %s", aPtrs[i-1], aRow, aPtrs[i])
		k.op("ADDQ %s, %s", aRow, aPtrs[i])
	}
	k.op("MOVQ %d(%s), %s", implicitB, args, bPtr)
	k.op("MOVQ %d(%s), %s", implicitB2, args, bPtr2)
	k.op("MOVQ %d(%s), %s", implicitOffsets, args, offset)
	k.op("MOVQ %d(%s), %s", implicitK, args, count)

	k.op("MOVQ %d(%s), R14", implicitRowBias, args)
	k.op("TESTQ R14, R14")
	k.op("JEQ implicitZero%d", n)
	for i := range k.rows {
		k.op("VBROADCASTSS %d(R14), %s", 4*i, k.acc(i, 0))
		k.op("VMOVAPS %s, %s", k.acc(i, 0), k.acc(i, 1))
	}
	k.op("JMP implicitLoop%d", n)
	k.label(fmt.Sprintf("implicitZero%d", n))
	k.each(func(i, v int) { k.zero(k.acc(i, v)) })

	k.op("PCALIGN $32")
	k.label(fmt.Sprintf("implicitLoop%d", n))
	k.op("MOVLQSX (%s), AX", offset)
	k.op("ADDQ $4, %s", offset)
	k.op("VMOVUPS (%s)(AX*4), %s", bPtr, k.b(0))
	k.op("VMOVUPS (%s)(AX*4), %s", bPtr2, k.b(1))
	k.multiplyAdd()
	for i := 0; 3*i < k.rows; i++ {
		k.op("ADDQ $4, %s", aPtrs[i])
	}
	k.op("DECQ %s", count)
	k.op("JNE implicitLoop%d", n)
	k.implicitFinish(n)
}

// implicitFinish applies ReLU and stores the accumulators, with masks for vectors
// that are not full.
func (k tileKernel) implicitFinish(n int) {
	k.op("MOVQ %d(%s), AX", implicitFlags, args)
	k.op("TESTQ $%d, AX", flagReLU)
	k.op("JEQ implicitLinear%d", n)
	zero := k.b(0)
	k.zero(zero)
	k.each(func(i, v int) { k.op("VMAXPS %s, %s, %s", k.acc(i, v), zero, k.acc(i, v)) })
	k.label(fmt.Sprintf("implicitLinear%d", n))
	ptrs := []string{"R8", "R9"}
	k.op("MOVQ %d(%s), %s", implicitC, args, ptrs[0])
	k.op("MOVQ %d(%s), %s", implicitC2, args, ptrs[1])
	k.op("MOVQ %d(%s), R12", implicitCRow, args)
	counts := []int{implicitN, implicitM}
	for v := range k.vecs {
		k.op("CMPQ %d(%s), $%d", counts[v], args, k.floats())
		k.op("JNE implicitPart%d", n)
	}
	k.implicitStore(ptrs, func(v int, acc string) { k.op("VMOVUPS %s, (%s)", acc, ptrs[v]) })
	k.label(fmt.Sprintf("implicitPart%d", n))
	for v := range k.vecs {
		k.op("MOVQ %d(%s), CX", counts[v], args)
		if k.masked {
			k.op("MOVQ $-1, AX")
			k.op("SHLQ CX, AX")
			k.op("NOTQ AX")
			k.op("KMOVW AX, K%d", v+1)
		} else {
			k.op("MOVQ CX, AX")
			avx2Lanes(k.asm, k.b(v))
		}
	}
	k.implicitStore(ptrs, func(v int, acc string) {
		if k.masked {
			k.op("VMOVUPS %s, K%d, (%s)", acc, v+1, ptrs[v])
		} else {
			k.op("VMASKMOVPS %s, %s, (%s)", acc, k.b(v), ptrs[v])
		}
	})
}

// implicitStore stores every accumulator and returns.
func (k tileKernel) implicitStore(ptrs []string, store func(v int, acc string)) {
	k.each(func(i, v int) {
		store(v, k.acc(i, v))
		if i < k.rows-1 {
			k.op("ADDQ R12, %s", ptrs[v])
		}
	})
	k.op("VZEROUPPER")
	k.op("RET")
}
