package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestDeployedTellsWhatStandsThere(t *testing.T) {
	w := newWorld(t)
	found, err := w.actor().Chain().Deployed(t.Context(), round.LocalProgram)
	require.NoError(t, err)
	require.True(t, found.Runs(round.Program()))

	address := chain.ProgramDataAddress(round.LocalProgram)
	account, ok := w.net.Account(address)
	require.True(t, ok)
	account.Data = append([]byte(nil), account.Data...)
	account.Data[1000]++
	require.NoError(t, w.net.SetAccount(address, account))
	found, err = w.actor().Chain().Deployed(t.Context(), round.LocalProgram)
	require.NoError(t, err)
	require.False(t, found.Runs(round.Program()), "one bit is enough")

	account.Data = account.Data[:20]
	require.NoError(t, w.net.SetAccount(address, account))
	_, err = w.actor().Chain().Deployed(t.Context(), round.LocalProgram)
	var of *chain.AccountError
	require.ErrorAs(t, err, &of)
	require.Equal(t, address, of.Address)
}

func TestDeployedWhereNothingIs(t *testing.T) {
	net := localnet.New(t, localnet.InProcess(), localnet.Empty())
	c, err := chain.NewClient(chain.Config{RPC: net.RPC()})
	require.NoError(t, err)
	_, err = c.Deployed(t.Context(), round.LocalProgram)
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.ErrorIs(t, c.Deploy(t.Context(), chain.Deployment{Program: round.LocalProgram, ELF: round.Program()}), chain.ErrNoSigner)
}

func TestDeployRefusesBeforeItPays(t *testing.T) {
	w := newWorld(t)
	c := w.actor().Chain()
	before := w.balance(c.Wallet())
	for name, d := range map[string]chain.Deployment{
		"no ELF":              {Program: round.LocalProgram, ELF: []byte("#!/bin/sh")},
		"empty":               {Program: round.LocalProgram, ELF: []byte{}},
		"larger than allowed": {Program: round.LocalProgram, ELF: round.Program(), Room: 11 << 20},
		"less room than code": {Program: round.LocalProgram, ELF: round.Program(), Room: 10},
		"negative parallel":   {Program: round.LocalProgram, ELF: round.Program(), Parallel: -1},
		"not the authority":   {Program: round.LocalProgram, ELF: append(round.Program(), 1)},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, c.Deploy(t.Context(), d), chain.ErrDeploy) })
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
	c, err := chain.NewClient(chain.Config{RPC: net.RPC(), Signer: owner})
	require.NoError(t, err)
	rounds, err := round.NewClient(round.Config{Chain: c, Program: program.PublicKey()})
	require.NoError(t, err)
	plan, err := c.PlanDeploy(ctx, chain.Deployment{Key: program, ELF: round.Program()})
	require.NoError(t, err)
	require.NoError(t, c.Deploy(ctx, chain.Deployment{Key: program, ELF: round.Program()}))
	balance, err := c.Balance(ctx, owner.PublicKey())
	require.NoError(t, err)
	require.Equal(t, 5*sol-plan.Fees-plan.Deposit, balance)
	_, err = rounds.Initialize(ctx)
	require.NoError(t, err)
	require.NoError(t, c.Deploy(ctx, chain.Deployment{Program: program.PublicKey(), ELF: changed()}))
	found, err := c.Deployed(ctx, program.PublicKey())
	require.NoError(t, err)
	require.False(t, found.Runs(round.Program()))
	_, err = rounds.CreateTrainerProfile(ctx)
	require.NoError(t, err)
	_, err = c.MakeImmutable(ctx, program.PublicKey())
	require.NoError(t, err)
	require.ErrorContains(t, c.Deploy(ctx, chain.Deployment{Program: program.PublicKey(), ELF: round.Program()}), "immutable")
}
