package trainer

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// genesis answers every request with a network's genesis hash.
type genesis string

func (g genesis) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"jsonrpc":"2.0","id":0,"result":"` + string(g) + `"}`))}, nil
}

// A worker demands a fair round where lamports are money, and nothing where they are free, unless it is told.
func TestWorkersDemandFairRoundsWhereLamportsAreMoney(t *testing.T) {
	const devnet, mainnet = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG", "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"
	for name, c := range map[string]struct {
		genesis genesis
		terms   *Terms
		want    string // of the refusal of an open round
	}{
		"money":            {mainnet, nil, "it is not sealed"},
		"development":      {devnet, nil, ""},
		"money, any terms": {mainnet, &Terms{}, ""},
		"told":             {devnet, &Terms{CommitReveal: true}, "do not commit to scores"},
	} {
		t.Run(name, func(t *testing.T) {
			onChain, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "any", RPC: "https://node.invalid"}, Transport: c.genesis})
			require.NoError(t, err)
			rounds, err := round.NewClient(round.Config{Chain: onChain, Program: round.LocalProgram})
			require.NoError(t, err)
			w := &Worker{cfg: Config{Rounds: rounds, Policy: Policy{MinReward: 1, Terms: c.terms}}}
			for range 2 {
				policy, err := w.policy(t.Context())
				require.NoError(t, err)
				require.NoError(t, policy.Refuse(fair(), 480, start))
				err = policy.Refuse(open(), 480, start)
				if c.want == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, c.want)
			}
			require.NoError(t, onChain.Close())
		})
	}
}
