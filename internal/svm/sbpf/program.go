package sbpf

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Syscall is a function of the runtime that programs call. vm provides the program's memory, its compute meter and the
// runtime's context. The result is stored in register 0; an error ends the program.
type Syscall func(vm *VM, a1, a2, a3, a4, a5 uint64) (uint64, error)

// Syscalls is a registry of the system calls that a program may use. Create it with NewSyscalls.
type Syscalls struct {
	funcs []Syscall
	index map[uint32]int // by SymbolHash of the name
}

// NewSyscalls returns a registry. It fails if two names have the same hash.
func NewSyscalls(byName map[string]Syscall) (*Syscalls, error) {
	s := &Syscalls{index: map[uint32]int{}}
	for name, fn := range byName {
		key := SymbolHash([]byte(name))
		if _, ok := s.index[key]; ok {
			return nil, fmt.Errorf("sbpf: system call %s collides with another", name)
		}
		s.index[key] = len(s.funcs)
		s.funcs = append(s.funcs, fn)
	}
	return s, nil
}

func (s *Syscalls) has(key uint32) bool {
	_, ok := s.index[key]
	return ok
}

// Program is a verified program, ready to run. It is immutable and may run many times concurrently.
type Program struct {
	version  Version
	rodata   []byte
	code     []insn // the instructions and a final one that faults
	textAddr uint64
	entry    int
	syscalls *Syscalls

	// Set in covered programs: the instructions without xEdge, and the counters.
	plain []insn
	edges *Edges
}

// Version returns the program's sBPF version.
func (p *Program) Version() Version { return p.version }

// Load loads and verifies an ELF file, which it copies. Errors wrap ErrELF.
func Load(file []byte, calls *Syscalls) (*Program, error) {
	h, err := parseEhdr(file)
	if err != nil {
		return nil, err
	}
	var img *image
	switch h.flags {
	case 0:
		img, err = loadV0(file, h, calls.has)
	case 3:
		img, err = loadV3(bytes.Clone(file), h)
	default:
		return nil, elfErr("sBPF version %d is not supported, only 0 and 3: build the program for one of these", h.flags)
	}
	if err != nil {
		return nil, err
	}
	return newProgram(img, calls)
}

// newProgram verifies and decodes an image.
func newProgram(img *image, calls *Syscalls) (*Program, error) {
	if err := verify(img.text, img.version); err != nil {
		return nil, elfErr("byte code: %v", err)
	}
	n := len(img.text) / InsnSize
	p := &Program{
		version: img.version, rodata: img.rodata, textAddr: img.textAddr, entry: img.entry, syscalls: calls,
		code: make([]insn, n+1),
	}
	for pc := range n {
		p.code[pc] = decode(img, calls, pc, n)
	}
	p.code[n] = insn{op: xOverrun}
	return p, nil
}

// decode predecodes the instruction at pc of n.
func decode(img *image, calls *Syscalls, pc, n int) insn {
	raw := rawAt(img.text, pc)
	in := insn{op: raw.op, dst: raw.dst, src: raw.src, target: int32(raw.off), imm: uint64(int64(raw.imm))}
	switch class := raw.op & 7; {
	case raw.op == opLddw:
		in.imm = uint64(uint32(raw.imm)) | uint64(binary.LittleEndian.Uint32(img.text[(pc+1)*InsnSize+4:]))<<32
	case raw.op == opCall:
		in = decodeCall(img, calls, raw, pc, n)
	case raw.op == opCallx:
		if img.version == V0 {
			in.src = uint8(raw.imm & 15)
		} else {
			in.src = raw.dst
		}
	case raw.op == opLe:
		in.op = xTruncate
	case raw.op == opBe:
		in.op = xByteswap
	case class == 4:
		in.imm = uint64(uint32(raw.imm))
	case class == 5 || class == 6:
		in.target = int32(pc + 1 + int(raw.off))
		if class == 6 {
			in.imm = uint64(uint32(raw.imm))
		}
	}
	return in
}

// decodeCall resolves a call to a system call or a function.
func decodeCall(img *image, calls *Syscalls, raw rawInsn, pc, n int) insn {
	key := uint32(raw.imm)
	if i, ok := calls.index[key]; ok && (img.version == V0 || raw.src == 0) {
		return insn{op: xSyscall, imm: uint64(i)}
	}
	to, ok := int64(pc)+1+int64(raw.imm), raw.src == 1
	if img.version == V0 {
		var fn int
		fn, ok = img.functions[key]
		to = int64(fn)
	}
	switch inside := to >= 0 && to < int64(n); {
	case ok && inside:
		return insn{op: xCallFn, target: int32(to)}
	case ok && img.version == V0:
		return insn{op: xBadCall}
	}
	return insn{op: xInvalid}
}
