package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Grace is how long after its submission a gradient that cannot be fetched holds
// up the scoring of later ones, which may be copies of it. Then it counts as
// absent. All validators have to agree on it, so it is no setting.
const Grace = 10 * time.Minute

// Validate scores, seals or opens what is to be scored, sealed or opened in one
// round now.
func (w *Worker) Validate(ctx context.Context, id uint64) error {
	r, steps, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if reason, err := w.refuse(ctx, r); err != nil || reason != nil {
		return errors.Join(err, reason)
	}
	return w.take(ctx, steps, fmt.Sprintf("to score: it is %s, and this wallet has scored all that it may", r.Status),
		round.StepScore, round.StepCommit, round.StepReveal)
}

// Claim claims what one finalized round owes for this validator's scores.
func (w *Worker) Claim(ctx context.Context, id uint64) error {
	r, steps, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	return w.take(ctx, steps, fmt.Sprintf("to claim: it is %s, and this wallet has no unpaid score in it", r.Status), round.StepClaim)
}

// take takes the steps of some kinds, one after the other.
func (w *Worker) take(ctx context.Context, steps []round.Step, nothing string, kinds ...round.StepKind) error {
	steps = slices.DeleteFunc(steps, func(s round.Step) bool { return !slices.Contains(kinds, s.Kind) })
	if len(steps) == 0 {
		return errors.New("nothing " + nothing)
	}
	var failed []error
	for _, s := range steps {
		if err := w.handle(ctx, s); err != nil {
			failed = append(failed, about(s, err))
		}
	}
	return errors.Join(failed...)
}

