package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// Reader is a client of the chain without a wallet, for a test to look with.
func Reader(t testing.TB, net *localnet.Network) *round.Client {
	return client(t, net, nil)
}

// Funded is a client of the chain with a new wallet that has some SOL, for those
// whom a test needs beside the app that it is about.
func Funded(t testing.TB, net *localnet.Network) *round.Client {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, net.Fund(key.PublicKey(), 5_000_000_000))
	return client(t, net, key)
}

func client(t testing.TB, net *localnet.Network, signer chain.Signer) *round.Client {
	onChain, err := chain.NewClient(chain.Config{RPC: net.RPC(), Signer: signer})
	require.NoError(t, err)
	rounds, err := round.NewClient(round.Config{Chain: onChain, Program: net.ProgramID()})
	require.NoError(t, err)
	return rounds
}
