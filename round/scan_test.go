package round_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

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

// What a node lists is checked against the filter and decoded as a round.
func TestRoundsThatANodeLists(t *testing.T) {
	good := chaintest.Listed(round.LocalProgram, roundData(1200, 0))
	for name, c := range map[string]struct {
		result string
		want   error
	}{
		"a round":                   {`[` + good + `]`, nil},
		"another program's account": {`[` + chaintest.Listed(solana.TokenProgramID, roundData(1200, 0)) + `]`, chain.ErrWrongOwner},
		"what was not asked for":    {`[` + chaintest.Listed(round.LocalProgram, roundData(1200, 1)) + `]`, chain.ErrWrongType},
		"another type":              {`[` + chaintest.Listed(round.LocalProgram, make([]byte, 1200)) + `]`, chain.ErrWrongType},
		"a short account":           {`[` + good + `,` + chaintest.Listed(round.LocalProgram, roundData(300, 0)) + `]`, chain.ErrShortAccount},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, n := viaNode(t)
				n.Inject(func(n chaintest.Call) (*http.Response, error) { return n.Result("%s", c.result) })
				found, err := w.client(nil).Rounds(t.Context(), round.Filter{Status: []round.Status{round.Active}})
				require.ErrorIs(t, err, c.want)
				if c.want == nil {
					require.Len(t, found, 1)
					return
				}
				require.Empty(t, found)
				var of *chain.AccountError
				require.ErrorAs(t, err, &of)
				require.Equal(t, "Round", of.Kind)
			})
		})
	}
}
