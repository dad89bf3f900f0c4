package round

import "time"

// CanClose returns why nobody can close the round's account now, so that its
// rent goes back to its creator: the claim period must be over, and the vault of
// a finalized round closed. A vault of nil is.
func (r *Round) CanClose(vault *Vault, now time.Time) error {
	if err := r.transactable(); err != nil {
		return err
	}
	switch {
	case r.Status != Finalized && r.Status != Cancelled:
		return refuse(ErrRoundNotFinalized)
	case r.Status == Finalized && vault != nil:
		return refuse(ErrTooEarly)
	}
	end := r.CreatedAt // of a round that was cancelled
	if r.FinalizedAt.After(end) {
		end = r.FinalizedAt
	}
	return notBefore(end.Add(r.ClaimPeriod), now, ErrTooEarly)
}

// CanUnstake returns why so many lamports cannot be put on their way out.
func (s *Stake) CanUnstake(amount uint64) error {
	switch {
	case amount == 0:
		return refuse(ErrInvalidParameter)
	case amount > s.Amount:
		return refuse(ErrInsufficientStake)
	}
	return nil
}

// CanWithdraw returns why what is unlocking cannot be taken out now.
func (s *Stake) CanWithdraw(now time.Time) error {
	if s.Unlocking == 0 {
		return refuse(ErrNothingToWithdraw)
	}
	return notBefore(s.UnlockAt, now, ErrStakeLocked)
}
