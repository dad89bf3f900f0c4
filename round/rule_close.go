package round

import "time"

// CanClose returns why nobody can close the round's account now, which gives its
// rent back to its creator: the claim period must be over, and the vault of a
// finalized round closed. Pass a nil vault if it is closed.
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

// CanUnstake returns why that many lamports cannot be requested back.
func (s *Stake) CanUnstake(amount uint64) error {
	switch {
	case amount == 0:
		return refuse(ErrInvalidParameter)
	case amount > s.Amount:
		return refuse(ErrInsufficientStake)
	}
	return nil
}

// CanWithdraw returns why the unlocking lamports cannot be withdrawn now.
func (s *Stake) CanWithdraw(now time.Time) error {
	if s.Unlocking == 0 {
		return refuse(ErrNothingToWithdraw)
	}
	return notBefore(s.UnlockAt, now, ErrStakeLocked)
}
