package roundwork

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

const (
	// slotPause and slotTries bound the wait for a slot to pass, which takes about 400 ms.
	slotPause = 200 * time.Millisecond
	slotTries = 20
)

// Draw draws the committee of a sealed round when it is this wallet's turn among those who have a gradient in it or, where
// they are gone, among those who could be drawn: with a first transaction, unless somebody sent it, and a second one in a later slot. done is false where somebody else did.
func (d Duties) Draw(ctx context.Context, id uint64) (r round.Receipt, done bool, err error) {
	for range 2 {
		of, wait, err := d.drawable(ctx, id)
		if of == nil || err != nil || wait > 0 {
			return r, false, err
		}
		step := round.Step{Kind: round.StepDraw, RoundID: id}
		r, err = d.Pay.Send(ctx, step, Outlay{}, func() (round.Receipt, error) { return d.Rounds.DrawCommittee(ctx, id) })
		if errors.Is(err, round.ErrAlreadyDrawn) {
			return r, false, nil
		}
		if err != nil {
			return r, false, err
		}
		if slices.ContainsFunc(r.Events, func(e round.Event) bool { _, drawn := e.(round.CommitteeDrawn); return drawn }) {
			return r, true, nil
		}
	}
	return r, false, nil
}

// DrawLate is when those who have staked for a round draw its committee, since none of its trainers has.
func DrawLate(r *round.Round) time.Time { return r.SubmissionsClose().Add(r.Fair.PublishWindow / 2) }

// drawDue returns how long this wallet has to wait for its turn at a draw: among the trainers from when submissions close, or
// later among those whose stake is large enough to be drawn.
func (d Duties) drawDue(ctx context.Context, r *round.Round, trainers party, now time.Time) (time.Duration, error) {
	if slices.Contains(trainers.wallets(), d.Rounds.Wallet()) {
		return d.due(trainers, r, r.SubmissionsClose(), now, draw)
	}
	stakes, err := d.Rounds.Stakes(ctx)
	if err != nil {
		return 0, err
	}
	var wallets []solana.PublicKey
	for _, s := range stakes {
		if s.Amount >= max(r.Options.MinValidatorStake, 1) {
			wallets = append(wallets, s.Validator)
		}
	}
	if left := DrawLate(r).Sub(now); left > 0 {
		return left, nil
	}
	return d.dueAmong(wallets, r, DrawLate(r), now, draw)
}

// drawable reads a round and returns it once a transaction of its draw can be sent; nil if there is nothing to draw. The
// error is the reason to come back.
func (d Duties) drawable(ctx context.Context, id uint64) (*round.Round, time.Duration, error) {
	for range slotTries {
		gradients, err := d.Rounds.Gradients(ctx, id)
		if err != nil {
			return nil, 0, err
		}
		now, err := d.Rounds.Chain().Now(ctx)
		if err != nil {
			return nil, 0, err
		}
		slot, err := d.Rounds.Chain().Slot(ctx)
		if err != nil {
			return nil, 0, err
		}
		of, err := d.Rounds.Round(ctx, id) // last, so that it is as fresh as can be
		if err != nil {
			return nil, 0, err
		}
		if err := of.CanDraw(slot, now); err != nil && (!errors.Is(err, round.ErrTooEarly) || of.SeedSlot == 0) {
			return nil, 0, nil //nolint:nilerr // it is drawn, or not to be
		} else if err == nil {
			wait, err := d.drawDue(ctx, of, party{gradients: gradients}, now)
			if wait > 0 {
				err = othersFirst(id, wait)
			}
			return of, wait, err
		}
		select {
		case <-ctx.Done():
			return nil, 0, context.Cause(ctx)
		case <-time.After(slotPause):
		}
	}
	return nil, 0, fmt.Errorf("round %d: the slot that decides its committee does not end", id)
}

// reportFees is how many fees a report over a commitment takes until the rent that it lends to a mark is back: its own, and
// those of closing the round and the mark.
const reportFees = 3

// slashUnopened slashes who committed to scores of a finalized sealed round and revealed one of them not, once each, or
// returns how long to wait for this wallet's turn. Their other commitments bring nothing.
func (d Duties) slashUnopened(ctx context.Context, r *round.Round, p party, told func(Slashed)) (soonest time.Duration, err error) {
	if !r.Sealed() || d.reporterShare(r) <= reportFees*d.Rounds.Chain().MaxFee() {
		return 0, nil
	}
	all, err := d.Rounds.Commitments(ctx, r.ID)
	if err != nil {
		return 0, err
	}
	slices.SortFunc(all, func(a, b *round.Commitment) int { // everybody reports the same one
		return cmp.Or(bytes.Compare(a.Validator[:], b.Validator[:]), bytes.Compare(a.Subject[:], b.Subject[:]))
	})
	all = slices.CompactFunc(all, func(a, b *round.Commitment) bool { return a.Validator == b.Validator })
	var failed []error
	for _, c := range all {
		wait, err := d.slashCommitment(ctx, r, p, c, told)
		failed = append(failed, err)
		if wait > 0 && (soonest == 0 || wait < soonest) {
			soonest = wait
		}
	}
	return soonest, errors.Join(failed...)
}

func (d Duties) slashCommitment(ctx context.Context, r *round.Round, p party, c *round.Commitment, told func(Slashed)) (wait time.Duration, err error) {
	if r.CanSlashCommitment(c, false, d.Rounds.Wallet()) != nil {
		return 0, nil //nolint:nilerr // there is nothing to do about it
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err != nil {
		return 0, err
	}
	if wait, err := d.due(p, r, r.FinalizedAt, now, unopened, c.Validator[:]...); err != nil || wait > 0 {
		return wait, err
	}
	if todo, err := d.neverSlashed(ctx, r.ID, c.Validator); !todo {
		return 0, err
	}
	if enough, err := d.hasStake(ctx, c.Validator, r.SlashAmount()); !enough {
		return 0, err
	}
	s := Slashed{Subject: c.Subject, Validator: c.Validator}
	step := round.Step{Kind: round.StepSlashUnopened, RoundID: r.ID}
	s.Receipt, err = d.Pay.Send(ctx, step, Outlay{Rent: round.RentOfUnopened()}, func() (round.Receipt, error) {
		return d.Rounds.SlashCommitment(ctx, r.ID, c.Subject, c.Validator)
	})
	if errors.Is(err, chain.ErrAccountNotInitialized) {
		return 0, nil // somebody else did
	}
	if err == nil {
		told(s)
	}
	return 0, err
}

// neverSlashed reports whether a validator was not slashed yet for what it did not reveal in a round.
func (d Duties) neverSlashed(ctx context.Context, id uint64, validator solana.PublicKey) (bool, error) {
	_, err := d.Rounds.Unopened(ctx, id, validator)
	if errors.Is(err, chain.ErrNotFound) {
		return true, nil
	}
	return false, err
}
