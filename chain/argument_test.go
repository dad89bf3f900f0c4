package chain_test

import (
	"sync"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

func TestArgumentsThatCannotBeSent(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	fine := []solana.Instruction{echo(0)}
	for name, send := range map[string]func() error{
		"no instructions":   func() error { _, err := c.Send(t.Context(), nil); return err },
		"a nil instruction": func() error { _, err := c.Send(t.Context(), append(fine, nil)); return err },
		"a nil account": func() error {
			_, err := c.Send(t.Context(), []solana.Instruction{solana.NewInstruction(echoID, solana.AccountMetaSlice{nil}, []byte{0})})
			return err
		},
		"a nil signer": func() error { _, err := c.Send(t.Context(), fine, nil); return err },
		"too many bytes": func() error {
			_, err := c.Send(t.Context(), []solana.Instruction{solana.NewInstruction(echoID, nil, make([]byte, 1300))})
			return err
		},
		"simulating a nil instruction": func() error { _, err := c.Simulate(t.Context(), nil); return err },
		"an authority given to nobody": func() error { _, err := c.GiveUpgradeAuthority(t.Context(), echoID, nil); return err },
		"tokens of nobody":             func() error { _, err := c.TokenBalance(t.Context(), solana.PublicKey{}, keyed('m')); return err },
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, send(), chain.ErrArgument) })
	}
}

// A transaction marks the accounts that its instructions share. Those of the
// caller stay as they are, also where many goroutines send the same ones.
func TestSendingTheSameInstructionsFromManyGoroutines(t *testing.T) {
	w := newWorld(t)
	account := solana.PublicKey{0, 'a'} // with an account, its first byte is what echo returns
	read, write := solana.Meta(account), solana.Meta(account).WRITE()
	shared := []solana.Instruction{
		solana.NewInstruction(echoID, solana.AccountMetaSlice{read}, []byte{0}),
		solana.NewInstruction(echoID, solana.AccountMetaSlice{write}, []byte{0}),
	}
	var group sync.WaitGroup
	for range 4 {
		c := w.actor()
		group.Go(func() {
			_, err := c.Send(t.Context(), shared)
			require.NoError(t, err)
		})
	}
	group.Wait()
	require.False(t, read.IsWritable)
}
