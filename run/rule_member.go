package run

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// CanJoin returns why a wallet cannot take a slot now, with so many base units
// more at stake. It does not look for an authorization: [Client.FindAuthorization]
// does.
func (v *View) CanJoin(wallet solana.PublicKey, m *Member, stake uint64) error {
	joining := &model.Member{Run: v.Run.Address, Wallet: wallet, Slot: model.NoSlot}
	if m != nil {
		joining = m.model()
	}
	err := v.refusal(func(s model.State) error {
		return s.Join(joining, v.Run.Generation, model.Digest{}, stake, v.clock().Now)
	})
	return until(err, ErrNotGone, v.keptUntil(m), v.Now)
}

// keptUntil is how long a member that is gone keeps its slot; zero for one without.
func (v *View) keptUntil(m *Member) time.Time {
	if m == nil || m.Slot < 0 || v.Roster.Slots[m.Slot].LeftAt.IsZero() {
		return time.Time{}
	}
	return v.Roster.Slots[m.Slot].LeftAt.Add(v.Run.Settings.PruneAfter)
}

// CanReady returns why a member cannot say now that it has the model.
func (v *View) CanReady(m *Member) error { return v.byMember(m, model.State.Ready) }

// CanLeave returns why a member cannot leave now.
func (v *View) CanLeave(m *Member) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.Leave(m, v.clock().Now) })
}

// CanAddStake returns why a member cannot add so many base units to its stake now.
func (v *View) CanAddStake(m *Member, amount uint64) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.AddStake(m, amount) })
}

// CanWithdrawStake returns why so many base units of a member's stake cannot be paid
// back to it now. anyone is who asks: before the run is finished, only the member.
func (v *View) CanWithdrawStake(m *Member, anyone solana.PublicKey, amount uint64) error {
	if m != nil && anyone != m.Wallet && v.Run.State != Finished {
		return &RuleError{Err: chain.ErrConstraintHasOne}
	}
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.WithdrawStake(m, amount) })
}

// CanClaim returns why a member cannot be paid so many points now.
func (v *View) CanClaim(m *Member, points uint64) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.Claim(m, points) })
}

// CanSlash returns why a wallet cannot collect what is due of a member's stake.
func (v *View) CanSlash(m *Member, wallet solana.PublicKey) error {
	return v.byMember(m, func(s model.State, mm *model.Member) error {
		_, err := s.Slash(mm, m.Wallet == wallet)
		return err
	})
}

// CanPrune returns why nobody can free a member's slot now.
func (v *View) CanPrune(m *Member) error {
	err := v.byMember(m, func(s model.State, m *model.Member) error { return s.Prune(m, v.clock().Now) })
	if v.Run.State.Idle() {
		err = until(err, ErrNotGone, v.keptUntil(m), v.Now)
	}
	return err
}

// CanCloseMember returns why a member's account cannot be closed now.
func (v *View) CanCloseMember(m *Member) error { return v.byMember(m, model.State.CloseMember) }

// CanSubmit returns why a member cannot submit an update in the run's round now.
func (v *View) CanSubmit(m *Member, update Digest) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.Submit(m, v.Run.Epoch, v.Run.Round, update) })
}

// CanSee returns why a member cannot say now that it has these updates.
func (v *View) CanSee(m *Member, updates Slots) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.Seen(m, v.Run.Round, model.Bitmap(updates)) })
}

// CanCommit returns why a member cannot commit to a ballot now.
func (v *View) CanCommit(m *Member) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.CommitVote(m, v.Run.Round, model.Digest{}) })
}

// CanReveal returns why a member cannot reveal this ballot now.
func (v *View) CanReveal(m *Member, b Ballot, salt [32]byte) error {
	return v.byMember(m, func(s model.State, m *model.Member) error { return s.RevealVote(m, v.Run.Round, b.model(salt)) })
}
