package round

import (
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// MaxSource is the most bytes that a source has.
const MaxSource = 128

// SetSource says where a trainer keeps its submission to an active round, such as
// "hf:alice/flowers@" and a commit. It may come with the submission or later, and again: then
// the last one counts. Nobody checks that anything is there; what is has to have the
// gradient's CID. In a sealed round, say it after submissions closed: until then others
// could copy what is there.
type SetSource struct {
	RoundID uint64           // of the round
	Source  string           // 1 to [MaxSource] visible ASCII characters, no spaces
	Trainer solana.PublicKey // signs and pays; has a gradient in the round
}

// Build implements [Instruction].
func (i SetSource) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer", i.Trainer); err != nil {
		return nil, err
	}
	if err := checkSource(i.Source); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewSetSourceInstruction(i.RoundID, i.Source, a.Round(i.RoundID), a.Gradient(i.RoundID, i.Trainer),
		a.Source(i.RoundID, i.Trainer), i.Trainer, solana.SystemProgramID)
	return bind(program, bindings.Instruction_SetSource, ix, err)
}

// checkSource checks what the program checks.
func checkSource(text string) error {
	if len(text) < 1 || len(text) > MaxSource {
		return fmt.Errorf("%w: a source has 1 to %d characters, not %d", ErrArgument, MaxSource, len(text))
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return fmt.Errorf("%w: a source is visible ASCII text without spaces: percent-encode others", ErrArgument)
		}
	}
	return nil
}

// CloseSource gives a source's rent back to its trainer, a day after finalization. Anybody
// may.
type CloseSource struct {
	RoundID uint64           // of the round
	Trainer solana.PublicKey // whose source it is; gets the rent
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CloseSource) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer and Anyone", i.Trainer, i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCloseSourceInstruction(a.Round(i.RoundID), a.Source(i.RoundID, i.Trainer), i.Trainer, i.Anyone)
	return bind(program, bindings.Instruction_CloseSource, ix, err)
}
