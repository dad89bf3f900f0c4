package validator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// scorable is one score to compute and to send.
type scorable struct {
	step  round.Step
	round *round.Round
	model cid.Cid
	head  *submission // nil: the base model

	compared int // of a data round: how many submissions' rows are kept
}

// prepare fetches what a score needs, and returns the part that computes it.
func (w *Worker) prepare(ctx context.Context, r *round.Round, step round.Step) (worker.Compute, error) {
	s, err := &scorable{round: r, step: step}, w.pay.Afford(ctx, w.outlay(r))
	if err != nil {
		return nil, err
	}
	if s.model, err = w.fetchModel(ctx, r); err != nil {
		return nil, err
	}
	if r.HasHoldout() && !r.HoldoutRevealed {
		now, err := w.cfg.Rounds.Chain().Now(ctx)
		if err = cmp.Or(err, keyMayCome(r, now)); err != nil {
			return nil, err
		}
	}
	if isData(r) {
		return w.prepareData(ctx, s)
	}
	if step.Subject != round.BaseModel {
		if s.head, err = w.gather(ctx, r, s.model, step.Subject); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error { return w.score(ctx, s) }, nil
}

// score puts a score on chain, in commit-reveal rounds a commitment to it.
func (w *Worker) score(ctx context.Context, s *scorable) error {
	ctx, cancel, err := w.window(ctx, s)
	if err != nil {
		return err
	}
	defer cancel()
	score, kind, err := w.compute(ctx, s)
	if err != nil {
		return err
	}
	var receipt round.Receipt
	err = w.pay.InTurn(ctx, s.round.ID, func() error {
		receipt, err = w.submit(ctx, s, score.Accuracy)
		return err
	})
	if errors.Is(err, round.ErrPrevalidationClosed) || errors.Is(err, round.ErrValidatorSlotsFull) || errors.Is(err, errOver) {
		return nil // others were faster
	}
	if err != nil {
		return err
	}
	w.report(Event{Kind: kind, RoundID: s.round.ID, Trainer: s.step.Subject, Score: score, Committed: s.round.Options.CommitReveal, Signature: receipt.Signature.String()})
	return nil
}

// window ends a context when the score is no longer taken, by the chain's clock.
func (w *Worker) window(ctx context.Context, s *scorable) (context.Context, context.CancelFunc, error) {
	now, err := w.cfg.Rounds.Chain().Now(ctx)
	if err != nil {
		return nil, nil, err
	}
	var closes time.Time
	switch r := s.round; {
	case r.Sealed():
		_, closes, _ = commits(r, now) // and if there is no sitting, it is over
	case r.Options.CommitReveal && s.head != nil:
		closes = r.CommitFrom(s.head.Gradient).Add(r.Options.CommitWindow)
	case r.Options.CommitReveal:
		closes = r.CommitFrom(nil).Add(r.Options.CommitWindow)
	case s.head == nil:
		closes = r.SubmissionsClose()
	default: // until the round is finalized, which ends the job
		return ctx, func() {}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, closes.Sub(now), &round.RefusedError{RoundID: s.round.ID, Reason: fmt.Sprintf(
		"the time for this score was over at %s, before it was computed", closes.UTC())})
	return ctx, cancel, nil
}

// gradientCopies is how many times the bytes of a submission are held while it is scored: it, and one that it may be a copy of, as
// they are read and as they run.
const gradientCopies = 4

// compute computes a score.
func (w *Worker) compute(ctx context.Context, s *scorable) (score Score, kind EventKind, err error) {
	if s.head != nil && s.head.absent != nil {
		return Score{Verdict: Absent, Reason: s.head.absent.Error()}, EventGradient, nil
	}
	if isData(s.round) {
		return w.computeData(ctx, s)
	}
	work := int64(0)
	if s.head != nil {
		work = gradientCopies * s.head.bytes
	}
	m, release, err := w.model(ctx, s.round, s.model, work)
	if err != nil {
		return Score{}, "", err
	}
	defer release()
	if s.head == nil {
		return Score{Accuracy: m.judge.Base()}, EventBase, nil
	}
	score, err = w.scoreGradient(ctx, s.head, m)
	return score, EventGradient, err
}

// errOver says that a round takes no more scores.
var errOver = errors.New("the round is over")

// submit looks at the round once more, and sends the score only if the policy takes
// the round as it is now, and only as long as its terms stay what they are.
func (w *Worker) submit(ctx context.Context, s *scorable, accuracy uint32) (round.Receipt, error) {
	r, err := w.cfg.Rounds.Round(ctx, s.round.ID)
	if err != nil {
		return round.Receipt{}, err
	}
	if r.Status != round.Active {
		return round.Receipt{}, errOver
	}
	if keyOfModel(r, s.model) != keyOfModel(s.round, s.model) {
		return round.Receipt{}, errors.New("the key of its sealed test has come since: it is scored anew")
	}
	standing, err := w.standing(ctx, r)
	if err != nil {
		return round.Receipt{}, err
	}
	if r.Sealed() {
		now, err := w.cfg.Rounds.Chain().Now(ctx)
		if err = cmp.Or(err, w.unfit(r, standing, now)); err != nil {
			return round.Receipt{}, err
		}
	}
	done, err := w.risks.risk(r, func(atRisk uint64) error {
		standing.AtRisk = atRisk
		return w.cfg.Policy.Refuse(r, standing)
	})
	if err != nil {
		return round.Receipt{}, err
	}
	receipt, err := w.pay.Send(ctx, s.step, w.outlay(r), func() (round.Receipt, error) { return w.sendScore(ctx, r, s.step.Subject, accuracy) })
	done(err == nil)
	return receipt, err
}

// outlay is what a score takes out of the wallet.
func (w *Worker) outlay(r *round.Round) roundwork.Outlay {
	offer := r.OfferToValidate(w.cfg.Rounds.Chain().MaxFee())
	return roundwork.Outlay{Rent: offer.Rent, Later: offer.Later}
}

func (w *Worker) sendScore(ctx context.Context, r *round.Round, subject solana.PublicKey, accuracy uint32) (round.Receipt, error) {
	c := w.cfg.Rounds.Pin(r)
	switch {
	case r.Sealed():
		return c.CommitSealed(ctx, r.ID, subject, accuracy)
	case r.Options.CommitReveal:
		return c.CommitValidation(ctx, r.ID, subject, accuracy)
	case subject == round.BaseModel:
		return c.Prevalidate(ctx, r.ID, accuracy)
	}
	return c.Postvalidate(ctx, r.ID, subject, accuracy)
}

// markPermanent marks errors that trying again cannot fix.
func markPermanent(err error) error {
	for _, e := range []error{
		ErrTest, ErrInvalidHead, packagefmt.ErrInvalid, packagefmt.ErrUnsupported, storage.ErrTooLarge, storage.ErrUnsafeName,
		dataset.ErrClass, dataset.ErrShape,
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
