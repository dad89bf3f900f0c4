package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestDeployedTellsWhatStandsThere(t *testing.T) {
	w := newWorld(t)
	found, err := w.actor().Deployed(t.Context())
	require.NoError(t, err)
	require.True(t, found.Known)

	address := w.actor().Addresses().ProgramData()
	account, ok := w.net.Account(address)
	require.True(t, ok)
	account.Data = append([]byte(nil), account.Data...)
	account.Data[1000]++
	require.NoError(t, w.net.SetAccount(address, account))
	found, err = w.actor().Deployed(t.Context())
	require.NoError(t, err)
	require.False(t, found.Known, "one bit is enough")

	account.Data = account.Data[:20]
	require.NoError(t, w.net.SetAccount(address, account))
	_, err = w.actor().Deployed(t.Context())
	var of *round.AccountError
	require.ErrorAs(t, err, &of)
	require.Equal(t, address, of.Address)
}

func TestDeployedWhereNothingIs(t *testing.T) {
	net := localnet.New(t, localnet.InProcess(), localnet.Empty())
	c, err := round.NewClient(round.Config{RPC: net.RPC()})
	require.NoError(t, err)
	_, err = c.Deployed(t.Context())
	require.ErrorIs(t, err, round.ErrNotFound)
	require.ErrorIs(t, c.Deploy(t.Context(), round.Deployment{}), round.ErrNoSigner)
}

func TestDeployRefusesBeforeItPays(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	before := w.balance(c.Wallet())
	for name, d := range map[string]round.Deployment{
		"no ELF":              {ELF: []byte("#!/bin/sh")},
		"empty":               {ELF: []byte{}},
		"larger than allowed": {Room: 11 << 20},
		"less room than code": {Room: 10},
		"negative parallel":   {Parallel: -1},
		"not the authority":   {ELF: append(round.Program(), 1)},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, c.Deploy(t.Context(), d), round.ErrDeploy) })
	}
	require.Equal(t, before, w.balance(c.Wallet()))
}

// The local chain's loader is as a cluster's, so all of it can be tried without
// one.
func TestDeployOnTheLocalChain(t *testing.T) {
	ctx := t.Context()
	net := localnet.New(t, localnet.InProcess(), localnet.Empty())
	owner, program := keypair(t), keypair(t)
	require.NoError(t, net.Fund(owner.PublicKey(), 5*sol))
	c, err := round.NewClient(round.Config{RPC: net.RPC(), Signer: owner, Network: round.Network{Program: program.PublicKey()}})
	require.NoError(t, err)
	plan, err := c.PlanDeploy(ctx, round.Deployment{Key: program})
	require.NoError(t, err)
	require.NoError(t, c.Deploy(ctx, round.Deployment{Key: program}))
	balance, err := c.Balance(ctx, owner.PublicKey())
	require.NoError(t, err)
	require.Equal(t, 5*sol-plan.Fees-plan.Deposit, balance)
	_, err = c.Initialize(ctx)
	require.NoError(t, err)
	require.NoError(t, c.Deploy(ctx, round.Deployment{ELF: changed()}))
	found, err := c.Deployed(ctx)
	require.NoError(t, err)
	require.False(t, found.Known)
	_, err = c.CreateTrainerProfile(ctx)
	require.NoError(t, err)
	_, err = c.SealProgram(ctx)
	require.NoError(t, err)
	require.ErrorContains(t, c.Deploy(ctx, round.Deployment{}), "sealed")
}
