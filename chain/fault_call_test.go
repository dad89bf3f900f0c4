package chain_test

import (
	"context"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// first injects a fault into the first calls only.
func first(times int, fault func(chaintest.Call) (*http.Response, error)) func(chaintest.Call) (*http.Response, error) {
	return func(c chaintest.Call) (*http.Response, error) {
		if c.Number > times {
			return nil, nil
		}
		return fault(c)
	}
}

// reading runs one query through a node with a fault, and returns how long it took
// by the clock of the bubble.
func reading(t *testing.T, fault func(chaintest.Call) (*http.Response, error), check func(t *testing.T, took time.Duration, calls int, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		n.Inject(fault)
		began := time.Now()
		_, err := c.Balance(t.Context(), c.Wallet())
		check(t, time.Since(began), n.Count("getBalance"), err)
	})
}

func TestTooManyRequestsWithRetryAfter(t *testing.T) {
	fault := first(2, func(chaintest.Call) (*http.Response, error) {
		return chaintest.Respond(429, "slow down", "Retry-After", "7"), nil
	}) //nolint:bodyclose // the client closes it
	reading(t, fault, func(t *testing.T, took time.Duration, calls int, err error) {
		require.NoError(t, err)
		require.Equal(t, 3, calls)
		require.Equal(t, 14*time.Second, took)
	})
}

func TestTooManyRequestsWithRetryAfterDate(t *testing.T) {
	fault := first(1, func(chaintest.Call) (*http.Response, error) { //nolint:bodyclose // the client closes it
		return chaintest.Respond(429, "", "Retry-After", time.Now().UTC().Add(9*time.Second).Format(http.TimeFormat)), nil
	})
	reading(t, fault, func(t *testing.T, took time.Duration, calls int, err error) {
		require.NoError(t, err)
		require.InDelta(t, 9, took.Seconds(), 1)
	})
}

func TestTooManyRequestsWithoutRetryAfter(t *testing.T) {
	fault := first(3, func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(429, ""), nil }) //nolint:bodyclose // the client closes it
	reading(t, fault, func(t *testing.T, took time.Duration, calls int, err error) {
		require.NoError(t, err)
		require.Equal(t, 4, calls)
		require.Greater(t, took, 500*time.Millisecond, "it backs off")
		require.Less(t, took, 3*time.Second)
	})
}

func TestRetryAfterOfAnHourIsNotWaitedFor(t *testing.T) {
	fault := func(chaintest.Call) (*http.Response, error) {
		return chaintest.Respond(429, "", "Retry-After", "3600"), nil
	}
	reading(t, fault, func(t *testing.T, took time.Duration, calls int, err error) {
		require.ErrorContains(t, err, "429 Too Many Requests")
		require.Equal(t, 1, calls)
		require.Zero(t, took)
	})
}

func TestServiceUnavailable(t *testing.T) {
	fault := first(4, func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(503, "<html>"), nil }) //nolint:bodyclose // the client closes it
	reading(t, fault, func(t *testing.T, _ time.Duration, calls int, err error) {
		require.NoError(t, err)
		require.Equal(t, 5, calls)
	})
	always := func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(503, "<html>"), nil }
	reading(t, always, func(t *testing.T, _ time.Duration, calls int, err error) {
		require.ErrorContains(t, err, "tried 5 times: the node answered 503")
		require.Equal(t, 5, calls)
	})
}

func TestTimeout(t *testing.T) {
	fault := func(c chaintest.Call) (*http.Response, error) { <-c.Context().Done(); return nil, c.Context().Err() }
	reading(t, fault, func(t *testing.T, took time.Duration, calls int, err error) {
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "getBalance, tried 5 times")
		require.Equal(t, 5, calls)
		require.InDelta(t, 150, took.Seconds(), 10)
	})
}

func TestConnectionBreaks(t *testing.T) {
	fault := first(1, func(chaintest.Call) (*http.Response, error) { return nil, chaintest.ErrLine }) //nolint:bodyclose // there is none
	reading(t, fault, func(t *testing.T, _ time.Duration, calls int, err error) {
		require.NoError(t, err)
		require.Equal(t, 2, calls)
	})
}

