package round

import roundprogram "github.com/decloud-sdk/decloud-go/internal/program/round"

// Program is the round program's compiled code: an sBPF ELF file.
func Program() []byte { return roundprogram.ELF() }

// IDL is the round program's interface: an Anchor IDL (spec 0.1.0) in JSON.
func IDL() []byte { return roundprogram.IDL() }
