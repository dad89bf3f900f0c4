package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

const (
	headerSize  = 64
	segmentSize = 56
	sectionSize = 64
	segments    = 3
	relBPF6432  = 10 // R_BPF_64_32: the runtime's name for a call of a syscall
	emBPF       = 247
)

// textOffset is where the code starts in the file, and in memory.
const textOffset = headerSize + segments*segmentSize

// dataAlign is the alignment of everything behind the code.
const dataAlign = 16

func rodataOffset(textLen int) int {
	return align(textOffset+textLen, dataAlign)
}

func align(n, to int) int { return (n + to - 1) / to * to }

// write makes an sBPF version 0 file of an image: a dynamic library whose sections lie where they are mapped, so that
// only the syscalls are left for the runtime to resolve, by their names.
func write(im *image) []byte {
	symbols, names, index := dynamicSymbols(im.syscalls)
	var rels bytes.Buffer
	for _, s := range im.syscalls {
		put(&rels, uint64(textOffset+s.offset), uint64(index[s.name])<<32|relBPF6432)
	}

	sections := []section{
		{},
		{name: ".text", kind: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, data: im.text, align: insnSize},
		{name: ".rodata", kind: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC, data: im.rodata, align: dataAlign},
		{name: ".dynamic", kind: elf.SHT_DYNAMIC, flags: elf.SHF_ALLOC | elf.SHF_WRITE, data: make([]byte, 10*16), entry: 16, link: 5, align: 8},
		{name: ".dynsym", kind: elf.SHT_DYNSYM, flags: elf.SHF_ALLOC, data: symbols, entry: 24, link: 5, info: 1, align: 8},
		{name: ".dynstr", kind: elf.SHT_STRTAB, flags: elf.SHF_ALLOC, data: names, align: 1},
		{name: ".rel.dyn", kind: elf.SHT_REL, flags: elf.SHF_ALLOC, data: rels.Bytes(), entry: 16, link: 4, align: 8},
		{name: ".shstrtab", kind: elf.SHT_STRTAB, align: 1},
	}
	shstrtab := nameSections(sections)
	sections[7].data = shstrtab

	offset := textOffset
	for i := 1; i < len(sections); i++ {
		offset = align(offset, sections[i].align)
		if i == 2 {
			offset = rodataOffset(len(im.text))
		}
		sections[i].offset = offset
		offset += len(sections[i].data)
	}
	sections[3].data = dynamic(sections)
	headers := align(offset, 8)

	out := make([]byte, headers, headers+len(sections)*sectionSize)
	copy(out, header(textOffset+im.entry, headers, len(sections)))
	copy(out[headerSize:], programHeaders(sections))
	for _, s := range sections[1:] {
		copy(out[s.offset:], s.data)
	}
	for _, s := range sections {
		out = append(out, s.header()...)
	}
	return out
}

type section struct {
	name         string
	nameAt       uint32
	kind         elf.SectionType
	flags        elf.SectionFlag
	offset       int
	data         []byte
	link, info   uint32
	align, entry int
}

func (s section) header() []byte {
	var b bytes.Buffer
	address := uint64(s.offset)
	if s.flags&elf.SHF_ALLOC == 0 {
		address = 0
	}
	put(&b, s.nameAt, uint32(s.kind), uint64(s.flags), address, uint64(s.offset), uint64(len(s.data)), s.link, s.info,
		uint64(s.align), uint64(s.entry))
	return b.Bytes()
}

func header(entry, sectionsAt, sections int) []byte {
	var b bytes.Buffer
	b.WriteString(elf.ELFMAG)
	b.Write([]byte{byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT), 0, 0, 0, 0, 0, 0, 0, 0, 0})
	put(&b, uint16(elf.ET_DYN), uint16(emBPF), uint32(elf.EV_CURRENT), uint64(entry), uint64(headerSize), uint64(sectionsAt),
		uint32(0), uint16(headerSize), uint16(segmentSize), uint16(segments), uint16(sectionSize), uint16(sections), uint16(sections-1))
	return b.Bytes()
}

// programHeaders maps the code with the data behind it, and the tables of the runtime's linker.
func programHeaders(s []section) []byte {
	var b bytes.Buffer
	segment := func(kind elf.ProgType, flags elf.ProgFlag, first, last section) {
		start, end := uint64(first.offset), uint64(last.offset+len(last.data))
		put(&b, uint32(kind), uint32(flags), start, start, start, end-start, end-start, uint64(8))
	}
	segment(elf.PT_LOAD, elf.PF_R|elf.PF_X, s[1], s[2])
	segment(elf.PT_LOAD, elf.PF_R, s[3], s[6])
	segment(elf.PT_DYNAMIC, elf.PF_R, s[3], s[3])
	return b.Bytes()
}

func dynamic(s []section) []byte {
	var b bytes.Buffer
	symbols, names, rels := s[4], s[5], s[6]
	for _, e := range [][2]uint64{
		{uint64(elf.DT_FLAGS), uint64(elf.DF_TEXTREL)},
		{uint64(elf.DT_REL), uint64(rels.offset)},
		{uint64(elf.DT_RELSZ), uint64(len(rels.data))},
		{uint64(elf.DT_RELENT), 16},
		{uint64(elf.DT_SYMTAB), uint64(symbols.offset)},
		{uint64(elf.DT_SYMENT), 24},
		{uint64(elf.DT_STRTAB), uint64(names.offset)},
		{uint64(elf.DT_STRSZ), uint64(len(names.data))},
		{uint64(elf.DT_TEXTREL), 0},
		{uint64(elf.DT_NULL), 0},
	} {
		put(&b, e[0], e[1])
	}
	return b.Bytes()
}

// dynamicSymbols lists the syscalls' names once each, in the order of their first call.
func dynamicSymbols(calls []syscall) (symbols, names []byte, index map[string]int) {
	var table bytes.Buffer
	index = map[string]int{}
	table.Write(make([]byte, 24))
	names = []byte{0}
	for _, c := range calls {
		if index[c.name] != 0 {
			continue
		}
		index[c.name] = len(index) + 1
		put(&table, uint32(len(names)), elf.ST_INFO(elf.STB_GLOBAL, elf.STT_NOTYPE), byte(0), uint16(elf.SHN_UNDEF), uint64(0), uint64(0))
		names = append(append(names, c.name...), 0)
	}
	return table.Bytes(), names, index
}

func nameSections(sections []section) []byte {
	table := []byte{0}
	for i := range sections[1:] {
		s := &sections[i+1]
		s.nameAt = uint32(len(table))
		table = append(append(table, s.name...), 0)
	}
	return table
}

func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		_ = binary.Write(b, binary.LittleEndian, v) // fixed-size values into memory
	}
}
