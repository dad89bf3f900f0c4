package main

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/round"
)

// TestOnAChainThatIsNotOurs deploys the program to a real runtime and plays the launch there twice: with the faucet's
// lamports, and with a payer's.
func TestOnAChainThatIsNotOurs(t *testing.T) {
	net := surfpool.Start(t)
	key := func() *chain.Keypair {
		k, err := chain.NewKeypair()
		require.NoError(t, err)
		return k
	}
	owner, program, payer := key(), key(), key()
	net.Fund(t, owner.PublicKey(), 5_000_000_000)
	net.Fund(t, payer.PublicKey(), 5_000_000_000)
	client, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "surfpool", RPC: net.RPC}, Signer: owner})
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.Deploy(t.Context(), chain.Deployment{Key: program, ELF: round.Program()}))
	rounds, err := round.NewClient(round.Config{Chain: client, Program: program.PublicKey()})
	require.NoError(t, err)
	_, err = rounds.Initialize(t.Context())
	require.NoError(t, err)

	o := options{seed: 1, json: true, rpc: net.RPC, ws: net.WS, program: program.PublicKey()}
	var out, story bytes.Buffer
	require.NoError(t, run(t.Context(), o, &out, &story), &story)
	var r report
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	require.Zero(t, r.Round.ID)
	require.Equal(t, program.PublicKey().String(), r.Network.ProgramID)
	require.Contains(t, story.String(), "locked 1000000000 = trainers")
	t.Logf("%.1f s; %s", r.Seconds, r.Conservation)

	o.payer = filepath.Join(t.TempDir(), "payer.json")
	require.NoError(t, payer.Save(o.payer))
	out.Reset()
	require.NoError(t, run(t.Context(), o, &out, io.Discard))
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	require.EqualValues(t, 1, r.Round.ID)
	rest, err := client.Balance(t.Context(), payer.PublicKey())
	require.NoError(t, err)
	require.Greater(t, rest, uint64(5_000_000_000)-r.Conservation.Fees-100_000_000, "fees and rent are gone, the rest is back")
}
