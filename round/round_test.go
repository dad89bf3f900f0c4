package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// A whole round with the client alone: every verb, every query, the events, and
// everybody's final balance.
func TestWholeRound(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator, alice, bob := w.actor(), w.actor(), w.actor()
	good, bad := w.trainer(), w.trainer()

	options := round.Options{Deadline: w.now().Add(time.Hour), ValidationWindow: time.Minute, MinPrevalidations: 2, MinPostvalidations: 2}
	id, created, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: sol, Options: &options})
	require.NoError(t, err)
	require.Zero(t, id)
	require.NotZero(t, created.Fee)
	require.Equal(t, []round.Event{
		round.RoundCreated{RoundID: 0, Creator: creator.Wallet(), Dataset: 2, Reward: sol},
		round.RoundConfigured{RoundID: 0, Options: options},
	}, created.Events)

	r, err := alice.Round(ctx, id)
	require.NoError(t, err)
	require.Equal(t, options, r.Options)
	require.Equal(t, modelCID, r.ModelCID)
	require.Equal(t, round.Active, r.Status)
	require.Equal(t, rating.Floor, r.MinRating)
	require.EqualValues(t, round.Version, r.Version)

	w.ok(alice.Prevalidate(ctx, id, 5000))
	w.refused(round.ErrNoPrevalidation)(good.SubmitGradient(ctx, id, gradientCID(1)))
	w.ok(bob.Prevalidate(ctx, id, 5000))
	w.ok(good.SubmitGradient(ctx, id, gradientCID(1)))
	w.ok(bad.SubmitGradient(ctx, id, gradientCID(2)))
	for _, v := range []*round.Client{alice, bob} {
		w.ok(v.Postvalidate(ctx, id, good.Wallet(), 6000))
		w.ok(v.Postvalidate(ctx, id, bad.Wallet(), 4000))
	}
	w.refused(round.ErrRoundNotFinalized)(good.ClaimTrainer(ctx, id))
	w.ok(creator.FinalizeRound(ctx, id))

	gradients, err := creator.Gradients(ctx, id)
	require.NoError(t, err)
	require.Len(t, gradients, 2)
	require.Equal(t, gradientCID(1), gradients[0].CID)
	require.Equal(t, []uint32{6000, 6000}, gradients[0].Scores)
	require.EqualValues(t, 1000, gradients[0].Improvement)
	require.Zero(t, gradients[1].Improvement)

	claimed := w.ok(good.ClaimTrainer(ctx, id))
	require.Contains(t, claimed.Events, round.TrainerRewardClaimed{RoundID: id, Trainer: good.Wallet(), Amount: 882_000_000, Improvement: 1000})
	w.refused(round.ErrRewardAlreadyClaimed)(good.ClaimTrainer(ctx, id))
	settled := w.ok(alice.SettleRating(ctx, id, bad.Wallet()))
	require.Equal(t, []round.Event{round.RatingSettled{RoundID: id, Trainer: bad.Wallet(), Old: 500, New: 499}}, settled.Events)
	w.refused(round.ErrAlreadySettled)(alice.SettleRating(ctx, id, bad.Wallet()))
	profile, err := bad.Profile(ctx, bad.Wallet())
	require.NoError(t, err)
	require.Equal(t, rating.Profile{Stars: 499, Total: 1, Slashed: 1}, profile.Profile)

	for _, v := range []*round.Client{alice, bob} {
		w.ok(v.ClaimValidatorPre(ctx, id))
		w.ok(v.ClaimValidatorPost(ctx, id, good.Wallet()))
		w.ok(v.ClaimValidatorPost(ctx, id, bad.Wallet()))
	}
	vault, err := creator.Vault(ctx, id)
	require.NoError(t, err)
	r, err = creator.Round(ctx, id)
	require.NoError(t, err)
	remainder, err := vault.Remainder(r.Shares())
	require.NoError(t, err)
	last := w.ok(creator.WithdrawRemainder(ctx, id))
	require.Equal(t, []round.Event{round.RemainderWithdrawn{RoundID: id, Amount: remainder, Closed: true}}, last.Events)
	_, err = creator.Vault(ctx, id)
	require.ErrorIs(t, err, chain.ErrNotFound)
}

