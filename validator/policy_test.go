package validator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestPolicyNamesTheTermThatItRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		policy Policy
		change func(*round.Round)
		want   string
	}{
		"accepted":          {Policy{}, func(*round.Round) {}, ""},
		"dust":              {Policy{}, func(r *round.Round) { r.Reward = 3_199_999 }, "may not cover the fees"},
		"dust, taken":       {Policy{MinReward: 1}, func(r *round.Round) { r.Reward = 1 }, ""},
		"too little":        {Policy{MinReward: 1e9 + 1}, func(*round.Round) {}, "under the minimum of 1000000001"},
		"regression":        {Policy{}, func(r *round.Round) { r.Dataset = round.Dataset(dataset.Stsb) }, "regression"},
		"an older program":  {Policy{}, func(r *round.Round) { r.Version = 0 }, "another version"},
		"too small a stake": {Policy{}, func(r *round.Round) { r.Options.MinValidatorStake = 101 }, "stake of 101 lamports, this one has 100"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &round.Round{ID: 7, Version: round.Version, Dataset: round.Dataset(dataset.Mnist), Reward: 1e9, ValidatorShareBps: 1000}
			c.change(r)
			err := c.policy.Refuse(r, 100)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorAs(t, err, new(*round.RefusedError))
		})
	}
}
