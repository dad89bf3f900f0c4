package round_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// scanning lists all rounds where the node's answer to that is a test's.
func scanning(t *testing.T, fault func(chaintest.Call) (*http.Response, error), check func(t *testing.T, calls int, found []*round.Round, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		_, _, err := c.CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method != "getProgramAccounts" {
				return nil, nil
			}
			return fault(c)
		})
		found, err := c.Rounds(t.Context(), round.Filter{Status: []round.Status{round.Active}})
		check(t, n.Count("getProgramAccounts"), found, err)
	})
}

// listed is an account as a node lists it.
func listed(owner solana.PublicKey, data []byte) string {
	return fmt.Sprintf(`{"pubkey":"%s","account":{"lamports":1,"owner":"%s","executable":false,"rentEpoch":18446744073709551615,"space":1,"data":["%s","base64"]}}`,
		solana.PublicKey{5}, owner, base64.StdEncoding.EncodeToString(data))
}

func roundData(size int, status byte) []byte {
	d := discriminator("account:Round")
	data := append(d[:], make([]byte, size)...)
	if size > 163 {
		data[163] = round.Version
	}
	if size > 132 {
		data[132] = status
	}
	return data
}

func TestScanTakesWhatANodeMaySend(t *testing.T) {
	good := listed(round.LocalProgram, roundData(1200, 0))
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
				func(t *testing.T, calls int, found []*round.Round, err error) {
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
		"another program's account":    {`[` + listed(solana.TokenProgramID, roundData(1200, 0)) + `]`, chain.ErrWrongOwner, 1},
		"what was not asked for":       {`[` + listed(round.LocalProgram, roundData(1200, 1)) + `]`, chain.ErrWrongType, 1},
		"another type":                 {`[` + listed(round.LocalProgram, make([]byte, 1200)) + `]`, chain.ErrWrongType, 1},
		"a short account":              {`[` + listed(round.LocalProgram, roundData(300, 0)) + `]`, chain.ErrShortAccount, 1},
		"a bad key":                    {`[{"pubkey":"x","account":{"data":["","base64"]}}]`, nil, 1},
		"bad base64":                   {`[` + strings.Replace(listed(round.LocalProgram, nil), `""`, `"!"`, 1) + `]`, nil, 1},
		"base58, which was not wanted": {`[` + strings.Replace(listed(round.LocalProgram, nil), `base64`, `base58`, 1) + `]`, nil, 1},
		"null":                         {`null`, nil, 5},
		"a number":                     {`7`, nil, 5},
		"no list":                      {`{"value":{}}`, nil, 5},
		"cut":                          {`[`, nil, 5},
		"nested":                       {nested(20_000), nil, 5},
	} {
		t.Run(name, func(t *testing.T) {
			scanning(t, func(n chaintest.Call) (*http.Response, error) { return n.Result("%s", c.result) },
				func(t *testing.T, calls int, found []*round.Round, err error) {
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

func TestScanTellsTheNodesRefusal(t *testing.T) {
	scanning(t, func(n chaintest.Call) (*http.Response, error) { return n.Fail(-32010, "null") },
		func(t *testing.T, calls int, _ []*round.Round, err error) {
			require.ErrorContains(t, err, `the node answered "no" (-32010)`)
			require.Equal(t, 1, calls)
		})
	scanning(t, func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(410, "gone"), nil },
		func(t *testing.T, calls int, _ []*round.Round, err error) {
			require.ErrorContains(t, err, "410 Gone")
			require.Equal(t, 1, calls)
		})
}

// The line breaks in the middle of a list: what came so far does not count
// twice.
func TestScanStartsOverAfterACutAnswer(t *testing.T) {
	good := listed(round.LocalProgram, roundData(1200, 0))
	scanning(t, func(n chaintest.Call) (*http.Response, error) {
		if n.Number == 1 {
			return n.Result("[%s,", good)
		}
		return n.Result("[%s]", good)
	}, func(t *testing.T, calls int, found []*round.Round, err error) {
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
	}, func(t *testing.T, calls int, _ []*round.Round, err error) {
		require.ErrorContains(t, err, "larger than Config.MaxResponse")
		require.Equal(t, 1, calls)
	})
}
