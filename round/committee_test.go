package round_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// drawnRound is a round with a committee of 16, drawn from a total stake, in its first sitting.
func drawnRound(total uint64) (r *round.Round, now time.Time) {
	now = time.Unix(10_000, 0)
	return &round.Round{Version: round.Version, Gradients: 1, TotalStake: total, Drawn: true,
		Options: round.Options{Deadline: now, CommitWindow: time.Minute}, Fair: &round.FairOptions{Sealed: true, Committee: 16}}, now
}

func smallStake(validator uint64, amount uint64) *round.Stake {
	s := &round.Stake{Amount: amount, Since: time.Unix(1, 0)}
	binary.LittleEndian.PutUint64(s.Validator[:], validator)
	return s
}

// How often attackers with a part of all stakes get as many seats of a committee of 16 as everybody else together: in 2.6 %
// of draws with a quarter of the stakes and in 11 % with a third, of many small ones.
func TestAttackersInTheCommittee(t *testing.T) {
	const validators = 480
	draws := 4000
	if testing.Short() {
		draws = 400
	}
	for _, test := range []struct {
		attackers int
		figure    float64 // where the stakes are ever so small
	}{{validators / 4, 0.0264}, {validators / 3, 0.1106}} {
		r, now := drawnRound(validators * sol)
		require.InDelta(t, test.figure, atLeast(poisson(16*float64(test.attackers)/validators), poisson(16-16*float64(test.attackers)/validators)), 5e-5)
		exact := atLeast(binomial(test.attackers, 16./validators), binomial(validators-test.attackers, 16./validators))
		require.InDelta(t, test.figure, exact, 0.004)
		rng := rand.New(rand.NewPCG(3, 16))
		won := 0
		for range draws {
			var seats [2]int
			binary.LittleEndian.PutUint64(r.Seed[:], rng.Uint64())
			for v := range validators {
				if r.InCommittee(smallStake(uint64(v), sol), now) == nil {
					seats[map[bool]int{true: 1}[v < test.attackers]]++
				}
			}
			if seats[1] >= seats[0] {
				won++
			}
		}
		deviation := math.Sqrt(exact * (1 - exact) / float64(draws))
		require.InDelta(t, exact, float64(won)/float64(draws), 4*deviation, "%d attackers", test.attackers)
	}
}

// atLeast is the chance that the first number is not below the second.
func atLeast(a, b []float64) (p float64) {
	below := 0.0
	for i := range min(len(a), len(b)) {
		below += b[i]
		p += a[i] * below
	}
	return p
}

func poisson(mean float64) (p []float64) {
	at := math.Exp(-mean)
	for i := range 80 {
		p = append(p, at)
		at *= mean / float64(i+1)
	}
	return p
}

func binomial(n int, chance float64) (p []float64) {
	at := math.Pow(1-chance, float64(n))
	for i := range min(n, 80) {
		p = append(p, at)
		at *= float64(n-i) / float64(i+1) * chance / (1 - chance)
	}
	return p
}

// A stake in one piece has the chances that it has in many, a sixteenth of all is always drawn, and later sittings have more
// seats.
func TestChancesInTheCommittee(t *testing.T) {
	r, now := drawnRound(1600 * sol)
	rng := rand.New(rand.NewPCG(4, 16))
	const draws = 20_000
	for stake, want := range map[uint64]float64{sol: 0.01, 25 * sol: 0.25, 100 * sol: 1, 101 * sol: 1, 0: 0} {
		hits := 0
		for range draws {
			binary.LittleEndian.PutUint64(r.Seed[:], rng.Uint64())
			if r.InCommittee(smallStake(7, stake), now) == nil {
				hits++
			}
		}
		require.InDelta(t, want, float64(hits)/draws, 4*math.Sqrt(want*(1-want)/draws)+1e-12, "%d", stake)
	}
	later := now.Add(2 * 2 * time.Minute) // the third sitting: four times the seats
	require.NoError(t, r.InCommittee(smallStake(7, 25*sol), later))
	require.ErrorIs(t, r.InCommittee(smallStake(7, 25*sol), now.Add(-time.Second)), round.ErrNotEligible)
}

func TestWhoIsTooLateForTheCommittee(t *testing.T) {
	r, now := drawnRound(sol)
	s := smallStake(1, sol)
	require.NoError(t, r.InCommittee(s, now))
	s.Since = r.SubmissionsClose()
	require.ErrorIs(t, r.InCommittee(s, now), round.ErrNotEligible)
	s.Since = r.SubmissionsClose().Add(-time.Second)
	require.NoError(t, r.InCommittee(s, now))
	s.Since = time.Time{} // from before there were committees
	require.ErrorIs(t, r.InCommittee(s, now), round.ErrNotEligible)
	r.Drawn = false
	require.ErrorIs(t, r.InCommittee(s, now), round.ErrNotDrawn)
	r.Fair.Committee = 0
	require.NoError(t, r.InCommittee(s, now))
}

