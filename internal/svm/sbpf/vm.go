package sbpf

// VM runs programs, one at a time. Call Reset before every run; reusing a VM saves allocating its stack and heap.
type VM struct {
	Memory
	// Ctx is the runtime's context for the system calls.
	Ctx any
	// Meter points to the compute units left. Every instruction uses one; system calls charge their own cost.
	Meter *uint64

	reg    [16]uint64 // 11 are used; 16 avoid bounds checks
	frames [MaxCallDepth]frame
	depth  int
	heap   [MaxHeap]byte
	stack  [StackSize]byte
	heapAt uint64 // bytes allocated by Alloc
	block  uint16 // the last block of a covered program
}

// frame holds what a function call saves.
type frame struct {
	saved [4]uint64 // registers 6 to 9
	fp    uint64
	pc    int
}

// Reset prepares vm to run prog on input, which becomes the writable input region. heapSize is in bytes, at most
// MaxHeap. meter points to the compute units left.
func (vm *VM) Reset(prog *Program, input []byte, heapSize int, meter *uint64) {
	clear(vm.stack[:vm.regions[2].high])
	clear(vm.heap[:vm.regions[3].high])
	heapSize = min(max(heapSize, 0), MaxHeap)
	vm.version = prog.version
	vm.regions = [5]region{
		2: {data: vm.stack[:], writable: true, gapped: prog.version == V0},
		3: {data: vm.heap[:heapSize], writable: true},
		4: {data: input, writable: true},
	}
	if prog.version == V0 {
		vm.regions[1] = region{data: prog.rodata}
	} else {
		vm.regions[0] = region{data: prog.rodata}
	}
	vm.reg = [16]uint64{}
	vm.depth, vm.heapAt, vm.block = 0, 0, 0
	vm.Meter = meter
}

// Consume takes n compute units and reports whether that many were left.
func (vm *VM) Consume(n uint64) bool {
	if *vm.Meter < n {
		*vm.Meter = 0
		return false
	}
	*vm.Meter -= n
	return true
}

// Alloc allocates n bytes of the heap, aligned to 8, and returns their address, or 0 if the heap is full.
func (vm *VM) Alloc(n uint64) uint64 {
	at := (vm.heapAt + 7) &^ 7
	size := uint64(len(vm.regions[3].data))
	if at > size || n > size-at {
		return 0
	}
	vm.heapAt = at + n
	return HeapStart + at
}

// Run runs prog with r1 and r2 as its arguments and returns register 0. An error is a *Fault or *AccessError of the
// program itself, or what a system call returned (wrapped in *SyscallError).
func (vm *VM) Run(prog *Program, r1, r2 uint64) (uint64, error) {
	vm.reg[1], vm.reg[2] = r1, r2
	vm.reg[10] = StackStart + FrameSize
	return vm.interpret(prog)
}

// SyscallError is an error that a system call returned.
type SyscallError struct{ Err error }

func (e *SyscallError) Error() string { return e.Err.Error() }
func (e *SyscallError) Unwrap() error { return e.Err }
