// Package sbpf loads, verifies and interprets sBPF programs, the byte code of Solana, versions 0 and 3.
//
// It knows memory, registers and the compute meter, but neither accounts nor transactions: those are passed in as the
// input memory region and as system calls. ELF files and programs are untrusted: every size is bounded, every access
// checked.
//
// The formats are those of the public repository anza-xyz/sbpf (0.23): ELF rules in elf.rs and elf_parser, instruction
// rules in verifier.rs, semantics in interpreter.rs, the memory map in memory_region.rs.
package sbpf

// Version is the sBPF version of a program, from the e_flags of its ELF header.
type Version uint8

// The supported versions.
const (
	V0 Version = 0 // the legacy format: section headers, relocations, gaps between stack frames
	V3 Version = 3 // SIMD-0178, 0189, 0377: strict program headers, no relocations, 32-bit jumps
)

// Virtual addresses of the memory regions. The upper 32 bits of an address select the region.
const (
	RodataStart = 0 << 32 // read-only data of a V3 program
	TextStart   = 1 << 32 // byte code, and in V0 the read-only data too
	StackStart  = 2 << 32
	HeapStart   = 3 << 32
	InputStart  = 4 << 32
)

// Limits of the virtual machine, as on a cluster.
const (
	InsnSize     = 8         // bytes per instruction
	FrameSize    = 4096      // bytes of stack per function call
	MaxCallDepth = 64        // nested function calls
	StackSize    = 64 * 4096 // bytes
	DefaultHeap  = 32 * 1024 // bytes, unless the transaction requests more
	MaxHeap      = 256 * 1024
	MaxELF       = 10 << 20 // bytes of an ELF file
)
