package round_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// played is a world with two finalized rounds, in both of which the same people
// took part.
type played struct {
	*world
	node                *chaintest.Node
	creator, alice, bob *round.Client // alice and bob validate
	trainer             *round.Client
}

func play(t *testing.T) played {
	w, n := viaNode(t)
	ctx := t.Context()
	p := played{w, n, w.actor(), w.actor(), w.actor(), w.trainer()}
	options := round.Options{Deadline: w.now().Add(time.Hour), MinPrevalidations: 2, MinPostvalidations: 2}
	for range 2 {
		id, _, err := p.creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: sol, Options: &options})
		require.NoError(t, err)
		w.ok(p.alice.Prevalidate(ctx, id, 5000))
		w.ok(p.bob.Prevalidate(ctx, id, 5000))
		w.ok(p.trainer.SubmitGradient(ctx, id, gradientCID(1)))
		w.ok(p.alice.Postvalidate(ctx, id, p.trainer.Wallet(), 6000))
		w.ok(p.bob.Postvalidate(ctx, id, p.trainer.Wallet(), 6000))
		w.ok(p.creator.FinalizeRound(ctx, id))
	}
	return p
}

// sent counts the accounts that the node sends for a query.
func (p played) sent(query func() error) (accounts int) {
	p.Helper()
	p.node.Inject(func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "getProgramAccounts" {
			return nil, nil
		}
		require.LessOrEqual(p, len(c.Params[1].(map[string]any)["filters"].([]any)), 4, "a node takes no more")
		var out struct{ Value []any }
		require.NoError(p, c.Raw(&out))
		accounts += len(out.Value)
		return nil, nil
	})
	require.NoError(p, query())
	p.node.Inject(nil)
	return accounts
}

// What an option leaves out is not even sent.
func TestQueriesAreNarrowedByTheNode(t *testing.T) {
	p := play(t)
	ctx := t.Context()
	p.ok(p.trainer.ClaimTrainer(ctx, 0))
	p.ok(p.alice.ClaimValidatorPre(ctx, 0))
	p.ok(p.alice.ClaimValidatorPost(ctx, 0, p.trainer.Wallet()))
	in, unclaimed := round.InRound, round.Unclaimed
	for name, c := range map[string]struct {
		options []round.QueryOption
		want    []uint64 // rounds
	}{
		"all":                    {nil, []uint64{0, 1}},
		"one round":              {[]round.QueryOption{in(1)}, []uint64{1}},
		"no such round":          {[]round.QueryOption{in(2)}, nil},
		"unclaimed":              {[]round.QueryOption{unclaimed()}, []uint64{1}},
		"unclaimed in one round": {[]round.QueryOption{unclaimed(), in(1)}, []uint64{1}},
		"claimed":                {[]round.QueryOption{in(0), unclaimed()}, nil},
		"the zero value":         {[]round.QueryOption{{}}, []uint64{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var rounds [3][]uint64
			sent := p.sent(func() error {
				all, err := p.trainer.GradientsOf(ctx, p.trainer.Wallet(), c.options...)
				for _, g := range all {
					rounds[0] = append(rounds[0], g.RoundID)
				}
				return err
			})
			sent += p.sent(func() error {
				all, err := p.alice.PreValidationsOf(ctx, p.alice.Wallet(), c.options...)
				for _, v := range all {
					rounds[1] = append(rounds[1], v.RoundID)
				}
				return err
			})
			sent += p.sent(func() error {
				all, err := p.alice.PostValidationsOf(ctx, p.alice.Wallet(), c.options...)
				for _, v := range all {
					rounds[2] = append(rounds[2], v.RoundID)
				}
				return err
			})
			require.Equal(t, [3][]uint64{c.want, c.want, c.want}, rounds)
			require.Equal(t, 3*len(c.want), sent)
		})
	}
	left, err := p.creator.PreValidations(ctx, 0, unclaimed())
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, p.bob.Wallet(), left[0].Validator)
	posts, err := p.creator.PostValidations(ctx, 0, unclaimed())
	require.NoError(t, err)
	require.Len(t, posts, 1)
	gradients, err := p.creator.Gradients(ctx, 0, unclaimed())
	require.NoError(t, err)
	require.Empty(t, gradients)
}

