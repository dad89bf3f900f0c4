package model

import "math/bits"

// What moves money. The caller moves it in the vault.

// TopUp adds to the pool, and with it what the vault holds besides the books.
func (s State) TopUp(amount, surplus uint64, now int64) error {
	r := s.Run
	switch {
	case !r.HasMoney():
		return NoTreasury
	case r.State == Finished:
		return InvalidState
	case r.HasEnded(now):
		return RunEnded
	}
	booked := r.Reserved + r.Owed + r.Stakes // in the vault already: it fits
	sum, over := r.Pool, uint64(0)
	for _, n := range []uint64{amount, surplus, booked} {
		var carry uint64
		sum, carry = bits.Add64(sum, n, 0)
		over += carry
	}
	if over > 0 {
		return MathOverflow
	}
	r.Pool = sum - booked
	r.TreasuryLow = false
	return nil
}

// WithdrawSurplus pays from the pool to the authority.
func (s State) WithdrawSurplus(amount uint64) error {
	r := s.Run
	switch {
	case !r.HasMoney():
		return NoTreasury
	case amount == 0:
		return InvalidParameter
	case r.State != Finished && (r.IsVote() || r.State != Paused):
		return InvalidState
	case amount > r.Pool:
		return InsufficientPool
	}
	r.Pool -= amount
	r.Withdrawn = saturate(r.Withdrawn, amount)
	return nil
}

// AddStake adds to a member's stake.
func (s State) AddStake(m *Member, amount uint64) error {
	switch {
	case !s.Run.HasMoney():
		return NoTreasury
	case amount == 0:
		return InvalidParameter
	case s.Run.State == Finished:
		return InvalidState
	}
	slot, err := s.slot(m)
	if err != nil {
		return err
	}
	if slot.Status == Active || slot.Status == Leaving {
		return StakeLocked
	}
	slot.Stake += amount
	s.Run.Stakes += amount
	return nil
}

// WithdrawStake pays stake to its member.
func (s State) WithdrawStake(m *Member, amount uint64) error {
	switch {
	case !s.Run.HasMoney():
		return NoTreasury
	case amount == 0:
		return InvalidParameter
	case m.CreatedSlot != s.Run.CreatedSlot:
		return NotAMember
	}
	stake := &m.Stake
	if m.Slot != NoSlot {
		slot, err := s.slot(m)
		switch {
		case err != nil:
			return err
		case slot.Status != Left && s.Run.State != Finished:
			return StakeLocked
		case slot.SlashDue > 0:
			return SlashDue
		}
		stake = &slot.Stake
	}
	if amount > *stake {
		return InsufficientStake
	}
	*stake -= amount
	s.Run.Stakes -= amount
	return nil
}

// Claim pays points that are due to a member.
func (s State) Claim(m *Member, points uint64) error {
	switch {
	case !s.Run.HasMoney():
		return NoTreasury
	case points == 0:
		return InvalidParameter
	case m.CreatedSlot != s.Run.CreatedSlot:
		return NotAMember
	}
	due, claimed := m.Due(), &m.Claimed
	if m.Slot != NoSlot {
		slot, err := s.slot(m)
		if err != nil {
			return err
		}
		due, claimed = slot.Due(), &slot.Claimed
	}
	if points > due {
		return InsufficientPoints
	}
	*claimed += points
	s.Run.Owed -= points
	s.Run.Paid = saturate(s.Run.Paid, points)
	return nil
}

// Slash takes what a member is due to lose. It returns what goes to the caller, the member itself or not.
func (s State) Slash(m *Member, itself bool) (reward uint64, err error) {
	if !s.Run.HasMoney() {
		return 0, NoTreasury
	}
	slot, err := s.slot(m)
	switch {
	case err != nil:
		return 0, err
	case slot.SlashDue == 0:
		return 0, NothingToSlash
	case itself:
		return 0, ConflictOfInterest
	}
	amount := slot.SlashDue
	reward = amount / 10
	slot.SlashDue = 0
	slot.Stake -= amount
	s.Run.Stakes -= amount
	s.Run.Pool += amount - reward
	return reward, nil
}
