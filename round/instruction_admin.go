package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Initialize creates the counter of rounds with the protocol's default
// parameters, once in a program's life. Where the program can be upgraded, only
// its upgrade authority may.
type Initialize struct{ Authority solana.PublicKey }

// Build implements [Instruction].
func (i Initialize) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Authority", i.Authority); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewInitializeInstruction(a.Counter(), i.Authority, solana.SystemProgramID, a.ProgramData())
	return bind(program, bindings.Instruction_Initialize, ix, err)
}
