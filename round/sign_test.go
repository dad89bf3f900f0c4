package round_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// locked is a wallet that signs nothing.
type locked struct{ chain.Signer }

var errLocked = errors.New("the wallet is locked")

func (locked) Sign(context.Context, []byte) (solana.Signature, error) {
	return solana.Signature{}, errLocked
}

func TestSignerThatFails(t *testing.T) {
	w := newWorld(t)
	key := chaintest.Keypair(t)
	require.NoError(t, w.net.Fund(key.PublicKey(), sol))
	client := w.client(locked{key})
	_, err := client.CreateTrainerProfile(t.Context())
	require.ErrorIs(t, err, errLocked)
	_, err = client.Salt(t.Context(), 0, round.BaseModel)
	require.ErrorIs(t, err, errLocked)
	require.EqualValues(t, sol, w.balance(key.PublicKey()), "nothing was paid")
}

func TestSendOfNothing(t *testing.T) {
	w := newWorld(t)
	_, err := w.actor().Send(t.Context())
	require.ErrorIs(t, err, round.ErrArgument)
}

// An instruction that needs another wallet's signature cannot be sent.
func TestSendForSomebodyElse(t *testing.T) {
	w := newWorld(t)
	_, err := w.actor().Send(t.Context(), round.CreateTrainerProfile{Trainer: wallet})
	require.ErrorContains(t, err, wallet.String()+" must sign, too")
}
