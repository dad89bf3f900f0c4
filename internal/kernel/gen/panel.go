package main

import "fmt"

// Offsets in kernel.panelTile.
const (
	panelIn, panelIn2, panelW, panelOut, panelOut2             = 0, 8, 16, 24, 32
	panelOffsets, panelBias, panelRes, panelRes2               = 40, 48, 56, 64
	panelTaps, panelInPixel, panelOutPixel                     = 72, 80, 88
	panelWBlock, panelOutBlock, panelFlags, panelN, panelBlock = 96, 104, 112, 120, 128
)

// segment is how many pixels follow each other at one distance; a tile has one
// segment, or two anywhere.
const segment = 7

// panelBytes is a row of packed weights: 16 channels whatever the vectors are.
const panelBytes = 64

// panelKernel computes n pixels × vecs vectors of channels.
type panelKernel struct {
	*asm
	isa
	name    string
	n, vecs int
	depth   int // inputs of a tap; 0 if each channel has its own, −1 for the largest
}

// panels writes the kernels of kernel.Panels: one function for each depth, with a
// kernel for every number of pixels and of vectors.
func panels(a *asm, s isa) {
	depths := []int{4, 1, 0, -1}
	if !s.masked {
		depths = depths[2:] // the others are dense
	}
	for _, depth := range depths {
		name := fmt.Sprintf("panel%d%s", depth, s.name)
		if depth < 0 {
			name = "panelMax" + s.name
		}
		a.text(fmt.Sprintf("func %s(t *panelTile)", name), name, 8)
		a.op("MOVQ t+0(FP), %s", args)
		a.op("MOVQ %d(%s), AX", panelN, args)
		most := 1
		if depth > 0 {
			most = 2
			a.op("CMPQ %d(%s), $2", panelBlock, args)
			a.op("JNE %sOne", name)
		}
		for vecs := most; vecs >= 1; vecs-- {
			for _, n := range []int{2 * segment, 7, 6, 5, 4, 3, 2, 1} {
				k := panelKernel{a, s, fmt.Sprintf("%s%dx%d", name, n, vecs), n, vecs, depth}
				if n*vecs+1 >= k.registers() {
					continue
				}
				if n > 1 {
					a.op("CMPQ AX, $%d", n)
					a.op("JNE %sNot", k.name)
				}
				k.write()
				if n > 1 {
					a.label(k.name + "Not")
				}
			}
			if vecs > 1 {
				a.label(name + "One")
			}
		}
	}
}

func (k panelKernel) r(i int) string          { return fmt.Sprintf("%s%d", k.reg, i) }
func (k panelKernel) acc(pixel, v int) string { return k.r(v*k.n + pixel) }
func (k panelKernel) weight(v int) string     { return k.r(k.n*k.vecs + v) }

func (k panelKernel) registers() int {
	if k.masked {
		return 32
	}
	return 16
}

// free is the i-th scratch register, of those that are left.
func (k panelKernel) free(i int) string {
	used := (k.n + 1) * k.vecs
	return k.r(used + i%min(6, k.registers()-used))
}

// steps sets R12, R13 and R14 to once, three and five times the distance of pixels.
func (k panelKernel) steps(field int) {
	k.op("MOVQ %d(%s), R12", field, args)
	k.op("LEAQ (R12)(R12*2), R13")
	k.op("LEAQ (R12)(R12*4), R14")
}

// at is the memory of a pixel, with steps set.
func (k panelKernel) at(pixel, disp int) string {
	base := "R10"
	if pixel >= segment {
		base = "R11"
	}
	index := []string{"", "(R12*1)", "(R12*2)", "(R13*1)", "(R12*4)", "(R14*1)", "(R13*2)"}[pixel%segment]
	return fmt.Sprintf("%d(%s)%s", disp, base, index)
}

// each calls f for every accumulator.
func (k panelKernel) each(f func(pixel, v int)) {
	for v := range k.vecs {
		for p := range k.n {
			f(p, v)
		}
	}
}

