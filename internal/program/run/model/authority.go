package model

import "github.com/gagliardetto/solana-go"

// What the authority does.

// UpdateConfig sets configuration, package, verification and client version.
func (s State) UpdateConfig(c Config, digest Digest, cid string, verification uint8, version string) error {
	r := s.Run
	switch {
	case len(version) > len(r.ClientVersion):
		return TextTooLong
	case !isCID(cid) || !r.Parent.IsZero() && cid != r.CID():
		return InvalidCID
	case verification > ByVote || r.EndsAt != 0 && verification != r.Verification:
		return InvalidParameter
	case verification == ByVote && !r.HasMoney():
		return InvalidTreasury
	case r.CheckConfig(c, verification) != "":
		return InvalidConfig
	case !r.changeable():
		return InvalidState
	}
	r.Config, r.ConfigDigest, r.Verification = c, digest, verification
	r.PackageCIDLen, r.ClientVersionLen = uint8(len(cid)), uint8(len(version))
	setText(r.PackageCID[:], cid)
	setText(r.ClientVersion[:], version)
	return nil
}

// CID is the package's, empty where none is set.
func (r *Run) CID() string {
	return string(r.PackageCID[:min(int(r.PackageCIDLen), len(r.PackageCID))])
}

func isCID(cid string) bool {
	for _, c := range []byte(cid) {
		if c >= 0x80 {
			return false
		}
	}
	return len(cid) >= 46 && len(cid) <= 64
}

func setText(to []byte, text string) { clear(to[copy(to, text):]) }

// UpdateModel sets the model.
func (s State) UpdateModel(model Digest) error {
	if !s.Run.changeable() {
		return InvalidState
	}
	s.Run.PreviousModel, s.Run.Model = s.Run.Model, model
	return nil
}

// UpdateMetadata sets what people read.
func (s State) UpdateMetadata(name, description string, parameters, vocabulary uint64) error {
	r := s.Run
	switch {
	case len(name) > len(r.Name), len(description) > len(r.Description):
		return TextTooLong
	case !r.changeable():
		return InvalidState
	}
	r.NameLen, r.DescriptionLen = uint8(len(name)), uint16(len(description))
	setText(r.Name[:], name)
	setText(r.Description[:], description)
	r.NumParameters, r.VocabSize = parameters, vocabulary
	return nil
}

// ProposeAuthority names the next authority.
func (s State) ProposeAuthority(next solana.PublicKey) error {
	if !s.Run.changeable() {
		return InvalidState
	}
	s.Run.PendingAuthority = next
	return nil
}

// AcceptAuthority makes the proposed authority, who signs, the authority.
func (s State) AcceptAuthority() error {
	if !s.Run.changeable() {
		return InvalidState
	}
	s.Run.Authority, s.Run.PendingAuthority = s.Run.PendingAuthority, solana.PublicKey{}
	return nil
}

// SetPaused pauses, at once where nobody trains and else after the epoch, or resumes.
func (s State) SetPaused(paused bool, now int64) error {
	if !paused {
		return s.resume(now)
	}
	r := s.Run
	switch {
	case r.in(RoundTrain, RoundWitness, Cooldown):
		r.PausePending = true
	case r.in(WaitingForMembers, Warmup):
		r.release()
		s.enterIdle(Paused, now)
	default:
		return InvalidState
	}
	return nil
}

func (s State) resume(now int64) error {
	r := s.Run
	switch {
	case !r.changeable():
		return InvalidState
	case r.Config == Config{}:
		return NoConfig
	case !r.IsVote() && r.Model == Digest{}:
		return NoModel
	case r.HasEnded(now):
		return RunEnded
	case r.IsDone():
		return InvalidConfig
	case r.EndsAt == 0 && r.Pool < r.ParentPool:
		return PoolTooSmall
	}
	if r.EndsAt == 0 {
		r.EndsAt = now + r.Config.RunTime
	}
	r.Generation++
	r.TreasuryLow = false
	s.letGo(now, Joined, Active)
	r.enter(WaitingForMembers, now)
	return nil
}

// SetFutureEpochRates sets the rates that are given, from the next epoch on.
func (s State) SetFutureEpochRates(earning, slashing *uint64, shared *bool) error {
	r := s.Run
	if earning != nil {
		r.FutureEarningRate = *earning
	}
	if slashing != nil {
		r.FutureSlashingRate = *slashing
	}
	if shared != nil {
		r.FutureRateShared = *shared
	}
	r.TreasuryLow = false
	return nil
}
