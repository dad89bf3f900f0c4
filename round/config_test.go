package round_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		config round.Config
		says   string
	}{
		"no program":        {round.Config{Network: round.Network{Name: "x", RPC: "http://a"}}, "no program id"},
		"devnet, no id":     {round.Config{Network: round.Devnet(solana.PublicKey{})}, "no program id"},
		"no URL":            {round.Config{Network: round.Network{RPC: "node", Program: round.LocalProgram}}, "http://"},
		"no host":           {round.Config{Network: round.Network{RPC: "http://", Program: round.LocalProgram}}, "no host"},
		"websocket as http": {round.Config{Network: round.Network{RPC: "http://a", WS: "http://a", Program: round.LocalProgram}}, "ws://"},
		"commitment":        {round.Config{Commitment: "soon"}, "soon"},
		"compute units":     {round.Config{ComputeUnits: 1_400_001}, "1400001"},
		"negative timeout":  {round.Config{RPCTimeout: -time.Second}, "RPCTimeout"},
		"negative attempts": {round.Config{Attempts: -1}, "Attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := round.NewClient(c.config)
			require.ErrorIs(t, err, round.ErrConfig)
			require.ErrorContains(t, err, c.says)
		})
	}
	c, err := round.NewClient(round.Config{})
	require.NoError(t, err, "the zero value reads from a local chain")
	require.Equal(t, round.Localnet(), c.Network())
	require.True(t, c.Wallet().IsZero())
}

// Providers put keys into their URLs: they stay out of everything printed.
func TestNetworkHidesItsURLs(t *testing.T) {
	n := round.Network{Name: "mine", RPC: "https://a/verysecret", WS: "wss://a/verysecret", Program: round.LocalProgram}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, n), "verysecret", verb)
		require.NotContains(t, fmt.Sprintf(verb, round.Config{Network: n}), "verysecret", verb)
	}
	_, err := round.NewClient(round.Config{Network: round.Network{RPC: "ftp://verysecret\x00", Program: round.LocalProgram}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "verysecret")
}

// The fee options become instructions of the compute budget program.
func TestPriorityFeeIsPaid(t *testing.T) {
	w := newWorld(t)
	plain := w.actor()
	base := w.ok(plain.CreateTrainerProfile(t.Context())).Fee
	over := w.over
	w.over = func(c round.Config) round.Config { c.ComputeUnits, c.PriorityFee = 100_000, 1_000_000; return over(c) }
	eager := w.actor()
	require.Equal(t, base+100_000, w.ok(eager.CreateTrainerProfile(t.Context())).Fee)
}
