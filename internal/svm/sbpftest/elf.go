// Package sbpftest encodes small sBPF programs for tests: instructions and ELF files of versions 0 and 3.
package sbpftest

import "encoding/binary"

// Insn encodes one instruction.
func Insn(code, dst, src uint8, off int16, imm int32) []byte {
	b := []byte{code, dst | src<<4}
	b = binary.LittleEndian.AppendUint16(b, uint16(off))
	return binary.LittleEndian.AppendUint32(b, uint32(imm))
}

// Lddw encodes the instruction that loads 64 bits.
func Lddw(dst uint8, v uint64) []byte {
	return append(Insn(0x18, dst, 0, 0, int32(uint32(v))), Insn(0, 0, 0, 0, int32(uint32(v>>32)))...)
}

// Exit encodes the instruction that returns.
func Exit() []byte { return Insn(0x95, 0, 0, 0, 0) }

// header returns an ELF file header.
func header(machine uint16, version uint32, entry, shoff uint64, phnum, shnum, shstrndx uint16) []byte {
	le := binary.LittleEndian
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	b = le.AppendUint16(b, 3) // shared object
	b = le.AppendUint16(b, machine)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint64(b, entry)
	b = le.AppendUint64(b, 64)
	b = le.AppendUint64(b, shoff)
	b = le.AppendUint32(b, version)
	for _, v := range []uint16{64, 56, phnum, 64, shnum, shstrndx} {
		b = le.AppendUint16(b, v)
	}
	return b
}

// V3 returns an ELF file of version 3 with byte code and read-only data, which is padded to 8 bytes. The entry point
// is the first instruction.
func V3(text, rodata []byte) []byte {
	le := binary.LittleEndian
	for len(rodata)%8 != 0 {
		rodata = append(rodata, 0)
	}
	segment := func(b []byte, flags uint32, off, addr, size uint64) []byte {
		b = le.AppendUint32(le.AppendUint32(b, 1), flags)
		for _, v := range []uint64{off, addr, addr, size, size, 8} {
			b = le.AppendUint64(b, v)
		}
		return b
	}
	n := uint64(len(rodata))
	b := header(247, 3, 1<<32, 0, 2, 0, 0)
	b = segment(b, 4, 176, 0, n)
	b = segment(b, 1, 176+n, 1<<32, uint64(len(text)))
	return append(append(b, rodata...), text...)
}

// Call is a system call for V0: the instruction at Index calls Name.
type Call struct {
	Index int
	Name  string
}

// V0 returns an ELF file of version 0 with byte code and a relocation for each system call. The entry point is the
// first instruction.
func V0(text []byte, calls ...Call) []byte {
	le := binary.LittleEndian
	const textOff = 64 + 56
	dynsym, dynstr := make([]byte, 24), []byte{0}
	var rel []byte
	for i, c := range calls {
		sym := le.AppendUint32(nil, uint32(len(dynstr)))
		sym = append(sym, make([]byte, 20)...)
		sym[4] = 0x10 // global, no type
		dynsym = append(dynsym, sym...)
		dynstr = append(append(dynstr, c.Name...), 0)
		rel = le.AppendUint64(rel, uint64(textOff+c.Index*8))
		rel = le.AppendUint64(rel, uint64(i+1)<<32|10)
	}
	for len(dynstr)%8 != 0 {
		dynstr = append(dynstr, 0)
	}
	symOff := uint64(textOff + len(text))
	strOff := symOff + uint64(len(dynsym))
	relOff := strOff + uint64(len(dynstr))
	dynOff := relOff + uint64(len(rel))
	var dyn []byte
	tag := func(t, v uint64) { dyn = le.AppendUint64(le.AppendUint64(dyn, t), v) }
	if len(calls) > 0 {
		tag(6, symOff)
		tag(17, relOff)
		tag(18, uint64(len(rel)))
		tag(19, 16)
	}
	tag(0, 0)
	names := []byte("\x00.text\x00.dynsym\x00.dynstr\x00.rel.dyn\x00.dynamic\x00.shstrtab\x00")
	nameOff := dynOff + uint64(len(dyn))
	shOff := (nameOff + uint64(len(names)) + 7) &^ 7
	b := header(263, 0, textOff, shOff, 1, 7, 6)
	b = le.AppendUint32(le.AppendUint32(b, 2), 4) // the dynamic segment
	for _, v := range []uint64{dynOff, dynOff, dynOff, uint64(len(dyn)), uint64(len(dyn)), 8} {
		b = le.AppendUint64(b, v)
	}
	for _, part := range [][]byte{text, dynsym, dynstr, rel, dyn, names} {
		b = append(b, part...)
	}
	for uint64(len(b)) < shOff {
		b = append(b, 0)
	}
	section := func(name, typ uint32, flags, off uint64, size int) {
		b = le.AppendUint32(le.AppendUint32(b, name), typ)
		for _, v := range []uint64{flags, off, off, uint64(size), 0, 8, 0} {
			b = le.AppendUint64(b, v)
		}
	}
	section(0, 0, 0, 0, 0)
	section(1, 1, 6, textOff, len(text))
	section(7, 11, 2, symOff, len(dynsym))
	section(15, 3, 2, strOff, len(dynstr))
	section(23, 9, 2, relOff, len(rel))
	section(32, 6, 2, dynOff, len(dyn))
	section(41, 3, 0, nameOff, len(names))
	return b
}
