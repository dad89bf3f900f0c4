package roundwork

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// Marks are for the marks of slashes over commitments that this wallet has paid the rent of. Their rounds were not
// read: Do checks whether they are closed yet.
func (d Duties) Marks(ctx context.Context) (steps []round.Step, err error) {
	all, err := d.Rounds.UnopenedOf(ctx, d.Rounds.Wallet())
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		steps = append(steps, round.Step{Kind: round.StepCloseUnopened, RoundID: m.RoundID, Subject: m.Validator})
	}
	return steps, nil
}

// closeMark takes the rent of a mark back once its round is closed, which it outlives so that nobody is slashed
// twice.
func (d Duties) closeMark(ctx context.Context, a *Aftermath, s round.Step) error {
	closed, err := d.Closed(ctx, a, s.RoundID)
	if err != nil || !closed {
		return err // looked for again
	}
	_, err = d.Pay.Send(ctx, s, Outlay{Owed: true}, func() (round.Receipt, error) { return d.Rounds.CloseUnopened(ctx, s.RoundID, s.Subject) })
	return unlessGone(err)
}

// Closed reports whether a round is closed. One that can be is noted, so that this wallet closes it in its turn.
func (d Duties) Closed(ctx context.Context, a *Aftermath, id uint64) (bool, error) {
	r, err := d.Rounds.Round(ctx, id)
	if errors.Is(err, chain.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err == nil && r.CanClose(nil, now) == nil {
		a.Add(id, round.StepCloseRound)
	}
	return false, err
}

// endAfter is how long after its claim period a round is left to its creator, who gets its rent.
const endAfter = time.Hour

// End closes a round whose claim period is over and whose creator has closed the vault, when it is this wallet's turn
// among those whose rent waits for it: who has a commitment there that was never revealed, the mark of a slash over one,
// or an outlier that nobody has slashed. Nobody else has a reason to. The error is the reason to come back, if there is
// one.
func (d Duties) End(ctx context.Context, id uint64) error {
	r, err := d.Rounds.Round(ctx, id)
	if err != nil {
		return unlessGone(err)
	}
	now, err := d.Rounds.Chain().Now(ctx)
	if err != nil || r.CanClose(nil, now) != nil {
		return err
	}
	if _, err := d.Rounds.Vault(ctx, id); !errors.Is(err, chain.ErrNotFound) {
		return err // nobody but the creator can close it
	}
	wallets, err := d.waiting(ctx, r)
	if err != nil || !slices.Contains(wallets, d.Rounds.Wallet()) {
		return err
	}
	if wait, err := d.dueAmong(wallets, r, r.ClaimsEnd().Add(endAfter), now, end); err != nil || wait > 0 {
		return cmp.Or(err, othersFirst(id, wait))
	}
	step := round.Step{Kind: round.StepCloseRound, RoundID: id}
	_, err = d.Pay.Send(ctx, step, Outlay{Owed: true}, func() (round.Receipt, error) { return d.Rounds.CloseRound(ctx, id) })
	return unlessGone(err)
}

// waiting are the wallets whose rent comes back only once the round is closed.
func (d Duties) waiting(ctx context.Context, r *round.Round) (wallets []solana.PublicKey, err error) {
	commitments, err := d.Rounds.Commitments(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range commitments {
		wallets = append(wallets, c.Validator)
	}
	marks, err := d.Rounds.UnopenedIn(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		wallets = append(wallets, m.Reporter)
	}
	p, err := d.read(ctx, r.ID)
	for _, v := range p.pre {
		if isUnslashed(r, v) {
			wallets = append(wallets, v.Validator)
		}
	}
	for _, v := range p.post {
		if isUnslashed(r, v) {
			wallets = append(wallets, v.Validator)
		}
	}
	return wallets, err
}

// isUnslashed reports whether a score is an outlier that nobody has slashed, as where that pays nobody.
func isUnslashed(r *round.Round, v round.Validation) bool {
	return r.CanSlash(v, solana.PublicKey{}) == nil
}

// unlessGone drops the error that says that an account is gone, since somebody else has closed it.
func unlessGone(err error) error {
	if errors.Is(err, chain.ErrNotFound) || errors.Is(err, chain.ErrAccountNotInitialized) {
		return nil
	}
	return err
}
