package round_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// denying is a node that takes the first transaction, loses its answer, and
// denies for good that it landed.
type denying struct {
	signature string
	at        time.Time // when it was sent
}

func (d *denying) fault(w *world, c chaintest.Call) (*http.Response, error) {
	switch {
	case c.Method == "sendTransaction" && c.Number == 1:
		d.signature, d.at = c.Signature(), time.Now()
		return c.Lose()
	case c.Method == "getSignatureStatuses":
		if asked, _ := c.Params[0].([]any); len(asked) == 1 && asked[0] == d.signature {
			return c.Result(`{"context":{"slot":1},"value":[null]}`)
		}
	}
	return nil, nil
}

// expired is the least time after which a transaction is given up.
const expired = time.Minute

func readsRound(c chaintest.Call, id uint64) bool {
	return c.Method == "getAccountInfo" && c.Params[0] == round.Addresses{Program: round.LocalProgram}.Round(id).String()
}

const none = `{"context":{"slot":1},"value":null}`

// A transaction that landed is given up as lost, and nodes do not know its round
// yet, or do not answer: the reward is locked once.
func TestARoundThatLandedIsNotCreatedAgain(t *testing.T) {
	for name, lag := range map[string]func(c chaintest.Call, since time.Duration) (*http.Response, error){
		"at once":          func(chaintest.Call, time.Duration) (*http.Response, error) { return nil, nil },
		"after a while":    until(20*time.Second, func(c chaintest.Call) (*http.Response, error) { return c.Result(none) }),
		"busy for a while": until(20*time.Second, func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(403, "?"), nil }),
	} {
		t.Run(name, func(t *testing.T) {
			var d denying
			var asked time.Time
			sending(t, 1, func(w *world, c chaintest.Call) (*http.Response, error) {
				if readsRound(c, 0) {
					if asked.IsZero() {
						asked = time.Now()
					}
					return lag(c, time.Since(asked))
				}
				return d.fault(w, c)
			}, func(w *world, n *chaintest.Node, creator *round.Client, id uint64, err error) {
				require.NoError(w, err)
				require.Zero(w, id)
				require.Greater(w, asked.Sub(d.at), expired)
				require.GreaterOrEqual(w, n.Count("getLatestBlockhash"), 2)
			})
		})
	}
}

// until limits a fault to the time before end.
func until(end time.Duration, fault func(chaintest.Call) (*http.Response, error)) func(chaintest.Call, time.Duration) (*http.Response, error) {
	return func(c chaintest.Call, since time.Duration) (*http.Response, error) {
		if since > end {
			return nil, nil
		}
		return fault(c)
	}
}

func TestARoundThatMayHaveLandedIsNotCreatedAgain(t *testing.T) {
	for name, fault := range map[string]func(chaintest.Call) (*http.Response, error){
		"not shown":  func(c chaintest.Call) (*http.Response, error) { return c.Result(none) },
		"forbidden":  func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(403, "?"), nil },
		"wrong type": func(c chaintest.Call) (*http.Response, error) { return c.Result("7") },
	} {
		t.Run(name, func(t *testing.T) {
			var d denying
			sending(t, 1, func(w *world, c chaintest.Call) (*http.Response, error) {
				if readsRound(c, 0) {
					return fault(c)
				}
				return d.fault(w, c)
			}, func(w *world, _ *chaintest.Node, _ *round.Client, id uint64, err error) {
				require.ErrorIs(w, err, chain.ErrUnconfirmed)
				require.ErrorContains(w, err, "whether round 0 was created")
				require.Zero(w, id)
			})
		})
	}
}

// The node denies every transaction: only the round shows that the first one
// landed.
func TestARoundThatLandedIsFoundThoughEverythingExpires(t *testing.T) {
	sending(t, 1, func(w *world, c chaintest.Call) (*http.Response, error) {
		switch {
		case c.Method == "sendTransaction" && c.Number == 1:
			return c.Lose()
		case c.Method == "sendTransaction":
			return c.Result("%q", c.Signature()) // and forgets it
		case c.Method == "getSignatureStatuses":
			return c.Result(`{"context":{"slot":1},"value":[null]}`)
		}
		return nil, nil
	}, works)
}

// A transaction was really lost, and meanwhile another creator took the id.
func TestTheIDOfALostTransactionWasTaken(t *testing.T) {
	var forgotten string
	sending(t, 2, func(w *world, c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		if sig := c.Signature(); forgotten == "" || sig == forgotten {
			if forgotten == "" {
				forgotten = sig
				rival(w)
			}
			return c.Result("%q", sig)
		}
		return nil, nil
	}, func(w *world, _ *chaintest.Node, creator *round.Client, id uint64, err error) {
		require.NoError(w, err)
		require.EqualValues(w, 1, id)
		r, err := creator.Round(w.Context(), id)
		require.NoError(w, err)
		require.Equal(w, creator.Wallet(), r.Creator)
	})
}

// rival creates the same round, without faults.
func rival(w *world) {
	direct := *w
	direct.route = chaintest.InProcess(w.net.RPC())
	_, _, err := direct.actor().CreateRound(w.Context(), aRound)
	require.NoError(w, err)
}

// The node that checks transactions lags behind the one that returned the counter:
// the id is right, and must only be tried again. If it does not even know the
// blockhash, nothing was sent, and there is no round to wait for.
func TestTheNodeThatChecksLagsBehind(t *testing.T) {
	for _, blockhash := range []bool{false, true} {
		t.Run(fmt.Sprint(blockhash), func(t *testing.T) {
			sending(t, 1, func(_ *world, c chaintest.Call) (*http.Response, error) {
				switch {
				case c.Method != "sendTransaction" || c.Number > 5:
					return nil, nil
				case c.Number == 1 && blockhash:
					return c.Fail(-32002, `{"err":"BlockhashNotFound","logs":[]}`)
				}
				return c.Fail(-32002, `{"err":{"InstructionError":[0,{"Custom":6000}]},"logs":[]}`)
			}, func(w *world, n *chaintest.Node, _ *round.Client, _ uint64, err error) {
				require.NoError(w, err)
				require.Equal(w, 6, n.Count("sendTransaction"))
				require.Less(w, time.Since(epoch), time.Minute)
			})
		})
	}
}

// The node that returns the counter lags behind: the tries are spread over time.
func TestTheCounterLagsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		creator := w.actor()
		address := creator.Addresses().Counter().String()
		account, ok := w.net.Account(creator.Addresses().Counter())
		require.True(t, ok)
		stale := base64.StdEncoding.EncodeToString(account.Data)
		rival(w)
		began := time.Now()
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getAccountInfo" && c.Params[0] == address && time.Since(began) < 20*time.Second {
				return c.Result(`{"context":{"slot":1},"value":{"data":["%s","base64"],"owner":"%s","lamports":1}}`, stale, round.LocalProgram)
			}
			return nil, nil
		})
		id, _, err := creator.CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		require.EqualValues(t, 1, id)
		require.Equal(t, 2, w.rounds())
	})
}
