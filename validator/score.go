package validator

import (
	"context"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// CopyTolerance is the relative distance within which a submission is a copy.
const CopyTolerance = 1e-6

// Test is the test split that heads are scored on.
type Test struct {
	Embeddings safetensors.Tensor // [n, dim], from the package
	Labels     []int              // [n], from the validator's own copy of the data set
	Limit      int                // score only the first Limit samples; 0 for all
}

// Earlier is a valid submission that came before, in the same round.
type Earlier struct {
	ID   string  // names it in a report: its CID or its trainer
	Norm float64 // of its head, as [Norm] gives it
	// Answers is a digest of its answers, as [Judge.Answers] gives it; nil if it is not known.
	Answers []byte
	// Open reads the head. It is called only if the norms or the answers are so close that
	// there may be a copy, so that memory need not hold every head of a round.
	Open func() (packagefmt.Network, error)
}

// Verdict is what a submission was found to be.
type Verdict int

const (
	// Scored is an honest head, scored by its accuracy.
	Scored Verdict = iota
	// Invalid is a head that cannot be used, scored 0.
	Invalid
	// Copy is one of the base head or of an earlier submission, scored as the base.
	Copy
	// Absent is a gradient of a sealed round that could not be fetched by the time it had to be
	// scored, scored 0.
	Absent
)

// String names the verdict.
func (v Verdict) String() string {
	switch v {
	case Scored:
		return "scored"
	case Invalid:
		return "invalid"
	case Copy:
		return "copy"
	case Absent:
		return "absent"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// Score is the result of one submission.
type Score struct {
	Accuracy uint32  // hundredths of a percent: what goes on chain
	Verdict  Verdict // why it scores so
	Reason   string  // why it is invalid or absent, or whose copy it is
}

// Judge scores the heads of one package on one test split. It may be used from
// several goroutines at once.
type Judge struct {
	split  split
	base   packagefmt.Network
	mark   mark // of the base
	hidden bool // heads have a hidden layer

	unsealed error // why it scores on the public split of a round with a sealed test
}

// NewJudge scores the base head of a package. It fails if the test split
// ([ErrTest]) or the base ([ErrInvalidHead]) is at fault.
func NewJudge(ctx context.Context, base packagefmt.Network, test Test) (*Judge, error) {
	s, err := newSplit(test)
	if err != nil {
		return nil, err
	}
	m, err := s.mark(ctx, base, steadyChunks)
	if err != nil {
		return nil, fmt.Errorf("base head: %w", err)
	}
	return &Judge{split: s, base: base, mark: m, hidden: hasHidden(base)}, nil
}

// Base is the accuracy of the base head, in hundredths of a percent.
func (j *Judge) Base() uint32 { return j.mark.accuracy }

// Answers is a digest of a head's answers, a byte for 64 samples, which tells most heads that are
// no copies of each other apart; nil where heads have no hidden layer, and are not compared by their
// answers.
func (j *Judge) Answers(ctx context.Context, head packagefmt.Network) ([]byte, error) {
	if !j.hidden {
		return nil, nil
	}
	m, err := j.split.mark(ctx, head, steadyChunks)
	return m.answers, err
}

// Score scores a trained head:
//
//   - a head that is not the base's architecture with other weights, or whose
//     weights or outputs are not finite, scores 0;
//   - a copy of the base, or of an earlier submission of the round, scores the base's
//     accuracy: a head within [CopyTolerance] of it ([RelativeDistance]), or, where
//     heads have a hidden layer, one that computes the same ([Likeness.Copy]);
//   - any other head scores its [Accuracy].
//
// It fails only if the context is done or an earlier submission cannot be read:
// neither says anything about this one. For a submission that cannot itself be
// read, the score is [Unreadable].
func (j *Judge) Score(ctx context.Context, submission packagefmt.Network, earlier []Earlier) (Score, error) {
	if err := sameArchitecture(j.base, submission); err != nil {
		return Unreadable(err), nil
	}
	m, err := j.split.mark(ctx, submission, steadyChunks)
	if errors.Is(err, ErrInvalidHead) {
		return Unreadable(err), nil
	}
	if err != nil {
		return Score{}, err
	}
	norm := Norm(submission)
	base := Earlier{ID: "the base head", Norm: norm, Answers: j.mark.answers, Open: func() (packagefmt.Network, error) { return j.base, nil }}
	for _, e := range append([]Earlier{base}, earlier...) {
		alike := j.hidden && mayAgree(m.answers, e.Answers, len(j.split.labels))
		if !mayBeCopy(norm, e.Norm) && !alike {
			continue
		}
		if ctx.Err() != nil {
			return Score{}, context.Cause(ctx)
		}
		head, err := e.Open()
		if err != nil {
			return Score{}, fmt.Errorf("earlier submission %s: %w", e.ID, err)
		}
		reason, err := j.copyOf(ctx, submission, head, alike)
		if err != nil {
			return Score{}, err
		}
		if reason != "" {
			return j.copied(reason, e.ID), nil
		}
	}
	return Score{Accuracy: m.accuracy}, nil
}

// copied is the score of a copy.
func (j *Judge) copied(reason, of string) Score {
	return Score{Accuracy: j.mark.accuracy, Verdict: Copy, Reason: fmt.Sprintf("a copy of %s: %s", of, reason)}
}

// copyOf says why a head is a copy of an earlier one; it is empty if it is none. Where they may be
// alike, what they compute is compared too.
func (j *Judge) copyOf(ctx context.Context, head, earlier packagefmt.Network, alike bool) (string, error) {
	if d, err := RelativeDistance(head, earlier); err == nil && d <= CopyTolerance {
		return fmt.Sprintf("relative distance %.1e", d), nil
	}
	if !alike {
		return "", nil
	}
	l, err := j.split.likeness(ctx, head, earlier, steadyChunks)
	switch {
	case errors.Is(err, ErrInvalidHead): // the earlier one: nobody copies that
		return "", nil
	case err != nil || !l.Copy():
		return "", err
	}
	return fmt.Sprintf("outputs at distance %.1e, the same answer to %d of %d samples", l.Distance, l.Agree, l.Samples), nil
}

// Unreadable is the score of a submission that is not a usable head.
func Unreadable(err error) Score { return Score{Verdict: Invalid, Reason: err.Error()} }

// sameArchitecture fails unless sub has the base's layers with the same
// parameters. The shapes of its weights are checked when it is built.
func sameArchitecture(base, sub packagefmt.Network) error {
	if err := packagefmt.SameNetwork(sub, base); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	return nil
}