func TestMalformedJSON(t *testing.T) {
	for name, body := range map[string]string{
		"cut":                `{"jsonrpc":"2.0","id":1,"resu`,
		"HTML with 200":      `<html>rate limited</html>`,
		"empty":              ``,
		"of another form":    `[]`,
		"null":               `null`,
		"a result of no use": `{"jsonrpc":"2.0","id":1,"result":"much"}`,
		"deeply nested":      `{"jsonrpc":"2.0","id":1,"result":` + nested(5000) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			fault := func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(200, body), nil }
			reading(t, fault, func(t *testing.T, _ time.Duration, calls int, err error) {
				require.Error(t, err)
				require.Equal(t, 5, calls)
				require.Less(t, len(err.Error()), 2000)
			})
			reading(t, first(1, fault), func(t *testing.T, _ time.Duration, _ int, err error) { require.NoError(t, err, "it passes") }) //nolint:bodyclose // the client closes it
		})
	}
}

// Every verb and query, with the answer null to each of its calls.
func TestNullForAnAnswer(t *testing.T) {
	for _, method := range []string{"getBalance", "getAccountInfo", "getProgramAccounts", "getLatestBlockhash", "sendTransaction",
		"getSignatureStatuses", "getBlockHeight", "getTransaction", "getMultipleAccounts"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := viaNode(t)
				c := w.actor()
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
				defer cancel()
				n.Inject(func(c chaintest.Call) (*http.Response, error) {
					if c.Method == method {
						return c.Result("null")
					}
					return nil, nil
				})
				w.record(1, 0)
				_, _ = pay(ctx, c) // what comes of it depends; that it ends counts
				_, _ = c.Balance(ctx, c.Wallet())
				_, _, _ = chain.Scan(ctx, c, records, func(a chain.Account) (chain.Account, error) { return a, nil })
				for range c.Watch(ctx, chain.Watch{Query: records, Poll: time.Second}) {
					break
				}
				require.LessOrEqual(t, w.payments(), 1)
			})
		})
	}
}

func nested(depth int) string {
	b := make([]byte, 2*depth)
	for i := range depth {
		b[i], b[len(b)-1-i] = '[', ']'
	}
	return string(b)
}

func TestOversizedJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		const most = 1 << 16
		w.route.MaxResponse = most
		c := w.actor()
		body := &chaintest.Endless{}
		n.Inject(func(chaintest.Call) (*http.Response, error) {
			resp := chaintest.Respond(200, "")
			resp.Body = body
			return resp, nil
		})
		_, err := c.Balance(t.Context(), c.Wallet())
		require.ErrorContains(t, err, "larger than Config.MaxResponse")
		require.Equal(t, 1, n.Count("getBalance"), "it would be as large the next time")
		require.LessOrEqual(t, body.Size, int64(2*most))
	})
}

func TestTheKeyInTheURLStaysOutOfErrors(t *testing.T) {
	for name, fault := range map[string]func(chaintest.Call) (*http.Response, error){
		"broken line": func(chaintest.Call) (*http.Response, error) { return nil, chaintest.ErrLine },
		"bad body":    func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(200, "?"), nil },
		"forbidden":   func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(403, "?"), nil },
		"busy":        func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(503, "?"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			reading(t, fault, func(t *testing.T, _ time.Duration, _ int, err error) {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "verysecret")
			})
		})
	}
}

func TestACancelledContextIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		ctx, cancel := context.WithCancel(t.Context())
		n.Inject(func(chaintest.Call) (*http.Response, error) { cancel(); return nil, chaintest.ErrLine })
		_, err := c.Balance(ctx, c.Wallet())
		require.Error(t, err)
		require.Equal(t, 1, n.Count("getBalance"))
	})
}

func TestNoLimitOnTheResponse(t *testing.T) {
	w, _ := viaNode(t)
	w.route.MaxResponse = math.MaxInt64
	_, err := w.client(nil).Slot(t.Context())
	require.NoError(t, err)
}