// state reads one round and what this validator has to do in it. Where the round
// is not there, it returns what is left to do all the same, with the error.
func (w *Worker) state(ctx context.Context, id uint64) (*round.Round, []round.Step, error) {
	r, missing := w.cfg.Round.Round(ctx, id)
	if missing != nil && !errors.Is(missing, chain.ErrNotFound) {
		return nil, nil, missing
	}
	mine, err := w.work(ctx, round.InRound(id))
	if err != nil {
		return nil, nil, err
	}
	gradients, err := w.cfg.Round.Gradients(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	now, err := w.cfg.Round.Chain().Now(ctx)
	if err != nil {
		return nil, nil, err
	}
	return r, round.ValidatorNext(r, gradients, mine[id], w.cfg.Round.Wallet(), now), missing
}

// handle takes one step if it is still to be taken.
func (w *Worker) handle(ctx context.Context, s round.Step) error {
	r, steps, err := w.state(ctx, s.RoundID)
	closing := s.Kind == round.StepClose || s.Kind == round.StepCloseCommitment
	if err != nil && !(closing && errors.Is(err, chain.ErrNotFound)) {
		return err
	}
	if !slices.Contains(steps, s) {
		return nil
	}
	switch s.Kind {
	case round.StepScore, round.StepCommit:
		return w.score(ctx, r, s.Subject)
	case round.StepReveal:
		return w.reveal(ctx, s)
	case round.StepClaim:
		return w.claim(ctx, s)
	case round.StepClose:
		_, err = w.cfg.Round.CloseValidation(ctx, s.RoundID, s.Subject, w.cfg.Round.Wallet())
	case round.StepCloseCommitment:
		_, err = w.cfg.Round.CloseCommitment(ctx, s.RoundID, s.Subject)
	}
	return err
}

// score puts a score on chain, or a commitment to it where the round asks for that.
func (w *Worker) score(ctx context.Context, r *round.Round, subject solana.PublicKey) error {
	m, err := w.model(ctx, r)
	if err != nil {
		return err
	}
	score, kind := Score{Accuracy: m.judge.Base()}, EventBase
	if subject != round.BaseModel {
		kind = EventGradient
		if score, err = w.scoreGradient(ctx, r, m, subject); err != nil {
			return err
		}
	}
	receipt, err := w.send(ctx, r, subject, score.Accuracy)
	if errors.Is(err, round.ErrPrevalidationClosed) || errors.Is(err, round.ErrValidatorSlotsFull) {
		return nil // others were faster
	}
	if err != nil {
		return err
	}
	w.tell(Event{Kind: kind, Round: r.ID, Trainer: subject, Score: score, Sealed: r.Options.CommitReveal, Signature: receipt.Signature.String()})
	return nil
}

func (w *Worker) send(ctx context.Context, r *round.Round, subject solana.PublicKey, accuracy uint32) (round.Receipt, error) {
	switch {
	case r.Options.CommitReveal:
		return w.cfg.Round.CommitValidation(ctx, r.ID, subject, accuracy)
	case subject == round.BaseModel:
		return w.cfg.Round.Prevalidate(ctx, r.ID, accuracy)
	}
	return w.cfg.Round.Postvalidate(ctx, r.ID, subject, accuracy)
}

// scoreGradient scores one submission against the base and all that came
// before it.
func (w *Worker) scoreGradient(ctx context.Context, r *round.Round, m *model, trainer solana.PublicKey) (Score, error) {
	all, err := w.cfg.Round.Gradients(ctx, r.ID)
	if err != nil {
		return Score{}, err
	}
	var earlier []Earlier
	for _, g := range all {
		if g.Trainer != trainer {
			e, err := w.earlier(ctx, g, m)
			if err != nil {
				return Score{}, err
			}
			earlier = append(earlier, e...)
			continue
		}
		head, broken, err := w.fetchHead(ctx, g, m)
		switch {
		case err != nil:
			return Score{}, err
		case broken != nil:
			return Unreadable(broken), nil
		}
		return m.judge.Score(ctx, head, earlier)
	}
	return Score{}, fmt.Errorf("the node no longer lists it: %w", chain.ErrNotFound)
}

// earlier is a gradient that a later one may be a copy of: none where it is
// invalid, or could not be fetched for so long that it counts as absent. Its
// norm is worked out once, so that it is read again only where it matters.
func (w *Worker) earlier(ctx context.Context, g *round.Gradient, m *model) ([]Earlier, error) {
	norm, known := w.norms.get(g.CID)
	if !known {
		head, broken, err := w.fetchHead(ctx, g, m)
		if err != nil {
			return nil, w.wait(ctx, g, err)
		}
		if broken != nil {
			return nil, nil //nolint:nilerr // an invalid head has no copies
		}
		norm = Norm(head)
		w.norms.put(g.CID, norm)
	}
	open := func() (packagefmt.Network, error) {
		head, broken, err := w.fetchHead(ctx, g, m)
		if err != nil {
			return packagefmt.Network{}, w.wait(ctx, g, err) // an absent head is empty: nothing is a copy of it
		}
		return head, broken
	}
	return []Earlier{{ID: g.CID, Norm: norm, Open: open}}, nil
}

// wait says that scoring has to wait for an earlier gradient that could not be
// fetched; nil once it counts as absent.
func (w *Worker) wait(ctx context.Context, g *round.Gradient, err error) error {
	now, clock := w.cfg.Round.Chain().Now(ctx)
	if clock == nil && now.After(g.SubmittedAt.Add(Grace)) {
		return nil
	}
	return fmt.Errorf("waiting for the earlier gradient of %s, which it may be a copy of: %w", g.Trainer, errors.Join(err, clock))
}

// fetchHead fetches a submitted head. broken says what makes it invalid for
// everybody; err why it could not be had here and now.
func (w *Worker) fetchHead(ctx context.Context, g *round.Gradient, m *model) (head packagefmt.Network, broken, err error) {
	root, err := storage.ParseCID(g.CID)
	if err != nil {
		return head, err, nil
	}
	files, err := w.fetch(ctx, root, storage.AtMost(m.pkg.GradientLimit()))
	if err == nil {
		head, err = packagefmt.ReadGradient(files, m.pkg)
	}
	for _, e := range []error{packagefmt.ErrInvalid, packagefmt.ErrUnsupported, storage.ErrUnsafeName, storage.ErrTooLarge} {
		if errors.Is(err, e) {
			return head, err, nil
		}
	}
	return head, nil, err
}

// reveal reveals a score that was committed to.
func (w *Worker) reveal(ctx context.Context, s round.Step) error {
	receipt, err := w.cfg.Round.Reveal(ctx, s.RoundID, s.Subject)
	if err != nil {
		return err
	}
	w.tell(Event{Kind: EventRevealed, Round: s.RoundID, Trainer: s.Subject, Signature: receipt.Signature.String()})
	return nil
}

// claim is paid for one score.
func (w *Worker) claim(ctx context.Context, s round.Step) error {
	var receipt round.Receipt
	var err error
	if s.Subject == round.BaseModel {
		receipt, err = w.cfg.Round.ClaimValidatorPre(ctx, s.RoundID)
	} else {
		receipt, err = w.cfg.Round.ClaimValidatorPost(ctx, s.RoundID, s.Subject)
	}
	if err != nil {
		return err
	}
	e := Event{Kind: EventClaimed, Round: s.RoundID, Trainer: s.Subject, Signature: receipt.Signature.String()}
	for _, event := range receipt.Events {
		if paid, ok := event.(round.ValidatorRewardClaimed); ok && paid.RoundID == s.RoundID {
			e.Lamports = paid.Amount
		}
	}
	w.tell(e)
	return nil
}

// final marks errors that come again however often the model is tried.
func final(err error) error {
	for _, e := range []error{
		ErrTest, ErrInvalidHead, packagefmt.ErrInvalid, packagefmt.ErrUnsupported, storage.ErrTooLarge, storage.ErrUnsafeName,
	} {
		if errors.Is(err, e) {
			return worker.Permanent(err)
		}
	}
	if errors.As(err, new(*round.RefusedError)) {
		return worker.Permanent(err)
	}
	return err
}
