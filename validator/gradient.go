package validator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Grace is how long after its submission a gradient that cannot be fetched delays
// the scoring of later ones, which may be copies of it. Then it counts as absent.
// It is a constant, since all validators have to agree on it.
const Grace = 10 * time.Minute

// score puts a score on chain, in commit-reveal rounds a commitment to it.
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
	w.report(Event{Kind: kind, RoundID: r.ID, Trainer: subject, Score: score, Committed: r.Options.CommitReveal, Signature: receipt.Signature.String()})
	return nil
}

func (w *Worker) send(ctx context.Context, r *round.Round, subject solana.PublicKey, accuracy uint32) (round.Receipt, error) {
	switch {
	case r.Options.CommitReveal:
		return w.cfg.Rounds.CommitValidation(ctx, r.ID, subject, accuracy)
	case subject == round.BaseModel:
		return w.cfg.Rounds.Prevalidate(ctx, r.ID, accuracy)
	}
	return w.cfg.Rounds.Postvalidate(ctx, r.ID, subject, accuracy)
}

// scoreGradient scores one submission against the base and all that came
// before it.
func (w *Worker) scoreGradient(ctx context.Context, r *round.Round, m *model, trainer solana.PublicKey) (Score, error) {
	all, err := w.cfg.Rounds.Gradients(ctx, r.ID)
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
		head, invalid, err := w.fetchHead(ctx, g, m)
		switch {
		case err != nil:
			return Score{}, err
		case invalid != nil:
			return Unreadable(invalid), nil
		}
		return m.judge.Score(ctx, head, earlier)
	}
	return Score{}, fmt.Errorf("the node no longer lists this gradient: %w", chain.ErrNotFound)
}

// earlier returns a gradient for comparison with later ones, which may be copies
// of it: none if it is invalid, or could not be fetched for so long that it counts
// as absent. Its norm is computed once, so that the head is read again only if it
// may have been copied.
func (w *Worker) earlier(ctx context.Context, g *round.Gradient, m *model) ([]Earlier, error) {
	norm, known := w.norms.get(g.CID)
	if !known {
		head, invalid, err := w.fetchHead(ctx, g, m)
		if err != nil {
			return nil, w.unlessAbsent(ctx, g, err)
		}
		if invalid != nil {
			return nil, nil //nolint:nilerr // an invalid head has no copies
		}
		norm = Norm(head)
		w.norms.put(g.CID, norm)
	}
	open := func() (packagefmt.Network, error) {
		head, invalid, err := w.fetchHead(ctx, g, m)
		if err != nil {
			return packagefmt.Network{}, w.unlessAbsent(ctx, g, err) // an absent head is empty: nothing is a copy of it
		}
		return head, invalid
	}
	return []Earlier{{ID: g.CID, Norm: norm, Open: open}}, nil
}

// unlessAbsent returns an error saying that an earlier gradient, which could not
// be fetched, must be waited for; nil once it counts as absent.
func (w *Worker) unlessAbsent(ctx context.Context, g *round.Gradient, err error) error {
	now, clock := w.cfg.Rounds.Chain().Now(ctx)
	if clock == nil && now.After(g.SubmittedAt.Add(Grace)) {
		return nil
	}
	return fmt.Errorf("waiting for the earlier gradient of %s, since this one may be its copy: %w", g.Trainer, errors.Join(err, clock))
}

// fetchHead fetches a submitted head. invalid is what makes it invalid for all
// validators alike; err is why it could not be fetched here and now.
func (w *Worker) fetchHead(ctx context.Context, g *round.Gradient, m *model) (head packagefmt.Network, invalid, err error) {
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

// markPermanent marks errors that trying again cannot fix.
func markPermanent(err error) error {
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
