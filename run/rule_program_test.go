package run_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// TestRulesAgainstProgram lets members of a run act at random and compares the
// rules with the program: a tick changes the run exactly if TickDue says so, every
// step of Next is accepted, and whatever else anybody tries is answered as the rules
// foretell.
func TestRulesAgainstProgram(t *testing.T) {
	seen, seeds := map[string]int{}, uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for _, verification := range []run.Verification{run.Witness, run.Vote} {
		for seed := range seeds {
			t.Run(fmt.Sprint(verification, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { walk(t, verification, seed, seen) }) // the clock stands still
			})
		}
	}
	if testing.Short() {
		return
	}
	for _, state := range []run.State{run.WaitingForMembers, run.Warmup, run.RoundTrain, run.RoundWitness, run.Cooldown, run.Finished, run.Paused} {
		require.Positive(t, seen[state.String()+" due"]+seen[state.String()+" not"], state)
	}
	for _, name := range attempts {
		require.Positive(t, seen[name+" refused"], "%s was never refused", name)
		require.Positive(t, seen[name+" accepted"], "%s was never accepted", name)
	}
	for kind := run.StepReady; kind <= run.StepClaim; kind++ {
		if kind != run.StepPublish { // which the chain knows nothing of
			require.Positive(t, seen[kind.String()], kind)
		}
	}
}

func walk(t *testing.T, verification run.Verification, seed uint64, seen map[string]int) {
	rng := rand.New(rand.NewPCG(seed, uint64(verification)))
	l := newLab(t, 4, run.Spec{Treasury: run.SOL}, func(u *run.UpdateConfig) {
		u.Verification, u.Settings.TotalSteps = verification, 5
		u.Settings.Voters, u.Settings.MinStake, u.Settings.SlashBps = 1, 1_000_000, 500
		u.Settings.RunTime = time.Hour
	})
	earning := uint64(1_000)
	_, err := l.SetFutureEpochRates(t.Context(), l.r, run.SetFutureEpochRates{Earning: &earning})
	require.NoError(t, err)
	steps := 300
	if testing.Short() {
		steps = 80
	}
	for range steps {
		switch rng.IntN(10) {
		case 0:
			l.net.Warp(time.Duration(rng.IntN(25)) * time.Second)
		case 1:
			l.net.WarpSlots(uint64(rng.IntN(12)))
		case 2:
			if rng.IntN(8) == 0 {
				_, _ = l.SetPaused(t.Context(), l.r, rng.IntN(4) == 0) // refused in most states
				for range 12 {
					l.attempt(t, rng, seen)
				}
			}
		case 3, 4, 5:
			l.compareTick(t, seen)
		case 6, 7:
			l.attempt(t, rng, seen)
		default:
			l.act(t, l.members[rng.IntN(len(l.members))], rng, seen)
		}
		l.conserved(t)
	}
	for range 30 { // and to the end of the run's time
		l.net.Warp(time.Hour)
		l.compareTick(t, seen) // arms the draw anew: the slot's hash is forgotten
		l.net.WarpSlots(20)
		l.compareTick(t, seen)
	}
	require.Equal(t, run.Finished, l.view(t).Run.State)
	for range 60 {
		l.attempt(t, rng, seen)
	}
	l.conserved(t)
	rule := l.view(t).CanClose(l.Wallet())
	_, err = l.CloseRun(t.Context(), l.r)
	require.Equal(t, rule == nil, err == nil, "%v, %v", rule, err)
	if rule != nil {
		var e *run.RuleError
		require.ErrorAs(t, rule, &e)
		require.ErrorIs(t, err, e.Err)
	}
}

// compareTick ticks and requires the change that TickDue announced.
func (l *lab) compareTick(t *testing.T, seen map[string]int) {
	before := l.view(t)
	due := before.TickDue()
	_, err := l.Tick(t.Context(), l.r)
	after := l.view(t)
	if err != nil {
		require.ErrorIs(t, err, run.ErrRunHalted)
	}
	changed := *before.Run != *after.Run
	require.Equal(t, due, changed, "%s %d at %s", before.Run.State, before.Run.Phase, before.Now)
	seen[before.Run.State.String()+map[bool]string{true: " due", false: " not"}[due]]++
}

// act does one of the steps that Next names.
func (l *lab) act(t *testing.T, m *run.Client, rng *rand.Rand, seen map[string]int) {
	v := l.view(t)
	member, err := m.Member(t.Context(), l.r.Address, m.Wallet())
	require.NoError(t, err)
	steps := v.Next(m.Wallet(), member)
	if len(steps) == 0 {
		return
	}
	s := steps[rng.IntN(len(steps))]
	ballot, salt := run.Ballot{Digest: run.Digest{byte(v.Run.Round)}, Included: v.Ballots.Accepted, Score: int8(v.Run.Round%3) - 1}, [32]byte{}
	slot := v.Roster.Find(m.Wallet())
	switch s.Kind {
	case run.StepJoin:
		_, err = m.Join(t.Context(), v.Run, 2_000_000, [32]byte{})
	case run.StepReady:
		_, err = m.Ready(t.Context(), v.Run)
	case run.StepTrain:
		_, err = m.Submit(t.Context(), v.Run, run.Digest{1, byte(slot)})
	case run.StepSeen:
		_, err = m.Seen(t.Context(), v.Run, v.Ballots.Submitted)
	case run.StepCommit:
		_, err = m.Commit(t.Context(), v.Run, ballot, salt)
	case run.StepReveal:
		_, err = m.Reveal(t.Context(), v.Run, ballot, salt)
	case run.StepTick:
		_, err = m.Tick(t.Context(), v.Run)
	case run.StepSlash:
		_, err = m.Slash(t.Context(), v.Run, s.Wallet)
	case run.StepLeave:
		_, err = m.Leave(t.Context(), v.Run)
	case run.StepClaim:
		due := member.Totals.Due()
		if slot >= 0 {
			due = v.Roster.Slots[slot].Due()
		}
		_, err = m.Claim(t.Context(), v.Run, 1+rng.Uint64N(due))
	}
	require.NoError(t, err, "%s in %s", s, v.Run.State)
	seen[s.Kind.String()]++
	seen[ruleOf[s.Kind]+" accepted"]++
	if s.Kind == run.StepClaim {
		require.Less(t, l.view(t).Run.Owed, uint64(chain.LamportsPerSOL)*1_000)
	}
}
