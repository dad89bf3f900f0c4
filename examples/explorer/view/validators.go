package view

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/round"
)

// maxStakes is how many stakes are listed, the largest first.
const maxStakes = 200

// Stakes are the validators that have something at stake.
type Stakes struct {
	Chain  Chain   `json:"chain"`
	Total  Amount  `json:"total"`
	Count  int     `json:"count"`
	Stakes []Stake `json:"stakes"`
}

// Stake is a validator's.
type Stake struct {
	Address   string     `json:"address"`
	Validator string     `json:"validator"`
	Amount    Amount     `json:"amount"`
	Unlocking Amount     `json:"unlocking"`
	UnlockAt  *time.Time `json:"unlock_at"`
	Slashed   Amount     `json:"slashed"`
}

// Stakes reads what validators have at stake, the largest first.
func (r *Reader) Stakes(ctx context.Context) (Stakes, error) {
	if r.Rounds == nil {
		return Stakes{}, fmt.Errorf("no round program is set: %w", ErrUnknown)
	}
	c, err := r.chain(ctx)
	if err != nil {
		return Stakes{}, err
	}
	all, err := r.Rounds.Stakes(ctx)
	if err != nil {
		return Stakes{}, err
	}
	v := Stakes{Chain: c, Count: len(all), Stakes: []Stake{}}
	slices.SortFunc(all, func(a, b *round.Stake) int {
		return cmp.Or(cmp.Compare(b.Amount, a.Amount), cmp.Compare(a.Validator.String(), b.Validator.String()))
	})
	for i, s := range all {
		v.Total += Amount(s.Amount)
		if i < maxStakes {
			one := Stake{Address: s.Address.String(), Validator: s.Validator.String(), Amount: Amount(s.Amount), Unlocking: Amount(s.Unlocking), Slashed: Amount(s.Slashed)}
			if s.Unlocking > 0 {
				one.UnlockAt = moment(s.UnlockAt)
			}
			v.Stakes = append(v.Stakes, one)
		}
	}
	return v, nil
}
