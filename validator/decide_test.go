package validator

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

func TestNextWork(t *testing.T) {
	me, alice, bob := solana.PublicKey{1}, solana.PublicKey{2}, solana.PublicKey{3}
	start := time.Unix(1_800_000_000, 0)
	terms := round.Options{Deadline: start.Add(3 * time.Hour), ValidationWindow: time.Hour, MinPrevalidations: 3, MinPostvalidations: 3}
	ofAlice, ofBob, ofMe := &round.Gradient{Trainer: alice}, &round.Gradient{Trainer: bob}, &round.Gradient{Trainer: me}
	full := &round.Gradient{Trainer: bob, Scores: make([]uint32, maxScores)}
	scoredAlice := own{pre: &round.PreValidation{}, post: []*round.PostValidation{{Trainer: alice}}}
	paid := own{pre: &round.PreValidation{RewardClaimed: true}, post: []*round.PostValidation{{Trainer: alice, RewardClaimed: true}}}
	active := round.Round{Status: round.Active, Options: terms}
	withGradients := active
	withGradients.Gradients = 2
	commit := active
	commit.Options.CommitReveal = true
	mine := active
	mine.Creator = me

	for name, c := range map[string]struct {
		r         round.Round
		gradients []*round.Gradient
		own       own
		now       time.Time
		want      work
	}{
		"a new round":                    {r: active, now: start, want: work{base: true}},
		"one's own round":                {r: mine, now: start},
		"submissions are over":           {r: active, now: start.Add(2 * time.Hour)},
		"commit-reveal":                  {r: commit, now: start},
		"base closed by a gradient":      {r: withGradients, gradients: []*round.Gradient{ofAlice, ofBob}, now: start, want: work{gradients: []*round.Gradient{ofAlice, ofBob}}},
		"one is scored":                  {r: withGradients, gradients: []*round.Gradient{ofAlice, ofBob}, own: scoredAlice, now: start, want: work{gradients: []*round.Gradient{ofBob}}},
		"one's own gradient, a full one": {r: withGradients, gradients: []*round.Gradient{ofMe, full}, now: start},
		"finalized":                      {r: round.Round{Status: round.Finalized}, own: scoredAlice, want: work{claimBase: true, claims: scoredAlice.post}},
		"finalized and paid":             {r: round.Round{Status: round.Finalized}, own: paid},
		"cancelled":                      {r: round.Round{Status: round.Cancelled}, own: scoredAlice},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, next(&c.r, c.gradients, c.own, me, c.now))
		})
	}
}
