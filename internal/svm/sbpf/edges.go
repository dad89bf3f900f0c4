package sbpf

import (
	"cmp"
	"slices"
)

// An Edge leads from one block of a program to another: a jump, a fall-through, a call or a return.
type Edge struct {
	From, To int    // the first instructions of the blocks; From is -1 for the entry edge
	Counter  uint16 // index of its counter in Edges, which other edges may share
}

// AllEdges returns every edge of the program, ordered by From and To. Calls by register are not followed.
func (p *Program) AllEdges() []Edge {
	g := graph{code: p.code, marked: make([]bool, len(p.code)), exits: map[int][]int{}, found: map[[2]int]bool{}}
	if p.plain != nil {
		g.code = p.plain
	}
	for pc, in := range p.Covered(new(Edges)).code {
		g.marked[pc] = in.op == xEdge
	}
	g.found[[2]int{-1, p.entry}] = true
	for pc, marked := range g.marked {
		if marked {
			g.block(pc)
		}
	}
	out := make([]Edge, 0, len(g.found))
	for e := range g.found {
		from := uint16(0)
		if e[0] >= 0 {
			from = blockOf(e[0] + 1)
		}
		out = append(out, Edge{e[0], e[1], from>>1 ^ blockOf(e[1]+1)})
	}
	slices.SortFunc(out, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return out
}

// graph collects the edges between the blocks of some code.
type graph struct {
	code   []insn
	marked []bool
	exits  map[int][]int // blocks in which a function returns, by its first instruction
	found  map[[2]int]bool
}

// end returns the last instruction of the block at pc; fall says that the block falls through to the next instruction.
func (g *graph) end(pc int) (last int, fall bool) {
	for at := pc; ; at++ {
		switch op := g.code[at].op; {
		case op == opLddw:
			at++
		case op == xCallFn, op == opCallx, op == opExit, op == xBadCall, op == xOverrun, op == xInvalid, isJump(op):
			return at, false
		}
		if g.marked[at+1] {
			return at, true
		}
	}
}

// block adds the edges that leave the block at pc, and the return edges of the function it calls.
func (g *graph) block(pc int) {
	last, fall := g.end(pc)
	in := g.code[last]
	switch {
	case fall:
		g.add(pc, last+1)
	case isJump(in.op):
		g.add(pc, int(in.target))
		if in.op != opJa {
			g.add(pc, last+1)
		}
	case in.op == xCallFn:
		g.add(pc, int(in.target))
		for _, exit := range g.returns(int(in.target)) {
			g.add(exit, last+1)
		}
	}
}

func (g *graph) add(from, to int) {
	if g.marked[to] {
		g.found[[2]int{from, to}] = true
	}
}

// returns lists the blocks in which the function at entry returns.
func (g *graph) returns(entry int) []int {
	if exits, ok := g.exits[entry]; ok {
		return exits
	}
	var exits []int
	seen, todo := map[int]bool{entry: true}, []int{entry}
	visit := func(pc int) {
		if g.marked[pc] && !seen[pc] {
			seen[pc] = true
			todo = append(todo, pc)
		}
	}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		last, fall := g.end(pc)
		in := g.code[last]
		switch {
		case in.op == opExit:
			exits = append(exits, pc)
		case isJump(in.op):
			visit(int(in.target))
			if in.op != opJa {
				visit(last + 1)
			}
		case fall, in.op == xCallFn, in.op == opCallx:
			visit(last + 1)
		}
	}
	g.exits[entry] = exits
	return exits
}