// Stakes and commitments are read in both of their sizes.
func TestAccountsFromBeforeThereWereCommittees(t *testing.T) {
	w := newWorld(t)
	ann := w.actor()
	w.ok(ann.AddStake(t.Context(), sol))
	address := round.Addresses{Program: round.LocalProgram}.Stake(ann.Wallet())
	a, _ := w.net.Account(address)
	s, err := round.DecodeStake(address, a.Data)
	require.NoError(t, err)
	require.Equal(t, w.now(), s.Since)
	old, err := round.DecodeStake(address, a.Data[:73])
	require.NoError(t, err)
	s.Since = time.Time{}
	require.Equal(t, s, old)
	for _, size := range []int{72, 74, 80} {
		_, err = round.DecodeStake(address, a.Data[:size])
		require.ErrorIs(t, err, chain.ErrShortAccount)
	}
}

// A sealed round with a committee, by the client alone: it is drawn with two calls, who was not drawn is refused, and who
// commits and never reveals is reported.
func TestCommitteeAndUnrevealedCommitments(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator, trainer, late := w.actor(), w.trainer(), w.actor()
	judges := []*round.Client{w.actor(), w.actor(), w.actor()}
	for _, v := range judges {
		w.ok(v.AddStake(ctx, 10*sol))
	}
	options := round.Options{Deadline: w.now().Add(time.Hour), ValidationWindow: 10 * time.Minute, CommitWindow: time.Minute,
		MinPrevalidations: 3, MinPostvalidations: 3, CommitReveal: true, MinValidatorStake: 10 * sol}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: sol, Options: &options})
	require.NoError(t, err)
	w.ok(creator.ConfigureFair(ctx, id, round.FairOptions{Sealed: true, Committee: 3, OutlierTolerance: 20, PublishWindow: time.Minute, Deadline: options.Deadline}))
	w.ok(trainer.SubmitSealed(ctx, id, gradientCID(1)))
	r, err := creator.Round(ctx, id)
	require.NoError(t, err)
	w.net.Warp(r.SubmissionsClose().Sub(w.now()))
	w.ok(late.AddStake(ctx, 10*sol))
	require.Empty(t, w.ok(late.DrawCommittee(ctx, id)).Events)
	w.net.WarpSlots(2)
	drawn := w.ok(judges[0].DrawCommittee(ctx, id))
	r, err = creator.Round(ctx, id)
	require.NoError(t, err)
	require.True(t, r.Drawn)
	require.Equal(t, []round.Event{round.CommitteeDrawn{RoundID: id, TotalStake: 40 * sol, Seed: r.Seed}}, drawn.Events)
	w.refused(round.ErrAlreadyDrawn)(late.DrawCommittee(ctx, id))

	w.net.Warp(r.SittingStarts(2).Sub(w.now())) // all three have a seat by then
	w.refused(round.ErrNotEligible)(late.CommitSealed(ctx, id, trainer.Wallet(), 6000))
	for _, subject := range []solana.PublicKey{round.BaseModel, trainer.Wallet()} {
		for _, v := range judges {
			w.ok(v.CommitSealed(ctx, id, subject, 6000))
		}
	}
	w.net.Warp(r.ScoringEnds().Sub(w.now()))
	w.ok(late.ForceFinalize(ctx, id))
	lazy := judges[0].Wallet()
	first := w.ok(late.SlashCommitment(ctx, id, trainer.Wallet(), lazy))
	require.Contains(t, first.Events, round.CommitmentSlashed{RoundID: id, Subject: trainer.Wallet(), Validator: lazy, Reporter: late.Wallet(),
		Amount: sol, ReporterAmount: sol / 10})
	mark, err := late.Unopened(ctx, id, lazy)
	require.NoError(t, err)
	require.EqualValues(t, sol, mark.Slashed)
	second := w.ok(judges[0].SlashCommitment(ctx, id, round.BaseModel, lazy))
	require.Equal(t, []round.Event{round.CommitmentSlashed{RoundID: id, Validator: lazy, Reporter: lazy}}, second.Events)
	w.refused(round.ErrConflictOfInterest)(judges[1].SlashCommitment(ctx, id, round.BaseModel, judges[1].Wallet()))
	w.refused(round.ErrTooEarly)(judges[1].CloseCommitment(ctx, id, round.BaseModel))
	w.refused(round.ErrTooEarly)(late.CloseUnopened(ctx, id, lazy))

	w.net.Warp(r.ClaimPeriod + time.Second)
	w.ok(creator.WithdrawRemainder(ctx, id))
	w.ok(late.CloseRound(ctx, id))
	w.ok(judges[1].CloseCommitment(ctx, id, round.BaseModel))
	w.ok(judges[1].CloseUnopened(ctx, id, lazy))
}
