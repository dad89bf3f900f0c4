package round

import (
	"context"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/reward"
)

// ErrIncomplete says that some of a round's scores and gradients are missing: their
// accounts were closed, which is possible from a day after finalization, or the
// node does not know them yet.
var ErrIncomplete = errors.New("not all scores and gradients of the round are there")

// Statement computes from the accounts of a round who gets how much of its reward,
// claimed or not. It is final for a finalized round, and may change for an active
// one. If accounts are missing, the error wraps [ErrIncomplete].
func (c *Client) Statement(ctx context.Context, id uint64) (reward.Statement, error) {
	r, err := c.Round(ctx, id)
	if err != nil {
		return reward.Statement{}, err
	}
	if err := r.transactable(); err != nil {
		return reward.Statement{}, err
	}
	posts, err := c.PostValidations(ctx, id)
	if err != nil {
		return reward.Statement{}, err
	}
	base, err := c.PreValidations(ctx, id)
	if err != nil {
		return reward.Statement{}, err
	}
	// Read after their scores, so that every score's gradient is among them.
	gradients, err := c.Gradients(ctx, id)
	if err != nil {
		return reward.Statement{}, err
	}
	return r.Statement(base, gradients, posts)
}

// Statement computes the shares from a round's accounts that were read already, as [Client.Statement] does: gradients are
// ordered by index. Read the round before them: what is missing of what it counts is an error that wraps [ErrIncomplete].
func (r *Round) Statement(base []*PreValidation, gradients []*Gradient, posts []*PostValidation) (reward.Statement, error) {
	if err := r.transactable(); err != nil {
		return reward.Statement{}, err
	}
	o, err := outcomeOf(r, base, gradients, posts)
	if err != nil {
		return reward.Statement{}, fmt.Errorf("round %d: %w", r.ID, err)
	}
	return reward.Divide(o)
}

// outcomeOf puts a round's accounts together.
func outcomeOf(r *Round, base []*PreValidation, gradients []*Gradient, posts []*PostValidation) (reward.Outcome, error) {
	missing := func(format string, args ...any) (reward.Outcome, error) {
		return reward.Outcome{}, fmt.Errorf("%w: "+format, append([]any{ErrIncomplete}, args...)...)
	}
	if len(gradients) < int(r.Gradients) || len(base)+len(posts) < int(r.Validations) {
		return missing("%d of %d gradients, %d of %d scores", len(gradients), r.Gradients, len(base)+len(posts), r.Validations)
	}
	o := reward.Outcome{Terms: r.Terms(), BaseQuorum: r.Options.MinPrevalidations,
		GradientQuorum: r.Options.MinPostvalidations, OutlierTolerance: r.OutlierTolerance, Sealed: r.Sealed(), Bond: r.Bond()}
	for _, p := range base {
		o.Base = append(o.Base, reward.Score{Validator: p.Validator, Accuracy: p.Accuracy})
	}
	for i, g := range gradients {
		if int(g.Index) != i {
			return missing("gradient %d is not", i)
		}
		o.Gradients = append(o.Gradients, reward.Gradient{Trainer: g.Trainer})
	}
	for _, p := range posts {
		i := int(p.GradientIndex)
		if i >= len(gradients) || gradients[i].Trainer != p.Trainer {
			return missing("gradient %d, of %s, is not", i, p.Trainer)
		}
		o.Gradients[i].Scores = append(o.Gradients[i].Scores, reward.Score{Validator: p.Validator, Accuracy: p.Accuracy})
	}
	return o, nil
}
