package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"
)

// programStart is where the runtime maps a program's file: every address in it is its offset in the file plus this.
const programStart = 1 << 32

// BPF relocation types of LLVM's object files.
const (
	relLddw  = 1  // R_BPF_64_64: a 64-bit immediate in two instructions
	relAbs64 = 2  // R_BPF_64_ABS64: a 64-bit address in data
	relCall  = 10 // R_BPF_64_32: a call
)

const insnSize = 8

// maxAlign is more than any section of a program asks for.
const maxAlign = 16

// librarySyscalls are the C library's functions that the compiler calls by itself.
var librarySyscalls = map[string]string{"memcpy": "sol_memcpy_", "memmove": "sol_memmove_", "memset": "sol_memset_"}

// A syscall is a call instruction that the runtime resolves by name.
type syscall struct {
	offset int // in the text
	name   string
}

// An image is a linked program before it becomes a file.
type image struct {
	text     []byte
	rodata   []byte
	entry    int // offset of the entry point in the text
	syscalls []syscall
}

// A linker places the sections of one object file.
type linker struct {
	file    *elf.File
	symbols []elf.Symbol
	base    map[int]int // by section: offset in text or rodata
	inText  map[int]bool
	image
}

// link resolves everything in a relocatable BPF object but the syscalls.
func link(object []byte, entry string) (*image, error) {
	file, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, fmt.Errorf("reading the object: %w", err)
	}
	if file.Type != elf.ET_REL || file.Machine != elf.EM_BPF || file.Class != elf.ELFCLASS64 || file.ByteOrder != binary.LittleEndian {
		return nil, fmt.Errorf("a relocatable little-endian BPF object is needed, this is %v %v", file.Type, file.Machine)
	}
	l := &linker{file: file, base: map[int]int{}, inText: map[int]bool{}}
	if l.symbols, err = file.Symbols(); err != nil {
		return nil, fmt.Errorf("reading the symbols: %w", err)
	}
	if err := l.place(); err != nil {
		return nil, err
	}
	if err := l.findEntry(entry); err != nil {
		return nil, err
	}
	for i, s := range file.Sections {
		if s.Type != elf.SHT_REL || !l.placed(int(s.Info)) {
			continue
		}
		if err := l.relocate(file.Sections[i], int(s.Info)); err != nil {
			return nil, fmt.Errorf("section %s: %w", file.Sections[s.Info].Name, err)
		}
	}
	sort.Slice(l.syscalls, func(i, j int) bool { return l.syscalls[i].offset < l.syscalls[j].offset })
	return &l.image, nil
}

func (l *linker) placed(section int) bool {
	_, ok := l.base[section]
	return ok
}

// place lays out code and read-only data. There is no other memory: a program's writable data would be shared by all.
func (l *linker) place() error {
	for i, s := range l.file.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 || s.Name == ".eh_frame" { // nothing ever unwinds
			continue
		}
		if s.Addralign > maxAlign || s.Flags&elf.SHF_COMPRESSED != 0 {
			return fmt.Errorf("section %s is compressed or aligned to %d bytes, more than %d", s.Name, s.Addralign, maxAlign)
		}
		switch {
		case s.Flags&elf.SHF_EXECINSTR != 0:
			l.inText[i] = true
		case s.Type == elf.SHT_NOBITS, s.Flags&elf.SHF_WRITE != 0 && !strings.HasPrefix(s.Name, ".data.rel.ro"):
			return fmt.Errorf("section %s is writable: a program has no global variables", s.Name)
		}
		data, err := s.Data()
		if err != nil {
			return fmt.Errorf("section %s: %w", s.Name, err)
		}
		to := &l.rodata
		if l.inText[i] {
			to = &l.text
		}
		*to = pad(*to, max(int(s.Addralign), 1))
		l.base[i] = len(*to)
		*to = append(*to, data...)
	}
	l.text = pad(l.text, insnSize)
	if len(l.text) == 0 {
		return errors.New("the object has no code")
	}
	return nil
}

