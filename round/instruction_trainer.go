package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// CreateTrainerProfile gives a trainer its first stars ([rating.Start]), once.
type CreateTrainerProfile struct {
	Trainer solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CreateTrainerProfile) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer", i.Trainer); err != nil {
		return nil, err
	}
	ix, err := bindings.NewCreateTrainerProfileInstruction(Addresses{program}.Profile(i.Trainer), i.Trainer, solana.SystemProgramID)
	return bind(program, bindings.Instruction_CreateTrainerProfile, ix, err)
}

// SubmitGradient submits a trained head, once per trainer and round.
type SubmitGradient struct {
	RoundID     uint64           // of the round
	GradientCID string           // of the trained head, 46 to 64 ASCII characters
	Sealed      bool             // for a sealed round, whose vault takes the bond
	Trainer     solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i SubmitGradient) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer", i.Trainer); err != nil {
		return nil, err
	}
	if err := checkCID(i.GradientCID); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewSubmitGradientInstruction(i.RoundID, i.GradientCID, a.Round(i.RoundID), a.Profile(i.Trainer),
		a.Gradient(i.RoundID, i.Trainer), i.Trainer, solana.SystemProgramID)
	if err == nil && i.Sealed {
		ix, err = withAccounts(ix, solana.Meta(a.Vault(i.RoundID)).WRITE())
	}
	return bind(program, bindings.Instruction_SubmitGradient, ix, err)
}

// ClaimTrainer pays a trainer's share of a finalized round and settles the rating
// if that was not done yet.
type ClaimTrainer struct {
	RoundID  uint64           // of the round
	Treasury solana.PublicKey // the round's
	Trainer  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i ClaimTrainer) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Treasury and Trainer", i.Treasury, i.Trainer); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewClaimTrainerInstruction(i.RoundID, a.Round(i.RoundID), a.Gradient(i.RoundID, i.Trainer),
		a.Profile(i.Trainer), a.Vault(i.RoundID), i.Treasury, i.Trainer, solana.SystemProgramID)
	return bind(program, bindings.Instruction_ClaimTrainer, ix, err)
}

// SettleRating changes a trainer's stars by the result of its gradient; anybody
// may.
type SettleRating struct {
	RoundID uint64           // of the round
	Trainer solana.PublicKey // whose stars are changed
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i SettleRating) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer and Anyone", i.Trainer, i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewSettleRatingInstruction(i.RoundID, a.Round(i.RoundID), a.Gradient(i.RoundID, i.Trainer), a.Profile(i.Trainer), i.Anyone)
	return bind(program, bindings.Instruction_SettleRating, ix, err)
}
