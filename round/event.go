package round

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Event is something that the program did, read from a transaction's logs. Events
// are hints: logs are cut at 10 kB, so the absence of one proves nothing. What
// counts is in the accounts.
type Event interface{ isEvent() }

// The events of the round program, under the program's names.
//
//nolint:revive // RoundCreated stutters
type (
	// RoundCreated says that a round was opened.
	RoundCreated struct {
		RoundID uint64           // of the round
		Creator solana.PublicKey // who put up the reward
		Dataset Dataset          // that the model is about
		Reward  uint64           // lamports
	}
	// RoundConfigured says that a round's options were set.
	RoundConfigured struct {
		RoundID uint64  // of the round
		Options Options // as they are now
	}
	// FairConfigured says that a round's fair options were set.
	FairConfigured struct {
		RoundID uint64      // of the round
		Options FairOptions // as they are now
	}
	// HoldoutRevealed says that the key of a sealed test came.
	HoldoutRevealed struct {
		RoundID uint64   // of the round
		Key     [32]byte // opens the sealed test
	}
	// CommitteeDrawn says that lots decided who may score a round: see
	// [Round.InCommittee].
	CommitteeDrawn struct {
		RoundID    uint64   // of the round
		TotalStake uint64   // of all validators as the draw began, lamports
		Seed       [32]byte // of all lots
	}
	// RoundCancelled says that a creator took a round back.
	RoundCancelled struct {
		RoundID uint64 // of the round
	}
	// Prevalidated says that a validator scored the base model.
	Prevalidated struct {
		RoundID   uint64           // of the round
		Validator solana.PublicKey // who scored
		Accuracy  uint32           // hundredths of a percent, 0 to 10,000
		Count     uint8            // scores of the base so far
	}
	// GradientSubmitted says that a trainer handed in a trained head.
	GradientSubmitted struct {
		RoundID uint64           // of the round
		Trainer solana.PublicKey // who submitted it
		CID     string           // unchecked text of the trainer
		Count   uint8            // gradients so far
	}
	// SourceSet says where a trainer keeps its submission, from then on.
	SourceSet struct {
		RoundID uint64           // of the round
		Trainer solana.PublicKey // whose submission it is
		Source  string           // visible ASCII characters, else unchecked
	}
	// Postvalidated says that a validator scored a gradient.
	Postvalidated struct {
		RoundID   uint64           // of the round
		Trainer   solana.PublicKey // whose submission it is
		Validator solana.PublicKey // who scored
		Accuracy  uint32           // hundredths of a percent, 0 to 10,000
		Count     uint8            // scores of this gradient so far
	}
	// RoundFinalized says that a round can be claimed from.
	RoundFinalized struct {
		RoundID uint64 // of the round
	}
	// TrainerRewardClaimed says that a trainer was paid.
	TrainerRewardClaimed struct {
		RoundID     uint64           // of the round
		Trainer     solana.PublicKey // who was paid
		Amount      uint64           // lamports, net
		Improvement uint32           // that it was paid for, hundredths of a percent, 0 to 10,000
	}
	// ValidatorRewardClaimed says that a validator was paid.
	ValidatorRewardClaimed struct {
		RoundID   uint64           // of the round
		Validator solana.PublicKey // who was paid
		Amount    uint64           // lamports, net; 0 for an outlier
		Type      string           // "pre" or "post"
	}
	// RatingSettled says that a trainer's stars were settled for a round.
	RatingSettled struct {
		RoundID  uint64           // of the round
		Trainer  solana.PublicKey // whose stars they are
		Old, New rating.Stars     // hundredths of a star, 100 to 500
	}
	// RemainderWithdrawn says that the creator took out what nobody can claim.
	RemainderWithdrawn struct {
		RoundID uint64 // of the round
		Amount  uint64 // lamports
		Closed  bool   // the vault was closed
	}
	// ValidationCommitted says that a validator committed to a score.
	ValidationCommitted struct {
		RoundID   uint64           // of the round
		Subject   solana.PublicKey // [BaseModel] or the trainer
		Validator solana.PublicKey // who committed
	}
	// StakeChanged says that a validator's stake grew, shrank or was slashed.
	StakeChanged struct {
		Validator solana.PublicKey // whose stake it is
		Amount    uint64           // lamports at stake now
		Unlocking uint64           // lamports requested back and not withdrawn yet
	}
	// ValidatorSlashed says that an outlier was reported.
	ValidatorSlashed struct {
		RoundID        uint64           // of the round
		Validator      solana.PublicKey // whose stake was slashed
		Reporter       solana.PublicKey // who reported it
		Amount         uint64           // lamports taken from the stake
		ReporterAmount uint64           // lamports of it for the reporter
	}
	// CommitmentSlashed says that a commitment of a sealed round was never revealed. Its
	// validator is slashed for the first of them in a round, and for no other.
	CommitmentSlashed struct {
		RoundID        uint64           // of the round
		Subject        solana.PublicKey // [BaseModel] or the trainer
		Validator      solana.PublicKey // who did not reveal
		Reporter       solana.PublicKey // who reported it
		Amount         uint64           // lamports taken from the stake
		ReporterAmount uint64           // lamports of it for the reporter
	}
	// ProtocolUpdated says that the parameters for later rounds were set.
	ProtocolUpdated struct {
		Parameters Parameters // as they are now
	}
)

