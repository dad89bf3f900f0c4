package round_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// Only on a local chain does the program have a default.
func TestDefaultProgram(t *testing.T) {
	elsewhere := solana.PublicKey{7}
	for name, c := range map[string]struct {
		network chain.Network
		program solana.PublicKey
		want    solana.PublicKey
		says    string
	}{
		"local":                  {chain.Localnet(), solana.PublicKey{}, round.LocalProgram, ""},
		"local, another program": {chain.Localnet(), elsewhere, elsewhere, ""},
		"devnet":                 {chain.Devnet(), elsewhere, elsewhere, ""},
		"devnet without a program": {chain.Devnet(), solana.PublicKey{}, solana.PublicKey{},
			"no program id for devnet: set Config.Program to the address that the round program was deployed to there"},
		"mainnet without a program": {chain.Mainnet(), solana.PublicKey{}, solana.PublicKey{}, "no program id for mainnet"},
		"localnet by name only": {chain.Network{Name: "localnet", RPC: "https://api.devnet.solana.com"}, solana.PublicKey{}, solana.PublicKey{},
			"no program id for localnet"},
	} {
		t.Run(name, func(t *testing.T) {
			onChain, err := chain.NewClient(chain.Config{Network: c.network})
			require.NoError(t, err)
			rounds, err := round.NewClient(round.Config{Chain: onChain, Program: c.program})
			if c.says != "" {
				require.ErrorIs(t, err, round.ErrConfig)
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, rounds.Addresses().Program)
			require.Same(t, onChain, rounds.Chain())
		})
	}
	_, err := round.NewClient(round.Config{})
	require.ErrorIs(t, err, round.ErrConfig)
	require.ErrorContains(t, err, "chain.NewClient")
}

// The fee options add instructions of the compute budget program.
func TestPriorityFeeIsPaid(t *testing.T) {
	w := newWorld(t)
	plain := w.actor()
	base := w.ok(plain.CreateTrainerProfile(t.Context())).Fee
	w.route.ComputeUnits, w.route.PriorityFee = 100_000, 1_000_000
	eager := w.actor()
	require.Equal(t, base+100_000, w.ok(eager.CreateTrainerProfile(t.Context())).Fee)
}
