package roundwork

import (
	"context"
	"errors"

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
func (d Duties) closeMark(ctx context.Context, s round.Step) error {
	r, err := d.Rounds.Round(ctx, s.RoundID)
	if err != nil && !errors.Is(err, chain.ErrNotFound) {
		return err
	}
	if early := err == nil && r.CanCloseUnopened() != nil; early {
		return nil // looked for again
	}
	_, err = d.Pay.Send(ctx, s, Outlay{Owed: true}, func() (round.Receipt, error) { return d.Rounds.CloseUnopened(ctx, s.RoundID, s.Subject) })
	if errors.Is(err, chain.ErrNotFound) {
		return nil // somebody else has closed it
	}
	return err
}
