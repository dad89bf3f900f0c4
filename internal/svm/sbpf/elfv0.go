package sbpf

import (
	"bytes"
	"encoding/binary"
)

// image is a loaded program before its instructions are decoded.
type image struct {
	version   Version
	rodata    []byte // the read-only region
	text      []byte // the byte code, relocated
	textAddr  uint64
	entry     int            // index of the first instruction
	functions map[uint32]int // V0: index of the first instruction of each function, by its key
}

// v0File is an ELF file of version 0 with its tables.
type v0File struct {
	b        []byte // relocated in place
	orig     []byte
	hdr      ehdr
	phdrs    []phdr
	shdrs    []shdr
	text     *shdr
	dynstr   *shdr
	rels     []byte
	syms     []byte
	img      *image
	syscalls func(hash uint32) bool
}

// loadV0 loads an ELF of version 0: it relocates a copy and collects the read-only sections. isSyscall reports whether
// a hash is that of a system call.
func loadV0(file []byte, hdr ehdr, isSyscall func(uint32) bool) (*image, error) {
	f := &v0File{b: bytes.Clone(file), orig: file, hdr: hdr, syscalls: isSyscall}
	f.img = &image{version: V0, functions: map[uint32]int{}}
	for _, step := range []func() error{f.headers, f.sections, f.dynamic, f.relativeCalls, f.relocate, f.entrypoint, f.readOnly} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f.img, nil
}

// headers checks the header tables, and that nothing in the file overlaps or is out of bounds.
func (f *v0File) headers() (err error) {
	h := &f.hdr
	if h.machine != emBPF && h.machine != emSBPF || h.typ != etDyn {
		return elfErr("machine %d, type %d: not a shared object for BPF", h.machine, h.typ)
	}
	if h.shentsize != shdrSize || h.shstrndx >= h.shnum || h.shstrndx == 0 {
		return elfErr("no usable section headers")
	}
	if f.phdrs, err = h.phdrs(f.b); err != nil {
		return err
	}
	if f.shdrs, err = h.shdrs(f.b); err != nil {
		return err
	}
	phLen, shLen := uint64(h.phnum)*phdrSize, uint64(h.shnum)*shdrSize
	if overlap(0, ehdrSize, h.phoff, phLen) || overlap(0, ehdrSize, h.shoff, shLen) || overlap(h.phoff, phLen, h.shoff, shLen) {
		return elfErr("header tables overlap")
	}
	if f.shdrs[0].typ != shtNull {
		return elfErr("the first section is not the null section")
	}
	addr := uint64(0)
	for _, p := range f.phdrs {
		if p.typ != ptLoad {
			continue
		}
		if p.vaddr < addr {
			return elfErr("program headers are not in ascending order")
		}
		addr = p.vaddr
		if _, err := span(f.b, p.offset, p.filesz); err != nil {
			return err
		}
	}
	end := uint64(0)
	for _, s := range f.shdrs {
		if s.typ == shtNobits {
			continue
		}
		if _, err := span(f.b, s.offset, s.size); err != nil {
			return err
		}
		if overlap(s.offset, s.size, 0, ehdrSize) || overlap(s.offset, s.size, h.phoff, phLen) || overlap(s.offset, s.size, h.shoff, shLen) {
			return elfErr("a section overlaps the headers")
		}
		if s.offset < end {
			return elfErr("sections are not in ascending order")
		}
		end = s.offset + s.size
	}
	return nil
}

// name returns the name of a section.
func (f *v0File) name(s *shdr) ([]byte, error) {
	return f.shdrs[f.hdr.shstrndx].str(f.orig, s.name, maxSectionName)
}

// sections finds .text and .dynstr and refuses writable data.
func (f *v0File) sections() error {
	seen := map[string]bool{}
	for i := range f.shdrs {
		s := &f.shdrs[i]
		name, err := f.name(s)
		if err != nil {
			return err
		}
		switch n := string(name); n {
		case ".text", ".dynstr", ".symtab", ".strtab":
			if seen[n] {
				return elfErr("more than one section %s", n)
			}
			seen[n] = true
			if n == ".text" {
				f.text = s
			} else if n == ".dynstr" {
				f.dynstr = s
			}
		}
		writable := s.flags&shfAllocWrite == shfAllocWrite
		if bytes.HasPrefix(name, []byte(".bss")) ||
			writable && bytes.HasPrefix(name, []byte(".data")) && !bytes.HasPrefix(name, []byte(".data.rel")) {
			return elfErr("writable section %q: programs have no writable data", name)
		}
		// This also applies to sections without bytes.
		if _, err := span(f.b, s.offset, s.size); err != nil {
			return err
		}
	}
	if f.text == nil || f.text.typ == shtNobits {
		return elfErr("no .text section")
	}
	if !f.text.contains(f.hdr.entry) {
		return elfErr("the entry point is outside of .text")
	}
	if f.text.addr != f.text.offset || f.text.addr > StackStart-TextStart {
		return elfErr(".text is not at its file offset")
	}
	f.img.textAddr = f.text.addr + TextStart
	return nil
}