func TestQueries(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	one, two, reader := w.actor(), w.actor(), w.actor()
	for i, c := range []*round.Client{one, two, one} {
		_, _, err := c.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: round.Dataset(i % 2), Reward: uint64(i+1) * 1000})
		require.NoError(t, err)
	}
	w.ok(one.CancelRound(ctx, 0))
	w.ok(reader.Prevalidate(ctx, 1, 10))
	w.ok(reader.Prevalidate(ctx, 2, 20))

	for name, c := range map[string]struct {
		filter round.Filter
		want   []uint64
	}{
		"all":         {round.Filter{}, []uint64{0, 1, 2}},
		"status":      {round.Filter{Status: []round.Status{round.Active}}, []uint64{1, 2}},
		"any status":  {round.Filter{Status: []round.Status{round.Cancelled, round.Active}}, []uint64{0, 1, 2}},
		"creator":     {round.Filter{Creator: two.Wallet()}, []uint64{1}},
		"data set":    {round.Filter{Dataset: []round.Dataset{0}}, []uint64{0, 2}},
		"min. reward": {round.Filter{MinReward: 2000}, []uint64{1, 2}},
		"max. reward": {round.Filter{MaxReward: 2000}, []uint64{0, 1}},
		"together":    {round.Filter{Creator: one.Wallet(), Dataset: []round.Dataset{0}, Status: []round.Status{round.Active}}, []uint64{2}},
	} {
		t.Run(name, func(t *testing.T) {
			rounds, err := reader.Rounds(ctx, c.filter)
			require.NoError(t, err)
			var ids []uint64
			for _, r := range rounds {
				ids = append(ids, r.ID)
			}
			require.Equal(t, c.want, ids)
		})
	}
	mine, err := reader.PreValidationsOf(ctx, reader.Wallet())
	require.NoError(t, err)
	require.Len(t, mine, 2)
	require.EqualValues(t, 20, mine[1].Accuracy)
	of, err := one.PreValidations(ctx, 1)
	require.NoError(t, err)
	require.Len(t, of, 1)
	require.Equal(t, reader.Wallet(), of[0].Validator)
}

func TestRefusalsAreTyped(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator, validator := w.actor(), w.actor()
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: sol})
	require.NoError(t, err)
	w.refused(round.ErrTooEarly)(validator.ForceFinalize(ctx, id))
	w.refused(round.ErrConflictOfInterest)(creator.Prevalidate(ctx, id, 1))
	w.refused(round.ErrArgument)(validator.Prevalidate(ctx, id, 10_001))
	w.refused(round.ErrArgument)(validator.Send(ctx, nil))
	w.refused(chain.ErrNotFound)(validator.Prevalidate(ctx, id+1, 1))
	w.refused(chain.ErrConstraintHasOne)(validator.CancelRound(ctx, id))

	_, err = validator.ForceFinalize(ctx, id)
	var refusal *chain.ProgramError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, round.LocalProgram, refusal.Program)
	require.EqualValues(t, round.ErrTooEarly, refusal.Code)
	require.NotEmpty(t, refusal.Logs)
	require.True(t, refusal.Signature.IsZero(), "refused before it was processed")
	require.ErrorContains(t, err, "wait for the deadline")
}

func TestTooFewLamports(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.actor().CreateRound(t.Context(), round.Spec{ModelCID: modelCID, Reward: 5000 * sol})
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)

	key, err := chain.NewKeypair()
	require.NoError(t, err)
	penniless := w.client(key)
	_, err = penniless.CreateTrainerProfile(t.Context())
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)
	require.ErrorContains(t, err, "fund the wallet")
}

// Many creators at once: each gets exactly one id.
func TestRoundIDRace(t *testing.T) {
	w := newWorld(t)
	const creators = 8
	type result struct {
		id  uint64
		err error
	}
	results := make(chan result, creators)
	for range creators {
		c := w.actor()
		go func() {
			id, _, err := c.CreateRound(t.Context(), round.Spec{ModelCID: modelCID, Reward: sol})
			results <- result{id, err}
		}()
	}
	ids := map[uint64]bool{}
	for range creators {
		r := <-results
		require.NoError(t, r.err)
		ids[r.id] = true
	}
	require.Len(t, ids, creators)
	all, err := w.actor().Rounds(t.Context(), round.Filter{})
	require.NoError(t, err)
	require.Len(t, all, creators)
}

// The same instruction twice is two transactions, even within one blockhash.
func TestSameInstructionTwiceIsTwoTransactions(t *testing.T) {
	w := newWorld(t)
	creator := w.actor()
	id, _, err := creator.CreateRound(t.Context(), round.Spec{ModelCID: modelCID, Reward: sol})
	require.NoError(t, err)
	options := round.Options{Deadline: w.now().Add(3 * time.Hour), MinPrevalidations: 1, MinPostvalidations: 1}
	seen := map[solana.Signature]bool{}
	for range 3 {
		seen[w.ok(creator.ConfigureRound(t.Context(), id, options)).Signature] = true
	}
	require.Len(t, seen, 3)
}

func TestSimulateChangesNothing(t *testing.T) {
	w := newWorld(t)
	c := w.trainer()
	before := w.balance(c.Wallet())
	create := round.CreateRound{ModelCID: modelCID, Reward: sol, MinRating: rating.Floor, Creator: c.Wallet()}
	s, err := c.Simulate(t.Context(), create)
	require.NoError(t, err)
	require.NotZero(t, s.ComputeUnits)
	require.Equal(t, []round.Event{round.RoundCreated{Creator: c.Wallet(), Reward: sol}}, s.Events)
	create.RoundID = 5
	s, err = c.Simulate(t.Context(), create)
	require.ErrorIs(t, err, round.ErrInvalidRoundID)
	require.NotEmpty(t, s.Logs)
	require.Equal(t, before, w.balance(c.Wallet()))
	require.Zero(t, w.rounds())
}
