package decloud_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/reward"
)

// stakers have that many lamports at stake each.
func stakers(t *testing.T, world *roundtest.World, n int, lamports uint64) {
	t.Helper()
	for i := range n {
		_, err := world.Player(t, fmt.Sprint("staker-", i)).Rounds.AddStake(t.Context(), lamports)
		require.NoError(t, err)
	}
}

func fairRound() decloud.LaunchOptions {
	return decloud.LaunchOptions{Package: roundtest.Package(), Reward: chain.LamportsPerSOL}
}

// The program takes the default terms of every pace, and draws a committee where enough have staked.
func TestLaunchGivesAFairRound(t *testing.T) {
	for name, pace := range map[string]decloud.Pace{"default": {}, "quick": decloud.QuickPace(), "day": decloud.DayPace(), "week": decloud.WeekPace()} {
		for stakes, want := range map[int]struct{ committee, quorum uint8 }{0: {0, 3}, 4: {0, 3}, 5: {16, 5}} {
			t.Run(fmt.Sprint(name, " with ", stakes, " stakes"), func(t *testing.T) {
				t.Parallel()
				world := roundtest.New(t)
				stakers(t, world, stakes, decloud.ValidatorStake)
				creator := world.Player(t, "creator")
				_, err := creator.Rounds.AddStake(t.Context(), decloud.ValidatorStake)
				require.NoError(t, err, "which does not count: it may not score its own round")
				o := fairRound()
				o.Pace = pace
				launched, err := creator.Launch(t.Context(), o)
				require.NoError(t, err)
				r, err := creator.Rounds.Round(t.Context(), launched.RoundID)
				require.NoError(t, err)
				if pace == (decloud.Pace{}) {
					pace = decloud.DayPace()
				}
				require.True(t, r.Sealed())
				require.Equal(t, r.Options.Deadline, r.Fair.Deadline)
				require.WithinDuration(t, r.CreatedAt.Add(pace.Paid()), r.Options.Deadline, 2*time.Second)
				require.Equal(t, pace.Opens, r.SubmissionsOpen().Sub(r.CreatedAt))
				require.WithinDuration(t, r.CreatedAt.Add(pace.Opens+pace.Submit+pace.Publish), r.ScoringStarts(), 2*time.Second)
				require.Equal(t, want.committee, r.Fair.Committee)
				require.Equal(t, [2]uint8{want.quorum, want.quorum}, [2]uint8{r.Options.MinPrevalidations, r.Options.MinPostvalidations})
				require.Equal(t, reward.Marginal, r.Options.RewardRule)
				require.EqualValues(t, decloud.ValidatorStake, r.Options.MinValidatorStake)
				require.EqualValues(t, 900_000, r.Bond(), "a thousandth of the trainers' part")
				require.EqualValues(t, 2*10_000/roundtest.Package().Config.Metadata.NumSamples, r.OutlierTolerance)
				require.Equal(t, launched.Terms.Options, r.Options)
				require.Equal(t, launched.Terms.Fair, r.Fair)
			})
		}
	}
}

// A committee that cannot reach its quorum is refused before anything is published or paid.
func TestLaunchRefusesACommitteeWithoutStakes(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "creator")
	stakers(t, world, 2, chain.LamportsPerSOL)
	o := fairRound()
	terms, err := p.FairTerms(t.Context(), o)
	require.NoError(t, err)
	terms.Fair.Committee = decloud.Committee
	o.Terms = &terms
	launched, err := p.Launch(t.Context(), o)
	require.ErrorIs(t, err, decloud.ErrFewStakes)
	require.ErrorContains(t, err, "need 3 scores, and 2 validators have 0.1 SOL at stake")
	require.False(t, launched.CID.Defined())

	third := world.Player(t, "third")
	_, err = third.Rounds.AddStake(t.Context(), decloud.ValidatorStake)
	require.NoError(t, err)
	terms, err = p.CountStakes(t.Context(), terms)
	require.NoError(t, err)
	require.Equal(t, 3, terms.Drawable)
	require.InDelta(t, 2.76, terms.Seats, 0.01, "two always, one with a chance of 16·0.1/2.1")
	launched, err = p.Launch(t.Context(), o)
	require.NoError(t, err)
	r, err := p.Rounds.Round(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.EqualValues(t, decloud.Committee, r.Fair.Committee)
}

