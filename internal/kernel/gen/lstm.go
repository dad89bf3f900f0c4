package main

import (
	"fmt"
	"strings"
)

// lstm writes a step of an LSTM's states over whole vectors, two at a time with AVX2 as in
// pairLoop. The gates lie R9 bytes apart.
func lstm(a *asm, s isa) {
	name := "lstmCell" + s.name
	a.text(fmt.Sprintf("func %s(h, cell, gates *float32, n, hidden int)", name), name, 40)
	for i, p := range []string{"h", "cell", "gates"} {
		a.op("MOVQ %s+%d(FP), %s", p, 8*i, []string{"DI", "R8", "SI"}[i])
	}
	a.op("MOVQ n+24(FP), CX")
	a.op("MOVQ hidden+32(FP), R9")
	a.op("SHLQ $2, R9")
	a.op("LEAQ (R9)(R9*2), R10")
	loop := func(label string, bodies ...string) {
		a.label(name + label)
		a.op("CMPQ CX, $%d", len(bodies)*s.floats())
		a.op("JLT %s%sDone", name, label)
		interleave(a, bodies...)
		for _, p := range []string{"DI", "R8", "SI"} {
			a.op("ADDQ $%d, %s", len(bodies)*s.bytes, p)
		}
		a.op("SUBQ $%d, CX", len(bodies)*s.floats())
		a.op("JMP %s%s", name, label)
		a.label(name + label + "Done")
	}
	if !s.masked {
		loop("Two", lstmCell(s, 0, 0), lstmCell(s, 8, s.bytes))
	}
	loop("One", lstmCell(s, 0, 0))
	a.op("VZEROUPPER")
	a.op("RET")
}

// lstmCell computes one vector, at some distance, in registers from first on.
func lstmCell(s isa, first, at int) string {
	e := newVec(&asm{}, s, first)
	in, out := fmt.Sprintf("%d(SI)", at), fmt.Sprintf("%d(SI)(R9*1)", at)
	forget, candidate := fmt.Sprintf("%d(SI)(R9*2)", at), fmt.Sprintf("%d(SI)(R10*1)", at)
	cell, h := fmt.Sprintf("%d(R8)", at), fmt.Sprintf("%d(DI)", at)
	e.op("VMOVUPS %s, %s", in, e.x)
	e.sigmoid(e.x)
	e.op("VMOVUPS %s, %s", e.x, in)
	e.op("VMOVUPS %s, %s", forget, e.x)
	e.sigmoid(e.x)
	e.op("VMULPS %s, %s, %s", cell, e.x, e.x)
	e.op("VMOVUPS %s, %s", e.x, forget)
	e.op("VMOVUPS %s, %s", candidate, e.x)
	e.tanh()
	e.op("VMULPS %s, %s, %s", in, e.x, e.x)
	e.op("VADDPS %s, %s, %s", forget, e.x, e.x)
	e.op("VMOVUPS %s, %s", e.x, cell)
	e.tanh()
	e.op("VMOVAPS %s, %s", e.x, e.w)
	e.op("VMOVUPS %s, %s", out, e.x)
	e.sigmoid(e.x)
	e.op("VMULPS %s, %s, %s", e.w, e.x, e.x)
	e.op("VMOVUPS %s, %s", e.x, h)
	return e.String()
}

// interleave writes one instruction of each body after the other; they have equally many.
func interleave(a *asm, bodies ...string) {
	var lines [][]string
	for _, b := range bodies {
		lines = append(lines, strings.SplitAfter(b, "\n"))
	}
	for i := range lines[0] {
		for _, l := range lines {
			a.WriteString(l[i])
		}
	}
}
