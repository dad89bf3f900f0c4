// Package program holds the decloud round program: its Rust source, the sBPF file built from it, and its Anchor IDL.
//
// The file is committed, since building it needs compilers that a user of the SDK does not have (see README.md). The
// lock file ties it to the sources: a test fails where one was changed without the other.
package program

import _ "embed"

var (
	//go:embed decloud.so
	elf []byte

	//go:embed idl/decloud.json
	idl []byte

	//go:embed decloud.lock.json
	lock []byte
)

// ELF returns a copy of the program as the runtime loads it: an sBPF version 0 file.
func ELF() []byte { return append([]byte(nil), elf...) }

// IDL returns a copy of the program's interface: Anchor IDL specification 0.1.0, JSON.
func IDL() []byte { return append([]byte(nil), idl...) }
