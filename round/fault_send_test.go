package round_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

var aRound = round.Spec{ModelCID: modelCID, Reward: sol}

// sending creates one round through a node with faults and checks how many rounds
// there are then.
func sending(t *testing.T, rounds int, fault func(*world, chaintest.Call) (*http.Response, error), check func(w *world, n *chaintest.Node, creator *round.Client, id uint64, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		creator := w.actor()
		n.Inject(func(c chaintest.Call) (*http.Response, error) { return fault(w, c) })
		id, _, err := creator.CreateRound(t.Context(), aRound)
		n.Inject(nil)
		check(w, n, creator, id, err)
		require.Equal(t, rounds, w.rounds())
	})
}

func works(w *world, _ *chaintest.Node, _ *round.Client, _ uint64, err error) {
	require.NoError(w, err)
}

// epoch is when time begins in a synctest bubble.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Another creator takes the id after the node has checked the transaction and
// before it lands: it fails on chain, for a fee, and the next id is tried.
func TestRoundIDIsTakenBetweenCheckAndLanding(t *testing.T) {
	sending(t, 2, func(w *world, c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.Number > 1 {
			return nil, nil
		}
		rival(w)
		c.Params[1].(map[string]any)["skipPreflight"] = true
		return c.Pass()
	}, func(w *world, _ *chaintest.Node, creator *round.Client, id uint64, err error) {
		require.NoError(w, err)
		require.EqualValues(w, 1, id)
		require.Less(w, w.balance(creator.Wallet()), uint64(999*sol-2*5000), "the failed one cost a fee")
	})
}

func TestRefusedOnChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.trainer()
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "sendTransaction" {
				c.Params[1].(map[string]any)["skipPreflight"] = true
				return c.Pass()
			}
			return nil, nil
		})
		r, err := c.CreateTrainerProfile(t.Context())
		require.ErrorIs(t, err, chain.ErrAccountInUse)
		var refusal *chain.ProgramError
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, r.Signature, refusal.Signature)
		require.False(t, r.Signature.IsZero())
		_, err = c.Transaction(t.Context(), r.Signature)
		require.ErrorIs(t, err, chain.ErrAccountInUse, "looking it up says the same")
	})
}

func TestRoundCancelledMeanwhile(t *testing.T) {
	w := newWorld(t)
	creator, validator := w.actor(), w.actor()
	id, _, err := creator.CreateRound(t.Context(), aRound)
	require.NoError(t, err)
	_, err = validator.Round(t.Context(), id)
	require.NoError(t, err)
	w.ok(creator.CancelRound(t.Context(), id))
	w.refused(round.ErrRoundNotActive)(validator.Prevalidate(t.Context(), id, 5000))
}

// Deadlines follow the chain's clock, not this machine's.
func TestClockTwoHoursOffAtTheDeadline(t *testing.T) {
	w := newWorld(t)
	w.net.Warp(2 * time.Hour)
	creator, anyone := w.actor(), w.actor()
	options := round.Options{Deadline: w.now().Add(time.Hour), MinPrevalidations: 1, MinPostvalidations: 1}
	id, _, err := creator.CreateRound(t.Context(), round.Spec{ModelCID: modelCID, Reward: sol, Options: &options})
	require.NoError(t, err)
	w.refused(round.ErrTooEarly)(anyone.ForceFinalize(t.Context(), id))
	w.net.Warp(time.Hour)
	w.ok(anyone.ForceFinalize(t.Context(), id))
	r, err := anyone.Round(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, round.Finalized, r.Status)
	require.False(t, r.FinalizedAt.Before(options.Deadline))
}

func TestAClientWithoutSignerCannotSend(t *testing.T) {
	w := newWorld(t)
	_, err := w.client(nil).CreateTrainerProfile(t.Context())
	require.ErrorIs(t, err, chain.ErrNoSigner)
}
