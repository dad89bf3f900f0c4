package sbpf

// interpret runs prog from its entry point. Registers 1, 2 and 10 are set.
//
// It is one loop over predecoded instructions that allocates nothing. The compute meter is kept in a local variable and
// written back around system calls and at the end. Rare operations (32-bit jumps, 32-bit arithmetic, division) are in
// other functions, to keep this one small for the compiler.
func (vm *VM) interpret(prog *Program) (uint64, error) {
	code := prog.code
	r := &vm.reg
	pc := prog.entry
	meter := *vm.Meter
	defer func() { *vm.Meter = meter }()
	for {
		if meter == 0 {
			return 0, ErrComputeExceeded
		}
		meter--
		in := &code[pc]
		pc++
	decoded:
		dst, src := in.dst&15, in.src&15
		switch in.op {
		case opLddw:
			r[dst] = in.imm
			pc++
		case opLdxb:
			addr := r[src] + uint64(int64(in.target))
			v, ok := vm.load(addr, 1)
			if !ok {
				return 0, vm.violation(addr, 1, false)
			}
			r[dst] = v
		case opLdxh:
			addr := r[src] + uint64(int64(in.target))
			v, ok := vm.load(addr, 2)
			if !ok {
				return 0, vm.violation(addr, 2, false)
			}
			r[dst] = v
		case opLdxw:
			addr := r[src] + uint64(int64(in.target))
			v, ok := vm.load(addr, 4)
			if !ok {
				return 0, vm.violation(addr, 4, false)
			}
			r[dst] = v
		case opLdxdw:
			addr := r[src] + uint64(int64(in.target))
			v, ok := vm.load(addr, 8)
			if !ok {
				return 0, vm.violation(addr, 8, false)
			}
			r[dst] = v
		case opStb:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 1, in.imm) {
				return 0, vm.violation(addr, 1, true)
			}
		case opStxb:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 1, r[src]) {
				return 0, vm.violation(addr, 1, true)
			}
		case opSth:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 2, in.imm) {
				return 0, vm.violation(addr, 2, true)
			}
		case opStxh:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 2, r[src]) {
				return 0, vm.violation(addr, 2, true)
			}
		case opStw:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 4, in.imm) {
				return 0, vm.violation(addr, 4, true)
			}
		case opStxw:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 4, r[src]) {
				return 0, vm.violation(addr, 4, true)
			}
		case opStdw:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 8, in.imm) {
				return 0, vm.violation(addr, 8, true)
			}
		case opStxdw:
			addr := r[dst] + uint64(int64(in.target))
			if !vm.store(addr, 8, r[src]) {
				return 0, vm.violation(addr, 8, true)
			}
		case opMov64I:
			r[dst] = in.imm
		case opMov64R:
			r[dst] = r[src]
		case opAdd64I:
			r[dst] += in.imm
		case opAdd64R:
			r[dst] += r[src]
		case opSub64I:
			r[dst] -= in.imm
		case opSub64R:
			r[dst] -= r[src]
		case opMul64I:
			r[dst] *= in.imm
		case opMul64R:
			r[dst] *= r[src]
		case opOr64I:
			r[dst] |= in.imm
		case opOr64R:
			r[dst] |= r[src]
		case opAnd64I:
			r[dst] &= in.imm
		case opAnd64R:
			r[dst] &= r[src]
		case opXor64I:
			r[dst] ^= in.imm
		case opXor64R:
			r[dst] ^= r[src]
		case opLsh64I:
			r[dst] <<= in.imm & 63
		case opLsh64R:
			r[dst] <<= r[src] & 63
		case opRsh64I:
			r[dst] >>= in.imm & 63
		case opRsh64R:
			r[dst] >>= r[src] & 63
		case opArsh64I:
			r[dst] = uint64(int64(r[dst]) >> (in.imm & 63))
		case opArsh64R:
			r[dst] = uint64(int64(r[dst]) >> (r[src] & 63))
		case opNeg64:
			r[dst] = -r[dst]
		case opJa:
			pc = int(in.target)
		case opJeqI:
			if r[dst] == in.imm {
				pc = int(in.target)
			}
		case opJeqR:
			if r[dst] == r[src] {
				pc = int(in.target)
			}
		case opJneI:
			if r[dst] != in.imm {
				pc = int(in.target)
			}
		case opJneR:
			if r[dst] != r[src] {
				pc = int(in.target)
			}
		case opJgtI:
			if r[dst] > in.imm {
				pc = int(in.target)
			}
		case opJgtR:
			if r[dst] > r[src] {
				pc = int(in.target)
			}
		case opJgeI:
			if r[dst] >= in.imm {
				pc = int(in.target)
			}
		case opJgeR:
			if r[dst] >= r[src] {
				pc = int(in.target)
			}
		case opJltI:
			if r[dst] < in.imm {
				pc = int(in.target)
			}
		case opJltR:
			if r[dst] < r[src] {
				pc = int(in.target)
			}
		case opJleI:
			if r[dst] <= in.imm {
				pc = int(in.target)
			}
		case opJleR:
			if r[dst] <= r[src] {
				pc = int(in.target)
			}
		case opJsgtI:
			if int64(r[dst]) > int64(in.imm) {
				pc = int(in.target)
			}
		case opJsgtR:
			if int64(r[dst]) > int64(r[src]) {
				pc = int(in.target)
			}
		case opJsgeI:
			if int64(r[dst]) >= int64(in.imm) {
				pc = int(in.target)
			}
		case opJsgeR:
			if int64(r[dst]) >= int64(r[src]) {
				pc = int(in.target)
			}
		case opJsltI:
			if int64(r[dst]) < int64(in.imm) {
				pc = int(in.target)
			}
		case opJsltR:
			if int64(r[dst]) < int64(r[src]) {
				pc = int(in.target)
			}
		case opJsleI:
			if int64(r[dst]) <= int64(in.imm) {
				pc = int(in.target)
			}
		case opJsleR:
			if int64(r[dst]) <= int64(r[src]) {
				pc = int(in.target)
			}
		case opJsetI:
			if r[dst]&in.imm != 0 {
				pc = int(in.target)
			}
		case opJsetR:
			if r[dst]&r[src] != 0 {
				pc = int(in.target)
			}
		case xSyscall:
			*vm.Meter = meter
			v, err := prog.syscalls.funcs[in.imm](vm, r[1], r[2], r[3], r[4], r[5])
			meter = *vm.Meter
			if err != nil {
				return 0, &SyscallError{err}
			}
			r[0] = v
		case xCallFn:
			if !vm.push(pc) {
				return 0, ErrCallDepth
			}
			pc = int(in.target)
		case opCallx:
			to := (r[src] - prog.textAddr) / InsnSize
			if !vm.push(pc) {
				return 0, ErrCallDepth
			}
			if to >= uint64(len(code)-1) {
				return 0, ErrCallOutsideText
			}
			pc = int(to)
		case opExit:
			if vm.depth == 0 {
				return r[0], nil
			}
			pc = vm.pop()
		case xBadCall:
			if !vm.push(pc) {
				return 0, ErrCallDepth
			}
			return 0, ErrCallOutsideText
		case xEdge: // the start of a block of a covered program
			vm.cover(prog.edges, pc)
			in = &prog.plain[pc-1]
			goto decoded
		case xOverrun:
			return 0, ErrOverrun
		case xInvalid:
			return 0, ErrUnsupportedInsn
		default:
			if in.op&7 == 6 {
				if jump32(in.op, uint32(r[dst]), in.operand(r)) {
					pc = int(in.target)
				}
			} else if v, err := rareArithmetic(in.op, r[dst], in.operand64(r)); err != nil {
				return 0, err
			} else {
				r[dst] = v
			}
		}
	}
}

// push starts a function call that will return to pc. It returns false at the limit of nested calls.
func (vm *VM) push(pc int) bool {
	r := &vm.reg
	vm.frames[vm.depth] = frame{saved: [4]uint64(r[6:10]), fp: r[10], pc: pc}
	vm.depth++
	if vm.depth == MaxCallDepth {
		return false
	}
	r[10] += FrameSize
	if vm.version == V0 {
		r[10] += FrameSize // skip the gap
	}
	return true
}

// pop ends a function call and returns its return address.
func (vm *VM) pop() int {
	vm.depth--
	f := &vm.frames[vm.depth]
	copy(vm.reg[6:10], f.saved[:])
	vm.reg[10] = f.fp
	return f.pc
}
