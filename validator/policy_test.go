package validator

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

const sol = 1_000_000_000

func TestPolicyNamesTheTermThatItRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		policy Policy
		change func(*round.Round)
		want   string
	}{
		"accepted":          {Policy{}, func(*round.Round) {}, ""},
		"dust":              {Policy{}, func(r *round.Round) { r.Reward = 4_000_000 }, "another score pays 0.00001225 SOL and costs 0.000015 in fees"},
		"dust, taken":       {Policy{AtALoss: true}, func(r *round.Round) { r.Reward = 1 }, ""},
		"too many sharers":  {Policy{}, func(r *round.Round) { r.Gradients, r.Improvement = 255, 1; r.Validations = 7000 }, "pays 0.000013998 SOL"},
		"too little":        {Policy{MinReward: 1e9 + 1}, func(*round.Round) {}, "under the minimum of 1.000000001"},
		"no time to claim":  {Policy{}, func(r *round.Round) { r.ClaimPeriod = time.Hour }, "claimed for 1h0m0s only"},
		"regression":        {Policy{}, func(r *round.Round) { r.Dataset = round.Dataset(dataset.Stsb) }, "regression"},
		"an unknown task":   {Policy{}, func(r *round.Round) { r.Fair = &round.FairOptions{Task: 7} }, "its task is Task(7), and this worker scores heads and data"},
		"open data":         {Policy{}, func(r *round.Round) { r.Fair = &round.FairOptions{Task: round.TaskData} }, "its data is public before submissions close"},
		"sealed data":       {Policy{}, func(r *round.Round) { r.Fair = &round.FairOptions{Task: round.TaskData, Sealed: true} }, ""},
		"an older program":  {Policy{}, func(r *round.Round) { r.Version = 0 }, "another version"},
		"too small a stake": {Policy{}, func(r *round.Round) { r.Options.MinValidatorStake = 21 * sol }, "stake of 21 SOL, this one has 20"},
		"stake at risk":     {Policy{}, func(r *round.Round) { r.Options.MinValidatorStake = 6 * sol }, "an outlier would cost 0.6 SOL of the stake, with 0.5 at risk already"},
		"the most":          {Policy{}, func(r *round.Round) { r.Options.MinValidatorStake = 5 * sol }, ""},
		"more allowed":      {Policy{MaxStakeAtRisk: 2 * sol}, func(r *round.Round) { r.Options.MinValidatorStake = 15 * sol }, ""},
		"a sealed test":     {Policy{}, func(r *round.Round) { r.Fair = &round.FairOptions{Sealed: true, Holdout: [32]byte{1}} }, ""},
		"a committee of 16": {Policy{}, func(r *round.Round) {
			r.Reward, r.Options.CommitReveal, r.Gradients, r.Fair = 7_200_000, true, 2, &round.FairOptions{Sealed: true, Committee: 16}
		}, "another score pays 0.0000147 SOL and costs 0.00002 in fees"},
		"many commitments": {Policy{}, func(r *round.Round) {
			r.Reward, r.Options.CommitReveal, r.Gradients, r.Commitments, r.Fair = 20_000_000, true, 2, 99, &round.FairOptions{Sealed: true}
		}, "another score pays 0.0000196 SOL and costs 0.00002 in fees"},
		"veto":           {Policy{Veto: func(*round.Round) error { return errors.New("not on Sundays") }}, func(*round.Round) {}, "round 7: not on Sundays"},
		"veto of others": {Policy{Veto: func(*round.Round) error { return nil }}, func(*round.Round) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &round.Round{ID: 7, Version: round.Version, Dataset: round.Dataset(dataset.Mnist), Reward: sol, ValidatorShareBps: 1000, FeeBps: 200,
				SlashBps: 1000, ClaimPeriod: 180 * 24 * time.Hour}
			c.change(r)
			err := c.policy.Refuse(r, Standing{Stake: 20 * sol, AtRisk: sol / 2, Fee: 5000})
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorAs(t, err, new(*round.RefusedError))
		})
	}
}
