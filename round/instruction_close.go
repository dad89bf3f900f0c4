package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// CloseGradient gives a gradient's rent back to its trainer: a day after
// finalization, once it was claimed and settled. Anybody may.
type CloseGradient struct {
	RoundID uint64           // of the round
	Trainer solana.PublicKey // whose gradient it is; gets the rent
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CloseGradient) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer and Anyone", i.Trainer, i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCloseGradientInstruction(a.Round(i.RoundID), a.Gradient(i.RoundID, i.Trainer), i.Trainer, i.Anyone)
	return bind(program, bindings.Instruction_CloseGradient, ix, err)
}

// CloseValidation gives a score's rent back to its validator: a day after
// finalization, once it was claimed, or slashed if it is an outlier. Anybody may.
type CloseValidation struct {
	RoundID   uint64           // of the round
	Trainer   solana.PublicKey // whose gradient was scored, or [BaseModel]
	Validator solana.PublicKey // who scored; gets the rent
	Anyone    solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CloseValidation) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator and Anyone", i.Validator, i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCloseValidationInstruction(a.Round(i.RoundID), a.validation(i.RoundID, i.Trainer, i.Validator), i.Validator, i.Anyone)
	return bind(program, bindings.Instruction_CloseValidation, ix, err)
}

// CloseUnopened gives the rent of a mark of [SlashCommitment] back to its reporter, once
// the round is closed. Anybody may. (The program calls it "close_validation".)
type CloseUnopened struct {
	RoundID   uint64           // of the round
	Validator solana.PublicKey // who was slashed
	Reporter  solana.PublicKey // who made the mark; gets the rent
	Anyone    solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CloseUnopened) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator, Reporter and Anyone", i.Validator, i.Reporter, i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCloseValidationInstruction(a.Round(i.RoundID), a.Unopened(i.RoundID, i.Validator), i.Reporter, i.Anyone)
	return bind(program, bindings.Instruction_CloseValidation, ix, err)
}

// CloseRound gives a round's rent back to its creator: after the claim period,
// once the vault is closed. Anybody may.
type CloseRound struct {
	RoundID uint64           // of the round
	Creator solana.PublicKey // the round's; gets the rent
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CloseRound) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator and Anyone", i.Creator, i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCloseRoundInstruction(a.Round(i.RoundID), i.Creator, i.Anyone, a.Vault(i.RoundID))
	return bind(program, bindings.Instruction_CloseRound, ix, err)
}
