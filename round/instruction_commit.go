package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// CommitValidation commits to a score of a commit-reveal round.
type CommitValidation struct {
	RoundID   uint64           // of the round
	Subject   solana.PublicKey // trainer of the gradient, or [BaseModel]
	Hash      [32]byte         // see [CommitmentHash]
	Sealed    bool             // for a sealed round, which looks for an earlier score, and whose gradients count their commitments
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CommitValidation) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator", i.Validator); err != nil {
		return nil, err
	}
	a := Addresses{program}
	gradient := program // Anchor's placeholder for an optional account that is absent
	if i.Subject != BaseModel {
		gradient = a.Gradient(i.RoundID, i.Subject)
	}
	ix, err := bindings.NewCommitValidationInstruction(i.RoundID, i.Subject, i.Hash, a.Round(i.RoundID), gradient, a.Stake(i.Validator),
		a.Commitment(i.RoundID, i.Subject, i.Validator), i.Validator, solana.SystemProgramID)
	if err == nil && i.Sealed {
		if i.Subject != BaseModel {
			ix.Accounts()[1].WRITE()
		}
		ix, err = withAccounts(ix, solana.Meta(a.validation(i.RoundID, i.Subject, i.Validator)))
	}
	return bind(program, bindings.Instruction_CommitValidation, ix, err)
}

// RevealPrevalidation reveals a score of the base model.
type RevealPrevalidation struct {
	RoundID   uint64           // of the round
	Accuracy  uint32           // hundredths of a percent, 0 to 10,000
	Salt      [32]byte         // see [Client.Salt]
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i RevealPrevalidation) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator", i.Validator); err != nil {
		return nil, err
	}
	if err := checkAccuracy(i.Accuracy); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewRevealPrevalidationInstruction(i.RoundID, i.Accuracy, i.Salt, a.Round(i.RoundID), a.Stake(i.Validator),
		a.PreValidation(i.RoundID, i.Validator), a.Commitment(i.RoundID, BaseModel, i.Validator), i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_RevealPrevalidation, ix, err)
}

// RevealPostvalidation reveals a score of a gradient.
type RevealPostvalidation struct {
	RoundID   uint64           // of the round
	Trainer   solana.PublicKey // whose gradient it is
	Accuracy  uint32           // hundredths of a percent, 0 to 10,000
	Salt      [32]byte         // see [Client.Salt]
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i RevealPostvalidation) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Trainer and Validator", i.Trainer, i.Validator); err != nil {
		return nil, err
	}
	if err := checkAccuracy(i.Accuracy); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewRevealPostvalidationInstruction(i.RoundID, i.Accuracy, i.Salt, a.Round(i.RoundID), a.Stake(i.Validator),
		a.Gradient(i.RoundID, i.Trainer), a.PostValidation(i.RoundID, i.Trainer, i.Validator),
		a.Commitment(i.RoundID, i.Trainer, i.Validator), i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_RevealPostvalidation, ix, err)
}

// CloseCommitment gives back the rent of a commitment after its reveal window; in a
// sealed round only once that is closed, since it can be slashed until then
// ([SlashCommitment]).
type CloseCommitment struct {
	RoundID   uint64           // of the round
	Subject   solana.PublicKey // trainer of the gradient, or [BaseModel]
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CloseCommitment) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator", i.Validator); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCloseCommitmentInstruction(i.RoundID, i.Subject, a.Commitment(i.RoundID, i.Subject, i.Validator), i.Validator, a.Round(i.RoundID))
	return bind(program, bindings.Instruction_CloseCommitment, ix, err)
}