// A deadline counts from the creation of a round, however long its package took to publish; one that was set stays.
func TestTermsMoveWithTheClock(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "creator")
	for name, fixed := range map[string]bool{"moved": false, "fixed": true} {
		o := fairRound()
		o.Pace = decloud.QuickPace()
		terms, err := p.FairTerms(t.Context(), o)
		require.NoError(t, err)
		want := terms.Options.Deadline.Add(10 * time.Minute)
		if fixed {
			terms.Made, want = time.Time{}, terms.Options.Deadline
		}
		o.Terms = &terms
		world.Net.Warp(10 * time.Minute)
		launched, err := p.Launch(t.Context(), o)
		require.NoError(t, err, name)
		r, err := p.Rounds.Round(t.Context(), launched.RoundID)
		require.NoError(t, err)
		require.WithinDuration(t, want, r.Options.Deadline, 2*time.Second, name)
	}
}

// Where stakes are unlocked sooner than a pace needs, the pace is refused.
func TestAPaceFitsTheCooldown(t *testing.T) {
	world := roundtest.New(t)
	o := fairRound()
	o.Pace = decloud.Pace{Submit: time.Hour, Publish: time.Minute, Commit: 91 * time.Minute}
	_, err := world.Player(t, "creator").FairTerms(t.Context(), o)
	require.ErrorContains(t, err, "committed to for 1h30m0s at most")
	o.Pace.Commit = 90 * time.Minute
	_, err = world.Player(t, "another").Launch(t.Context(), o)
	require.NoError(t, err)
}

// What the program would refuse is refused before anything is published, and by its name.
func TestTermsOutOfRangeAreNamed(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "creator")
	for _, c := range []struct {
		pace decloud.Pace
		want string
	}{
		{decloud.Pace{Submit: 15 * time.Second, Publish: time.Minute, Commit: time.Minute}, "Pace.Submit is 15s: it must be 1m20s to"},
		{decloud.Pace{Submit: time.Hour, Commit: time.Minute}, "Pace.Publish is 0s"},
		{decloud.Pace{Submit: time.Hour, Publish: 25 * time.Hour, Commit: time.Minute}, "Pace.Publish is 25h0m0s"},
		{decloud.Pace{Submit: time.Hour, Publish: time.Minute}, "Pace.Commit is 0s"},
		{decloud.Pace{Opens: -time.Second, Submit: time.Hour, Publish: time.Minute, Commit: time.Minute}, "Pace.Opens is -1s"},
		{decloud.Pace{Opens: 20 * 24 * time.Hour, Submit: 20 * 24 * time.Hour, Publish: time.Minute, Commit: time.Minute}, "Pace.Paid() is"},
	} {
		o := fairRound()
		o.Pace = c.pace
		launched, err := p.Launch(t.Context(), o)
		require.ErrorContains(t, err, c.want)
		require.False(t, launched.CID.Defined(), "nothing was published")
	}
	for _, open := range []bool{false, true} {
		o := fairRound()
		o.Reward, o.Open = 0, open
		launched, err := p.Launch(t.Context(), o)
		require.ErrorContains(t, err, "under the protocol's least, 0.000000001 SOL")
		require.False(t, launched.CID.Defined(), "nothing was published")
	}
	o := fairRound()
	o.Pace = decloud.Pace{Submit: 80 * time.Second, Publish: time.Second, Commit: time.Second}
	_, err := p.Launch(t.Context(), o)
	require.NoError(t, err, "the least of each is enough")
}

// A plain round has nothing of a fair one.
func TestLaunchOpen(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "creator")
	launched, err := p.Launch(t.Context(), newRound(0))
	require.NoError(t, err)
	r, err := p.Rounds.Round(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Nil(t, r.Fair)
	require.Zero(t, r.Options.MinValidatorStake)
	require.Equal(t, reward.Proportional, r.Options.RewardRule)
}
