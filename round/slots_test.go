package round_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// inSlots makes a fair round of it that takes gradients in the slots 100 to 149.
func inSlots(r *round.Round) {
	r.Fair, r.FirstSlot = &round.FairOptions{SubmissionSlots: 50}, 100
}

func TestSubmissionSlots(t *testing.T) {
	now := opens.Add(time.Hour)
	r := scored(inSlots, gradients(1, 1))
	require.EqualValues(t, 150, r.SubmissionsCloseSlot())
	require.NoError(t, r.CanSubmit(alice, rating.Cap, now), "it does not say when it was read")
	require.NoError(t, r.SeenAt(149).CanSubmit(alice, rating.Cap, now))
	require.Equal(t, round.PhaseTraining, r.SeenAt(149).Phase(now))
	require.NotEmpty(t, round.TrainerNext(r.SeenAt(149), nil, alice, now))

	over := r.SeenAt(150)
	require.ErrorIs(t, over.CanSubmit(alice, rating.Cap, now), round.ErrSubmissionsClosed)
	require.Equal(t, round.PhaseValidating, over.Phase(now))
	require.Empty(t, round.TrainerNext(over, nil, alice, now))
	require.ErrorIs(t, over.CanSubmit(alice, rating.Cap, opens.Add(11*time.Hour)), round.ErrDeadlinePassed, "which comes first")
	require.Equal(t, round.PhaseExpired, scored(inSlots).SeenAt(150).Phase(now), "without a gradient")
	require.Equal(t, round.PhaseOverdue, over.Phase(opens.Add(12*time.Hour)), "the end of the round does not move")
	require.NoError(t, scored(inSlots).SeenAt(150).CanPrevalidate(judy, 100, now), "nor does the time for scores")

	require.Same(t, over, over.SeenAt(149), "slots only go on")
	require.Zero(t, r.Slot, "the round itself stays as it is")
	plain := scored()
	require.Same(t, plain, plain.SeenAt(1000))
	require.Zero(t, plain.SubmissionsCloseSlot())
}

// About when submissions end, for those who plan ahead.
func TestSubmissionsEnd(t *testing.T) {
	r := scored(inSlots)
	at := func(slot uint64) time.Duration { return r.SeenAt(slot).SubmissionsEnd(opens.Add(time.Hour)).Sub(opens) }
	require.Equal(t, 20*time.Second, at(0), "50 slots from its creation")
	require.Equal(t, time.Hour+4*time.Second, at(140))
	require.Equal(t, time.Hour, at(150))
	require.Equal(t, time.Hour, at(151))
	r.Fair.SubmissionSlots = 1 << 31
	require.Equal(t, 11*time.Hour, at(0), "the time for submissions ends first")
	require.Equal(t, 11*time.Hour, scored().SubmissionsEnd(opens).Sub(opens))
}

// The program closes submissions in the slot in which the rule does.
func TestSlotsMatchTheProgram(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	o := randomOptions(rng)
	o.BaseWindow, o.CommitReveal, o.MinPrevalidations, o.MinPostvalidations, o.MinValidatorStake = 0, false, 1, 1, 0
	l := newLab(t, rng, o)
	l.accepts(round.ConfigureFair{Creator: l.creator, Options: round.FairOptions{Task: round.TaskData, OutlierTolerance: 20,
		SubmissionSlots: 9, Deadline: o.Deadline}})
	l.accepts(round.Prevalidate{Accuracy: 5000, Validator: l.validators[0]})
	counts := map[string]int{}
	for range 12 {
		l.compare(counts)
		l.bank.WarpSlots(1)
	}
	require.Positive(t, counts["round.SubmitGradient -1"])
	require.Positive(t, counts["round.SubmitGradient 6034"])
}

// Client, tracker and range say in which slot they saw a round, where that matters; and find
// rounds by their task.
func TestRoundsThatTakeGradientsInSlots(t *testing.T) {
	w := newWorld(t, localnet.WithSlotTime(-1))
	ctx := t.Context()
	creator, trainer := w.actor(), w.trainer()
	_, _, err := creator.CreateRound(ctx, aRound)
	require.NoError(t, err)
	options := round.Options{Deadline: w.now().Add(time.Hour), MinPrevalidations: 1, MinPostvalidations: 1}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: sol, Options: &options,
		Fair: &round.FairOptions{Task: round.TaskData, OutlierTolerance: 20, SubmissionSlots: 200, Deadline: options.Deadline}})
	require.NoError(t, err)
	w.ok(w.actor().Prevalidate(ctx, id, 5000))

	data := round.Filter{Task: []round.Task{round.TaskData}, Status: []round.Status{round.Active}}
	tracker := creator.Track(round.Track{Filter: data})
	seen := func() (all []*round.Round) {
		t.Helper()
		one, err := creator.Round(ctx, id)
		require.NoError(t, err)
		some, err := creator.Rounds(ctx, data)
		require.NoError(t, err)
		listed, err := creator.RoundRange(ctx, id, id+1)
		require.NoError(t, err)
		look, err := tracker.Look(ctx)
		require.NoError(t, err)
		all = append(append(append(append(all, one), some...), listed...), look.Rounds...)
		require.Len(t, all, 4, "the round about heads is not among them")
		return all
	}
	for _, r := range seen() {
		require.Equal(t, round.TaskData, r.Task())
		require.Positive(t, r.Slot)
		require.Equal(t, round.PhaseTraining, r.Phase(w.now()))
	}
	w.net.WarpSlots(250)
	for _, r := range seen() {
		require.Equal(t, round.PhaseExpired, r.Phase(w.now()))
	}
	w.refused(round.ErrSubmissionsClosed)(trainer.SubmitGradient(ctx, id, gradientCID(1)))

	all, err := creator.Rounds(ctx, round.Filter{Task: []round.Task{round.TaskHeads}})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, round.TaskHeads, all[0].Task())
	require.Zero(t, all[0].Slot)
}

func TestTaskNames(t *testing.T) {
	require.Equal(t, "heads", round.TaskHeads.String())
	require.Equal(t, "data", round.TaskData.String())
	require.Equal(t, "Task(7)", round.Task(7).String())
}