func (l *linker) findEntry(name string) error {
	for _, s := range l.symbols {
		if s.Name == name && l.inText[int(s.Section)] {
			if s.Value%insnSize != 0 || s.Value >= l.file.Sections[s.Section].Size {
				return fmt.Errorf("%q lies outside of the code", name)
			}
			l.entry = l.base[int(s.Section)] + int(s.Value)
			return nil
		}
	}
	return fmt.Errorf("the object does not define %q", name)
}

func (l *linker) relocate(rels *elf.Section, section int) error {
	data, err := rels.Data()
	if err != nil {
		return err
	}
	for ; len(data) >= 16; data = data[16:] {
		offset := int(binary.LittleEndian.Uint64(data)) + l.base[section]
		info := binary.LittleEndian.Uint64(data[8:])
		index := int(info>>32) - 1 // Symbols leaves out the null symbol
		if index < 0 || index >= len(l.symbols) {
			return fmt.Errorf("relocation at %#x: no symbol %d", offset, index)
		}
		if err := l.apply(uint32(info), offset, l.symbols[index], l.inText[section]); err != nil {
			return fmt.Errorf("relocation at %#x against %q: %w", offset, l.symbols[index].Name, err)
		}
	}
	return nil
}

func (l *linker) apply(kind uint32, offset int, symbol elf.Symbol, inText bool) error {
	where, size := l.rodata, 8
	if inText {
		where, size = l.text, 2*insnSize
	}
	if kind == relCall {
		size = insnSize
	}
	if offset < 0 || offset+size > len(where) {
		return errors.New("outside of its section")
	}
	at := where[offset:]
	switch {
	case kind == relCall && inText:
		return l.call(at, offset, symbol)
	case kind == relLddw && inText:
		low, high := at[4:8], at[12:16]
		addend := uint64(binary.LittleEndian.Uint32(low)) | uint64(binary.LittleEndian.Uint32(high))<<32
		address, err := l.address(symbol, addend)
		binary.LittleEndian.PutUint32(low, uint32(address))
		binary.LittleEndian.PutUint32(high, uint32(address>>32))
		return err
	case kind == relAbs64 && !inText:
		address, err := l.address(symbol, binary.LittleEndian.Uint64(at))
		binary.LittleEndian.PutUint64(at, address)
		return err
	}
	return fmt.Errorf("type %d is not supported", kind)
}

// call points a call at a function, or notes it as a syscall.
func (l *linker) call(at []byte, offset int, symbol elf.Symbol) error {
	section := int(symbol.Section)
	if symbol.Section == elf.SHN_UNDEF {
		name, ok := librarySyscalls[symbol.Name]
		switch {
		case ok:
		case strings.HasPrefix(symbol.Name, "sol_"), symbol.Name == "abort":
			name = symbol.Name
		default:
			return errors.New("neither defined nor a syscall")
		}
		at[1] = 0 // the source register: a call of the runtime
		binary.LittleEndian.PutUint32(at[4:], 0xffffffff)
		l.syscalls = append(l.syscalls, syscall{offset, name})
		return nil
	}
	if !l.inText[section] {
		return errors.New("not a function")
	}
	// The compiler left (target - symbol)/8 - 1; what is wanted is the distance from the next instruction.
	addend := int(int32(binary.LittleEndian.Uint32(at[4:]))) + 1
	target := l.base[section] + int(symbol.Value) + addend*insnSize
	binary.LittleEndian.PutUint32(at[4:], uint32(int32((target-offset)/insnSize-1)))
	return nil
}

// address is where the runtime will map a place in the read-only data, which follows the text.
func (l *linker) address(symbol elf.Symbol, addend uint64) (uint64, error) {
	section := int(symbol.Section)
	if l.inText[section] {
		return 0, errors.New("addresses of functions are not supported: the program calls by name only")
	}
	base, ok := l.base[section]
	if !ok {
		return 0, errors.New("not in a section that is loaded")
	}
	return programStart + uint64(rodataOffset(len(l.text))) + uint64(base) + symbol.Value + addend, nil
}

func pad(b []byte, to int) []byte {
	for len(b)%to != 0 {
		b = append(b, 0)
	}
	return b
}
