package chain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		config chain.Config
		says   string
	}{
		"no URL":            {chain.Config{Network: chain.Network{RPC: "node"}}, "http://"},
		"no host":           {chain.Config{Network: chain.Network{RPC: "http://"}}, "no host"},
		"websocket as http": {chain.Config{Network: chain.Network{RPC: "http://a", WS: "http://a"}}, "ws://"},
		"commitment":        {chain.Config{Commitment: "soon"}, "soon"},
		"compute units":     {chain.Config{ComputeUnits: 1_400_001}, "1400001"},
		"negative timeout":  {chain.Config{RPCTimeout: -time.Second}, "RPCTimeout"},
		"negative attempts": {chain.Config{Attempts: -1}, "Attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := chain.NewClient(c.config)
			require.ErrorIs(t, err, chain.ErrConfig)
			require.ErrorContains(t, err, c.says)
		})
	}
	c, err := chain.NewClient(chain.Config{})
	require.NoError(t, err, "the zero value reads from a local chain")
	require.Equal(t, chain.Localnet(), c.Network())
	require.True(t, c.Wallet().IsZero())
}

func TestNetworksOfSolana(t *testing.T) {
	for _, n := range []chain.Network{chain.Localnet(), chain.Devnet(), chain.Mainnet()} {
		require.NoError(t, n.Check(), n.Name)
		require.Equal(t, n.Name == "localnet", n.Local(), n.Name)
	}
}

// Only what counts as local may have a default program.
func TestLocal(t *testing.T) {
	for name, c := range map[string]struct {
		config chain.Config
		local  bool
	}{
		"zero value":                 {chain.Config{}, true},
		"in process":                 {chain.Config{RPC: rpc.New("")}, true},
		"in process, with a name":    {chain.Config{RPC: rpc.New(""), Network: chain.Network{Name: "test"}}, true},
		"another client for devnet":  {chain.Config{RPC: rpc.New(""), Network: chain.Devnet()}, false},
		"localhost":                  {chain.Config{Network: chain.Network{RPC: "http://localhost:8899"}}, true},
		"IPv6":                       {chain.Config{Network: chain.Network{RPC: "http://[::1]:8899"}}, true},
		"a machine on the same line": {chain.Config{Network: chain.Network{RPC: "http://10.0.0.7:8899"}}, false},
		"a name that looks local":    {chain.Config{Network: chain.Network{Name: "localnet", RPC: "https://127.0.0.1.example"}}, false},
		"devnet":                     {chain.Config{Network: chain.Devnet()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := chain.NewClient(c.config)
			require.NoError(t, err)
			require.Equal(t, c.local, client.Local())
		})
	}
}

// Providers put keys into their URLs: they stay out of everything printed.
func TestNetworkHidesItsURLs(t *testing.T) {
	n := chain.Network{Name: "mine", RPC: "https://a/verysecret", WS: "wss://a/verysecret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, n), "verysecret", verb)
		require.NotContains(t, fmt.Sprintf(verb, chain.Config{Network: n}), "verysecret", verb)
	}
	_, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "ftp://verysecret\x00"}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "verysecret")
}
