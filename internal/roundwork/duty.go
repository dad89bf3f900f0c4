package roundwork

import (
	"context"
	"errors"
	"fmt"
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
)

// settleAfter is how long after finalization trainers may settle their own ratings, which claiming does.
const settleAfter = time.Hour

// settleBatch is how many ratings are settled in a transaction, which has room for some more.
const settleBatch = 8

// Duties does what anybody may do in a round, and what those who are owed something there have to see done: finalizing a
// round whose deadline is over, slashing outliers before their stakes unlock, settling ratings that their owners leave
// open. Whoever took part takes turns, so that one transaction is sent for each.
type Duties struct {
	Rounds *round.Client
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

// due returns nil once it is this wallet's turn at a duty that may be done from a time on, and otherwise the reason to
// wait.
func (d Duties) due(p party, id uint64, from, now time.Time, duty byte, subject ...byte) error {
	wait, ok := turn(p.wallets(), d.Rounds.Wallet(), id, duty, subject...)
	if !ok {
		return worker.Permanent(fmt.Errorf("round %d: this wallet took no part", id))
	}
	if left := from.Add(wait).Sub(now); left > 0 {
		return worker.Wait(fmt.Errorf("round %d: others who took part have their turn first", id), left)
	}
	return nil
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
	if err := d.due(p, id, of.ForceFrom(), now, finalize); err != nil {
		return r, false, err
	}
	r, err = d.Rounds.ForceFinalize(ctx, id)
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
	if err != nil {
		return err
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, v := range p.pre {
		failed = append(failed, d.slash(ctx, r, p, v, Slashed{round.BaseModel, v.Validator, round.Receipt{}}, now, told))
	}
	for _, v := range p.post {
		failed = append(failed, d.slash(ctx, r, p, v, Slashed{v.Trainer, v.Validator, round.Receipt{}}, now, told))
	}
	return errors.Join(failed...)
}

// reporterShare is what a reporter gets of an outlier's stake.
func (d Duties) reporterShare(r *round.Round) uint64 {
	return r.SlashAmount() / 10_000 * uint64(r.ReporterShareBps)
}

func (d Duties) slash(ctx context.Context, r *round.Round, p party, v round.Validation, s Slashed, now time.Time, told func(Slashed)) error {
	if may := r.CanSlash(v, d.Rounds.Wallet()) == nil; !may {
		return nil
	}
	if err := d.due(p, r.ID, r.FinalizedAt, now, slash, append(s.Subject.Bytes(), s.Validator[:]...)...); err != nil {
		return err
	}
	if enough, err := d.hasStake(ctx, s.Validator, r.SlashAmount()); !enough {
		return err
	}
	var err error
	s.Receipt, err = d.Rounds.SlashValidator(ctx, r.ID, s.Subject, s.Validator)
	if errors.Is(err, round.ErrAlreadySlashed) {
		return nil
	}
	if err == nil {
		told(s)
	}
	return err
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
	if err != nil {
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
	if err := d.due(p, id, of.FinalizedAt.Add(settleAfter), now, settle); err != nil {
		return 0, r, err
	}
	r, err = d.Rounds.Send(ctx, open...)
	return len(open), r, err
}