func (k panelKernel) write() {
	k.op("MOVQ %d(%s), BX", panelIn, args)
	if k.n > segment {
		k.op("MOVQ %d(%s), CX", panelIn2, args)
	}
	k.op("MOVQ %d(%s), R8", panelW, args)
	k.op("MOVQ %d(%s), R9", panelWBlock, args)
	k.op("MOVQ %d(%s), SI", panelOffsets, args)
	k.op("MOVQ %d(%s), DX", panelTaps, args)
	k.op("MOVQ %d(%s), AX", panelBias, args)
	k.each(func(p, v int) {
		if p == 0 {
			k.op("VMOVUPS %d(AX), %s", k.bytes*v, k.acc(0, v))
		} else {
			k.op("VMOVAPS %s, %s", k.acc(0, v), k.acc(p, v))
		}
	})
	k.steps(panelInPixel)
	k.op("PCALIGN $64")
	k.label(k.name + "Loop")
	k.op("MOVLQSX (SI), AX")
	k.op("ADDQ $4, SI")
	k.op("LEAQ (BX)(AX*4), R10")
	if k.n > segment {
		k.op("LEAQ (CX)(AX*4), R11")
	}
	for i := range max(1, k.depth) {
		k.multiplyAdd(i)
	}
	k.op("ADDQ $%d, R8", panelBytes*max(1, k.depth))
	k.op("DECQ DX")
	k.op("JNE %sLoop", k.name)
	k.finish()
}

// multiplyAdd adds the products with input i of a tap.
func (k panelKernel) multiplyAdd(i int) {
	weights := func(v int) string { return fmt.Sprintf("%d(R8)%s", panelBytes*i, []string{"", "(R9*1)"}[v]) }
	for v := range k.vecs {
		if k.depth < 0 {
			break
		}
		k.op("VMOVUPS %s, %s", weights(v), k.weight(v))
	}
	for p := range k.n {
		if k.depth < 0 { // the pixel if either is NaN
			k.op("VMAXPS %s, %s, %s", k.at(p, 0), k.acc(p, 0), k.acc(p, 0))
			continue
		}
		if k.depth == 0 {
			k.op("VFMADD231PS %s, %s, %s", k.at(p, 0), k.weight(0), k.acc(p, 0))
			continue
		}
		k.op("VBROADCASTSS %s, %s", k.at(p, 4*i), k.free(p))
		for v := range k.vecs {
			k.op("VFMADD231PS %s, %s, %s", k.free(p), k.weight(v), k.acc(p, v))
		}
	}
}

// finish adds the residual, applies ReLU and stores.
func (k panelKernel) finish() {
	k.steps(panelOutPixel)
	k.op("MOVQ %d(%s), AX", panelOutBlock, args)
	k.op("MOVQ %d(%s), R10", panelRes, args)
	k.op("TESTQ R10, R10")
	k.op("JEQ %sAlone", k.name)
	k.pointers(panelRes, panelRes2, func(p, v int) {
		k.op("VADDPS %s, %s, %s", k.at(p, 0), k.acc(p, v), k.acc(p, v))
	})
	k.label(k.name + "Alone")
	k.op("MOVQ %d(%s), BX", panelFlags, args)
	k.op("TESTQ $%d, BX", flagReLU)
	k.op("JEQ %sLinear", k.name)
	zero := k.weight(0)
	tileKernel{asm: k.asm, isa: k.isa}.zero(zero)
	// max(0, v) with v as the second source returns v if it is NaN.
	k.each(func(p, v int) { k.op("VMAXPS %s, %s, %s", k.acc(p, v), zero, k.acc(p, v)) })
	k.label(k.name + "Linear")
	k.pointers(panelOut, panelOut2, func(p, v int) {
		k.op("VMOVUPS %s, %s", k.acc(p, v), k.at(p, 0))
	})
	k.op("VZEROUPPER")
	k.op("RET")
}

// pointers calls f for every accumulator with R10 and R11 at its block.
func (k panelKernel) pointers(first, second int, f func(pixel, v int)) {
	k.op("MOVQ %d(%s), R10", first, args)
	if k.n > segment {
		k.op("MOVQ %d(%s), R11", second, args)
	}
	k.each(func(p, v int) {
		if p == 0 && v > 0 {
			k.op("ADDQ AX, R10")
			if k.n > segment {
				k.op("ADDQ AX, R11")
			}
		}
		f(p, v)
	})
}
