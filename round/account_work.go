package round

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Gradient is a trainer's submission to a round.
type Gradient struct {
	Address       solana.PublicKey // [Addresses.Gradient]
	RoundID       uint64           // of the round
	Trainer       solana.PublicKey // who submitted it
	CID           string           // unchecked text of the trainer: parse it before you use it
	Index         uint8            // place in the order of submission, from 0
	Scores        []uint32         // of its validators, ascending, hundredths of a percent; 24 at most
	Consensus     uint32           // their median so far, hundredths of a percent
	Improvement   uint64           // over the base model, hundredths of a percent; 0 without the quorum
	SubmittedAt   time.Time        // by the chain's clock
	RewardClaimed bool             // paid out, or nothing was due
	RatingSettled bool             // the trainer's stars were changed by its result
	Commitments   uint8            // in a sealed round: to a score of it in Sitting
	Sitting       uint8            // the latest sitting of a sealed round in which it had any
}

// DecodeGradient reads the data of a gradient's account.
func DecodeGradient(address solana.PublicKey, data []byte) (*Gradient, error) {
	w, err := anchor.Decode[bindings.Gradient]("Gradient", address, bindings.Account_Gradient, data)
	if err != nil {
		return nil, err
	}
	cid, err := anchor.Text(w.Cid[:], int(w.CidLen))
	if err != nil {
		return nil, &chain.AccountError{Kind: "Gradient", Address: address, Reason: err}
	}
	scores, err := accuracies(w.PostAccuracies, w.PostCount)
	if err != nil {
		return nil, &chain.AccountError{Kind: "Gradient", Address: address, Reason: err}
	}
	return &Gradient{
		Address: address, RoundID: w.RoundId, Trainer: w.Trainer, CID: cid, Index: w.Index, Scores: scores,
		Consensus: uint32(w.ConsensusAccuracy), Improvement: w.Improvement, SubmittedAt: anchor.Unix(w.SubmittedAt),
		RewardClaimed: w.RewardClaimed, RatingSettled: w.RatingSettled, Commitments: w.Commitments, Sitting: w.Sitting,
	}, nil
}

// Validations are the gradient's scores, with the quorum of its round.
func (g *Gradient) Validations(r *Round) rating.Validations {
	return rating.Validations{Accuracies: g.Scores, Quorum: r.Options.MinPostvalidations, Sealed: r.Sealed()}
}

// PreValidation is a validator's score of a round's base model.
type PreValidation struct {
	Address       solana.PublicKey // [Addresses.PreValidation]
	RoundID       uint64           // of the round
	Validator     solana.PublicKey // who scored
	Accuracy      uint32           // hundredths of a percent, 0 to 10,000
	RewardClaimed bool             // paid out, or forfeited
	Slashed       bool             // reported as an outlier
}

// DecodePreValidation reads the data of a base score's account.
func DecodePreValidation(address solana.PublicKey, data []byte) (*PreValidation, error) {
	w, err := anchor.Decode[bindings.PreValidation]("PreValidation", address, bindings.Account_PreValidation, data)
	if err != nil {
		return nil, err
	}
	return &PreValidation{Address: address, RoundID: w.RoundId, Validator: w.Validator, Accuracy: w.Accuracy,
		RewardClaimed: w.RewardClaimed, Slashed: w.Slashed}, nil
}

// PostValidation is a validator's score of a gradient.
type PostValidation struct {
	Address       solana.PublicKey // [Addresses.PostValidation]
	RoundID       uint64           // of the round
	Trainer       solana.PublicKey // whose gradient it is
	Validator     solana.PublicKey // who scored
	Accuracy      uint32           // hundredths of a percent, 0 to 10,000
	GradientIndex uint8            // the gradient's place in the order of submission, from 0
	RewardClaimed bool             // paid out, or forfeited
	Slashed       bool             // reported as an outlier
}

// DecodePostValidation reads the data of a gradient score's account.
func DecodePostValidation(address solana.PublicKey, data []byte) (*PostValidation, error) {
	w, err := anchor.Decode[bindings.PostValidation]("PostValidation", address, bindings.Account_PostValidation, data)
	if err != nil {
		return nil, err
	}
	return &PostValidation{Address: address, RoundID: w.RoundId, Trainer: w.Trainer, Validator: w.Validator, Accuracy: w.Accuracy,
		GradientIndex: w.GradientIndex, RewardClaimed: w.RewardClaimed, Slashed: w.Slashed}, nil
}

// Profile is a trainer's rating and record on chain.
type Profile struct {
	Address solana.PublicKey // [Addresses.Profile]
	Trainer solana.PublicKey // whose profile it is
	rating.Profile
}

// DecodeProfile reads the data of a trainer's profile.
func DecodeProfile(address solana.PublicKey, data []byte) (*Profile, error) {
	w, err := anchor.Decode[bindings.TrainerProfile]("TrainerProfile", address, bindings.Account_TrainerProfile, data)
	if err != nil {
		return nil, err
	}
	return &Profile{Address: address, Trainer: w.Trainer, Profile: rating.Profile{Stars: rating.Stars(w.Rating),
		Total: w.TotalSubmissions, Successful: w.SuccessfulSubmissions, Slashed: w.SlashedCount}}, nil
}

// hash is a hash of all fields that change while the gradient's round is active.
func (g *Gradient) hash() [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d %s %d %q %v", g.RoundID, g.Trainer, g.Index, g.CID, g.Scores))
}
