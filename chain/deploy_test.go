package chain_test

import (
	"context"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// changed is the code with a change.
func changed() []byte { return append(largeELF(), "another version"...) }

func TestDeployedReadsTheProgram(t *testing.T) {
	w := newWorld(t)
	c := w.client(nil)
	found, err := c.Deployed(t.Context(), echoID)
	require.NoError(t, err)
	require.True(t, found.Runs(echoELF()))

	address := chain.ProgramDataAddress(echoID)
	account, ok := w.net.Account(address)
	require.True(t, ok)
	account.Data = append([]byte(nil), account.Data...)
	account.Data[len(account.Data)-1]++
	require.NoError(t, w.net.SetAccount(address, account))
	found, err = c.Deployed(t.Context(), echoID)
	require.NoError(t, err)
	require.False(t, found.Runs(echoELF()), "one bit is enough")

	account.Data = account.Data[:20]
	require.NoError(t, w.net.SetAccount(address, account))
	_, err = c.Deployed(t.Context(), echoID)
	var of *chain.AccountError
	require.ErrorAs(t, err, &of)
	require.Equal(t, address, of.Address)
}

func TestDeployedWithoutAProgram(t *testing.T) {
	c := newWorld(t).client(nil)
	_, err := c.Deployed(t.Context(), solana.PublicKey{9})
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.ErrorIs(t, c.Deploy(t.Context(), chain.Deployment{Program: echoID, ELF: echoELF()}), chain.ErrNoSigner)
}

func TestDeployRefusesBeforeItPays(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	before := w.balance(c.Wallet())
	for name, d := range map[string]chain.Deployment{
		"no address":             {ELF: echoELF()},
		"no ELF":                 {Program: echoID, ELF: []byte("#!/bin/sh")},
		"empty":                  {Program: echoID},
		"larger than allowed":    {Program: echoID, ELF: echoELF(), Room: 11 << 20},
		"less room than code":    {Program: echoID, ELF: echoELF(), Room: 10},
		"negative parallel":      {Program: echoID, ELF: echoELF(), Parallel: -1},
		"not the authority":      {Program: echoID, ELF: changed()},
		"new, without its key":   {Program: solana.PublicKey{9}, ELF: echoELF()},
		"the key of another one": {Program: solana.PublicKey{9}, Key: chaintest.Keypair(t), ELF: echoELF()},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, c.Deploy(t.Context(), d), chain.ErrDeploy) })
	}
	require.Equal(t, before, w.balance(c.Wallet()))
}

// A program that this SDK does not know, from its keypair to MakeImmutable, with
// this package alone.
func TestAForeignProgramFromEndToEnd(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	owner, key, heir := chaintest.Keypair(t), chaintest.Keypair(t), chaintest.Keypair(t)
	require.NoError(t, w.net.Fund(owner.PublicKey(), 5*sol))
	require.NoError(t, w.net.Fund(heir.PublicKey(), 5*sol))
	c, next, program := w.client(owner), w.client(heir), key.PublicKey()
	c.Register(errEcho.program(program))

	plan, err := c.PlanDeploy(ctx, chain.Deployment{Key: key, ELF: largeELF()})
	require.NoError(t, err)
	require.Equal(t, chain.DeployNew, plan.Action)
	written := 0
	require.NoError(t, c.Deploy(ctx, chain.Deployment{Key: key, ELF: largeELF(), OnProgress: func(n, total int) {
		require.Len(t, largeELF(), total)
		require.GreaterOrEqual(t, n, written)
		written = n
	}}))
	require.Len(t, largeELF(), written)
	require.Equal(t, 5*sol-plan.Fees-plan.Deposit, w.balance(owner.PublicKey()), "it cost what was computed")

	call := func(code byte) error {
		_, err := c.Send(ctx, []solana.Instruction{solana.NewInstruction(program, nil, []byte{code})})
		return err
	}
	require.NoError(t, call(0))
	require.ErrorIs(t, call(7), errEcho)
	found, err := c.Deployed(ctx, program)
	require.NoError(t, err)
	require.True(t, found.Runs(largeELF()))
	require.Equal(t, owner.PublicKey(), found.Authority)

	require.NoError(t, c.Deploy(ctx, chain.Deployment{Program: program, ELF: changed()}), "an upgrade")
	require.NoError(t, call(0))
	_, err = c.GiveUpgradeAuthority(ctx, program, heir)
	require.NoError(t, err)
	require.ErrorContains(t, c.Deploy(ctx, chain.Deployment{Program: program, ELF: largeELF()}), "the upgrade authority of")
	_, err = next.MakeImmutable(ctx, program)
	require.NoError(t, err)
	require.ErrorContains(t, next.Deploy(ctx, chain.Deployment{Program: program, ELF: largeELF()}), "immutable")
	require.ErrorIs(t, call(7), errEcho, "it runs all the same")
	_, err = next.SetUpgradeAuthority(ctx, program, solana.PublicKey{})
	require.ErrorIs(t, err, chain.ErrArgument)
}

// An interrupted deployment continues where it stopped, or is given up and gives
// its lamports back.
func TestInterruptedDeploy(t *testing.T) {
	for _, givenUp := range []bool{false, true} {
		w := newWorld(t)
		c, key := w.actor(), chaintest.Keypair(t)
		deployment := chain.Deployment{Key: key, ELF: largeELF(), Parallel: 1}
		ctx, stop := context.WithCancel(t.Context())
		deployment.OnProgress = func(written, _ int) {
			if written > 0 {
				stop()
			}
		}
		err := c.Deploy(ctx, deployment)
		stop()
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "run it again to go on")
		plan, err := c.PlanDeploy(t.Context(), deployment)
		require.NoError(t, err)
		require.Positive(t, plan.Present)
		buffers, err := c.Buffers(t.Context())
		require.NoError(t, err)
		require.Len(t, buffers, 1)
		require.Equal(t, plan.Buffer, buffers[0].Address)
		require.Equal(t, len(largeELF()), buffers[0].Size)
		if givenUp {
			before := w.balance(c.Wallet())
			r, err := c.CloseBuffer(t.Context(), plan.Buffer)
			require.NoError(t, err)
			require.Equal(t, before+buffers[0].Lamports-r.Fee, w.balance(c.Wallet()))
			continue
		}
		least := len(largeELF())
		deployment.OnProgress = func(written, _ int) { least = min(least, written) }
		require.NoError(t, c.Deploy(t.Context(), deployment))
		require.GreaterOrEqual(t, least, plan.Present)
		buffers, err = c.Buffers(t.Context())
		require.NoError(t, err)
		require.Empty(t, buffers, "the buffer is used up")
	}
}

func TestDeployWithTooFewLamports(t *testing.T) {
	w := newWorld(t)
	owner, key := chaintest.Keypair(t), chaintest.Keypair(t)
	const few = sol / 10
	require.NoError(t, w.net.Fund(owner.PublicKey(), few))
	c := w.client(owner)
	deployment := chain.Deployment{Key: key, ELF: largeELF()}
	err := c.Deploy(t.Context(), deployment)
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)
	require.ErrorContains(t, err, "the wallet has 0.1 SOL")
	require.EqualValues(t, few, w.balance(owner.PublicKey()), "nothing was spent")

	plan, err := c.PlanDeploy(t.Context(), deployment)
	require.NoError(t, err)
	require.NoError(t, w.net.Fund(owner.PublicKey(), plan.Required-few))
	require.NoError(t, c.Deploy(t.Context(), deployment), "exactly what the plan says is enough")
}
