package model

// A Clock is what an instruction sees of time.
type Clock struct {
	Now  int64 // unix seconds
	Slot uint64

	// Hash returns the hash of the first slot from slot on that had a block, among the last 512 of these. Without a function every
	// slot before the present one has a block, and its hash is zero.
	Hash func(slot uint64) (Digest, HashState)
}

// HashState is what the chain knows of a slot's hash.
type HashState uint8

// What the chain knows of a slot's hash.
const (
	HashFound     HashState = iota
	HashNotYet              // no block is as late as that
	HashForgotten           // all that are known are later: there may have been an earlier one
)

// kept is how many hashes the chain knows.
const kept = 512

func (c Clock) hash(slot uint64) (Digest, HashState) {
	switch {
	case c.Hash != nil:
		return c.Hash(slot)
	case slot >= c.Slot:
		return Digest{}, HashNotYet
	case slot+kept < c.Slot:
		return Digest{}, HashForgotten
	}
	return Digest{}, HashFound
}

// WouldTick reports whether a tick would change something, or why it would fail.
func (s State) WouldTick(c Clock) (bool, error) {
	copied := s.Clone()
	if err := copied.Tick(c); err != nil {
		return false, err
	}
	return *copied.Run != *s.Run || *copied.Roster != *s.Roster || *copied.Ballots != *s.Ballots, nil
}

// Tick moves the run on by one transition at most.
func (s State) Tick(c Clock) error {
	r := s.Run
	switch {
	case r.State == WaitingForMembers && r.HasEnded(c.Now), r.State == Paused && r.HasEnded(c.Now):
		s.enterIdle(Finished, c.Now)
	case r.State == WaitingForMembers:
		s.beginEpoch(c.Now)
	case r.State == Warmup:
		s.warmUp(c)
	case r.State == RoundTrain && r.Phase == Armed:
		s.draw(c)
	case r.State == RoundTrain:
		if int(s.Ballots.Submissions) >= s.Expected() || r.isOver(r.Config.MaxRoundTrainTime, c.Now) {
			r.enter(RoundWitness, c.Now)
		}
	case r.State == RoundWitness:
		s.witness(c)
	case r.State == Cooldown:
		s.coolDown(c.Now)
	default:
		return RunHalted
	}
	return nil
}

// isOver reports whether so many seconds of the phase are over.
func (r *Run) isOver(seconds, now int64) bool { return now >= r.PhaseStartedAt+seconds }

func (s State) enterIdle(state uint8, now int64) {
	s.letGo(now, Leaving)
	s.Run.enter(state, now)
}

// Expected is how many updates the round may have: with voters only who was not drawn proposes one.
func (s State) Expected() int {
	n := s.Run.DrawnFrom.Len()
	if s.Run.IsVote() {
		n -= int(s.Run.Drawn)
	}
	return n
}

func (s State) warmUp(c Clock) {
	active := s.ActiveMembers()
	if active.Len() < int(s.Run.Config.MinClients) {
		s.Run.release()
		s.enterIdle(WaitingForMembers, c.Now)
		return
	}
	if active.In(s.Ballots.Submitted) || s.Run.isOver(s.Run.Config.WarmupTime, c.Now) {
		s.startRound(active, c)
	}
}

func (s State) startRound(active Bitmap, c Clock) {
	r := s.Run
	s.Ballots.clear()
	r.Round++
	s.Ballots.Round = r.Round
	r.DrawnFrom, r.Drawn, r.SeedSlot = active, 0, c.Slot+SeedDelay
	r.enter(RoundTrain, c.Now)
}

func (b *Ballots) clear() {
	b.Submitted, b.Accepted, b.Submissions = Bitmap{}, Bitmap{}, 0
	b.Verifiers = [MaxVerifiers]Verifier{}
}

func (s State) draw(c Clock) {
	r := s.Run
	hash, state := c.hash(r.SeedSlot)
	switch state {
	case HashNotYet:
		return
	case HashForgotten:
		r.SeedSlot = c.Slot + SeedDelay
		return
	}
	r.Seed = Seed(s.Key, r.Epoch, r.Round, hash)
	r.Phase, r.PhaseStartedAt = Training, c.Now
	order := Draw(r.Seed, r.DrawnFrom)
	order = order[:min(len(order), r.Config.VerifiersAtMost(r.Verification))]
	r.Drawn = uint8(len(order))
	for i, slot := range order {
		v := &s.Ballots.Verifiers[i]
		v.Slot, v.Weight = slot, 1
		if r.IsVote() {
			v.Weight = s.Roster.Slots[slot].Effective()
		}
	}
}

// VerifiersAtMost is how many verifiers a round has where there are so many members.
func (c *Config) VerifiersAtMost(verification uint8) int {
	n := int(c.WitnessNodes)
	if verification == ByVote {
		n = int(c.Voters)
	}
	if n == 0 || n > MaxVerifiers {
		return MaxVerifiers
	}
	return n
}

func (s State) witness(c Clock) {
	r := s.Run
	if !s.phaseIsDone() && !r.isOver(r.Config.RoundWitnessTime, c.Now) {
		return
	}
	switch r.Phase {
	case PhaseSeen:
		s.Ballots.Accepted = s.accepted()
		r.Phase, r.PhaseStartedAt = PhaseCommit, c.Now
	case PhaseCommit:
		r.Phase, r.PhaseStartedAt = PhaseReveal, c.Now
	default:
		s.endRound(c)
	}
}

// phaseIsDone reports whether all verifiers who can act in this phase have.
func (s State) phaseIsDone() bool {
	for _, v := range s.Ballots.Verifiers[:s.Run.Drawn] {
		switch {
		case s.Run.Phase == PhaseSeen && v.Status&HasSeen == 0,
			s.Run.Phase == PhaseCommit && v.Status&HasCommitted == 0,
			s.Run.Phase == PhaseReveal && v.Status&HasCommitted != 0 && v.Status&HasRevealed == 0:
			return false
		}
	}
	return true
}

func (s State) endRound(c Clock) {
	r := s.Run
	s.tally(c.Now)
	active := s.ActiveMembers()
	over := r.Round+1-r.EpochFirstRound >= r.Config.RoundsPerEpoch
	if r.Config.RoundsPerEpoch == 0 {
		over = c.Now >= r.EpochStartedAt+r.Config.EpochTime
	}
	if over || r.IsDone() || r.PausePending || r.HasEnded(c.Now) || active.Len() < int(r.Config.MinClients) {
		s.endEpoch(c.Now)
	} else {
		s.startRound(active, c)
	}
}

func (s State) coolDown(now int64) {
	r := s.Run
	if !r.isOver(r.Config.CooldownTime, now) {
		return
	}
	r.Epoch++
	switch {
	case r.PausePending:
		r.PausePending = false
		s.enterIdle(Paused, now)
	case r.IsDone() || r.HasEnded(now):
		s.enterIdle(Finished, now)
	default:
		s.enterIdle(WaitingForMembers, now)
	}
}
