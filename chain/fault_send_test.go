package chain_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

func TestBlockhashNotFound(t *testing.T) {
	const data = `{"err":"BlockhashNotFound","logs":[]}`
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" && c.Number == 1 {
			return c.Fail(-32002, data)
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
		require.NoError(w, err)
		require.Equal(w, 2, n.Count("sendTransaction"))
		require.GreaterOrEqual(w, n.Count("getLatestBlockhash"), 2, "signed anew")
	})
}

// The node takes the transaction and forgets it, until its blockhash expires.
func TestExpiry(t *testing.T) {
	var signatures []string
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || time.Since(epoch) > 90*time.Second {
			return nil, nil
		}
		sig := c.Signature()
		signatures = append(signatures, sig)
		return c.Result("%q", sig)
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
		require.NoError(w, err)
		require.Greater(w, len(signatures), 20, "the same bytes are sent again and again")
		distinct := map[string]bool{}
		for _, s := range signatures {
			distinct[s] = true
		}
		require.Len(w, distinct, 2, "signed anew once the first one cannot land any more")
	})
}

func TestExpiryEveryTime(t *testing.T) {
	sending(t, 0, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		return c.Result("%q", c.Signature())
	}, func(w *world, _ *chaintest.Node, _ chain.Receipt, err error) {
		require.ErrorIs(w, err, chain.ErrExpired)
		require.ErrorContains(w, err, "signed 3 times")
	})
}

func TestLandedButTheReplyWasLost(t *testing.T) {
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" {
			return c.Lose()
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
		require.NoError(w, err)
		require.Equal(w, 1, n.Count("sendTransaction"), "its signature was looked for first")
	})
}

func TestLandedButTheReplyWasTooLarge(t *testing.T) {
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		resp, err := c.Pass()
		resp.Body = &chaintest.Endless{}
		return resp, err
	}, works)
}

func TestLandedButTheReplyWas503(t *testing.T) {
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		_, err := c.Pass()
		return chaintest.Respond(503, ""), err
	}, works)
}

// For a while its status is unknown: the same bytes are sent again, which is
// harmless, and nothing new is signed.
func TestLandedButReplyAndStatusWereLost(t *testing.T) {
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		switch {
		case c.Method == "sendTransaction" && c.Number == 1:
			return c.Lose()
		case c.Method == "getSignatureStatuses" && time.Since(epoch) < 20*time.Second:
			return c.Result(`{"context":{"slot":1},"value":[null]}`)
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
		require.NoError(w, err)
		require.Greater(w, n.Count("sendTransaction"), 5)
		require.Equal(w, 1, n.Count("getLatestBlockhash"))
	})
}

// The status is unknown until after the blockhash has expired: without a last look
// for the signature, the payment would be made twice.
func TestLandedButReplyLostUntilItExpired(t *testing.T) {
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		switch {
		case c.Method == "sendTransaction" && c.Number == 1:
			return c.Lose()
		case c.Method == "getSignatureStatuses" && time.Since(epoch) < 100*time.Second:
			return chaintest.Respond(502, ""), nil
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
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
		r, err := pay(ctx, creator)
		require.ErrorIs(t, err, chain.ErrUnconfirmed)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, r.Signature.String())
		n.Inject(nil)
		found, err := creator.Transaction(t.Context(), r.Signature)
		require.NoError(t, err, "it can be looked up")
		require.EqualValues(t, 5000, found.Fee)
	})
}

// A node may ask for a longer pause than a transaction can live. The transaction is
// given up when its blockhash expires, not later.
func TestRetryAfterOfYearsEndsWithTheBlockhash(t *testing.T) {
	sending(t, 0, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" {
			return chaintest.Respond(429, "", "Retry-After", "2147483647"), nil
		}
		return nil, nil
	}, func(w *world, _ *chaintest.Node, _ chain.Receipt, err error) {
		require.ErrorIs(w, err, chain.ErrExpired)
		require.Less(w, time.Since(epoch), 10*time.Minute)
	})
}

// However often it may sign, it never waits for hours in between.
func TestPausesBetweenManySignaturesStayShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		w.route.SignAttempts = 70
		c := w.actor()
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "sendTransaction" {
				return c.Fail(-32002, `{"err":"BlockhashNotFound","logs":[]}`)
			}
			return nil, nil
		})
		began := time.Now()
		_, err := pay(t.Context(), c)
		require.ErrorIs(t, err, chain.ErrExpired)
		require.Less(t, time.Since(began), 10*time.Minute)
		require.Greater(t, time.Since(began), time.Minute)
	})
}

// Without the last height at which it can land, a transaction would seem lost at
// once, and be paid for again.
func TestBlockhashWithoutALastHeight(t *testing.T) {
	sending(t, 0, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getLatestBlockhash" {
			return c.Result(`{"context":{"slot":1},"value":{"blockhash":"11111111111111111111111111111112"}}`)
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
		require.ErrorContains(w, err, "not of the expected form")
		require.Zero(w, n.Count("sendTransaction"))
	})
}