// The statement is what claiming pays, before and after.
func TestStatement(t *testing.T) {
	p := play(t)
	ctx := t.Context()
	st, err := p.creator.Statement(ctx, 0)
	require.NoError(t, err)
	paid := map[solana.PublicKey]uint64{}
	claim := func(c *round.Client, r round.Receipt, err error) {
		for _, e := range p.ok(r, err).Events {
			switch e := e.(type) {
			case round.TrainerRewardClaimed:
				paid[c.Wallet()] += e.Amount
			case round.ValidatorRewardClaimed:
				paid[c.Wallet()] += e.Amount
			}
		}
	}
	r, err := p.trainer.ClaimTrainer(ctx, 0)
	claim(p.trainer, r, err)
	for _, v := range []*round.Client{p.alice, p.bob} {
		r, err := v.ClaimValidatorPre(ctx, 0)
		claim(v, r, err)
		r, err = v.ClaimValidatorPost(ctx, 0, p.trainer.Wallet())
		claim(v, r, err)
	}
	require.Len(t, paid, 3)
	for wallet, amount := range paid {
		require.NotZero(t, amount)
		require.Equal(t, st.Net(wallet), amount)
	}
	again, err := p.creator.Statement(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, st.Remainder, again.Remainder)
	require.ElementsMatch(t, st.Lines, again.Lines)

	p.net.Warp(48 * time.Hour)
	p.ok(p.bob.CloseValidation(ctx, 0, round.BaseModel, p.bob.Wallet()))
	_, err = p.creator.Statement(ctx, 0)
	require.ErrorIs(t, err, round.ErrIncomplete)
	require.ErrorContains(t, err, "round 0: not all scores and gradients of the round are there: 1 of 1 gradients, 3 of 4 scores")
	_, err = p.creator.Statement(ctx, 7)
	require.ErrorIs(t, err, chain.ErrNotFound)
}

// The statement of an active round, also if scores and a gradient arrive while the
// accounts are read.
func TestStatementOfAnActiveRound(t *testing.T) {
	for scans, scores := range []int{2, 0, 0} { // made before they come in; of the gradients that are counted
		w, n := viaNode(t)
		ctx := t.Context()
		creator, alice, bob, one, two := w.actor(), w.actor(), w.actor(), w.trainer(), w.trainer()
		options := round.Options{Deadline: w.now().Add(time.Hour), MinPrevalidations: 1, MinPostvalidations: 1}
		id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: sol, Options: &options})
		require.NoError(t, err)
		st, err := creator.Statement(ctx, id)
		require.NoError(t, err)
		require.Empty(t, st.Lines)
		require.EqualValues(t, sol, st.Remainder)
		w.ok(alice.Prevalidate(ctx, id, 5000))
		w.ok(one.SubmitGradient(ctx, id, gradientCID(1)))
		before := n.Count("getProgramAccounts") + scans
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getProgramAccounts" && c.Number == before+1 {
				w.ok(alice.Postvalidate(ctx, id, one.Wallet(), 6000))
				w.ok(two.SubmitGradient(ctx, id, gradientCID(2)))
				w.ok(bob.Postvalidate(ctx, id, two.Wallet(), 6000))
			}
			return nil, nil
		})
		st, err = creator.Statement(ctx, id)
		require.NoError(t, err)
		lines := [3]int{}
		for _, l := range st.Lines {
			lines[l.Role]++
		}
		require.Equal(t, [3]int{reward.Trainer: 2, reward.BaseValidator: 1, reward.GradientValidator: scores}, lines)
	}
}

func TestRefusedError(t *testing.T) {
	var err error = &round.RefusedError{RoundID: 7, Reason: "its reward is too small"}
	require.EqualError(t, err, "round 7: its reward is too small")
	var refused *round.RefusedError
	require.ErrorAs(t, err, &refused)
}
