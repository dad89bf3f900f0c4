package chain_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// entry is one of a list of signatures.
type entry = map[string]any

// listing changes the lists of signatures of a node, as long as there is something in
// them.
func listing(change func([]entry) []entry) func(chaintest.Call) (*http.Response, error) {
	return func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "getSignaturesForAddress" {
			return nil, nil
		}
		var all []entry
		if err := c.Raw(&all); err != nil || len(all) == 0 {
			return nil, err
		}
		raw, err := json.Marshal(change(all))
		if err != nil {
			return nil, err
		}
		return c.Result("%s", raw)
	}
}

// The lists that a node may not give: the reading ends, and soon.
func TestHistoryOfANodeThatLists(t *testing.T) {
	swap := func(all []entry) []entry { slices.Reverse(all); return all }
	first := func(change func(entry)) func([]entry) []entry {
		return func(all []entry) []entry { change(all[0]); return all }
	}
	for name, c := range map[string]struct {
		fault func(chaintest.Call) (*http.Response, error)
		read  int // before it ends
	}{
		"one twice":            {listing(func(all []entry) []entry { return []entry{all[0], all[0]} }), 1},
		"the oldest first":     {listing(swap), 1},
		"more than asked for":  {listing(func(all []entry) []entry { return slices.Repeat(all, 2) }), 0},
		"no signature":         {listing(first(func(e entry) { delete(e, "signature") })), 0},
		"the zero signature":   {listing(first(func(e entry) { e["signature"] = solana.Signature{}.String() })), 0},
		"a text":               {listing(first(func(e entry) { e["signature"] = "0OIl" })), 0},
		"a very long text":     {listing(first(func(e entry) { e["signature"] = strings.Repeat("z", 1<<20) })), 0},
		"a slot below zero":    {listing(first(func(e entry) { e["slot"] = -1 })), 0},
		"nothing for one":      {listing(func(all []entry) []entry { all[0] = nil; return all }), 0},
		"no list":              {answers("getSignaturesForAddress", `{"value":[]}`), 0},
		"null":                 {answers("getSignaturesForAddress", `null`), 0},
		"the first page again": {again, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := viaNode(t)
				buyer := w.actor()
				sent := w.bought(buyer, 3)
				n.Inject(c.fault)
				read, missing, err := past(t.Context(), buyer, chain.History{PageSize: 3})
				require.ErrorContains(t, err, "not of the expected form")
				require.Empty(t, missing)
				require.Len(t, read, c.read)
				if c.read == len(sent) {
					require.Equal(t, sent, read)
				}
				require.LessOrEqual(t, n.Count("getSignaturesForAddress"), 5)
			})
		})
	}
}

// again has a node list the newest, whatever it is asked for.
func again(c chaintest.Call) (*http.Response, error) {
	if c.Method == "getSignaturesForAddress" {
		delete(c.Params[1].(map[string]any), "before")
	}
	return nil, nil
}

// answers has a node answer a method with the same at all times.
func answers(method, result string) func(chaintest.Call) (*http.Response, error) {
	return func(c chaintest.Call) (*http.Response, error) {
		if c.Method != method {
			return nil, nil
		}
		return c.Result("%s", result)
	}
}

