package round

import (
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// AddStake puts lamports at stake. (The program calls it "stake".)
type AddStake struct {
	Amount    uint64           // lamports
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i AddStake) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkStake(i.Validator, i.Amount); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewStakeInstruction(i.Amount, a.Stake(i.Validator), i.Validator, solana.SystemProgramID, a.Counter())
	return bind(program, bindings.Instruction_Stake, ix, err)
}

// RequestUnstake requests lamports of a stake back. A second request restarts the
// cooldown for the sum of both.
type RequestUnstake struct {
	Amount    uint64           // lamports
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i RequestUnstake) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkStake(i.Validator, i.Amount); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewRequestUnstakeInstruction(i.Amount, a.Stake(i.Validator), i.Validator, solana.SystemProgramID, a.Counter())
	return bind(program, bindings.Instruction_RequestUnstake, ix, err)
}

// WithdrawStake pays out what was requested, once it is unlocked.
type WithdrawStake struct {
	Validator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i WithdrawStake) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator", i.Validator); err != nil {
		return nil, err
	}
	ix, err := bindings.NewWithdrawStakeInstruction(Addresses{program}.Stake(i.Validator), i.Validator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_WithdrawStake, ix, err)
}

func checkStake(validator solana.PublicKey, amount uint64) error {
	if amount == 0 {
		return fmt.Errorf("%w: the amount is 0 SOL", ErrArgument)
	}
	return checkKeys("Validator", validator)
}

// SlashValidator takes from an outlier's stake and forfeits its reward; anybody
// but the outlier may, and gets a part of it.
type SlashValidator struct {
	RoundID   uint64           // of the round
	Trainer   solana.PublicKey // whose gradient was scored, or [BaseModel]
	Validator solana.PublicKey // the outlier
	Treasury  solana.PublicKey // the round's
	Reporter  solana.PublicKey // signs and pays; gets a part of the stake
}

// Build implements [Instruction].
func (i SlashValidator) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator, Treasury and Reporter", i.Validator, i.Treasury, i.Reporter); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewSlashValidatorInstruction(i.RoundID, a.Round(i.RoundID), a.validation(i.RoundID, i.Trainer, i.Validator),
		a.Stake(i.Validator), a.Vault(i.RoundID), i.Treasury, i.Reporter, solana.SystemProgramID, a.Counter())
	return bind(program, bindings.Instruction_SlashValidator, ix, err)
}

// SlashCommitment reports a commitment of a finalized sealed round that was never
// revealed; anybody may. The first one of a validator in a round costs it a part of its
// stake, of which the reporter gets a part, and makes the mark of that, whose rent the
// reporter pays until [CloseUnopened]. Later ones are only closed, which the validator may
// do too. The rent of all commitments is the validator's.
type SlashCommitment struct {
	RoundID   uint64           // of the round
	Subject   solana.PublicKey // trainer of the gradient, or [BaseModel]
	Validator solana.PublicKey // who did not reveal; gets the commitment's rent
	Treasury  solana.PublicKey // the round's
	Reporter  solana.PublicKey // signs and pays; gets a part of the stake
}

// Build implements [Instruction].
func (i SlashCommitment) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Validator, Treasury and Reporter", i.Validator, i.Treasury, i.Reporter); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewSlashCommitmentInstruction(i.RoundID, i.Subject, a.Round(i.RoundID), a.Commitment(i.RoundID, i.Subject, i.Validator),
		a.Unopened(i.RoundID, i.Validator), a.Stake(i.Validator), i.Validator, a.Counter(), i.Treasury, i.Reporter, solana.SystemProgramID)
	return bind(program, bindings.Instruction_SlashCommitment, ix, err)
}

// validation is the address of a score of a subject.
func (a Addresses) validation(id uint64, subject, validator solana.PublicKey) solana.PublicKey {
	if subject == BaseModel {
		return a.PreValidation(id, validator)
	}
	return a.PostValidation(id, subject, validator)
}
