package trainer

import (
	"errors"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

var start = time.Unix(1_800_000_000, 0)

// open is a round whose base has no score yet.
func open() *round.Round {
	return &round.Round{
		ID: 7, Version: round.Version, Dataset: round.Dataset(dataset.Mnist), Reward: 100, CreatedAt: start,
		Options:     round.Options{Deadline: start.Add(3 * time.Hour), ValidationWindow: time.Hour, MinPrevalidations: 3, MinPostvalidations: 3},
		ClaimPeriod: 180 * 24 * time.Hour,
	}
}

func TestPolicyTakesNoDustByDefault(t *testing.T) {
	r := open()
	r.Reward = DefaultMinReward - 1
	require.ErrorContains(t, Policy{}.Refuse(r, 480, start), "under the minimum of 0.01")
	r.Reward++
	require.NoError(t, Policy{}.Refuse(r, 480, start))
	fees, _, _ := r.CostOfSubmitting(5000)
	r.ValidatorShareBps, r.FeeBps = 1000, 200
	require.Greater(t, r.Terms().Payment(r.Terms().TrainerPool()/round.MaxGradients).Net, fees, "an equal share pays the fees")
}

func TestPolicyAsksTheVetoLast(t *testing.T) {
	asked := 0
	p := Policy{MinReward: 1, Veto: func(r *round.Round) error { asked++; return errors.New("not on Sundays") }}
	err := p.Refuse(open(), 480, start)
	require.ErrorContains(t, err, "round 7: not on Sundays")
	require.ErrorAs(t, err, new(*round.RefusedError))
	p.MinQuorum = 4
	require.ErrorContains(t, p.Refuse(open(), 480, start), "quorums")
	require.Equal(t, 1, asked)
}

func TestPolicyNamesTheTermThatItRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		policy Policy
		change func(*round.Round)
		want   string
	}{
		"accepted":            {Policy{MinReward: 100, MaxReward: 100}, func(*round.Round) {}, ""},
		"too little":          {Policy{MinReward: 101}, func(*round.Round) {}, "reward of 0.0000001 SOL is under the minimum of 0.000000101"},
		"too much":            {Policy{MaxReward: 99}, func(*round.Round) {}, "over the limit of 0.000000099"},
		"too little, wanted":  {Policy{MinReward: 101, Wanted: func(r *round.Round) bool { return r.ID == 7 }}, func(*round.Round) {}, ""},
		"too much, wanted":    {Policy{MaxReward: 99, Wanted: func(r *round.Round) bool { return r.ID == 7 }}, func(*round.Round) {}, ""},
		"not wanted":          {Policy{MinReward: 101, Wanted: func(*round.Round) bool { return false }}, func(*round.Round) {}, "under the minimum of 0.000000101"},
		"wanted at any risk?": {Policy{Wanted: func(*round.Round) bool { return true }}, func(r *round.Round) { r.Options.MinPostvalidations = 1 }, "quorums of 3 and 1"},
		"a sealed test":       {Policy{MinReward: 100}, func(r *round.Round) { r.Fair = &round.FairOptions{Sealed: true, Holdout: [32]byte{1}} }, "has a sealed test"},
		"a trusted creator's": {Policy{MinReward: 100, Holdouts: []solana.PublicKey{{}}}, func(r *round.Round) { r.Fair = &round.FairOptions{Sealed: true, Holdout: [32]byte{1}} }, ""},
		"anybody's":           {Policy{MinReward: 100, AnyHoldout: true}, func(r *round.Round) { r.Fair = &round.FairOptions{Sealed: true, Holdout: [32]byte{1}} }, ""},
		"bond too high":       {Policy{MinReward: 100, MaxBond: 7}, func(r *round.Round) { r.Fair = &round.FairOptions{Bond: 8} }, "a bond of 0.000000008 SOL, over the limit of 0.000000007"},
		"a bond":              {Policy{MinReward: 100, MaxBond: 8}, func(r *round.Round) { r.Fair = &round.FairOptions{Bond: 8} }, ""},
		"bond by default":     {Policy{MinReward: 100}, func(r *round.Round) { r.Fair = &round.FairOptions{Bond: DefaultMaxBond + 1} }, "raise Policy.MaxBond"},
		"base quorum of 2":    {Policy{}, func(r *round.Round) { r.Options.MinPrevalidations = 2 }, "quorums of 2 and 3"},
		"quorum of 1":         {Policy{}, func(r *round.Round) { r.Options.MinPostvalidations = 1 }, "quorums of 3 and 1"},
		"quorum of 1, taken":  {Policy{MinQuorum: 1}, func(r *round.Round) { r.Options.MinPostvalidations = 1 }, ""},
		"regression":          {Policy{}, func(r *round.Round) { r.Dataset = round.Dataset(dataset.Stsb) }, "regression"},
		"an unknown data set": {Policy{}, func(r *round.Round) { r.Dataset = 200 }, ""},
		"too few stars":       {Policy{}, func(r *round.Round) { r.MinRating = 481 }, "wants trainers of 4.81"},
		"just enough stars":   {Policy{}, func(r *round.Round) { r.MinRating = 480 }, ""},
		"a perfect base":      {Policy{}, func(r *round.Round) { r.BaseAccuracy = 10_000 }, "nothing can be earned"},
		"no time to claim":    {Policy{}, func(r *round.Round) { r.ClaimPeriod = time.Hour }, "claimed for 1h0m0s only"},
		"too little time":     {Policy{MinTime: 121 * time.Minute}, func(*round.Round) {}, "in less than 2h1m"},
		"data, not heads":     {Policy{}, func(r *round.Round) { r.Fair = &round.FairOptions{Task: round.TaskData} }, "its task is data, and this worker submits heads"},
		"data, as wanted":     {Policy{Task: round.TaskData}, func(r *round.Round) { r.Fair = &round.FairOptions{Task: round.TaskData} }, ""},
		"an older program":    {Policy{}, func(r *round.Round) { r.Version = 0 }, "another version"},
	} {
		t.Run(name, func(t *testing.T) {
			r := open()
			c.change(r)
			if c.policy.MinReward == 0 {
				c.policy.MinReward = 1
			}
			err := c.policy.Refuse(r, 480, start)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "round 7")
			require.ErrorAs(t, err, new(*round.RefusedError))
		})
	}
}

