package round

import (
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// CreateRound opens a round and puts its reward under escrow.
type CreateRound struct {
	RoundID   uint64           // the number of rounds so far; [Client.CreateRound] finds it
	ModelCID  string           // of the package, 46 to 64 ASCII characters
	Dataset   Dataset          // that the model is about, 0 to 255
	Reward    uint64           // lamports
	MinRating rating.Stars     // trainers with fewer are refused; [rating.Floor] excludes nobody
	Creator   solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CreateRound) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator", i.Creator); err != nil {
		return nil, err
	}
	if err := checkCID(i.ModelCID); err != nil {
		return nil, err
	}
	if i.Reward == 0 {
		return nil, fmt.Errorf("%w: a round needs a reward", ErrArgument)
	}
	if i.MinRating < rating.Floor || i.MinRating > rating.Cap {
		return nil, fmt.Errorf("%w: a minimum rating of %d: it must be from %d (excludes nobody) to %d", ErrArgument,
			uint16(i.MinRating), uint16(rating.Floor), uint16(rating.Cap))
	}
	a := Addresses{program}
	ix, err := bindings.NewCreateRoundInstruction(i.RoundID, i.ModelCID, uint8(i.Dataset), i.Reward, uint16(i.MinRating),
		a.Counter(), a.Round(i.RoundID), a.Vault(i.RoundID), i.Creator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_CreateRound, ix, err)
}

// Options are the terms of a round that its creator may choose. All of them are
// set at once; [Client.Parameters] has the protocol's defaults, and
// [Parameters.Options] makes options of them.
type Options struct {
	Deadline           time.Time     // from then on anybody may finalize; whole seconds, at most 30 days after creation
	BaseWindow         time.Duration // time for scores of the base model before gradients are taken, 0 to 365 days
	ValidationWindow   time.Duration // time before the deadline in which gradients are only scored, 0 to 365 days
	CommitWindow       time.Duration // with CommitReveal: time to commit, and the same again to reveal
	MinPrevalidations  uint8         // quorum of the base model, 1 to 24
	MinPostvalidations uint8         // quorum of each gradient, 1 to 24
	MinValidatorStake  uint64        // stake that a validator must have, lamports; at least the protocol's
	CommitReveal       bool          // scores are committed first and revealed later
	RewardRule         reward.Rule   // how improvements are paid; all rules but the proportional one need quorums of at least 3
}

func (o Options) wire() bindings.RoundOptions {
	return bindings.RoundOptions{
		Deadline: o.Deadline.Unix(), BaseWindow: anchor.Seconds(o.BaseWindow), ValidationWindow: anchor.Seconds(o.ValidationWindow),
		CommitWindow: anchor.Seconds(o.CommitWindow), MinPrevalidations: o.MinPrevalidations, MinPostvalidations: o.MinPostvalidations,
		MinValidatorStake: o.MinValidatorStake, CommitReveal: o.CommitReveal, RewardRule: uint8(o.RewardRule),
	}
}

func optionsOf(o bindings.RoundOptions) Options {
	return Options{
		Deadline: anchor.Unix(o.Deadline), BaseWindow: anchor.Duration(o.BaseWindow), ValidationWindow: anchor.Duration(o.ValidationWindow),
		CommitWindow: anchor.Duration(o.CommitWindow), MinPrevalidations: o.MinPrevalidations, MinPostvalidations: o.MinPostvalidations,
		MinValidatorStake: o.MinValidatorStake, CommitReveal: o.CommitReveal, RewardRule: reward.Rule(o.RewardRule),
	}
}

// check checks what does not depend on the protocol's parameters.
func (o Options) check() error {
	for name, quorum := range map[string]uint8{"MinPrevalidations": o.MinPrevalidations, "MinPostvalidations": o.MinPostvalidations} {
		if quorum < 1 || quorum > rating.MaxValidations {
			return fmt.Errorf("%w: %s of %d: a quorum is 1 to %d", ErrArgument, name, quorum, rating.MaxValidations)
		}
	}
	for name, window := range map[string]time.Duration{"BaseWindow": o.BaseWindow, "ValidationWindow": o.ValidationWindow, "CommitWindow": o.CommitWindow} {
		if window < 0 || window%time.Second != 0 {
			return fmt.Errorf("%w: %s of %s: it must be whole seconds and not negative", ErrArgument, name, window)
		}
	}
	switch {
	case o.Deadline.IsZero():
		return fmt.Errorf("%w: Options without a Deadline", ErrArgument)
	case o.RewardRule > reward.WinRate:
		return fmt.Errorf("%w: unknown reward rule %d", ErrArgument, o.RewardRule)
	case o.RewardRule != reward.Proportional && min(o.MinPrevalidations, o.MinPostvalidations) < rating.MinJudges:
		return fmt.Errorf("%w: reward rule %s needs quorums of at least %d", ErrArgument, o.RewardRule, rating.MinJudges)
	}
	return nil
}

// ConfigureRound sets the options of a round in which nobody has taken part yet,
// usually in the transaction that creates it.
type ConfigureRound struct {
	RoundID uint64           // of the round
	Options Options          // all of them, set at once
	Creator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i ConfigureRound) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator", i.Creator); err != nil {
		return nil, err
	}
	if err := i.Options.check(); err != nil {
		return nil, err
	}
	ix, err := bindings.NewConfigureRoundInstruction(i.RoundID, i.Options.wire(), Addresses{program}.Round(i.RoundID), i.Creator)
	return bind(program, bindings.Instruction_ConfigureRound, ix, err)
}

// CancelRound takes back a round in which nobody has taken part, with its reward.
type CancelRound struct {
	RoundID uint64           // of the round
	Creator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i CancelRound) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator", i.Creator); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewCancelRoundInstruction(i.RoundID, a.Round(i.RoundID), a.Vault(i.RoundID), i.Creator, solana.SystemProgramID)
	return bind(program, bindings.Instruction_CancelRound, ix, err)
}

// FinalizeRound closes a round in which every gradient has its quorum.
type FinalizeRound struct {
	RoundID uint64           // of the round
	Creator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i FinalizeRound) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator", i.Creator); err != nil {
		return nil, err
	}
	ix, err := bindings.NewFinalizeRoundInstruction(i.RoundID, Addresses{program}.Round(i.RoundID), i.Creator)
	return bind(program, bindings.Instruction_FinalizeRound, ix, err)
}

// ForceFinalize closes a round whose deadline has passed; anybody may.
type ForceFinalize struct {
	RoundID uint64           // of the round
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i ForceFinalize) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Anyone", i.Anyone); err != nil {
		return nil, err
	}
	ix, err := bindings.NewForceFinalizeInstruction(i.RoundID, Addresses{program}.Round(i.RoundID), i.Anyone)
	return bind(program, bindings.Instruction_ForceFinalize, ix, err)
}

// WithdrawRemainder pays the creator what nobody can claim, and closes the
// vault once all have claimed or the claim period is over.
type WithdrawRemainder struct {
	RoundID  uint64           // of the round
	Treasury solana.PublicKey // the round's, if it has a sealed test; zero in others
	Creator  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i WithdrawRemainder) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator", i.Creator); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewWithdrawRemainderInstruction(i.RoundID, a.Round(i.RoundID), a.Vault(i.RoundID), i.Creator, solana.SystemProgramID)
	if err == nil && !i.Treasury.IsZero() {
		ix, err = withAccounts(ix, solana.Meta(i.Treasury).WRITE())
	}
	return bind(program, bindings.Instruction_WithdrawRemainder, ix, err)
}