// The records that a node may not give: they are missing, and the reading goes on.
func TestHistoryOfANodeWhoseRecordsAreWrong(t *testing.T) {
	for name, c := range map[string]struct {
		of  func(w *world, c chaintest.Call, other solana.Signature) (*http.Response, error)
		err string
	}{
		"forgotten": {func(_ *world, c chaintest.Call, _ solana.Signature) (*http.Response, error) { return c.Result("null") }, chain.ErrNotFound.Error()},
		"of a later version": {func(_ *world, c chaintest.Call, _ solana.Signature) (*http.Response, error) {
			return c.Fail(-32015, `"Transaction version (1) is not supported"`)
		}, "-32015"},
		"of another transaction": {func(_ *world, c chaintest.Call, other solana.Signature) (*http.Response, error) {
			c.Params[0] = other
			return c.Pass()
		}, "not of the expected form"},
		"in another slot": {func(_ *world, c chaintest.Call, _ solana.Signature) (*http.Response, error) {
			var record map[string]any
			if err := c.Raw(&record); err != nil {
				return nil, err
			}
			record["slot"] = 1
			raw, err := json.Marshal(record)
			if err != nil {
				return nil, err
			}
			return c.Result("%s", raw)
		}, "contradicts"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := viaNode(t)
				buyer := w.actor()
				sent := w.bought(buyer, 3)
				n.Inject(func(call chaintest.Call) (*http.Response, error) {
					if call.Method == "getTransaction" && call.Params[0] == sent[1].String() {
						return c.of(w, call, sent[0])
					}
					return nil, nil
				})
				read, missing, err := past(t.Context(), buyer, chain.History{})
				require.NoError(t, err)
				require.Equal(t, []solana.Signature{sent[0], sent[2]}, read)
				require.Equal(t, sent[1:2], missing)
				for r, err := range buyer.History(t.Context(), stall, chain.History{Before: sent[0]}) {
					require.Equal(t, sent[1], r.Signature)
					require.ErrorContains(t, err, c.err)
					break
				}
			})
		})
	}
}

// A node lists a transaction that does not name the address.
func TestHistoryOfAnotherAddress(t *testing.T) {
	w, n := viaNode(t)
	c := w.actor()
	foreign := w.bought(c, 1)
	address := solana.PublicKey{'n', 'o', 'b', 'o', 'd', 'y'}
	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getSignaturesForAddress" {
			c.Params[0] = stall
		}
		return nil, nil
	})
	for r, err := range c.History(t.Context(), address, chain.History{}) {
		require.Equal(t, foreign[0], r.Signature)
		require.ErrorContains(t, err, "contradicts the list of "+address.String())
	}
	require.Equal(t, 2, n.Count("getSignaturesForAddress"), "it went on to the end")
}

// An endless answer is not read to its end.
func TestHistoryThatIsTooLarge(t *testing.T) {
	w, n := viaNode(t)
	w.route.MaxResponse = 4 << 10
	c := w.actor()
	body := new(chaintest.Endless)
	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
	})
	_, _, err := past(t.Context(), c, chain.History{})
	require.ErrorIs(t, err, chain.ErrTooLarge)
	require.Less(t, body.Size, int64(64<<10))
}

// The context ends a reading with its error, not with a gap that looks like the end.
func TestHistoryEndsWithItsContext(t *testing.T) {
	for name, method := range map[string]string{"while it lists": "getSignaturesForAddress", "while it reads": "getTransaction"} {
		t.Run(name, func(t *testing.T) {
			w, n := viaNode(t)
			c := w.actor()
			w.bought(c, 2)
			ctx, cancel := context.WithCancel(t.Context())
			n.Inject(func(c chaintest.Call) (*http.Response, error) {
				if c.Method == method {
					cancel()
					return nil, context.Canceled
				}
				return nil, nil
			})
			read, missing, err := past(ctx, c, chain.History{})
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, read)
			require.Empty(t, missing)
		})
	}
}

// A node that has not seen the client's own last transaction is not asked for a
// history without it.
func TestHistoryHasOnesOwnWrite(t *testing.T) {
	w, n := viaNode(t)
	c := w.actor()
	sent := w.bought(c, 1)
	r, err := c.Transaction(t.Context(), sent[0])
	require.NoError(t, err)
	n.Inject(func(call chaintest.Call) (*http.Response, error) {
		if call.Method == "getSignaturesForAddress" {
			least, ok := leastSlot(call)
			require.True(t, ok)
			require.GreaterOrEqual(t, least, r.Slot)
		}
		return nil, nil
	})
	read, _, err := past(t.Context(), c, chain.History{})
	require.NoError(t, err)
	require.Equal(t, sent, read)
}
