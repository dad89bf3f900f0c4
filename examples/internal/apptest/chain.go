package apptest

import (
	"encoding/binary"
	"slices"
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

// The fields of accounts that a crowd changes, by the published interface.
const (
	atRoundID     = 8
	atRoundStatus = 132
	atCount       = 8
)

// Crowd puts rounds on the chain, copies of round 0 but for their status, without a
// transaction for each: as many as there are in total.
func Crowd(t testing.TB, net *localnet.Network, count int, status func(id int) round.Status) {
	t.Helper()
	addresses := round.Addresses{Program: net.ProgramID()}
	template, ok := net.Account(addresses.Round(0))
	require.True(t, ok)
	for id := range count {
		data := slices.Clone(template.Data)
		binary.LittleEndian.PutUint64(data[atRoundID:], uint64(id))
		data[atRoundStatus] = byte(status(id))
		require.NoError(t, net.SetAccount(addresses.Round(uint64(id)), localnet.Account{Lamports: template.Lamports, Owner: template.Owner, Data: data}))
	}
	counter, ok := net.Account(addresses.Counter())
	require.True(t, ok)
	counter.Data = slices.Clone(counter.Data)
	binary.LittleEndian.PutUint64(counter.Data[atCount:], uint64(count))
	require.NoError(t, net.SetAccount(addresses.Counter(), counter))
}
