package sbpf

// Edges counts how often each edge between two blocks of a program was taken, indexed by a hash of the two; counters
// wrap around. It tells a fuzzer what an input reached.
type Edges [1 << 16]uint8

// Covered returns a copy of the program that counts its edges. It behaves the same and uses the same compute units, but
// is slower. The counters are not synchronized, so do not run the copy concurrently.
func (p *Program) Covered(edges *Edges) *Program {
	c := *p
	c.plain, c.edges = p.code, edges
	if p.plain != nil {
		c.plain = p.plain
	}
	c.code = append([]insn(nil), c.plain...)
	mark := func(pc int) {
		if pc < len(c.code)-1 && c.code[pc].op != xInvalid {
			c.code[pc].op = xEdge
		}
	}
	mark(p.entry)
	for pc := range c.plain[:len(c.plain)-1] {
		switch op := c.plain[pc].op; {
		case op == xCallFn:
			mark(int(c.plain[pc].target))
			mark(pc + 1)
		case op == opCallx, op == xSyscall:
			mark(pc + 1)
		case isJump(op):
			mark(int(c.plain[pc].target))
			mark(pc + 1)
		}
	}
	return &c
}

// isJump reports whether an operation is a jump.
func isJump(op uint8) bool { return rulesV3[op] == ruleJump }

// cover counts the edge from the last block to the one at pc.
func (vm *VM) cover(edges *Edges, pc int) {
	block := blockOf(pc)
	edges[vm.block>>1^block]++
	vm.block = block
}

// blockOf returns a hash of the block whose first instruction is before pc, so that few edges share a counter.
func blockOf(pc int) uint16 {
	x := uint32(pc) * 0x9e3779b1
	return uint16((x ^ x>>15) * 0x85ebca77 >> 16)
}
