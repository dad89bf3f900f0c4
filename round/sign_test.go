package round_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
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
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, w.net.Fund(key.PublicKey(), sol))
	locked := errors.New("the wallet is locked")
	for name, c := range map[string]struct {
		sign func([]byte) (solana.Signature, error)
		says string
	}{
		"refuses":               {func([]byte) (solana.Signature, error) { return solana.Signature{}, locked }, "the wallet is locked"},
		"signs something else":  {func([]byte) (solana.Signature, error) { return key.Sign(t.Context(), []byte("x")) }, "not one of its key"},
		"gives no signature":    {func([]byte) (solana.Signature, error) { return solana.Signature{}, nil }, "not one of its key"},
		"an empty one, in fact": {func(m []byte) (solana.Signature, error) { return (&chain.Keypair{}).Sign(t.Context(), m) }, "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := w.client(signer{key, c.sign}), error(nil)
			require.NoError(t, err)
			_, err = client.CreateTrainerProfile(t.Context())
			require.ErrorContains(t, err, c.says)
			_, err = client.Salt(t.Context(), 0, round.BaseModel)
			require.ErrorContains(t, err, c.says)
		})
	}
	require.EqualValues(t, sol, w.balance(key.PublicKey()), "nothing was paid")
}

func TestSendOfNothing(t *testing.T) {
	w := newWorld(t)
	_, err := w.actor().Send(t.Context())
	require.ErrorIs(t, err, round.ErrArgument)
}

// An instruction that another wallet would have to sign cannot be sent.
func TestSendForSomebodyElse(t *testing.T) {
	w := newWorld(t)
	_, err := w.actor().Send(t.Context(), round.CreateTrainerProfile{Trainer: wallet})
	require.ErrorContains(t, err, wallet.String()+" must sign, too")
}
