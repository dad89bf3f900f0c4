package validator

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

var (
	me, alice, bob = solana.PublicKey{1}, solana.PublicKey{2}, solana.PublicKey{3}
	start          = time.Unix(1_800_000_000, 0)
)

// scoring are the jobs to score some models of round 0.
func scoring(subjects ...solana.PublicKey) (jobs []job) {
	for _, s := range subjects {
		jobs = append(jobs, job{subject: s, step: stepScore})
	}
	return jobs
}

func TestNextJobs(t *testing.T) {
	terms := round.Options{Deadline: start.Add(3 * time.Hour), ValidationWindow: time.Hour, MinPrevalidations: 3, MinPostvalidations: 3}
	ofAlice, ofBob, ofMe := &round.Gradient{Trainer: alice}, &round.Gradient{Trainer: bob}, &round.Gradient{Trainer: me}
	full := &round.Gradient{Trainer: bob, Scores: make([]uint32, maxScores)}
	scoredAlice := own{pre: &round.PreValidation{}, post: []*round.PostValidation{{Trainer: alice}}}
	paid := own{pre: &round.PreValidation{RewardClaimed: true}, post: []*round.PostValidation{{Trainer: alice, RewardClaimed: true}}}
	active := round.Round{Status: round.Active, Options: terms}
	withGradients := active
	withGradients.Gradients = 2
	mine := active
	mine.Creator = me
	over := round.Round{Status: round.Finalized, FinalizedAt: start}

	for name, c := range map[string]struct {
		r         round.Round
		gradients []*round.Gradient
		own       own
		now       time.Time
		want      []job
	}{
		"a new round":                    {r: active, now: start, want: scoring(round.BaseModel)},
		"one's own round":                {r: mine, now: start},
		"submissions are over":           {r: active, now: start.Add(2 * time.Hour)},
		"base closed by a gradient":      {r: withGradients, gradients: []*round.Gradient{ofAlice, ofBob}, now: start, want: scoring(alice, bob)},
		"one is scored":                  {r: withGradients, gradients: []*round.Gradient{ofAlice, ofBob}, own: scoredAlice, now: start, want: scoring(bob)},
		"one's own gradient, a full one": {r: withGradients, gradients: []*round.Gradient{ofMe, full}, now: start},
		"finalized":                      {r: over, own: scoredAlice, now: start, want: []job{{step: stepClaim}, {subject: alice, step: stepClaim}}},
		"finalized and paid":             {r: over, own: paid, now: start},
		"finalized and paid a day ago":   {r: over, own: paid, now: start.Add(24 * time.Hour), want: []job{{step: stepClose}, {subject: alice, step: stepClose}}},
		"cancelled":                      {r: round.Round{Status: round.Cancelled}, own: scoredAlice},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, next(&c.r, c.gradients, c.own, me, c.now))
		})
	}
}

func TestNextJobsOfCommitReveal(t *testing.T) {
	r := &round.Round{Status: round.Active, CreatedAt: start, Gradients: 1, Options: round.Options{
		Deadline: start.Add(10 * time.Hour), CommitReveal: true, CommitWindow: time.Hour}}
	submitted := start.Add(3 * time.Hour)
	gradients := []*round.Gradient{{Trainer: alice, SubmittedAt: submitted}}
	sealedBase := own{seals: []*round.Commitment{{Subject: round.BaseModel}}}
	sealedAlice := own{seals: []*round.Commitment{{Subject: alice}}}
	dropped := []job{{subject: round.BaseModel, step: stepDrop}}

	for name, c := range map[string]struct {
		own  own
		now  time.Time
		want []job
	}{
		"base appears":                {own{}, start, scoring(round.BaseModel, alice)},
		"base is sealed":              {sealedBase, start.Add(59 * time.Minute), scoring(alice)},
		"base can be opened":          {sealedBase, start.Add(time.Hour), append([]job{{step: stepReveal}}, scoring(alice)...)},
		"too late to seal the base":   {own{}, start.Add(time.Hour), scoring(alice)},
		"base was never opened":       {sealedBase, start.Add(2 * time.Hour), append(dropped, scoring(alice)...)},
		"gradient can be opened":      {sealedAlice, submitted.Add(time.Hour), []job{{subject: alice, step: stepReveal}}},
		"gradient was opened":         {own{post: []*round.PostValidation{{Trainer: alice}}}, submitted.Add(time.Hour), nil},
		"too late to open a gradient": {sealedAlice, submitted.Add(2 * time.Hour), []job{{subject: alice, step: stepDrop}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, next(r, gradients, c.own, me, c.now))
		})
	}
}

func TestPolicyNamesTheTermThatItRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		policy Policy
		change func(*round.Round)
		want   string
	}{
		"accepted":                {Policy{}, func(*round.Round) {}, ""},
		"dust":                    {Policy{}, func(r *round.Round) { r.Reward = 3_199_999 }, "may not cover the fees"},
		"dust, taken":             {Policy{MinReward: 1}, func(r *round.Round) { r.Reward = 1 }, ""},
		"too little":              {Policy{MinReward: 1e9 + 1}, func(*round.Round) {}, "under the 1000000001"},
		"regression":              {Policy{}, func(r *round.Round) { r.Dataset = round.Dataset(dataset.Stsb) }, "regression"},
		"an older program":        {Policy{}, func(r *round.Round) { r.Version = 0 }, "another version"},
		"a stake that it has not": {Policy{}, func(r *round.Round) { r.Options.MinValidatorStake = 101 }, "stake of 101 lamports, this one has 100"},
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
