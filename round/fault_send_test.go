package round_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

var aRound = round.Spec{ModelCID: modelCID, Reward: sol}

// sending creates one round through a node with faults and checks how many came
// of it.
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

func TestBlockhashNotFound(t *testing.T) {
	const data = `{"err":"BlockhashNotFound","logs":[]}`
	sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" && c.Number == 1 {
			return c.Fail(-32002, data)
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ *round.Client, _ uint64, err error) {
		require.NoError(w, err)
		require.Equal(w, 2, n.Count("sendTransaction"))
		require.GreaterOrEqual(w, n.Count("getLatestBlockhash"), 2, "signed anew")
	})
}

// The node takes the transaction and forgets it, until its blockhash expires.
func TestExpiry(t *testing.T) {
	var signatures []string
	sending(t, 1, func(w *world, c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || time.Since(epoch) > 90*time.Second {
			return nil, nil
		}
		sig := c.Signature()
		signatures = append(signatures, sig)
		return c.Result("%q", sig)
	}, func(w *world, n *chaintest.Node, _ *round.Client, _ uint64, err error) {
		require.NoError(w, err)
		require.Greater(w, len(signatures), 20, "the same bytes are sent again and again")
		distinct := map[string]bool{}
		for _, s := range signatures {
			distinct[s] = true
		}
		require.Len(w, distinct, 2, "signed anew once the first one cannot land any more")
	})
}

// epoch is when time begins in a synctest bubble.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func signatureOf(w *world, c chaintest.Call) string {
	raw, err := base64.StdEncoding.DecodeString(c.Params[0].(string))
	require.NoError(w, err)
	tx, err := solana.TransactionFromBytes(raw)
	require.NoError(w, err)
	return tx.Signatures[0].String()
}

func TestExpiryEveryTime(t *testing.T) {
	sending(t, 0, func(w *world, c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		return c.Result("%q", c.Signature())
	}, func(w *world, _ *chaintest.Node, _ *round.Client, _ uint64, err error) {
		require.ErrorIs(w, err, chain.ErrExpired)
		require.ErrorContains(w, err, "signed 3 times")
	})
}

// lose lets the chain have the call and loses its answer.
func lose(c chaintest.Call) (*http.Response, error) {
	if _, err := c.Pass(); err != nil {
		return nil, err
	}
	return nil, chaintest.ErrLine
}

func TestLandedButTheReplyWasLost(t *testing.T) {
	sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" {
			return c.Lose()
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ *round.Client, _ uint64, err error) {
		require.NoError(w, err)
		require.Equal(w, 1, n.Count("sendTransaction"), "its signature was looked for first")
	})
}

func TestLandedButTheReplyWasTooLarge(t *testing.T) {
	sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		resp, err := c.Pass()
		resp.Body = &chaintest.Endless{}
		return resp, err
	}, works)
}

func TestLandedButTheReplyWas503(t *testing.T) {
	sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		_, err := c.Pass()
		return chaintest.Respond(503, ""), err
	}, works)
}

// For a while, nobody can say what became of it: the same bytes are sent again,
// which is harmless, and nothing new is signed.
func TestLandedButReplyAndStatusWereLost(t *testing.T) {
	sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
		switch {
		case c.Method == "sendTransaction" && c.Number == 1:
			return c.Lose()
		case c.Method == "getSignatureStatuses" && time.Since(epoch) < 20*time.Second:
			return c.Result(`{"context":{"slot":1},"value":[null]}`)
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ *round.Client, _ uint64, err error) {
		require.NoError(w, err)
		require.Greater(w, n.Count("sendTransaction"), 5)
		require.Equal(w, 1, n.Count("getLatestBlockhash"))
	})
}

// The status cannot be had until after the blockhash has expired: without a
// last look, a second round would be made.
func TestLandedButReplyLostUntilItExpired(t *testing.T) {
	sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
		switch {
		case c.Method == "sendTransaction" && c.Number == 1:
			return c.Lose()
		case c.Method == "getSignatureStatuses" && time.Since(epoch) < 100*time.Second:
			return chaintest.Respond(502, ""), nil
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ *round.Client, _ uint64, err error) {
		require.NoError(w, err)
		require.Equal(w, 1, n.Count("getLatestBlockhash"), "nothing new was signed")
	})
}

func TestTheContextEndsBeforeItIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		creator := w.actor()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			switch c.Method {
			case "sendTransaction":
				return c.Lose()
			case "getSignatureStatuses":
				return c.Result(`{"context":{"slot":1},"value":[null]}`)
			}
			return nil, nil
		})
		_, r, err := creator.CreateRound(ctx, aRound)
		require.ErrorIs(t, err, chain.ErrUnconfirmed)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, r.Signature.String())
		n.Inject(nil)
		found, err := creator.Transaction(t.Context(), r.Signature)
		require.NoError(t, err, "it can be looked up")
		require.Contains(t, found.Events, round.RoundCreated{Creator: creator.Wallet(), Reward: sol})
	})
}

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

// Deadlines go by the chain's clock, whatever the one on the wall says.
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
