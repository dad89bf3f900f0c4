package run

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
)

// Event is something that the program did, read from a transaction's logs. Events
// are hints: logs are cut at 10 kB, so the absence of one proves nothing. What
// counts is in the accounts.
type Event interface{ isEvent() }

// Events finds a program's events in the logs of a transaction that succeeded.
// Nobody else can forge one: see chain.EventData.
func Events(program solana.PublicKey, logs []string) []Event {
	return anchor.Events(program, logs, eventReaders)
}

// The events of the run program, under the program's names. Amounts are base units.
//
//nolint:revive // RunCreated stutters
type (
	// RunCreated says that a run was created.
	RunCreated struct {
		Run       solana.PublicKey
		Authority solana.PublicKey
		RunID     string
		Treasury  Treasury
	}
	// ConfigUpdated says that a run was configured.
	ConfigUpdated struct {
		Run          solana.PublicKey
		ConfigDigest Digest
		Verification Verification
		PackageCID   string
	}
	// ModelUpdated says that the authority set the model.
	ModelUpdated struct {
		Run           solana.PublicKey
		Model         Digest
		PreviousModel Digest
	}
	// MetadataUpdated says that a run's texts or numbers changed.
	MetadataUpdated struct {
		Run solana.PublicKey
	}
	// AuthorityProposed says to whom a run was offered.
	AuthorityProposed struct {
		Run          solana.PublicKey
		NewAuthority solana.PublicKey
	}
	// AuthorityChanged says who accepted it.
	AuthorityChanged struct {
		Run       solana.PublicKey
		Authority solana.PublicKey
	}
	// PauseChanged says that a run was paused or resumed.
	PauseChanged struct {
		Run        solana.PublicKey
		Paused     bool
		Pending    bool
		Generation uint32
	}
	// RatesChanged says what the next epochs pay.
	RatesChanged struct {
		Run          solana.PublicKey
		EarningRate  uint64
		SlashingRate uint64
		Shared       bool
	}
	// StateChanged says that a run entered a state.
	StateChanged struct {
		Run   solana.PublicKey
		State State
		Epoch uint32
		Round uint32
		Step  uint32
	}
	// EpochStarted says who takes part in an epoch.
	EpochStarted struct {
		Run      solana.PublicKey
		Epoch    uint32
		Active   Slots
		Reserved uint64
	}
	// RoundDrawn says who verifies a round.
	RoundDrawn struct {
		Run       solana.PublicKey
		Epoch     uint32
		Round     uint32
		Seed      Digest
		Verifiers []byte
	}
	// PhaseChanged says that verifiers go on to another phase.
	PhaseChanged struct {
		Run      solana.PublicKey
		Round    uint32
		Phase    Phase
		Accepted Slots
	}
	// RoundTallied says what a round came to.
	RoundTallied struct {
		Run      solana.PublicKey
		Epoch    uint32
		Round    uint32
		Outcome  Outcome
		Model    Digest
		Included Slots
		Dropped  Slots
	}
	// EpochPaid says what an epoch paid.
	EpochPaid struct {
		Run       solana.PublicKey
		Epoch     uint32
		Finishers uint16
		Earned    uint64
		Ejected   Slots
	}
	// TreasuryLow says that the pool cannot pay the next epoch.
	TreasuryLow struct {
		Run    solana.PublicKey
		Pool   uint64
		Needed uint64
	}
	// MemberJoined says that a wallet took a slot.
	MemberJoined struct {
		Run        solana.PublicKey
		Wallet     solana.PublicKey
		Slot       int
		Generation uint32
		Stake      uint64
	}
	// MemberReady says that a member has the model.
	MemberReady struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Slot   int
	}
	// MemberLeft says that a member left, or will.
	MemberLeft struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Slot   int
		Status Status
	}
	// MemberPruned says that a slot was freed.
	MemberPruned struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Slot   int
	}
	// StakeChanged says what a member has at stake now.
	StakeChanged struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Stake  uint64
	}
	// UpdateSubmitted says that a member submitted.
	UpdateSubmitted struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Slot   int
		Round  uint32
		Order  uint16
		Digest Digest
	}
	// UpdatesSeen says which updates a verifier has.
	UpdatesSeen struct {
		Run    solana.PublicKey
		Slot   int
		Round  uint32
		Bitmap Slots
	}
	// VoteCommitted says that a verifier committed.
	VoteCommitted struct {
		Run   solana.PublicKey
		Slot  int
		Round uint32
		Hash  Digest
	}
	// VoteRevealed says what a verifier voted.
	VoteRevealed struct {
		Run      solana.PublicKey
		Slot     int
		Round    uint32
		Digest   Digest
		Included Slots
		Score    int8
		Accuracy uint16
	}
	// MemberSlashed says that a member's stake was slashed.
	MemberSlashed struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Anyone solana.PublicKey
		Amount uint64
		Reward uint64
	}
	// PointsClaimed says that a member was paid.
	PointsClaimed struct {
		Run    solana.PublicKey
		Wallet solana.PublicKey
		Points uint64
	}
	// ToppedUp says that the pool grew.
	ToppedUp struct {
		Run     solana.PublicKey
		Amount  uint64
		Surplus uint64
		Pool    uint64
	}
	// SurplusWithdrawn says that the authority took from the pool.
	SurplusWithdrawn struct {
		Run    solana.PublicKey
		Amount uint64
	}
	// RunClosed says that a run was closed.
	RunClosed struct {
		Run       solana.PublicKey
		Authority solana.PublicKey
		Amount    uint64
	}
	// AuthorizationChanged says what a grantor allows.
	AuthorizationChanged struct {
		Grantor   solana.PublicKey
		Grantee   solana.PublicKey
		Scope     [32]byte
		Active    bool
		Delegates uint8
	}
	// AuthorizationClosed says that an authorization is gone.
	AuthorizationClosed struct {
		Grantor solana.PublicKey
		Grantee solana.PublicKey
		Scope   [32]byte
	}
	// ProtocolUpdated says that the protocol's authority or round program changed.
	ProtocolUpdated struct {
		Authority    solana.PublicKey
		RoundProgram solana.PublicKey
	}
)

func (RunCreated) isEvent()           {}
func (ConfigUpdated) isEvent()        {}
func (ModelUpdated) isEvent()         {}
func (MetadataUpdated) isEvent()      {}
func (AuthorityProposed) isEvent()    {}
func (AuthorityChanged) isEvent()     {}
func (PauseChanged) isEvent()         {}
func (RatesChanged) isEvent()         {}
func (StateChanged) isEvent()         {}
func (EpochStarted) isEvent()         {}
func (RoundDrawn) isEvent()           {}
func (PhaseChanged) isEvent()         {}
func (RoundTallied) isEvent()         {}
func (EpochPaid) isEvent()            {}
func (TreasuryLow) isEvent()          {}
func (MemberJoined) isEvent()         {}
func (MemberReady) isEvent()          {}
func (MemberLeft) isEvent()           {}
func (MemberPruned) isEvent()         {}
func (StakeChanged) isEvent()         {}
func (UpdateSubmitted) isEvent()      {}
func (UpdatesSeen) isEvent()          {}
func (VoteCommitted) isEvent()        {}
func (VoteRevealed) isEvent()         {}
func (MemberSlashed) isEvent()        {}
func (PointsClaimed) isEvent()        {}
func (ToppedUp) isEvent()             {}
func (SurplusWithdrawn) isEvent()     {}
func (RunClosed) isEvent()            {}
func (AuthorizationChanged) isEvent() {}
func (AuthorizationClosed) isEvent()  {}
func (ProtocolUpdated) isEvent()      {}
