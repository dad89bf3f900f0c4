package chain_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// signer is a wallet of a test's own.
type signer struct {
	chain.Signer
	sign func(message []byte) (solana.Signature, error)
}

func (s signer) Sign(_ context.Context, message []byte) (solana.Signature, error) {
	return s.sign(message)
}

func TestSignerThatFails(t *testing.T) {
	w := newWorld(t)
	key := chaintest.Keypair(t)
	require.NoError(t, w.net.Fund(key.PublicKey(), sol))
	locked := errors.New("the wallet is locked")
	for name, c := range map[string]struct {
		sign func([]byte) (solana.Signature, error)
		says string
	}{
		"refuses":               {func([]byte) (solana.Signature, error) { return solana.Signature{}, locked }, "the wallet is locked"},
		"signs something else":  {func([]byte) (solana.Signature, error) { return key.Sign(t.Context(), []byte("x")) }, "does not match its key"},
		"gives no signature":    {func([]byte) (solana.Signature, error) { return solana.Signature{}, nil }, "does not match its key"},
		"an empty one, in fact": {func(m []byte) (solana.Signature, error) { return (&chain.Keypair{}).Sign(t.Context(), m) }, "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			client := w.client(signer{key, c.sign})
			_, err := pay(t.Context(), client)
			require.ErrorContains(t, err, c.says)
			_, err = client.SignMessage(t.Context(), []byte("a message"))
			require.ErrorContains(t, err, c.says)
		})
	}
	require.EqualValues(t, sol, w.balance(key.PublicKey()), "nothing was paid")
}

func TestSignMessage(t *testing.T) {
	w := newWorld(t)
	key := chaintest.Keypair(t)
	sig, err := w.client(key).SignMessage(t.Context(), []byte("a message"))
	require.NoError(t, err)
	require.True(t, sig.Verify(key.PublicKey(), []byte("a message")))
	_, err = w.client(nil).SignMessage(t.Context(), []byte("a message"))
	require.ErrorIs(t, err, chain.ErrNoSigner)
}

func TestSendOfNothing(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	_, err := c.Send(t.Context(), nil)
	require.ErrorIs(t, err, chain.ErrArgument)
	_, err = c.Simulate(t.Context())
	require.ErrorIs(t, err, chain.ErrArgument)
}

// An instruction that another wallet must sign cannot be sent without it.
func TestSendForSomebodyElse(t *testing.T) {
	w := newWorld(t)
	c, other := w.actor(), chaintest.Keypair(t)
	require.NoError(t, w.net.Fund(other.PublicKey(), sol))
	instructions := []solana.Instruction{system.NewTransferInstruction(price, other.PublicKey(), shop).Build()}
	_, err := c.Send(t.Context(), instructions)
	require.ErrorContains(t, err, other.PublicKey().String()+" must sign, too")
	_, err = c.Send(t.Context(), instructions, other)
	require.NoError(t, err)
	require.Equal(t, 1, w.payments())
	require.EqualValues(t, sol-price, w.balance(other.PublicKey()), "the client's wallet paid the fee")
}

func TestAClientWithoutSignerCanOnlyRead(t *testing.T) {
	w := newWorld(t)
	c := w.client(nil)
	_, err := pay(t.Context(), c)
	require.ErrorIs(t, err, chain.ErrNoSigner)
	_, err = c.Simulate(t.Context(), echo(0))
	require.ErrorIs(t, err, chain.ErrNoSigner)
	balance, err := c.Balance(t.Context(), shop)
	require.NoError(t, err)
	require.EqualValues(t, sol, balance)
}

// The same instructions twice within one blockhash are two transactions, from
// many goroutines at once, too.
func TestTheSameTwiceIsDoneTwice(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			_, err := pay(t.Context(), c)
			assert.NoError(t, err)
		})
	}
	group.Wait()
	require.Equal(t, 3, w.payments())
}

// The fee options add instructions of the compute budget program, which come
// first.
func TestPriorityFeeIsPaid(t *testing.T) {
	w := newWorld(t)
	w.route.ComputeUnits, w.route.PriorityFee = 100_000, 1_000_000
	c := w.actor()
	r, err := pay(t.Context(), c)
	require.NoError(t, err)
	require.EqualValues(t, 5000+100_000, r.Fee)
	_, err = c.Send(t.Context(), []solana.Instruction{echo(7)})
	require.Equal(t, 2, isProgramError(t, err).Instruction)
}
