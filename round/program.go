package round

import "github.com/decloud-sdk/decloud-go/internal/program"

// Program is the round program's code as it is deployed: an sBPF ELF.
func Program() []byte { return program.ELF() }

// IDL is the round program's interface: an Anchor IDL (spec 0.1.0), JSON.
func IDL() []byte { return program.IDL() }
