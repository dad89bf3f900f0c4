package sbpf

import "encoding/binary"

// Relocation types.
const (
	relNone     = 0
	rel6464     = 1
	relRelative = 8
	rel6432     = 10
)

// register assigns a function its key, by which calls refer to it. The key must not be that of a system call or of
// another function.
func (f *v0File) register(name []byte, pc int) (uint32, error) {
	var key uint32
	if string(name) == "entrypoint" {
		key = SymbolHash(name)
	} else {
		key = SymbolHash(binary.LittleEndian.AppendUint64(nil, uint64(pc)))
	}
	if old, ok := f.img.functions[key]; f.syscalls(key) || ok && old != pc {
		return 0, elfErr("symbol hash collision %#x", key)
	}
	f.img.functions[key] = pc
	return key, nil
}

// relativeCalls converts calls by relative offset to calls by key.
func (f *v0File) relativeCalls() error {
	text := f.b[f.text.offset : f.text.offset+f.text.size]
	n := len(text) / InsnSize
	for pc := range n {
		in := rawAt(text, pc)
		if in.op != opCall || in.imm == -1 {
			continue
		}
		to := pc + 1 + int(in.imm)
		if to < 0 || to >= n {
			return elfErr("relative call out of bounds at instruction %d", pc)
		}
		key, err := f.register(nil, to)
		if err != nil {
			return err
		}
		binary.LittleEndian.PutUint32(text[pc*InsnSize+4:], key)
	}
	return nil
}

// relocate applies the dynamic relocations.
func (f *v0File) relocate() error {
	le := binary.LittleEndian
	for r := f.rels; len(r) >= relSize; r = r[relSize:] {
		off, info := le.Uint64(r), le.Uint64(r[8:])
		sym := uint32(info >> 32)
		var err error
		switch uint32(info) {
		case relNone:
			err = elfErr("empty relocation at %#x", off)
		case rel6464:
			err = f.relocateSymbol(off, sym)
		case relRelative:
			if start, n := f.text.fileRange(); off >= start && off-start < n {
				err = f.relocateLddw(off)
			} else {
				err = f.relocateWord(off)
			}
		case rel6432:
			err = f.relocateCall(off, sym)
		default:
			err = elfErr("unknown relocation type %d", uint32(info))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// word returns the 4 bytes at off.
func (f *v0File) word(off uint64) ([]byte, error) {
	if off < 4 { // an offset that wrapped around
		return nil, elfErr("relocation outside of the file")
	}
	return span(f.b, off, 4)
}

// symbol returns the i-th dynamic symbol.
func (f *v0File) symbol(i uint32) (name uint32, info uint8, value uint64, err error) {
	if uint64(i) >= uint64(len(f.syms)/symSize) {
		return 0, 0, 0, elfErr("unknown symbol with index %d", i)
	}
	s := f.syms[uint64(i)*symSize:]
	return binary.LittleEndian.Uint32(s), s[4], binary.LittleEndian.Uint64(s[8:]), nil
}

// based moves an address to the program's region, unless the linker has already done so.
func based(addr uint64) uint64 {
	if addr < TextStart {
		return addr + TextStart
	}
	return addr
}

// relocateSymbol writes a symbol's address to a 64-bit immediate.
func (f *v0File) relocateSymbol(off uint64, sym uint32) error {
	low, err := f.word(off + 4)
	if err != nil {
		return err
	}
	high, err := f.word(off + 4 + InsnSize)
	if err != nil {
		return err
	}
	_, _, value, err := f.symbol(sym)
	if err != nil {
		return err
	}
	addr := based(satAdd(value, uint64(binary.LittleEndian.Uint32(low))))
	binary.LittleEndian.PutUint32(low, uint32(addr))
	binary.LittleEndian.PutUint32(high, uint32(addr>>32))
	return nil
}

// relocateLddw bases the address in a 64-bit immediate.
func (f *v0File) relocateLddw(off uint64) error {
	low, err := f.word(off + 4)
	if err != nil {
		return err
	}
	high, err := f.word(off + 4 + InsnSize)
	if err != nil {
		return err
	}
	addr := uint64(binary.LittleEndian.Uint32(high))<<32 | uint64(binary.LittleEndian.Uint32(low))
	if addr == 0 {
		return elfErr("relocation of the address 0 at %#x", off)
	}
	addr = based(addr)
	binary.LittleEndian.PutUint32(low, uint32(addr))
	binary.LittleEndian.PutUint32(high, uint32(addr>>32))
	return nil
}

// relocateWord bases an address in data. It uses the upper half only: old linkers wrote the address there, and the rule
// has been kept.
func (f *v0File) relocateWord(off uint64) error {
	high, err := f.word(off + 4)
	if err != nil {
		return err
	}
	word, err := span(f.b, off, 8)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(word, TextStart+uint64(binary.LittleEndian.Uint32(high)))
	return nil
}

// relocateCall resolves a call to a function or system call by name.
func (f *v0File) relocateCall(off uint64, sym uint32) error {
	imm, err := f.word(off + 4)
	if err != nil {
		return err
	}
	nameOff, info, value, err := f.symbol(sym)
	if err != nil {
		return err
	}
	if f.dynstr == nil {
		return elfErr("no .dynstr section for symbol %d", sym)
	}
	name, err := f.dynstr.str(f.orig, nameOff, maxSymbolName)
	if err != nil {
		return err
	}
	var key uint32
	if info&15 == 2 && value != 0 {
		if !f.text.contains(value) {
			return elfErr("function %q is outside of .text", name)
		}
		if key, err = f.register(name, int((value-f.text.addr)/InsnSize)); err != nil {
			return err
		}
	} else if key = SymbolHash(name); !f.syscalls(key) {
		return elfErr("unresolved symbol %q: no such system call", name)
	}
	binary.LittleEndian.PutUint32(imm, key)
	return nil
}
