package round

import (
	"crypto/sha256"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Version is the version of the accounts that this SDK transacts with.
const Version = 1

// noConsensus marks, in a round's list of consensuses, a gradient with too few
// validations to call one of them an outlier.
const noConsensus = 65_535

// Round is a round as it is on chain.
type Round struct {
	Address solana.PublicKey // [Addresses.Round]
	ID      uint64           // 0, 1, 2, … in the order of creation
	Creator solana.PublicKey // who put up the reward
	// ModelCID is the text that the creator gave, which nobody has checked:
	// parse it with storage.ParseCID before it is used for anything.
	ModelCID     string
	Dataset      Dataset      // that the model is about
	Reward       uint64       // lamports
	MinRating    rating.Stars // trainers with fewer are refused; hundredths of a star, 100 to 500
	CreatedAt    time.Time    // by the chain's clock
	Status       Status       // active, finalized or cancelled
	Gradients    uint8        // how many were submitted, 0 to 255
	Validations  uint16       // of the base and of all gradients
	Improvement  uint64       // of all gradients, hundredths of a percent
	BaseAccuracy uint32       // median so far, hundredths of a percent, 0 to 10,000
	BaseScores   []uint32     // all scores of the base, ascending; none if Version is 0

	Prevalidations uint8 // how many scores the base has

	// Version is 0 for a round of an older program, which has none of the
	// fields below.
	Version              uint8
	Treasury             solana.PublicKey // where fees go
	FeeBps               uint16           // treasury's part of every payment, basis points, 0 to 1,000
	ValidatorShareBps    uint16           // validators' part of the reward, basis points, 0 to 10,000
	Options              Options          // as configured, or the protocol's defaults
	UnstakeCooldown      time.Duration    // how long a stake stays locked after the request
	OutlierTolerance     uint16           // largest distance from the median that is no outlier, hundredths of a percent, 0 to 10,000
	SlashBps             uint16           // part of an outlier's stake that is taken, basis points, 0 to 10,000
	ReporterShareBps     uint16           // part of that for the reporter, basis points, 0 to 10,000
	ClaimPeriod          time.Duration    // from finalization on; then the creator may take what is left
	FinalizedAt          time.Time        // zero until then
	EarliestFinalize     time.Time        // zero: at once
	Commitments          uint16           // made so far, revealed and closed ones included
	UnvalidatedGradients uint8            // gradients without their quorum
	ImprovingGradients   uint8            // gradients that are better than the base model, 0 to 255

	// Fair are the options of a fair round, nil in a plain one.
	Fair *FairOptions
	// FirstSlot is the slot in which they were set, 0 in a plain round.
	FirstSlot uint64
	// Slot is that of the node's view in which the round was read, 0 if the node did not
	// say. Only rounds that take gradients in some slots have it
	// ([FairOptions].SubmissionSlots): whether these are over follows from it.
	// [Round.SeenAt] moves it on.
	Slot uint64

	// Of a sealed round, 0 in others:
	HoldoutKey      [32]byte // of its sealed test, once revealed
	HoldoutRevealed bool     // whether the key came
	BondsLost       uint8    // gradients whose bond is lost, once finalized
	BaseCommitments uint8    // commitments to a score of the base in BaseSitting
	BaseSitting     uint8    // the latest sitting in which the base had any
	TotalStake      uint64   // of all validators as the draw of the committee began, lamports
	SeedSlot        uint64   // whose hash decides the draw, or that of the next slot with a block; 0: nobody began it
	Seed            [32]byte // of all lots, once Drawn
	Drawn           bool     // whether the committee is drawn

	consensus [MaxGradients]uint16
	termsHash [32]byte
}

// kitRound is how many bytes of a round an older program writes.
const kitRound = 163

// DecodeRound reads the data of a round's account. Rounds of an older program
// have Version 0 and only the fields that it writes.
func DecodeRound(address solana.PublicKey, data []byte) (*Round, error) {
	if len(data) >= kitRound && (len(data) == kitRound || data[kitRound] == 0) {
		// What comes after the older fields has no meaning there.
		old := make([]byte, 1024)
		copy(old, data[:kitRound])
		data = old
	}
	w, err := anchor.Decode[bindings.Round]("Round", address, bindings.Account_Round, data)
	if err != nil {
		return nil, err
	}
	r, err := roundOf(w)
	if err != nil {
		return nil, &chain.AccountError{Kind: "Round", Address: address, Reason: err}
	}
	r.Address = address
	if r.Version > 0 {
		r.termsHash = hashTerms(data)
	}
	return r, nil
}

func roundOf(w *bindings.Round) (*Round, error) {
	cid, err := anchor.Text(w.ModelCid[:], int(w.ModelCidLen))
	if err != nil {
		return nil, err
	}
	r := &Round{
		ID: w.Id, Creator: w.Creator, ModelCID: cid, Dataset: Dataset(w.Dataset), Reward: w.RewardAmount,
		MinRating: rating.Stars(w.MinTrainerRating), CreatedAt: anchor.Unix(w.CreatedAt), Status: Status(w.Status),
		Gradients: w.GradientsCount, Validations: w.TotalValidations, Improvement: w.TotalImprovement,
		BaseAccuracy: uint32(min(w.ConsensusAccuracy, 1<<32-1)), Version: w.Version, Prevalidations: w.PreCount,
	}
	if w.Version == 0 {
		return r, nil
	}
	if r.BaseScores, err = accuracies(w.PreAccuracies, w.PreCount); err != nil {
		return nil, err
	}
	r.Treasury, r.FeeBps, r.ValidatorShareBps = w.Treasury, w.FeeBps, w.ValidatorShareBps
	r.Options = optionsOf(bindings.RoundOptions{
		Deadline: w.Deadline, BaseWindow: w.BaseWindow, ValidationWindow: w.ValidationWindow, CommitWindow: w.CommitWindow,
		MinPrevalidations: w.MinPrevalidations, MinPostvalidations: w.MinPostvalidations,
		MinValidatorStake: w.MinValidatorStake, CommitReveal: w.CommitReveal, RewardRule: w.RewardRule,
	})
	r.UnstakeCooldown, r.ClaimPeriod = anchor.Duration(w.UnstakeCooldown), anchor.Duration(w.ClaimPeriod)
	r.OutlierTolerance, r.SlashBps, r.ReporterShareBps = w.OutlierTolerance, w.SlashBps, w.ReporterShareBps
	r.FinalizedAt, r.EarliestFinalize = anchor.Unix(w.FinalizedAt), anchor.Unix(w.EarliestFinalize)
	r.Commitments, r.UnvalidatedGradients, r.ImprovingGradients = w.Commitments, w.UnvalidatedGradients, w.ImprovingGradients
	r.consensus = w.GradientConsensus
	if w.FirstSlot > 0 { // set by configure_fair
		r.Fair, r.FirstSlot = fairOf(w), w.FirstSlot
		if r.HoldoutRevealed = w.FairFlags&flagRevealed != 0; r.HoldoutRevealed {
			r.HoldoutKey, r.Fair.Holdout = w.Holdout, sha256.Sum256(w.Holdout[:])
		}
		r.BondsLost, r.BaseCommitments, r.BaseSitting = w.BondsLost, w.BaseCommitments, w.BaseSitting
		r.TotalStake, r.SeedSlot, r.Seed, r.Drawn = w.TotalStake, w.SeedSlot, w.Seed, w.FairFlags&flagDrawn != 0
	}
	return r, nil
}

// Base are the scores of the base model, with their quorum.
func (r *Round) Base() rating.Validations {
	return rating.Validations{Accuracies: r.BaseScores, Quorum: r.Options.MinPrevalidations, Sealed: r.Sealed()}
}

// GradientConsensus is the consensus of the gradient with that index, in
// hundredths of a percent. It is not known while the gradient has too few
// validations to call one of them an outlier.
func (r *Round) GradientConsensus(index uint8) (accuracy uint32, known bool) {
	if int(index) >= len(r.consensus) || index >= r.Gradients || r.consensus[index] == noConsensus {
		return 0, false
	}
	return uint32(r.consensus[index]), true
}

// Terms are the round's terms that concern money.
func (r *Round) Terms() reward.Terms {
	return reward.Terms{Reward: r.Reward, ValidatorShareBps: r.ValidatorShareBps, FeeBps: r.FeeBps, Rule: r.Options.RewardRule}
}

// Shares are what package reward computes a share from. They are final once the
// round is finalized.
func (r *Round) Shares() reward.Shares {
	s := reward.Shares{Terms: r.Terms(), Validations: r.Validations, Improvement: r.Improvement, Improving: r.ImprovingGradients}
	if bond := r.Bond(); bond > 0 {
		s.Bond, s.Gradients, s.BondsLost = bond, r.Gradients, r.BondsLost
	}
	return s
}

// SubmissionsClose is when the round stops taking gradients.
func (r *Round) SubmissionsClose() time.Time {
	return r.Options.Deadline.Add(-r.Options.ValidationWindow)
}

// SubmissionsOpen is when the round starts taking gradients, if the base has its
// quorum by then; a sealed round does not wait for one.
func (r *Round) SubmissionsOpen() time.Time {
	if r.Options.CommitReveal && !r.Sealed() {
		return r.CreatedAt.Add(2 * r.Options.CommitWindow)
	}
	return r.CreatedAt.Add(r.Options.BaseWindow)
}

// transactable returns why the round can only be read; nil for one of this SDK's version.
func (r *Round) transactable() error {
	if r.Version != Version {
		return &chain.AccountError{Kind: "Round", Address: r.Address, Reason: ErrForeignProgram}
	}
	return nil
}
