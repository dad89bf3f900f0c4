package main

import "fmt"

// Offsets in kernel.denseRun and kernel.densePixels, and the flags.
const (
	denseIn, denseW, denseOut, denseResidual, denseTaps = 0, 8, 16, 24, 32
	denseBias, densePixels, denseTiles                  = 40, 48, 56
	denseCount, denseN, denseFlags, denseNext           = 64, 72, 80, 88

	densePixelBytes = 2 * 4 * denseMost
	denseMost       = 6 // pixels of a tile
)

// densePtrs point at the pixels of a tile.
var densePtrs = []string{"BX", "CX", "R9", "R10", "R11", "R12"}

// dense writes the AVX2 kernels of kernel.Panels whose outputs see all inputs of a tap: up to
// six pixels, which may lie anywhere, and the two vectors of a panel.
func dense(a *asm) {
	for _, depth := range []int{4, 1} {
		name := fmt.Sprintf("dense%dAVX2", depth)
		a.text(fmt.Sprintf("func %s(r *denseRun)", name), name, 8)
		a.op("MOVQ r+0(FP), %s", args)
		a.op("MOVQ %d(%s), AX", denseN, args)
		for n := denseMost; n >= 1; n-- {
			k := denseKernel{a, fmt.Sprintf("%sx%d", name, n), n, depth}
			if n > 1 {
				a.op("CMPQ AX, $%d", n)
				a.op("JNE %sNot", k.name)
			}
			k.write()
			if n > 1 {
				a.label(k.name + "Not")
			}
		}
	}
}

// denseKernel computes tiles of n pixels.
type denseKernel struct {
	*asm
	name     string
	n, depth int
}

// each calls f for every accumulator.
func (k denseKernel) each(f func(pixel, v int, acc string)) {
	for p := range k.n {
		for v := range 2 {
			f(p, v, fmt.Sprintf("Y%d", 2*p+v))
		}
	}
}

// point sets the pointers to where the pixels lie in the memory of a field.
func (k denseKernel) point(field, at int) {
	k.op("MOVQ %d(%s), AX", field, args)
	for p := range k.n {
		k.op("MOVLQSX %d(R13), %s", 4*(at+p), densePtrs[p])
		k.op("LEAQ (AX)(%s*4), %s", densePtrs[p], densePtrs[p])
	}
}

// prefetches reports whether a tile fetches weights of the next pass ahead: a line for each
// tap, so that as many tiles as a tap has inputs fetch all of them.
func (k denseKernel) prefetches() bool { return k.depth > 1 }

func (k denseKernel) write() {
	k.op("MOVQ %d(%s), R13", densePixels, args)
	k.op("MOVQ %d(%s), R14", denseTiles, args)
	k.label(k.name + "Tile")
	k.start()
	k.point(denseIn, 0)
	k.op("MOVQ %d(%s), R8", denseW, args)
	k.op("MOVQ %d(%s), SI", denseTaps, args)
	k.op("MOVQ %d(%s), DX", denseCount, args)
	if k.prefetches() {
		k.op("MOVQ R14, AX")
		k.op("ANDQ $%d, AX", k.depth-1)
		k.op("IMULQ DX, AX")
		k.op("SHLQ $6, AX")
		k.op("MOVQ %d(%s), R15", denseNext, args)
		k.op("ADDQ AX, R15")
	}
	k.op("PCALIGN $64")
	k.label(k.name + "Loop")
	if k.prefetches() {
		k.op("PREFETCHT0 (R15)")
		k.op("ADDQ $64, R15")
	}
	k.op("MOVLQSX (SI), AX")
	k.op("ADDQ $4, SI")
	for i := range k.depth {
		k.op("VMOVUPS %d(R8), Y12", panelBytes*i)
		k.op("VMOVUPS %d(R8), Y13", panelBytes*i+panelBytes/2)
		k.each(func(p, v int, acc string) {
			input := fmt.Sprintf("Y%d", 14+p%2)
			if v == 0 {
				k.op("VBROADCASTSS %d(%s)(AX*4), %s", 4*i, densePtrs[p], input)
			}
			k.op("VFMADD231PS %s, Y%d, %s", input, 12+v, acc)
		})
	}
	k.op("ADDQ $%d, R8", panelBytes*k.depth)
	k.op("DECQ DX")
	k.op("JNE %sLoop", k.name)
	k.finish()
	k.op("ADDQ $%d, R13", densePixelBytes)
	k.op("DECQ R14")
	k.op("JNE %sTile", k.name)
	k.op("VZEROUPPER")
	k.op("RET")
}

// start sets the accumulators to the bias, or to the output so far.
func (k denseKernel) start() {
	k.op("MOVQ %d(%s), AX", denseFlags, args)
	k.op("TESTQ $%d, AX", flagAccumulate)
	k.op("JEQ %sFresh", k.name)
	k.point(denseOut, denseMost)
	k.each(func(p, v int, acc string) { k.op("VMOVUPS %d(%s), %s", panelBytes/2*v, densePtrs[p], acc) })
	k.op("JMP %sStarted", k.name)
	k.label(k.name + "Fresh")
	k.op("MOVQ %d(%s), AX", denseBias, args)
	k.each(func(p, v int, acc string) { k.op("VMOVUPS %d(AX), %s", panelBytes/2*v, acc) })
	k.label(k.name + "Started")
}

// finish adds the residual, applies ReLU and stores.
func (k denseKernel) finish() {
	k.op("MOVQ %d(%s), AX", denseResidual, args)
	k.op("TESTQ AX, AX")
	k.op("JEQ %sAlone", k.name)
	k.point(denseResidual, denseMost)
	k.each(func(p, v int, acc string) { k.op("VADDPS %d(%s), %s, %s", panelBytes/2*v, densePtrs[p], acc, acc) })
	k.label(k.name + "Alone")
	k.op("MOVQ %d(%s), AX", denseFlags, args)
	k.op("TESTQ $%d, AX", flagReLU)
	k.op("JEQ %sLinear", k.name)
	k.op("VXORPS Y12, Y12, Y12")
	// max(0, v) with v as the second source returns v if it is NaN.
	k.each(func(_, _ int, acc string) { k.op("VMAXPS %s, Y12, %s", acc, acc) })
	k.label(k.name + "Linear")
	k.point(denseOut, denseMost)
	k.each(func(p, v int, acc string) { k.op("VMOVUPS %s, %d(%s)", acc, panelBytes/2*v, densePtrs[p]) })
}
