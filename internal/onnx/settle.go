package onnx

import "slices"

// packable are the operators whose second input, if it is constant, is packed for the
// kernels.
var packable = []string{"MatMul", "Gemm", "Conv"}

// settle gives the weights that are packed before they are used a home, where that happens in
// place: those that no other operator takes, and that share their memory with no
// other constant.
func (p *Program) settle() {
	other, users := make([]bool, len(p.names)), map[*float32]int{}
	other[p.output] = true
	for _, nd := range p.nodes {
		for k, v := range nd.in {
			if v >= 0 && !(k == 1 && nd.Domain == "" && slices.Contains(packable, nd.OpType)) {
				other[v] = true
			}
		}
	}
	for _, c := range p.consts {
		if c != nil && len(c.F) > 0 {
			users[&c.F[0]]++
		}
	}
	for v, c := range p.consts {
		if c != nil && len(c.F) > 0 && len(c.Shape) > 1 && !other[v] && users[&c.F[0]] == 1 {
			p.consts[v] = c.Settle()
		}
	}
}

// pin puts the numbers of constants that are used as they are in place.
func (p *Program) pin() {
	for v, c := range p.consts {
		p.consts[v] = c.Pinned()
	}
}
