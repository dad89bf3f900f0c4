package roundwork

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// The duties, as they are told apart when lots are drawn.
const (
	finalize byte = iota
	slash
	settle
	draw
	unopened
	end
)

// settleAfter is how long after finalization trainers may settle their own ratings, which claiming does.
const settleAfter = time.Hour

// settleBatch is how many ratings are settled in a transaction: as many as [chain.Client.MaxFee] is for.
const settleBatch = 5

// Duties does what anybody may do in a round, and what those who are owed something there have to see done: finalizing a
// round whose deadline is over, slashing outliers before their stakes unlock, settling ratings that their owners leave
// open, closing the round after its claim period. Whoever took part takes turns, so that one transaction is sent for each.
type Duties struct {
	Rounds *round.Client
	Pay    *Payments // sends
}

// party is what was read of a round whose duties are due.
type party struct {
	gradients []*round.Gradient
	pre       []*round.PreValidation
	post      []*round.PostValidation
}

// read reads who took part in a round.
func (d Duties) read(ctx context.Context, id uint64) (p party, err error) {
	if p.gradients, err = d.Rounds.Gradients(ctx, id); err != nil {
		return p, err
	}
	if p.pre, err = d.Rounds.PreValidations(ctx, id); err != nil {
		return p, err
	}
	p.post, err = d.Rounds.PostValidations(ctx, id)
	return p, err
}

// wallets are those who took part, all of whom are owed something: a reward, a share, or rent.
func (p party) wallets() (all []solana.PublicKey) {
	for _, g := range p.gradients {
		all = append(all, g.Trainer)
	}
	for _, v := range p.pre {
		all = append(all, v.Validator)
	}
	for _, v := range p.post {
		all = append(all, v.Validator)
	}
	return all
}

// has reports whether a wallet took part and has not closed its accounts yet: the turns are of those.
func (p party) has(wallet solana.PublicKey) bool { return slices.Contains(p.wallets(), wallet) }

// due returns how long this wallet has to wait for its turn at a duty that may be done from a time on.
func (d Duties) due(p party, r *round.Round, from, now time.Time, duty byte, subject ...byte) (wait time.Duration, err error) {
	return d.dueAmong(p.wallets(), r, from, now, duty, subject...)
}

func (d Duties) dueAmong(wallets []solana.PublicKey, r *round.Round, from, now time.Time, duty byte, subject ...byte) (wait time.Duration, err error) {
	wait, ok := turn(now.Sub(from), turnsOf(r), wallets, d.Rounds.Wallet(), r.ID, duty, subject...)
	if !ok {
		return 0, worker.Permanent(fmt.Errorf("round %d: this wallet took no part", r.ID))
	}
	return wait, nil
}

// othersFirst is the reason to come back when it is this wallet's turn.
func othersFirst(id uint64, wait time.Duration) error {
	return worker.Turn(fmt.Errorf("round %d: others who took part have their turn first", id), wait)
}

