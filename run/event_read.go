package run

import (
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

var eventReaders = anchor.Readers[Event]{
	bindings.Event_RunCreated: anchor.Reader(func(w *bindings.RunCreated) Event {
		return RunCreated{w.Run, w.Authority, w.RunId, Treasury(w.Treasury)}
	}),
	bindings.Event_ConfigUpdated: anchor.Reader(func(w *bindings.ConfigUpdated) Event {
		return ConfigUpdated{w.Run, w.ConfigDigest, Verification(w.Verification), w.PackageCid}
	}),
	bindings.Event_ModelUpdated: anchor.Reader(func(w *bindings.ModelUpdated) Event {
		return ModelUpdated{w.Run, w.Model, w.PreviousModel}
	}),
	bindings.Event_MetadataUpdated: anchor.Reader(func(w *bindings.MetadataUpdated) Event {
		return MetadataUpdated{w.Run}
	}),
	bindings.Event_AuthorityProposed: anchor.Reader(func(w *bindings.AuthorityProposed) Event {
		return AuthorityProposed{w.Run, w.NewAuthority}
	}),
	bindings.Event_AuthorityChanged: anchor.Reader(func(w *bindings.AuthorityChanged) Event {
		return AuthorityChanged{w.Run, w.Authority}
	}),
	bindings.Event_PauseChanged: anchor.Reader(func(w *bindings.PauseChanged) Event {
		return PauseChanged{w.Run, w.Paused, w.Pending, w.Generation}
	}),
	bindings.Event_RatesChanged: anchor.Reader(func(w *bindings.RatesChanged) Event {
		return RatesChanged{w.Run, w.EarningRate, w.SlashingRate, w.Shared}
	}),
	bindings.Event_StateChanged: anchor.Reader(func(w *bindings.StateChanged) Event {
		return StateChanged{w.Run, State(w.State), w.Epoch, w.Round, w.Step}
	}),
	bindings.Event_EpochStarted: anchor.Reader(func(w *bindings.EpochStarted) Event {
		return EpochStarted{w.Run, w.Epoch, w.Active, w.Reserved}
	}),
	bindings.Event_RoundDrawn: anchor.Reader(func(w *bindings.RoundDrawn) Event {
		return RoundDrawn{w.Run, w.Epoch, w.Round, w.Seed, w.Verifiers}
	}),
	bindings.Event_PhaseChanged: anchor.Reader(func(w *bindings.PhaseChanged) Event {
		return PhaseChanged{w.Run, w.Round, Phase(w.Phase), w.Accepted}
	}),
	bindings.Event_RoundTallied: anchor.Reader(func(w *bindings.RoundTallied) Event {
		return RoundTallied{w.Run, w.Epoch, w.Round, Outcome(w.Outcome), w.Model, w.Included, w.Dropped}
	}),
	bindings.Event_EpochPaid: anchor.Reader(func(w *bindings.EpochPaid) Event {
		return EpochPaid{w.Run, w.Epoch, w.Finishers, w.Earned, w.Ejected}
	}),
	bindings.Event_TreasuryLow: anchor.Reader(func(w *bindings.TreasuryLow) Event {
		return TreasuryLow{w.Run, w.Pool, w.Needed}
	}),
	bindings.Event_MemberJoined: anchor.Reader(func(w *bindings.MemberJoined) Event {
		return MemberJoined{w.Run, w.Wallet, int(w.Slot), w.Generation, w.Stake}
	}),
	bindings.Event_MemberReady: anchor.Reader(func(w *bindings.MemberReady) Event {
		return MemberReady{w.Run, w.Wallet, int(w.Slot)}
	}),
	bindings.Event_MemberLeft: anchor.Reader(func(w *bindings.MemberLeft) Event {
		return MemberLeft{w.Run, w.Wallet, int(w.Slot), Status(w.Status)}
	}),
	bindings.Event_MemberPruned: anchor.Reader(func(w *bindings.MemberPruned) Event {
		return MemberPruned{w.Run, w.Wallet, int(w.Slot)}
	}),
	bindings.Event_StakeChanged: anchor.Reader(func(w *bindings.StakeChanged) Event {
		return StakeChanged{w.Run, w.Wallet, w.Stake}
	}),
	bindings.Event_UpdateSubmitted: anchor.Reader(func(w *bindings.UpdateSubmitted) Event {
		return UpdateSubmitted{w.Run, w.Wallet, int(w.Slot), w.Round, w.Order, w.Digest}
	}),
	bindings.Event_UpdatesSeen: anchor.Reader(func(w *bindings.UpdatesSeen) Event {
		return UpdatesSeen{w.Run, int(w.Slot), w.Round, w.Bitmap}
	}),
	bindings.Event_VoteCommitted: anchor.Reader(func(w *bindings.VoteCommitted) Event {
		return VoteCommitted{w.Run, int(w.Slot), w.Round, w.Hash}
	}),
	bindings.Event_VoteRevealed: anchor.Reader(func(w *bindings.VoteRevealed) Event {
		return VoteRevealed{w.Run, int(w.Slot), w.Round, w.Digest, w.Included, w.Score, w.Accuracy}
	}),
	bindings.Event_MemberSlashed: anchor.Reader(func(w *bindings.MemberSlashed) Event {
		return MemberSlashed{w.Run, w.Wallet, w.Anyone, w.Amount, w.Reward}
	}),
	bindings.Event_PointsClaimed: anchor.Reader(func(w *bindings.PointsClaimed) Event {
		return PointsClaimed{w.Run, w.Wallet, w.Points}
	}),
	bindings.Event_ToppedUp: anchor.Reader(func(w *bindings.ToppedUp) Event {
		return ToppedUp{w.Run, w.Amount, w.Surplus, w.Pool}
	}),
	bindings.Event_SurplusWithdrawn: anchor.Reader(func(w *bindings.SurplusWithdrawn) Event {
		return SurplusWithdrawn{w.Run, w.Amount}
	}),
	bindings.Event_RunClosed: anchor.Reader(func(w *bindings.RunClosed) Event {
		return RunClosed{w.Run, w.Authority, w.Amount}
	}),
	bindings.Event_AuthorizationChanged: anchor.Reader(func(w *bindings.AuthorizationChanged) Event {
		return AuthorizationChanged{w.Grantor, w.Grantee, w.Scope, w.Active, w.Delegates}
	}),
	bindings.Event_AuthorizationClosed: anchor.Reader(func(w *bindings.AuthorizationClosed) Event {
		return AuthorizationClosed{w.Grantor, w.Grantee, w.Scope}
	}),
	bindings.Event_ProtocolUpdated: anchor.Reader(func(w *bindings.ProtocolUpdated) Event {
		return ProtocolUpdated{w.Authority, w.RoundProgram}
	}),
}
