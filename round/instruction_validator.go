package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Prevalidate reports the accuracy of a round's base model.
type Prevalidate struct {
	RoundID   uint64           // of the round
	Accuracy  uint32           // hundredths of a percent, 0 to 10,000
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i Prevalidate) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator", i.Validator); err != nil {
		return nil, err
	}
	if err := checkAccuracy(i.Accuracy); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewPrevalidateInstruction(i.RoundID, i.Accuracy, a.Round(i.RoundID), a.Stake(i.Validator),
		a.PreValidation(i.RoundID, i.Validator), i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_Prevalidate, ix, err)
}

// Postvalidate reports the accuracy of a trainer's gradient.
type Postvalidate struct {
	RoundID   uint64           // of the round
	Trainer   solana.PublicKey // whose gradient it is
	Accuracy  uint32           // hundredths of a percent, 0 to 10,000
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i Postvalidate) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer and Validator", i.Trainer, i.Validator); err != nil {
		return nil, err
	}
	if err := checkAccuracy(i.Accuracy); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewPostvalidateInstruction(i.RoundID, i.Accuracy, a.Round(i.RoundID), a.Stake(i.Validator),
		a.Gradient(i.RoundID, i.Trainer), a.PostValidation(i.RoundID, i.Trainer, i.Validator), i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_Postvalidate, ix, err)
}

// ClaimValidatorPre pays a validator for its score of the base model.
type ClaimValidatorPre struct {
	RoundID   uint64           // of the round
	Treasury  solana.PublicKey // the round's
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i ClaimValidatorPre) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Treasury and Validator", i.Treasury, i.Validator); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewClaimValidatorPreInstruction(i.RoundID, a.Round(i.RoundID), a.PreValidation(i.RoundID, i.Validator),
		a.Vault(i.RoundID), i.Treasury, i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_ClaimValidatorPre, ix, err)
}

// ClaimValidatorPost pays a validator for its score of a gradient.
type ClaimValidatorPost struct {
	RoundID   uint64           // of the round
	Trainer   solana.PublicKey // whose gradient it is
	Treasury  solana.PublicKey // the round's
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i ClaimValidatorPost) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer, Treasury and Validator", i.Trainer, i.Treasury, i.Validator); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewClaimValidatorPostInstruction(i.RoundID, a.Round(i.RoundID), a.PostValidation(i.RoundID, i.Trainer, i.Validator),
		a.Vault(i.RoundID), i.Treasury, i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_ClaimValidatorPost, ix, err)
}
