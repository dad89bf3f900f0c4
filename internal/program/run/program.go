// Package run holds the decloud run program: its Rust source, the sBPF file built from it, and its Anchor IDL.
package run

import _ "embed"

var (
	//go:embed program.so
	elf []byte

	//go:embed idl.json
	idl []byte
)

// ELF returns a copy of the program as the runtime loads it: an sBPF version 0 file.
func ELF() []byte { return append([]byte(nil), elf...) }

// IDL returns a copy of the program's interface: Anchor IDL specification 0.1.0, JSON.
func IDL() []byte { return append([]byte(nil), idl...) }