// fair is a round as decloud.Client.FairTerms makes them.
func fair() *round.Round {
	r := open()
	r.Options.CommitReveal, r.Options.CommitWindow, r.Options.MinValidatorStake, r.Options.RewardRule = true, 5*time.Minute, 1, reward.Marginal
	r.Fair, r.OutlierTolerance = &round.FairOptions{Sealed: true, PublishWindow: 5 * time.Minute}, 20
	return r
}

// Each demand is refused by name, and met by a fair round.
func TestPolicyDemandsTerms(t *testing.T) {
	demands := FairTerms()
	demands.Rules, demands.MaxTolerance = []reward.Rule{reward.Marginal}, 20
	for name, c := range map[string]struct {
		change func(*round.Round)
		terms  Terms
		want   string
	}{
		"a fair round":            {func(*round.Round) {}, demands, ""},
		"nothing is demanded":     {func(r *round.Round) { *r = *open() }, Terms{}, ""},
		"open":                    {func(r *round.Round) { r.Fair = nil }, demands, "it is not sealed"},
		"plain scores":            {func(r *round.Round) { r.Options.CommitReveal = false }, demands, "do not commit to scores"},
		"no stake":                {func(r *round.Round) { r.Options.MinValidatorStake = 0 }, demands, "too little to lose"},
		"another rule":            {func(r *round.Round) { r.Options.RewardRule = reward.Proportional }, demands, "its reward rule, proportional"},
		"short windows":           {func(r *round.Round) { r.Options.CommitWindow = 59 * time.Second }, demands, "its windows are 59s only"},
		"little time to publish":  {func(r *round.Round) { r.Fair.PublishWindow = time.Second }, demands, "its windows are 1s only"},
		"a wide tolerance":        {func(r *round.Round) { r.OutlierTolerance = 21 }, demands, "too far from the median"},
		"no committee":            {func(*round.Round) {}, Terms{Committee: true}, "not drawn by lot"},
		"a committee":             {func(r *round.Round) { r.Fair.Committee = 16 }, Terms{Committee: true}, ""},
		"windows of plain rounds": {func(r *round.Round) { *r = *open() }, Terms{MinWindow: time.Hour}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := fair()
			c.change(r)
			err := Policy{MinReward: 1, Terms: &c.terms}.Refuse(r, 480, start)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "change Policy.Terms")
			require.ErrorAs(t, err, new(*round.RefusedError))
		})
	}
}