func (RoundCreated) isEvent()           {}
func (RoundConfigured) isEvent()        {}
func (FairConfigured) isEvent()         {}
func (HoldoutRevealed) isEvent()        {}
func (CommitteeDrawn) isEvent()         {}
func (RoundCancelled) isEvent()         {}
func (Prevalidated) isEvent()           {}
func (GradientSubmitted) isEvent()      {}
func (SourceSet) isEvent()              {}
func (Postvalidated) isEvent()          {}
func (RoundFinalized) isEvent()         {}
func (TrainerRewardClaimed) isEvent()   {}
func (ValidatorRewardClaimed) isEvent() {}
func (RatingSettled) isEvent()          {}
func (RemainderWithdrawn) isEvent()     {}
func (ValidationCommitted) isEvent()    {}
func (StakeChanged) isEvent()           {}
func (ValidatorSlashed) isEvent()       {}
func (CommitmentSlashed) isEvent()      {}
func (ProtocolUpdated) isEvent()        {}

// Events finds a program's events in the logs of a transaction that succeeded.
// Nobody else can forge one: see [chain.EventData].
func Events(program solana.PublicKey, logs []string) []Event {
	return anchor.Events(program, logs, eventReaders)
}

var eventReaders = anchor.Readers[Event]{
	bindings.Event_RoundCreated: anchor.Reader(func(w *bindings.RoundCreated) Event {
		return RoundCreated{w.RoundId, w.Creator, Dataset(w.Dataset), w.RewardAmount}
	}),
	bindings.Event_RoundConfigured: anchor.Reader(func(w *bindings.RoundConfigured) Event {
		return RoundConfigured{w.RoundId, optionsOf(w.Options)}
	}),
	bindings.Event_FairConfigured: anchor.Reader(func(w *bindings.FairConfigured) Event {
		return FairConfigured{w.RoundId, fairOptionsOf(w.Options)}
	}),
	bindings.Event_HoldoutRevealed: anchor.Reader(func(w *bindings.HoldoutRevealed) Event {
		return HoldoutRevealed{w.RoundId, w.Key}
	}),
	bindings.Event_CommitteeDrawn: anchor.Reader(func(w *bindings.CommitteeDrawn) Event {
		return CommitteeDrawn{w.RoundId, w.TotalStake, w.Seed}
	}),
	bindings.Event_RoundCancelled: anchor.Reader(func(w *bindings.RoundCancelled) Event { return RoundCancelled{w.RoundId} }),
	bindings.Event_Prevalidated: anchor.Reader(func(w *bindings.Prevalidated) Event {
		return Prevalidated{w.RoundId, w.Validator, w.Accuracy, w.PreCount}
	}),
	bindings.Event_GradientSubmitted: anchor.Reader(func(w *bindings.GradientSubmitted) Event {
		return GradientSubmitted{w.RoundId, w.Trainer, w.GradientCid, w.GradientsCount}
	}),
	bindings.Event_SourceSet: anchor.Reader(func(w *bindings.SourceSet) Event {
		return SourceSet{w.RoundId, w.Trainer, w.Source}
	}),
	bindings.Event_Postvalidated: anchor.Reader(func(w *bindings.Postvalidated) Event {
		return Postvalidated{w.RoundId, w.Trainer, w.Validator, w.Accuracy, w.PostCount}
	}),
	bindings.Event_RoundFinalized: anchor.Reader(func(w *bindings.RoundFinalized) Event { return RoundFinalized{w.RoundId} }),
	bindings.Event_TrainerRewardClaimed: anchor.Reader(func(w *bindings.TrainerRewardClaimed) Event {
		return TrainerRewardClaimed{w.RoundId, w.Trainer, w.Amount, w.Improvement}
	}),
	bindings.Event_ValidatorRewardClaimed: anchor.Reader(func(w *bindings.ValidatorRewardClaimed) Event {
		return ValidatorRewardClaimed{w.RoundId, w.Validator, w.Amount, w.ValidationType}
	}),
	bindings.Event_RatingSettled: anchor.Reader(func(w *bindings.RatingSettled) Event {
		return RatingSettled{w.RoundId, w.Trainer, rating.Stars(w.Old), rating.Stars(w.New)}
	}),
	bindings.Event_RemainderWithdrawn: anchor.Reader(func(w *bindings.RemainderWithdrawn) Event {
		return RemainderWithdrawn{w.RoundId, w.Amount, w.Closed}
	}),
	bindings.Event_ValidationCommitted: anchor.Reader(func(w *bindings.ValidationCommitted) Event {
		return ValidationCommitted{w.RoundId, w.Subject, w.Validator}
	}),
	bindings.Event_StakeChanged: anchor.Reader(func(w *bindings.StakeChanged) Event {
		return StakeChanged{w.Validator, w.Amount, w.Unlocking}
	}),
	bindings.Event_ValidatorSlashed: anchor.Reader(func(w *bindings.ValidatorSlashed) Event {
		return ValidatorSlashed{w.RoundId, w.Validator, w.Reporter, w.Amount, w.ReporterAmount}
	}),
	bindings.Event_CommitmentSlashed: anchor.Reader(func(w *bindings.CommitmentSlashed) Event {
		return CommitmentSlashed{w.RoundId, w.Subject, w.Validator, w.Reporter, w.Amount, w.ReporterAmount}
	}),
	bindings.Event_ProtocolUpdated: anchor.Reader(func(w *bindings.ProtocolUpdated) Event { return ProtocolUpdated{parametersOf(w.Params)} }),
}
