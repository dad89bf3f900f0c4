package model

// What members do in a round.

// Submit takes the digest of a member's update.
func (s State) Submit(m *Member, epoch, round uint32, digest Digest) error {
	i := int(m.Slot)
	switch {
	case digest == Digest{}:
		return InvalidDigest
	case m.CreatedSlot != s.Run.CreatedSlot || m.Slot == NoSlot:
		return NotAMember
	case s.Run.State != RoundTrain:
		return InvalidState
	case epoch != s.Run.Epoch || round != s.Run.Round:
		return StaleRound
	case s.Run.Phase != Training:
		return NotDrawn
	case !s.Run.DrawnFrom.Has(i):
		return NotActive
	case s.Run.IsVote() && s.Verifier(i) >= 0:
		return NotAProposer
	case s.Ballots.Submitted.Has(i):
		return AlreadyDone
	}
	m.UpdateRound, m.UpdateDigest, m.UpdateOrder = round, digest, s.Ballots.Submissions
	s.Ballots.Submitted = s.Ballots.Submitted.With(i)
	s.Ballots.Submissions++
	return nil
}

// verifier returns the member as a verifier of a round who may act in a phase.
func (s State) verifier(m *Member, round uint32, phase, bit uint8) (*Verifier, error) {
	switch {
	case m.CreatedSlot != s.Run.CreatedSlot || m.Slot == NoSlot:
		return nil, NotAMember
	case s.Run.State != RoundWitness:
		return nil, InvalidState
	case round != s.Run.Round:
		return nil, StaleRound
	case s.Run.Phase != phase:
		return nil, InvalidState
	}
	i := s.Verifier(int(m.Slot))
	if i < 0 {
		return nil, NotAVerifier
	}
	v := &s.Ballots.Verifiers[i]
	if v.Status&bit != 0 {
		return nil, AlreadyDone
	}
	return v, nil
}

// Seen says which updates a verifier holds.
func (s State) Seen(m *Member, round uint32, updates Bitmap) error {
	v, err := s.verifier(m, round, PhaseSeen, HasSeen)
	if err != nil {
		return err
	}
	if !updates.In(s.Ballots.Submitted) {
		return InvalidBitmap
	}
	v.Seen, v.Status = updates, v.Status|HasSeen
	return nil
}

// CommitVote commits a verifier to a vote.
func (s State) CommitVote(m *Member, round uint32, hash Digest) error {
	v, err := s.verifier(m, round, PhaseCommit, HasCommitted)
	if err != nil {
		return err
	}
	v.Committed, v.Status = hash, v.Status|HasCommitted
	return nil
}

// RevealVote reveals a verifier's vote.
func (s State) RevealVote(m *Member, round uint32, vote Vote) error {
	switch {
	case m.CreatedSlot != s.Run.CreatedSlot || m.Slot == NoSlot:
		return NotAMember
	case vote.Digest == Digest{}:
		return InvalidDigest
	case vote.Score < -1 || vote.Score > 1 || vote.Accuracy > whole:
		return InvalidScore
	}
	v, err := s.verifier(m, round, PhaseReveal, HasRevealed)
	switch {
	case err != nil:
		return err
	case v.Status&HasCommitted == 0:
		return NotCommitted
	case v.Committed != VoteHash(s.Key, s.Run.Epoch, round, m.Wallet, vote):
		return BadReveal
	case !vote.Included.In(s.Ballots.Accepted):
		return InvalidBitmap
	}
	v.Digest, v.Included, v.Score, v.Accuracy = vote.Digest, vote.Included, vote.Score, vote.Accuracy
	v.Status |= HasRevealed
	return nil
}
