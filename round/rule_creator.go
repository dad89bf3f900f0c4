package round

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// CanConfigure returns why wallet cannot configure the round. It does not check
// the ranges of the options.
func (r *Round) CanConfigure(wallet solana.PublicKey) error {
	if err := first(r.mustBeCreator(wallet), r.mustBeActive()); err != nil {
		return err
	}
	if r.Commitments > 0 {
		return refuse(ErrCommitmentsOpen)
	}
	return r.mustBeUntouched()
}

// CanCancel returns why wallet cannot cancel the round.
func (r *Round) CanCancel(wallet solana.PublicKey) error {
	return first(r.mustBeCreator(wallet), r.mustBeActive(), r.mustBeUntouched())
}

// mustBeUntouched refuses once somebody has scored, submitted or committed.
func (r *Round) mustBeUntouched() error {
	if r.Prevalidations > 0 || r.Gradients > 0 || r.Commitments > 0 {
		return refuse(ErrRoundHasParticipants)
	}
	return nil
}

// CanFinalize returns why wallet cannot finalize the round now: only its creator
// can before the deadline, once every gradient has its quorum and the last
// reveal window is over.
func (r *Round) CanFinalize(wallet solana.PublicKey, now time.Time) error {
	if err := first(r.mustBeCreator(wallet), r.mustBeActive()); err != nil {
		return err
	}
	switch {
	case r.Prevalidations == 0 || r.Sealed() && r.Prevalidations < r.Options.MinPrevalidations:
		return refuse(ErrNoPrevalidation)
	case r.Gradients == 0:
		return refuse(ErrNoGradients)
	case r.UnvalidatedGradients > 0:
		return refuse(ErrNoPostvalidation)
	}
	return notBefore(r.EarliestFinalize, now, ErrTooEarly)
}

// CanForceFinalize returns why nobody can finalize the round by force now.
func (r *Round) CanForceFinalize(now time.Time) error {
	return first(r.mustBeActive(), notBefore(r.ForceFrom(), now, ErrTooEarly))
}

// ForceFrom is when anybody may finalize the round: at its deadline or at the end
// of its last reveal window, whichever is later. While a subject of a sealed round is
// without its quorum it is no earlier than the end of the last sitting.
func (r *Round) ForceFrom() time.Time {
	from := latest(r.Options.Deadline, r.EarliestFinalize)
	unscored := r.UnvalidatedGradients > 0 || r.Prevalidations < r.Options.MinPrevalidations
	if r.Sealed() && r.Gradients > 0 && unscored {
		return latest(from, r.ScoringEnds())
	}
	return from
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// CanWithdraw returns why wallet cannot take the remainder out of the vault now.
// Pass a nil vault if it is closed.
func (r *Round) CanWithdraw(wallet solana.PublicKey, vault *Vault, now time.Time) error {
	if vault == nil {
		return first(r.transactable(), refuse(chain.ErrAccountNotInitialized))
	}
	if err := first(r.mustBeCreator(wallet), r.mustBeFinalized()); err != nil {
		return err
	}
	shares := r.Shares()
	if !now.Before(r.ClaimsEnd()) || vault.Complete(shares) {
		return nil
	}
	remainder, err := vault.Remainder(shares)
	if err == nil && remainder == 0 {
		return &RuleError{Err: ErrNothingToWithdraw, From: r.ClaimsEnd()}
	}
	return err
}

// ClaimsEnd is when the claim period of a finalized round ends: from then on its
// creator may take everything that was not claimed, and close the vault.
func (r *Round) ClaimsEnd() time.Time { return r.FinalizedAt.Add(r.ClaimPeriod) }