// Finalize finalizes a round by force when its deadline is over and it is this wallet's turn. done is false where
// somebody else did.
func (d Duties) Finalize(ctx context.Context, id uint64) (r round.Receipt, done bool, err error) {
	p, err := d.read(ctx, id)
	if err != nil {
		return r, false, err
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err != nil {
		return r, false, err
	}
	of, err := d.Rounds.Round(ctx, id) // last, so that it is as fresh as can be
	if err != nil || of.CanForceFinalize(now) != nil {
		return r, false, err
	}
	if wait, err := d.due(p, of, of.ForceFrom(), now, finalize); err != nil || wait > 0 {
		return r, false, cmp.Or(err, othersFirst(id, wait))
	}
	step := round.Step{Kind: round.StepFinalize, RoundID: id}
	r, err = d.Pay.Send(ctx, step, Outlay{}, func() (round.Receipt, error) { return d.Rounds.ForceFinalize(ctx, id) })
	if errors.Is(err, round.ErrRoundNotActive) {
		return r, false, nil
	}
	return r, err == nil, err
}

// Slashed is an outlier that was slashed.
type Slashed struct {
	Subject   solana.PublicKey // the gradient's trainer, or [round.BaseModel]
	Validator solana.PublicKey
	Receipt   round.Receipt

	validation round.Validation // that was far off
}

// Slash slashes the outliers of a finalized round that pay more than the fee, each when it is this wallet's turn. The
// error is the reason to come back, if there is one.
func (d Duties) Slash(ctx context.Context, id uint64, told func(Slashed)) error {
	r, err := d.Rounds.Round(ctx, id)
	if errors.Is(err, chain.ErrNotFound) {
		return nil
	}
	if err != nil || r.Status != round.Finalized || d.reporterShare(r) <= d.Rounds.Chain().MaxFee() {
		return err
	}
	p, err := d.read(ctx, id)
	if err != nil || !p.has(d.Rounds.Wallet()) {
		return err
	}
	var failed []error
	var soonest time.Duration // of the turns to come back for
	all := make([]Slashed, 0, len(p.pre)+len(p.post))
	for _, v := range p.pre {
		all = append(all, Slashed{Subject: round.BaseModel, Validator: v.Validator, validation: v})
	}
	for _, v := range p.post {
		all = append(all, Slashed{Subject: v.Trainer, Validator: v.Validator, validation: v})
	}
	for _, s := range all {
		wait, err := d.slash(ctx, r, p, s, told)
		failed = append(failed, err)
		if wait > 0 && (soonest == 0 || wait < soonest) {
			soonest = wait
		}
	}
	wait, err := d.slashUnopened(ctx, r, p, told)
	failed = append(failed, err)
	if wait > 0 && (soonest == 0 || wait < soonest) {
		soonest = wait
	}
	if err := errors.Join(failed...); err != nil || soonest == 0 {
		return err // a failure is told, which a turn is not
	}
	return othersFirst(id, soonest)
}

// reporterShare is what a reporter gets of an outlier's stake.
func (d Duties) reporterShare(r *round.Round) uint64 {
	return r.SlashAmount() / 10_000 * uint64(r.ReporterShareBps)
}

// slash slashes an outlier, if it is one, or returns how long to wait for this wallet's turn.
func (d Duties) slash(ctx context.Context, r *round.Round, p party, s Slashed, told func(Slashed)) (wait time.Duration, err error) {
	if r.CanSlash(s.validation, d.Rounds.Wallet()) != nil {
		return 0, nil //nolint:nilerr // there is nothing to do about it
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err != nil {
		return 0, err
	}
	if wait, err := d.due(p, r, r.FinalizedAt, now, slash, append(s.Subject.Bytes(), s.Validator[:]...)...); err != nil || wait > 0 {
		return wait, err
	}
	if enough, err := d.hasStake(ctx, s.Validator, r.SlashAmount()); !enough {
		return 0, err
	}
	s.Receipt, err = d.Pay.Send(ctx, round.Step{Kind: round.StepSlash, RoundID: r.ID}, Outlay{}, func() (round.Receipt, error) {
		return d.Rounds.SlashValidator(ctx, r.ID, s.Subject, s.Validator)
	})
	if errors.Is(err, round.ErrAlreadySlashed) {
		return 0, nil
	}
	if err == nil {
		told(s)
	}
	return 0, err
}

// hasStake reports whether a validator has so much left to take.
func (d Duties) hasStake(ctx context.Context, validator solana.PublicKey, lamports uint64) (bool, error) {
	stake, err := d.Rounds.Stake(ctx, validator)
	switch {
	case errors.Is(err, chain.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	return stake.Amount+stake.Unlocking >= lamports, nil
}

// Settle settles the ratings that trainers have left open an hour after finalization, several in a transaction, when it
// is this wallet's turn. The error is the reason to come back, if there is one.
func (d Duties) Settle(ctx context.Context, id uint64) (settled int, r round.Receipt, err error) {
	of, err := d.Rounds.Round(ctx, id)
	if errors.Is(err, chain.ErrNotFound) {
		return 0, r, nil
	}
	if err != nil || of.Status != round.Finalized {
		return 0, r, err
	}
	p, err := d.read(ctx, id)
	if err != nil || !p.has(d.Rounds.Wallet()) {
		return 0, r, err
	}
	var open []round.Instruction
	for _, g := range p.gradients {
		if of.CanSettle(g) == nil && len(open) < settleBatch {
			open = append(open, round.SettleRating{RoundID: id, Trainer: g.Trainer, Anyone: d.Rounds.Wallet()})
		}
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err != nil || len(open) == 0 {
		return 0, r, err
	}
	if wait, err := d.due(p, of, of.FinalizedAt.Add(settleAfter), now, settle); err != nil || wait > 0 {
		return 0, r, cmp.Or(err, othersFirst(id, wait))
	}
	step := round.Step{Kind: round.StepSettle, RoundID: id}
	r, err = d.Pay.Send(ctx, step, Outlay{}, func() (round.Receipt, error) { return d.Rounds.Send(ctx, open...) })
	return len(open), r, err
}
