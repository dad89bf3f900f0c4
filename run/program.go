package run

import runprogram "github.com/decloud-sdk/decloud-go/internal/program/run"

// Program is the run program's compiled code: an sBPF ELF file.
func Program() []byte { return runprogram.ELF() }

// IDL is the run program's interface: an Anchor IDL (spec 0.1.0) in JSON.
func IDL() []byte { return runprogram.IDL() }
