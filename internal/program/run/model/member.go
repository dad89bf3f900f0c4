package model

import "github.com/gagliardetto/solana-go"

// What members do.

// slot returns the slot of a member.
func (s State) slot(m *Member) (*Slot, error) {
	if m.CreatedSlot != s.Run.CreatedSlot || m.Slot >= Slots {
		return nil, NotAMember
	}
	slot := &s.Roster.Slots[m.Slot]
	if slot.Status == Free || slot.Wallet != m.Wallet {
		return nil, NotAMember
	}
	return slot, nil
}

// Join takes a slot: the one that the member left, or the first free one. Of a member that the chain does not know yet the caller
// sets Run, Wallet, Payer and Bump.
func (s State) Join(m *Member, generation uint32, transport Digest, stake uint64, now int64) error {
	r := s.Run
	switch {
	case stake > 0 && !r.HasMoney():
		return NoTreasury
	case r.State == Finished:
		return InvalidState
	case generation != r.Generation:
		return StaleTerms
	}
	joined := *m
	if joined.CreatedSlot != r.CreatedSlot {
		joined = Member{Bump: m.Bump, Run: m.Run, Wallet: m.Wallet, Payer: m.Payer, CreatedSlot: r.CreatedSlot, Slot: NoSlot}
	}
	i, slot, err := s.place(&joined, now)
	if err != nil {
		return err
	}
	slot.Missed, slot.Status = 0, Joined
	slot.Stake += stake
	if slot.Effective() < r.Config.MinStake {
		return InsufficientStake
	}
	if s.Roster.Slots[i].Status == Free {
		r.Members++
	}
	s.Roster.Slots[i] = slot
	r.Stakes += stake
	joined.TransportKey, joined.Generation, joined.JoinedEpoch = transport, generation, r.Epoch
	*m = joined
	return nil
}

// place returns the slot that a member who joins takes, with its number.
func (s State) place(m *Member, now int64) (int, Slot, error) {
	if m.Slot != NoSlot {
		slot, err := s.slot(m)
		if err != nil {
			return 0, Slot{}, err
		}
		return int(m.Slot), *slot, s.letBack(slot, now)
	}
	for i := range s.Roster.Slots {
		if s.Roster.Slots[i].Status == Free {
			slot := Slot{Wallet: m.Wallet, Stake: m.Stake, Earned: m.Earned, Slashed: m.Slashed, Claimed: m.Claimed}
			m.Slot, m.Stake, m.Earned, m.Slashed, m.Claimed = uint16(i), 0, 0, 0, 0
			return i, slot, nil
		}
	}
	return 0, Slot{}, RosterFull
}

func (s State) letBack(slot *Slot, now int64) error {
	switch {
	case slot.Status == Left:
		return nil
	case slot.Status != Dropped && slot.Status != Ejected:
		return AlreadyJoined
	case !s.Run.IsIdle():
		return InvalidState
	case now < slot.LeftAt+s.Run.Config.PruneAfter:
		return NotGone
	}
	return nil
}

// MayJoin reports whether an authorization lets a wallet join runs of a join authority.
func (a *Authorization) MayJoin(joinAuthority, wallet solana.PublicKey) bool {
	scope := [32]byte{}
	copy(scope[:], "run:join")
	if a.Grantor != joinAuthority || a.Scope != scope || !a.Active {
		return false
	}
	if a.Grantee.IsZero() || a.Grantee == wallet {
		return true
	}
	for _, delegate := range a.Delegates[:min(int(a.DelegatesLen), len(a.Delegates))] {
		if delegate == wallet {
			return true
		}
	}
	return false
}

// Ready says in Warmup that the member has the model.
func (s State) Ready(m *Member) error {
	slot, err := s.slot(m)
	switch {
	case err != nil:
		return err
	case s.Run.State != Warmup:
		return InvalidState
	case slot.Status != Active:
		return NotActive
	case s.Ballots.Submitted.Has(int(m.Slot)):
		return AlreadyDone
	}
	s.Ballots.Submitted = s.Ballots.Submitted.With(int(m.Slot))
	s.Ballots.Submissions++
	return nil
}

// Leave leaves at once while the member does not take part, else after the epoch.
func (s State) Leave(m *Member, now int64) error {
	slot, err := s.slot(m)
	switch {
	case err != nil:
		return err
	case slot.Status == Active && !s.Run.IsIdle():
		slot.Status = Leaving
	case slot.Status == Joined || slot.Status == Active:
		slot.Status, slot.LeftAt = Left, now
	default:
		return NotActive
	}
	return nil
}

// Prune frees the slot of a member who is gone.
func (s State) Prune(m *Member, now int64) error {
	slot, err := s.slot(m)
	switch {
	case err != nil:
		return err
	case !s.Run.IsIdle():
		return InvalidState
	case slot.Status < Left:
		return NotGone
	case slot.SlashDue > 0:
		return SlashDue
	case s.Run.Members < Slots && now < slot.LeftAt+s.Run.Config.PruneAfter:
		return NotGone
	}
	m.Stake, m.Earned, m.Slashed, m.Claimed = slot.Stake, slot.Earned, slot.Slashed, slot.Claimed
	m.Slot = NoSlot
	*slot = Slot{}
	s.Run.Members--
	return nil
}

// CloseRun returns why the run cannot be closed, if it cannot.
func (s State) CloseRun(c Clock) error {
	r := s.Run
	over := r.State == Finished && c.Now >= r.StateStartedAt+ClaimPeriod
	switch {
	case r.State != Uninitialized && r.State != Finished, c.Slot <= r.CreatedSlot:
		return InvalidState
	case r.Stakes > 0 || r.Owed > 0 && !over:
		return NotEmpty
	}
	return nil
}

// CloseMember returns why a member's account cannot be closed while the run stands.
func (s State) CloseMember(m *Member) error {
	if m.CreatedSlot == s.Run.CreatedSlot && (m.Slot != NoSlot || m.Stake > 0 || m.Due() > 0) {
		return NotEmpty
	}
	return nil
}
