package run

import (
	"time"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// What the program would do is computed by its model in Go, which the program's own
// tests compare with it byte by byte. Here typed accounts become those of the model.

// state is a copy of the view that instructions of the model may change.
func (v *View) state() model.State {
	return model.State{Key: v.Run.Address, Run: v.Run.model(), Roster: v.Roster.model(), Ballots: v.Ballots.model()}
}

// clock is what instructions see of time.
func (v *View) clock() model.Clock { return model.Clock{Now: unix(v.Now), Slot: v.Slot} }

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func (r *Run) model() *model.Run {
	m := &model.Run{
		Version: Version, RunIDLen: uint8(len(r.ID)), CreatedSlot: r.CreatedSlot, Payer: r.Payer,
		NameLen: uint8(len(r.Name)), DescriptionLen: uint16(len(r.Description)), NumParameters: r.NumParameters, VocabSize: r.VocabSize,
		ClientVersionLen: uint8(len(r.ClientVersion)), Authority: r.Authority, PendingAuthority: r.PendingAuthority, JoinAuthority: r.JoinAuthority,
		PackageCIDLen: uint8(len(r.PackageCID)), Treasury: uint8(r.Treasury), Mint: r.Mint, Vault: r.Vault, Roster: r.Roster,
		Parent: r.Parent, ParentRewardBps: r.ParentRewardBps, ParentPool: r.ParentPool, Verification: uint8(r.Verification),
		Config: r.Settings.model(), ConfigDigest: r.ConfigDigest, State: uint8(r.State), Phase: uint8(r.Phase),
		Generation: r.Generation, Epoch: r.Epoch, Round: r.Round, Step: r.Step, EpochFirstRound: r.EpochFirstRound,
		EpochStartedAt: unix(r.EpochStartedAt), StateStartedAt: unix(r.StateStartedAt), PhaseStartedAt: unix(r.PhaseStartedAt), EndsAt: unix(r.EndsAt),
		SeedSlot: r.SeedSlot, Seed: r.Seed, Drawn: uint8(r.Drawn), DrawnFrom: model.Bitmap(r.DrawnFrom),
		Model: r.Model, PreviousModel: r.PreviousModel, FailedRounds: r.FailedRounds,
		EarningRate: r.Rates.Earning, SlashingRate: r.Rates.Slashing, RateShared: r.Rates.Shared,
		FutureEarningRate: r.Future.Earning, FutureSlashingRate: r.Future.Slashing, FutureRateShared: r.Future.Shared,
		Pool: r.Pool, Reserved: r.Reserved, Owed: r.Owed, Stakes: r.Stakes, Paid: r.Paid, Withdrawn: r.Withdrawn,
		Members: r.Members, PausePending: r.PauseComing, TreasuryLow: r.TreasuryLow,
	}
	copy(m.RunID[:], r.ID)
	copy(m.Name[:], r.Name)
	copy(m.Description[:], r.Description)
	copy(m.ClientVersion[:], r.ClientVersion)
	copy(m.PackageCID[:], r.PackageCID)
	return m
}

func (s Settings) model() model.Config {
	return model.Config{
		WarmupTime: anchor.Seconds(s.WarmupTime), CooldownTime: anchor.Seconds(s.CooldownTime),
		RoundsPerEpoch: s.RoundsPerEpoch, EpochTime: anchor.Seconds(s.EpochTime),
		MaxRoundTrainTime: anchor.Seconds(s.MaxRoundTrainTime), RoundWitnessTime: anchor.Seconds(s.RoundWitnessTime),
		MinClients: s.MinClients, InitMinClients: s.InitMinClients, WitnessNodes: s.WitnessNodes, VerificationPercent: s.VerificationPercent,
		GlobalBatchSizeStart: s.GlobalBatchSizeStart, GlobalBatchSizeEnd: s.GlobalBatchSizeEnd,
		GlobalBatchSizeWarmupTokens: s.GlobalBatchSizeWarmupTokens, TotalSteps: s.TotalSteps,
		WaitingForMembersExtraTime: anchor.Seconds(s.WaitingForMembersExtraTime), Voters: s.Voters, MinStake: s.MinStake,
		SlashBps: s.SlashBps, MaxMissed: s.MaxMissed, PruneAfter: anchor.Seconds(s.PruneAfter), RunTime: anchor.Seconds(s.RunTime),
	}
}

func (r *Roster) model() *model.Roster {
	m := &model.Roster{Run: r.Run}
	for i, s := range r.Slots {
		m.Slots[i] = model.Slot{
			Wallet: s.Wallet, Status: uint8(s.Status), Missed: s.Missed, Included: s.Included, Rejected: s.Rejected,
			Stake: s.Stake, Earned: s.Earned, Slashed: s.Slashed, Claimed: s.Claimed, SlashDue: s.SlashDue, LeftAt: unix(s.LeftAt),
		}
	}
	return m
}

func (b *Ballots) model() *model.Ballots {
	m := &model.Ballots{
		Run: b.Run, CreatedSlot: b.CreatedSlot, Round: b.Round,
		Submitted: model.Bitmap(b.Submitted), Accepted: model.Bitmap(b.Accepted), Submissions: b.Submissions,
	}
	for i, f := range b.Verifiers {
		m.Verifiers[i] = model.Verifier{
			Slot: uint8(f.Slot), Weight: f.Weight, Seen: model.Bitmap(f.Seen), Committed: f.Committed,
			Digest: f.Ballot.Digest, Included: model.Bitmap(f.Ballot.Included), Score: f.Ballot.Score, Accuracy: f.Ballot.Accuracy, Status: f.status,
		}
	}
	return m
}

func (m *Member) model() *model.Member {
	out := &model.Member{
		Run: m.Run, Wallet: m.Wallet, CreatedSlot: m.CreatedSlot, Payer: m.Payer, TransportKey: m.TransportKey, Slot: model.NoSlot,
		Generation: m.Generation, JoinedEpoch: m.JoinedEpoch, UpdateRound: m.Update.Round, UpdateDigest: m.Update.Digest, UpdateOrder: m.Update.Order,
		Stake: m.Totals.Stake, Earned: m.Totals.Earned, Slashed: m.Totals.Slashed, Claimed: m.Totals.Claimed,
	}
	if m.Slot >= 0 {
		out.Slot = uint16(m.Slot)
	}
	return out
}

func (b Ballot) model(salt [32]byte) model.Vote {
	return model.Vote{Digest: b.Digest, Included: model.Bitmap(b.Included), Score: b.Score, Accuracy: b.Accuracy, Salt: salt}
}
