package chain_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// What lamports are worth is told by the node's genesis, not by the network's name.
func TestDevelopmentIsToldByTheGenesis(t *testing.T) {
	for genesis, want := range map[string]bool{
		"EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG": true,
		"4uhcVJyU9pJkvQyUS88uRDiswHXSCkY3zQawwpjk2NsY": true,
		"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d": false, // mainnet
		"7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2": false,
	} {
		node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":0,"result":"` + genesis + `"}`))
		}))
		defer node.Close()
		// A node of this machine counts as local: the name stands for one elsewhere.
		local, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "mainnet", RPC: node.URL}})
		require.NoError(t, err)
		got, err := local.Development(t.Context())
		require.NoError(t, err)
		require.True(t, got, "local")
		require.NoError(t, local.Close())

		c, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "devnet", RPC: "https://node.invalid"}, Transport: to{node}})
		require.NoError(t, err)
		got, err = c.Development(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got, genesis)
		require.NoError(t, c.Close())
	}
}

// to sends all requests to one server, whatever their host.
type to struct{ *httptest.Server }

func (s to) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", s.Listener.Addr().String()
	return http.DefaultTransport.RoundTrip(r)
}
