package run

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// Version is the version of the accounts that this SDK transacts with.
const Version = 1

// Rates are what an epoch pays and takes, in points.
type Rates struct {
	Earning  uint64 // of a member that finishes it without a fault; of all together where Shared
	Slashing uint64 // taken from who is ejected
	Shared   bool   // Earning is divided among the finishers
}

// Run is a run as it is on chain.
type Run struct {
	Address     solana.PublicKey // [Addresses.Run]
	ID          string           // 1 to 32 bytes of a–z 0–9 - _ .
	CreatedSlot uint64           // of this run: another one may have had the id before
	Payer       solana.PublicKey // whom its rent goes back to

	Name          string // at most 64 bytes; unchecked text, as the next two are
	Description   string // at most 280 bytes
	ClientVersion string // at most 96 bytes
	NumParameters uint64
	VocabSize     uint64

	Authority        solana.PublicKey // who may change the terms
	PendingAuthority solana.PublicKey // who was offered to become it
	JoinAuthority    solana.PublicKey // whose authorizations let wallets join

	// PackageCID is the text that the authority gave, which nobody has checked:
	// parse it with storage.ParseCID before it is used for anything.
	PackageCID   string
	Treasury     Treasury
	Mint         solana.PublicKey // of the tokens, for SPL
	Vault        solana.PublicKey
	Roster       solana.PublicKey
	Verification Verification
	Settings     Settings
	ConfigDigest Digest // of the configuration file

	Parent          solana.PublicKey // the round whose model this run started from; zero: none
	ParentRewardBps uint16           // of its reward, which the first resume asks for
	ParentPool      uint64           // base units: that share

	State           State
	Phase           Phase
	Generation      uint32 // how often it was resumed: who joins names it
	Epoch           uint32
	Round           uint32 // counted through all epochs
	Step            uint32 // models that were accepted, the first one apart
	FailedRounds    uint32
	EpochFirstRound uint32
	EpochStartedAt  time.Time
	StateStartedAt  time.Time
	PhaseStartedAt  time.Time
	EndsAt          time.Time // zero before the first resume
	SeedSlot        uint64    // the first slot whose hash may draw
	Seed            Digest    // of the round's draw
	Drawn           int       // verifiers of the round
	DrawnFrom       Slots     // who takes part in the round

	Model         Digest // of the model now; zero: none yet
	PreviousModel Digest

	Rates  Rates // of this epoch
	Future Rates // of the next

	Pool        uint64 // free, base units
	Reserved    uint64 // for this epoch's pay
	Owed        uint64 // earned and not claimed
	Stakes      uint64
	Paid        uint64 // so far
	Withdrawn   uint64 // by the authority, so far
	Members     uint16 // slots taken
	PauseComing bool   // paused once the epoch is over
	TreasuryLow bool   // the pool cannot pay the next epoch
}

// DecodeRun reads the data of a run's account.
func DecodeRun(address solana.PublicKey, data []byte) (*Run, error) {
	w, err := anchor.Decode[bindings.Run]("Run", address, bindings.Account_Run, data)
	if err != nil {
		return nil, err
	}
	r, err := runOf(w)
	if err != nil {
		return nil, &chain.AccountError{Kind: "Run", Address: address, Reason: err}
	}
	r.Address = address
	return r, nil
}

func runOf(w *bindings.Run) (r *Run, err error) {
	r = &Run{
		CreatedSlot: w.CreatedSlot, Payer: w.Payer, NumParameters: w.NumParameters, VocabSize: w.VocabSize,
		Authority: w.Authority, PendingAuthority: w.PendingAuthority, JoinAuthority: w.JoinAuthority,
		Treasury: Treasury(w.Treasury), Mint: w.Mint, Vault: w.Vault, Roster: w.Roster, Verification: Verification(w.Verification),
		Settings: settingsOf(w.Config), ConfigDigest: w.ConfigDigest, Parent: w.Parent, ParentRewardBps: w.ParentRewardBps, ParentPool: w.ParentPool,
		State: State(w.State), Phase: Phase(w.Phase), Generation: w.Generation, Epoch: w.Epoch, Round: w.Round, Step: w.Step,
		FailedRounds: w.FailedRounds, EpochFirstRound: w.EpochFirstRound, EpochStartedAt: anchor.Unix(w.EpochStartedAt),
		StateStartedAt: anchor.Unix(w.StateStartedAt), PhaseStartedAt: anchor.Unix(w.PhaseStartedAt), EndsAt: anchor.Unix(w.EndsAt),
		SeedSlot: w.SeedSlot, Seed: w.Seed, Drawn: int(min(w.Drawn, MaxVerifiers)), DrawnFrom: w.DrawnFrom, Model: w.Model, PreviousModel: w.PreviousModel,
		Rates:  Rates{w.EarningRate, w.SlashingRate, w.RateShared},
		Future: Rates{w.FutureEarningRate, w.FutureSlashingRate, w.FutureRateShared},
		Pool:   w.Pool, Reserved: w.Reserved, Owed: w.Owed, Stakes: w.Stakes, Paid: w.Paid, Withdrawn: w.Withdrawn,
		Members: w.Members, PauseComing: w.PausePending, TreasuryLow: w.TreasuryLow,
	}
	for _, t := range []struct {
		to    *string
		field []byte
		n     int
	}{
		{&r.ID, w.RunId[:], int(w.RunIdLen)}, {&r.Name, w.Name[:], int(w.NameLen)}, {&r.Description, w.Description[:], int(w.DescriptionLen)},
		{&r.ClientVersion, w.ClientVersion[:], int(w.ClientVersionLen)}, {&r.PackageCID, w.PackageCid[:], int(w.PackageCidLen)},
	} {
		if *t.to, err = anchor.Text(t.field, t.n); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Liabilities are what the vault holds at least: what is free, reserved, owed and
// at stake.
func (r *Run) Liabilities() uint64 { return r.Pool + r.Reserved + r.Owed + r.Stakes }

// Configured reports whether the run has a configuration.
func (r *Run) Configured() bool { return r.Settings.WarmupTime > 0 }

// Done is how much of Settings.TotalSteps is done: steps, or rounds where members
// vote.
func (r *Run) Done() uint32 {
	if r.Verification == Vote {
		return r.Round
	}
	return r.Step
}

// Ended reports whether the run's time is over.
func (r *Run) Ended(now time.Time) bool { return !r.EndsAt.IsZero() && !now.Before(r.EndsAt) }

// Verifiers is how many verifiers a round of n members draws.
func (r *Run) Verifiers(n int) int {
	want := int(r.Settings.WitnessNodes)
	if r.Verification == Vote {
		want = int(r.Settings.Voters)
	} else if want == 0 {
		want = MaxVerifiers
	}
	return min(want, n)
}