// dynamic finds the relocations and the dynamic symbols. A file may have neither.
func (f *v0File) dynamic() error {
	var dyn []byte
	for _, p := range f.phdrs {
		if p.typ == ptDyn {
			dyn, _ = table(f.orig, p.offset, p.filesz, dynSize)
			break
		}
	}
	if dyn == nil {
		for _, s := range f.shdrs {
			if s.typ == shtDynamic {
				t, err := table(f.orig, s.offset, s.size, dynSize)
				if err != nil {
					return err
				}
				dyn = t
				break
			}
		}
	}
	var tags [35]uint64
	le := binary.LittleEndian
	for ; len(dyn) >= dynSize; dyn = dyn[dynSize:] {
		tag := le.Uint64(dyn)
		if tag == 0 {
			break
		}
		if tag < uint64(len(tags)) {
			tags[tag] = le.Uint64(dyn[8:])
		}
	}
	if err := f.findRelocations(tags[dtRel], tags[dtRelsz], tags[dtRelent]); err != nil {
		return err
	}
	if addr := tags[dtSymtab]; addr != 0 {
		for _, s := range f.shdrs {
			if s.addr != addr {
				continue
			}
			if s.typ != shtSymtab && s.typ != shtDynsym {
				return elfErr("the dynamic symbols are not in a symbol table")
			}
			t, err := table(f.orig, s.offset, s.size, symSize)
			f.syms = t
			return err
		}
		return elfErr("no section holds the dynamic symbols")
	}
	return nil
}

// findRelocations locates the table at a virtual address.
func (f *v0File) findRelocations(addr, size, entry uint64) (err error) {
	if addr == 0 {
		return nil
	}
	if entry != relSize || size == 0 {
		return elfErr("unexpected relocation entries")
	}
	for _, p := range f.phdrs {
		if p.vaddr+p.memsz < p.vaddr {
			return elfErr("a segment is larger than the address space")
		}
		if addr >= p.vaddr && addr-p.vaddr < p.memsz {
			f.rels, err = table(f.orig, satAdd(addr-p.vaddr, p.offset), size, relSize)
			return err
		}
	}
	for _, s := range f.shdrs {
		if s.addr == addr {
			f.rels, err = table(f.orig, s.offset, size, relSize)
			return err
		}
	}
	return elfErr("no segment holds the relocations")
}

// entrypoint determines the first instruction.
func (f *v0File) entrypoint() error {
	off := f.hdr.entry - f.text.addr
	if off%InsnSize != 0 {
		return elfErr("the entry point is not an instruction")
	}
	f.img.entry = int(off / InsnSize)
	key := SymbolHash([]byte("entrypoint"))
	delete(f.img.functions, key)
	f.img.functions[key] = f.img.entry
	return nil
}

// readOnly lays out the read-only sections at their addresses, with zeros between them.
func (f *v0File) readOnly() error {
	var end, fill uint64
	low := uint64(1 << 63)
	type piece struct {
		addr uint64
		data []byte
	}
	var pieces []piece
	for i := range f.shdrs {
		s := &f.shdrs[i]
		name, err := f.name(s)
		if err != nil {
			return err
		}
		switch string(name) {
		case ".text", ".rodata", ".data.rel.ro", ".eh_frame":
		default:
			continue
		}
		if s.addr != s.offset || s.addr > StackStart-TextStart {
			return elfErr("section %s is not at its file offset", name)
		}
		off, n := s.fileRange()
		data, err := span(f.b, off, n)
		if err != nil {
			return err
		}
		low, end, fill = min(low, s.addr), max(end, s.addr+n), fill+n
		pieces = append(pieces, piece{s.addr, data})
	}
	if low+fill > end || end > uint64(len(f.b)) {
		return elfErr("read-only sections overlap")
	}
	f.img.rodata = make([]byte, end)
	for _, p := range pieces {
		copy(f.img.rodata[p.addr:], p.data)
	}
	f.img.text = f.img.rodata[f.text.addr : f.text.addr+f.text.size]
	return nil
}
