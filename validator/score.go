package validator

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// CopyTolerance is the relative distance within which a submission is a copy.
const CopyTolerance = 1e-6

// Test is the test split that heads are scored on.
type Test struct {
	Embeddings safetensors.Tensor // [n, dim], from the package
	Labels     []int              // [n], from the validator's own copy of the data set
	Limit      int                // score the first so many samples; 0 for all
}

// Earlier is a valid submission that came before, in the same round.
type Earlier struct {
	ID   string // names it in a report: its CID or its trainer
	Head packagefmt.Network
}

// Verdict says what a submission was found to be.
type Verdict int

const (
	// Scored: an honest head, scored by its accuracy.
	Scored Verdict = iota
	// Invalid: unusable, scored 0.
	Invalid
	// Copy: of the base head or of an earlier submission, scored as the base.
	Copy
)

// String is the verdict in a word.
func (v Verdict) String() string {
	switch v {
	case Scored:
		return "scored"
	case Invalid:
		return "invalid"
	case Copy:
		return "copy"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// Score is the result of one submission.
type Score struct {
	Accuracy uint32 // hundredths of a percent: what goes on chain
	Verdict  Verdict
	Reason   string // why it is invalid, or whose copy it is
}

// ScoreSubmission scores a trained head against the base head of its round:
//
//   - a head that is not the base's architecture with other weights, or whose
//     weights or outputs are not finite, scores 0;
//   - a head within [CopyTolerance] of the base, or of an earlier submission of
//     the round, scores the base's accuracy;
//   - any other head scores its [Accuracy].
//
// It fails only where the test split or the base is at fault. An unreadable
// submission never gets here; its score is [Unreadable].
func ScoreSubmission(test Test, base, submission packagefmt.Network, earlier []Earlier) (Score, error) {
	baseAccuracy, err := Accuracy(base, test.Embeddings, test.Labels, test.Limit)
	if err != nil {
		return Score{}, fmt.Errorf("base head: %w", err)
	}
	if err := sameArchitecture(base, submission); err != nil {
		return Unreadable(err), nil
	}
	accuracy, err := Accuracy(submission, test.Embeddings, test.Labels, test.Limit)
	switch {
	case errors.Is(err, ErrTest):
		return Score{}, err
	case err != nil:
		return Unreadable(err), nil
	}
	for _, e := range append([]Earlier{{ID: "the base head", Head: base}}, earlier...) {
		d, err := RelativeDistance(submission, e.Head)
		if err == nil && d <= CopyTolerance {
			return Score{
				Accuracy: baseAccuracy,
				Verdict:  Copy,
				Reason:   fmt.Sprintf("a copy of %s: relative distance %.1e", e.ID, d),
			}, nil
		}
	}
	return Score{Accuracy: accuracy}, nil
}

// Unreadable is the score of a submission that is not a usable head.
func Unreadable(err error) Score { return Score{Verdict: Invalid, Reason: err.Error()} }

// sameArchitecture wants the base's layers, with arguments that come to the
// same values; weights are compared by Accuracy, which builds the head.
func sameArchitecture(base, sub packagefmt.Network) error {
	if len(sub.Layers) != len(base.Layers) {
		return fmt.Errorf("%w: %d layers, the base has %d", ErrInvalidHead, len(sub.Layers), len(base.Layers))
	}
	for i, l := range sub.Layers {
		same, err := nn.SameSpec(nn.Spec(base.Layers[i]), nn.Spec(l))
		if err != nil {
			return fmt.Errorf("%w: layer %d: %w", ErrInvalidHead, i, err)
		}
		if !same {
			return fmt.Errorf("%w: layer %d is %s %v, the base has %s %v", ErrInvalidHead, i, l.Type, l.Params, base.Layers[i].Type, base.Layers[i].Params)
		}
	}
	return nil
}
