package sbpf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrELF is wrapped by every error about an ELF file.
var ErrELF = errors.New("sbpf: not a loadable ELF")

func elfErr(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrELF, fmt.Sprintf(format, args...))
}

// Sizes of the ELF structures.
const (
	ehdrSize = 64
	phdrSize = 56
	shdrSize = 64
	relSize  = 16
	symSize  = 24
	dynSize  = 16
)

// ELF constants.
const (
	etDyn          = 3
	emBPF, emSBPF  = 247, 263
	ptLoad, ptDyn  = 1, 2
	shtNull        = 0
	shtSymtab      = 2
	shtStrtab      = 3
	shtDynamic     = 6
	shtNobits      = 8
	shtDynsym      = 11
	shfAllocWrite  = 3
	dtSymtab       = 6
	dtRel          = 17
	dtRelsz        = 18
	dtRelent       = 19
	maxSectionName = 16
	maxSymbolName  = 64
)

// ehdr holds the fields of the file header that are used.
type ehdr struct {
	typ, machine, ehsize, phentsize, phnum, shentsize, shnum, shstrndx uint16
	version, flags                                                     uint32
	entry, phoff, shoff                                                uint64
}

// phdr is a program header.
type phdr struct {
	typ, flags                          uint32
	offset, vaddr, paddr, filesz, memsz uint64
}

// shdr is a section header.
type shdr struct {
	name, typ                 uint32
	flags, addr, offset, size uint64
}

// parseEhdr reads the file header.
func parseEhdr(b []byte) (ehdr, error) {
	if len(b) < ehdrSize {
		return ehdr{}, elfErr("%d bytes are too short for a header", len(b))
	}
	if len(b) > MaxELF {
		return ehdr{}, elfErr("%d bytes are more than %d", len(b), MaxELF)
	}
	if string(b[:4]) != "\x7fELF" || b[4] != 2 || b[5] != 1 || b[6] != 1 || b[7] != 0 {
		return ehdr{}, elfErr("not a 64-bit little-endian ELF of version 1 without an OS ABI")
	}
	le := binary.LittleEndian
	h := ehdr{
		typ: le.Uint16(b[16:]), machine: le.Uint16(b[18:]), version: le.Uint32(b[20:]), entry: le.Uint64(b[24:]),
		phoff: le.Uint64(b[32:]), shoff: le.Uint64(b[40:]), flags: le.Uint32(b[48:]), ehsize: le.Uint16(b[52:]),
		phentsize: le.Uint16(b[54:]), phnum: le.Uint16(b[56:]), shentsize: le.Uint16(b[58:]), shnum: le.Uint16(b[60:]),
		shstrndx: le.Uint16(b[62:]),
	}
	if h.version != 1 || h.ehsize != ehdrSize || h.phentsize != phdrSize {
		return ehdr{}, elfErr("unexpected header sizes")
	}
	return h, nil
}

// span returns b[off:off+n], or an error if that is out of bounds.
func span(b []byte, off, n uint64) ([]byte, error) {
	if off > uint64(len(b)) || n > uint64(len(b))-off {
		return nil, elfErr("%d bytes at offset %#x are outside of the file", n, off)
	}
	return b[off : off+n], nil
}

// table returns the bytes of a table of entries of a given size.
func table(b []byte, off, n, entry uint64) ([]byte, error) {
	if n%entry != 0 || off%8 != 0 {
		return nil, elfErr("misaligned table at offset %#x", off)
	}
	return span(b, off, n)
}

// phdrs reads the program headers.
func (h *ehdr) phdrs(b []byte) ([]phdr, error) {
	t, err := table(b, h.phoff, uint64(h.phnum)*phdrSize, phdrSize)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	out := make([]phdr, h.phnum)
	for i := range out {
		p := t[i*phdrSize:]
		out[i] = phdr{
			typ: le.Uint32(p), flags: le.Uint32(p[4:]), offset: le.Uint64(p[8:]), vaddr: le.Uint64(p[16:]),
			paddr: le.Uint64(p[24:]), filesz: le.Uint64(p[32:]), memsz: le.Uint64(p[40:]),
		}
	}
	return out, nil
}

// shdrs reads the section headers.
func (h *ehdr) shdrs(b []byte) ([]shdr, error) {
	t, err := table(b, h.shoff, uint64(h.shnum)*shdrSize, shdrSize)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	out := make([]shdr, h.shnum)
	for i := range out {
		s := t[i*shdrSize:]
		out[i] = shdr{
			name: le.Uint32(s), typ: le.Uint32(s[4:]), flags: le.Uint64(s[8:]), addr: le.Uint64(s[16:]),
			offset: le.Uint64(s[24:]), size: le.Uint64(s[32:]),
		}
	}
	return out, nil
}

// fileRange returns the range of a section's bytes in the file, which is empty for a section without bytes.
func (s *shdr) fileRange() (off, n uint64) {
	if s.typ == shtNobits {
		return 0, 0
	}
	return s.offset, s.size
}

// contains reports whether addr is one of the section's addresses.
func (s *shdr) contains(addr uint64) bool { return addr >= s.addr && addr-s.addr < s.size }

// str returns the NUL-terminated string at off of a string section.
func (s *shdr) str(b []byte, off uint32, limit uint64) ([]byte, error) {
	if s.typ != shtStrtab {
		return nil, elfErr("a name is not in a string table")
	}
	start := s.offset + uint64(off)
	end := s.offset + s.size
	if start < s.offset || end < s.offset {
		return nil, elfErr("a string table is outside of the file")
	}
	end = min(end, start+limit)
	if start > end || end > uint64(len(b)) {
		return nil, elfErr("a name is outside of its string table")
	}
	n := bytes.IndexByte(b[start:end], 0)
	if n < 0 {
		return nil, elfErr("a name is longer than %d bytes", limit)
	}
	return b[start : start+uint64(n)], nil
}

// overlap reports whether two ranges of bytes overlap.
func overlap(aOff, aLen, bOff, bLen uint64) bool {
	return !(satAdd(aOff, aLen) <= bOff || satAdd(bOff, bLen) <= aOff)
}

// satAdd is saturating addition.
func satAdd(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
