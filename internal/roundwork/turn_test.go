package roundwork

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/round"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func wallets(n int) (all []solana.PublicKey) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		var k solana.PublicKey
		for i := range k {
			k[i] = byte(rng.Uint32())
		}
		all = append(all, k)
	}
	return all
}

func TestEverybodyHasATurnOfTheirOwn(t *testing.T) {
	all := wallets(50)
	firsts := map[solana.PublicKey]bool{}
	for id := range uint64(100) {
		var waits []time.Duration
		for _, w := range all {
			wait, ok := turn(0, turnEvery, append(all, all...), w, id, finalize) // some took part more than once
			require.True(t, ok)
			if wait == 0 {
				firsts[w] = true
			}
			waits = append(waits, wait)
		}
		slices.Sort(waits)
		for i, wait := range waits {
			require.Equal(t, time.Duration(i)*turnEvery, wait)
		}
	}
	require.Greater(t, len(firsts), 30, "not the same one pays every time")
	_, ok := turn(0, turnEvery, all[1:], all[0], 7, finalize)
	require.False(t, ok, "who took no part does not pay for it")
}

// Where windows are short turns are, too: of four wallets, of which only the last one is there, that one still draws the
// committee within the window for publication.
func TestTurnsFitIntoShortWindows(t *testing.T) {
	of := func(publish, commit time.Duration) *round.Round {
		r := &round.Round{Fair: &round.FairOptions{Sealed: true, PublishWindow: publish}}
		r.Options.CommitWindow = commit
		return r
	}
	for _, window := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, time.Hour} {
		for _, r := range []*round.Round{of(window, time.Hour), of(time.Hour, window)} {
			all := wallets(4)
			for _, w := range all {
				wait, ok := turn(0, turnsOf(r), all, w, 7, draw)
				require.True(t, ok)
				require.Less(t, wait, window)
			}
		}
	}
	require.Equal(t, turnEvery, turnsOf(of(time.Hour, time.Hour)))
	require.Equal(t, turnEvery, turnsOf(new(round.Round)), "an open one")
	require.Equal(t, time.Second, turnsOf(of(time.Second, time.Second)))
}

// Whenever two look, at most one of them has its turn, and no transaction of another's is on its way.
func TestTurnsDoNotOverlap(t *testing.T) {
	all := wallets(4)
	var last time.Duration
	lastWallet := -1
	for since := -time.Minute; since < 3*time.Minute; since += time.Second {
		turns := 0
		for i, w := range all {
			wait, _ := turn(since, turnEvery, all, w, 7, slash)
			if wait > 0 {
				again, _ := turn(since+wait, turnEvery, all, w, 7, slash)
				require.Zero(t, again, "it waits until its turn, no longer and no less")
				continue
			}
			turns++
			if i != lastWallet {
				require.True(t, lastWallet < 0 || since-last > turnEvery/3)
			}
			last, lastWallet = since, i
		}
		require.LessOrEqual(t, turns, 1)
	}
	require.GreaterOrEqual(t, last, 2*time.Minute, "turns come again")
}

func TestDutiesHaveOrdersOfTheirOwn(t *testing.T) {
	all := wallets(50)
	differ := 0
	for _, w := range all {
		a, _ := turn(0, turnEvery, all, w, 7, slash, 1)
		b, _ := turn(0, turnEvery, all, w, 7, slash, 2)
		if a != b {
			differ++
		}
	}
	require.Greater(t, differ, 40)
}

// step is one in a round.
func step(kind round.StepKind, id uint64) round.Step { return round.Step{Kind: kind, RoundID: id} }

func TestRivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := Rivals{Poll: time.Second}
		require.NoError(t, v.StandBy(step(round.StepClaim, 7)))
		require.ErrorIs(t, v.Beaten(step(round.StepClaim, 7), nil), ErrRival)
		require.ErrorIs(t, v.StandBy(step(round.StepClaim, 7)), ErrRival)
		require.NoError(t, v.StandBy(step(round.StepClaim, 8)))
		time.Sleep(2 * time.Minute)
		require.NoError(t, v.StandBy(step(round.StepClaim, 7)), "the other one has left it undone")
		require.ErrorIs(t, v.StandBy(step(round.StepSlash, 7)), ErrRival, "what comes later is left to it first, too")
		time.Sleep(2 * time.Minute)
		require.NoError(t, v.StandBy(step(round.StepSlash, 7)))
		for id := range uint64(3 * maxRivals) {
			require.ErrorIs(t, v.Beaten(step(round.StepClaim, id), nil), ErrRival)
			require.LessOrEqual(t, len(v.rounds), maxRivals)
		}
	})
}

// Whoever has its turn too late at what anybody may do still does at once what only its wallet can: a score that is not
// revealed in time costs a part of the stake.
func TestABeatenDutyHoldsUpDutiesOnly(t *testing.T) {
	for _, duty := range []round.StepKind{round.StepDraw, round.StepFinalize, round.StepSlash, round.StepSettle, round.StepSlashUnopened} {
		var v Rivals
		require.ErrorIs(t, v.Beaten(step(duty, 7), nil), ErrRival)
		require.ErrorIs(t, v.StandBy(step(duty, 7)), ErrRival)
		for _, own := range []round.StepKind{round.StepSubmit, round.StepPublish, round.StepCommit, round.StepReveal, round.StepClaim} {
			require.NoError(t, v.StandBy(step(own, 7)), "%s after %s", own, duty)
		}
	}
}

// Where the faster one has committed and is gone, the other one reveals while there is time: a round's windows are two
// polls long at least.
func TestTheOtherOneRevealsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := Rivals{Poll: 30 * time.Second}
		require.ErrorIs(t, v.Beaten(step(round.StepCommit, 7), nil), ErrRival)
		require.ErrorIs(t, v.StandBy(step(round.StepReveal, 7)), ErrRival)
		time.Sleep(v.Poll / 2)
		require.NoError(t, v.StandBy(step(round.StepReveal, 7)))
		require.ErrorIs(t, v.StandBy(step(round.StepClaim, 7)), ErrRival)
	})
}

func TestTwoThatWereBothBeatenDoNotActSideBySide(t *testing.T) {
	apart := 0
	for range 100 {
		var a, b Rivals
		_, _ = a.Beaten(step(round.StepClaim, 7), nil), b.Beaten(step(round.StepClaim, 7), nil)
		if (a.rounds[7].by - b.rounds[7].by).Abs() > time.Second {
			apart++
		}
	}
	require.Greater(t, apart, 80)
}

func TestAftermath(t *testing.T) {
	var a Aftermath
	require.Empty(t, a.Steps())
	a.Add(7, 1, 2)
	a.Add(7, 1)
	require.Len(t, a.Steps(), 2)
	a.done(a.Steps()[0])
	require.Len(t, a.Steps(), 1)
}
