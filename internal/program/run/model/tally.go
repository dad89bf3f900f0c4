package model

// Quorum reports whether these of a weight in all are enough: with voters more than half of it; with witnesses ⌊2/3⌋ and more
// than half, but one of one and two of two or three.
func Quorum(verification uint8, weight, total uint64) bool {
	if verification == ByVote {
		return weight > total/2
	}
	least := max(2*total/3, total/2+1)
	if total == 3 {
		least = 2
	}
	return weight >= least
}

func (s State) quorum(weight uint64) bool { return Quorum(s.Run.Verification, weight, s.drawnWeight()) }

func (s State) drawnWeight() (sum uint64) {
	for _, v := range s.Ballots.Verifiers[:s.Run.Drawn] {
		sum += v.Weight
	}
	return sum
}

// accepted are the updates that a quorum saw.
func (s State) accepted() (set Bitmap) {
	for _, slot := range s.Ballots.Submitted.Slots() {
		weight := uint64(0)
		for _, v := range s.Ballots.Verifiers[:s.Run.Drawn] {
			if v.Seen.Has(int(slot)) {
				weight += v.Weight
			}
		}
		if s.quorum(weight) {
			set = set.With(int(slot))
		}
	}
	return set
}

// agreed is what verifiers may agree on.
type agreed struct {
	digest   Digest
	included Bitmap
}

// popular returns what a quorum revealed, if there is one.
func (s State) popular() (agreed, bool) {
	weights := map[agreed]uint64{}
	for _, v := range s.Ballots.Verifiers[:s.Run.Drawn] {
		if v.Status&HasRevealed != 0 {
			weights[agreed{v.Digest, v.Included}] += v.Weight
		}
	}
	for what, weight := range weights {
		if weight > 0 && s.quorum(weight) {
			return what, true
		}
	}
	return agreed{}, false
}

// A result is what a round came to.
type result struct {
	agreed
	ok      bool // there is a quorum
	initial bool // the round was to find the first model: no verdict, no pay
	worse   bool // voters found the new model worse
}

// tally ends the round.
func (s State) tally(now int64) {
	r := s.Run
	res := result{initial: r.IsVote() && r.Model == Digest{}}
	res.agreed, res.ok = s.popular()
	res.worse = res.ok && r.IsVote() && !res.initial && s.isWorse(res.agreed)
	switch {
	case !res.ok:
		r.FailedRounds++
	case !res.worse && res.included != Bitmap{}:
		r.PreviousModel, r.Model = r.Model, res.digest
		if !res.initial {
			r.Step++
		}
	}
	if r.IsVote() {
		s.settleVote(res)
	}
	for _, slot := range r.DrawnFrom.Slots() {
		s.count(int(slot), res, now)
	}
}

// isWorse reports whether the popular ballots' scores, weighted, are against the new model.
func (s State) isWorse(popular agreed) bool {
	better, worse := uint64(0), uint64(0)
	for _, v := range s.Ballots.Verifiers[:s.Run.Drawn] {
		if v.Status&HasRevealed == 0 || (agreed{v.Digest, v.Included}) != popular {
			continue
		}
		if v.Score > 0 {
			better += v.Weight
		} else if v.Score < 0 {
			worse += v.Weight
		}
	}
	return worse > better
}

// says returns what the slot's verifier revealed: with whom it agrees, and whether it revealed anything.
func (s State) says(slot int, res result) (v *Verifier, with, revealed bool) {
	i := s.Verifier(slot)
	if i < 0 {
		return nil, false, false
	}
	v = &s.Ballots.Verifiers[i]
	revealed = v.Status&HasRevealed != 0
	return v, revealed && res.ok && (agreed{v.Digest, v.Included}) == res.agreed, revealed
}

// count books what a member did in the round, and drops it after too many faults in a row.
func (s State) count(i int, res result, now int64) {
	slot := &s.Roster.Slots[i]
	submitted, included := s.Ballots.Submitted.Has(i), res.included.Has(i)
	v, with, revealed := s.says(i, res)
	if res.ok && !res.initial {
		if submitted && !included {
			slot.Rejected += inc16(slot.Rejected)
		} else if included && (v == nil || with) {
			slot.Included += inc16(slot.Included)
		}
	}
	fault := v != nil && !revealed
	if s.Run.IsVote() {
		fault = fault || v == nil && !submitted
	} else {
		fault = fault || !submitted || v != nil && res.ok && !with
	}
	if !fault {
		slot.Missed = 0
		return
	}
	if slot.Missed < 255 {
		slot.Missed++
	}
	if slot.Missed >= s.Run.Config.MaxMissed {
		slot.Status, slot.LeftAt = Dropped, now
	}
}

func inc16(n uint16) uint16 {
	if n == 1<<16-1 {
		return 0
	}
	return 1
}

// settleVote pays the winners of a round with voters, and makes a part of the losers' stakes due to be slashed.
func (s State) settleVote(res result) {
	r := s.Run
	stakes := s.drawnWeight()
	for _, slot := range s.Ballots.Submitted.Slots() {
		stakes += s.Roster.Slots[slot].Effective()
	}
	pot := r.Pool / uint64(max(1, r.Config.TotalSteps-min(r.Config.TotalSteps, r.Round-1)))
	for _, i := range r.DrawnFrom.Slots() {
		slot := &s.Roster.Slots[i]
		switch s.side(int(i), res) {
		case 1:
			more, _ := slot.book(portion(pot, slot.Effective(), stakes), 0)
			r.move(&r.Pool, &r.Owed, more)
		case -1:
			r.slash(slot)
		}
	}
}

// side is 1 for a winner, -1 for a loser, 0 for all others.
func (s State) side(i int, res result) int {
	v, with, revealed := s.says(i, res)
	switch {
	case v != nil && !revealed:
		return -1
	case !res.ok || res.initial:
		return 0
	case v != nil && !with, v != nil && (v.Score < 0) != res.worse:
		return -1
	case v != nil:
		return 1
	case !res.included.Has(i):
		return 0
	case res.worse:
		return -1
	}
	return 1
}
