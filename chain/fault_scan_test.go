package chain_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// recordData is the data of a record: an account that a test takes to be one of
// the echo program's, with eight bytes that say so and one for its state.
func recordData(size int, state byte) []byte {
	data := make([]byte, size)
	copy(data, "a record")
	if size > 8 {
		data[8] = state
	}
	return data
}

// records selects all records, or only those in a state.
var records = chain.Query{Program: echoID, Filters: []chain.Filter{{Offset: 0, Bytes: []byte("a record")}}}

func inState(state byte) []chain.Filter { return []chain.Filter{{Offset: 8, Bytes: []byte{state}}} }

// record puts a record on the chain, in a new slot, and gives its address.
func (w *world) record(n, state byte) solana.PublicKey {
	address := solana.PublicKey{'r', n}
	w.net.WarpSlots(1)
	require.NoError(w, w.net.SetAccount(address, localnet.Account{Lamports: sol, Owner: echoID, Data: recordData(100, state)}))
	return address
}

// scanning lists the records in state 0 where the node's answer to that is a
// test's. A record has 50 bytes at least.
func scanning(t *testing.T, fault func(chaintest.Call) (*http.Response, error), check func(t *testing.T, calls int, found []chain.Account, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		n.Inject(fault)
		q := chain.Query{Program: echoID, Filters: append(inState(0), records.Filters...)}
		found, _, err := chain.Scan(t.Context(), w.client(nil), q, func(a chain.Account) (chain.Account, error) {
			if len(a.Data) < 50 {
				return a, &chain.AccountError{Kind: "record", Address: a.Address, Reason: chain.ErrShortAccount}
			}
			return a, nil
		})
		check(t, n.Count("getProgramAccounts"), found, err)
	})
}

func TestScanTakesWhatANodeMaySend(t *testing.T) {
	good := chaintest.Listed(echoID, recordData(100, 0))
	for name, c := range map[string]struct {
		result string
		want   int
	}{
		"none":                {`[]`, 0},
		"none, with context":  {`{"context":{"slot":9},"value":[]}`, 0},
		"one":                 {`[` + good + `]`, 1},
		"context last":        {`{"value":[` + good + `],"context":{"apiVersion":"2","slot":9}}`, 1},
		"fields that are new": {`{"context":{"slot":9,"more":[1,{}]},"new":{"a":[[]]},"value":[` + good + `,` + good + `]}`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			scanning(t, func(n chaintest.Call) (*http.Response, error) { return n.Result("%s", c.result) },
				func(t *testing.T, calls int, found []chain.Account, err error) {
					require.NoError(t, err)
					require.Len(t, found, c.want)
					require.Equal(t, 1, calls)
				})
		})
	}
}

func TestScanRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		result string
		want   error
		calls  int
	}{
		"another program's account":    {`[` + chaintest.Listed(solana.TokenProgramID, recordData(100, 0)) + `]`, chain.ErrWrongOwner, 1},
		"what was not asked for":       {`[` + chaintest.Listed(echoID, recordData(100, 1)) + `]`, chain.ErrWrongType, 1},
		"another type":                 {`[` + chaintest.Listed(echoID, make([]byte, 100)) + `]`, chain.ErrWrongType, 1},
		"a short account":              {`[` + chaintest.Listed(echoID, recordData(30, 0)) + `]`, chain.ErrShortAccount, 1},
		"a bad key":                    {`[{"pubkey":"x","account":{"data":["","base64"]}}]`, nil, 1},
		"a key without end":            {`[{"pubkey":"` + strings.Repeat("2", 1<<20) + `","account":{"data":["","base64"]}}]`, nil, 1},
		"bad base64":                   {`[` + strings.Replace(chaintest.Listed(echoID, nil), `""`, `"!"`, 1) + `]`, nil, 1},
		"base58, which was not wanted": {`[` + strings.Replace(chaintest.Listed(echoID, nil), `base64`, `base58`, 1) + `]`, nil, 1},
		"null":                         {`null`, nil, 5},
		"a number":                     {`7`, nil, 5},
		"no list":                      {`{"value":{}}`, nil, 5},
		"cut":                          {`[`, nil, 5},
		"nested":                       {nested(20_000), nil, 5},
	} {
		t.Run(name, func(t *testing.T) {
			scanning(t, func(n chaintest.Call) (*http.Response, error) { return n.Result("%s", c.result) },
				func(t *testing.T, calls int, found []chain.Account, err error) {
					require.Error(t, err)
					require.Empty(t, found)
					if c.want != nil {
						require.ErrorIs(t, err, c.want)
					}
					require.Equal(t, c.calls, calls)
				})
		})
	}
}

func TestScanReturnsTheNodesRefusal(t *testing.T) {
	scanning(t, func(n chaintest.Call) (*http.Response, error) { return n.Fail(-32010, "null") },
		func(t *testing.T, calls int, _ []chain.Account, err error) {
			require.ErrorContains(t, err, `the node answered "no" (-32010)`)
			require.Equal(t, 1, calls)
		})
	scanning(t, func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(410, "gone"), nil },
		func(t *testing.T, calls int, _ []chain.Account, err error) {
			require.ErrorContains(t, err, "410 Gone")
			require.Equal(t, 1, calls)
		})
}

// The connection breaks in the middle of a list: what came before does not count
// twice.
func TestScanStartsOverAfterACutAnswer(t *testing.T) {
	good := chaintest.Listed(echoID, recordData(100, 0))
	scanning(t, func(n chaintest.Call) (*http.Response, error) {
		if n.Number == 1 {
			return n.Result("[%s,", good)
		}
		return n.Result("[%s]", good)
	}, func(t *testing.T, calls int, found []chain.Account, err error) {
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, 2, calls)
	})
}

func TestScanOfTooMuch(t *testing.T) {
	scanning(t, func(chaintest.Call) (*http.Response, error) {
		resp := chaintest.Respond(200, "")
		resp.Body = &chaintest.Endless{}
		return resp, nil
	}, func(t *testing.T, calls int, _ []chain.Account, err error) {
		require.ErrorContains(t, err, "larger than Config.MaxResponse")
		require.Equal(t, 1, calls)
	})
}

// Every account is checked against the whole query, and has its address.
func TestScanOfRecords(t *testing.T) {
	w := newWorld(t)
	first, second := w.record(1, 0), w.record(2, 1)
	address := func(a chain.Account) (solana.PublicKey, error) { return a.Address, nil }
	found, slot, err := chain.Scan(t.Context(), w.client(nil), records, address)
	require.NoError(t, err)
	require.ElementsMatch(t, []solana.PublicKey{first, second}, found)
	require.NotZero(t, slot)
	narrow := chain.Query{Program: echoID, Filters: append(inState(1), records.Filters...)}
	found, _, err = chain.Scan(t.Context(), w.client(nil), narrow, address)
	require.NoError(t, err)
	require.Equal(t, []solana.PublicKey{second}, found)
}
