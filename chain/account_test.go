package chain_test

import (
	"context"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestAccount(t *testing.T) {
	w := newWorld(t)
	c, record := w.client(nil), w.record(1, 0)
	for name, of := range map[string]struct {
		address, owner solana.PublicKey
		want           error
	}{
		"of the program":          {record, echoID, nil},
		"whoever owns it":         {record, solana.PublicKey{}, nil},
		"of another program":      {record, relayID, chain.ErrWrongOwner},
		"none":                    {solana.PublicKey{9}, echoID, chain.ErrNotFound},
		"none, of anybody":        {solana.PublicKey{9}, solana.PublicKey{}, chain.ErrNotFound},
		"lamports that were sent": {shop, echoID, chain.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := c.Account(t.Context(), of.address, of.owner)
			require.ErrorIs(t, err, of.want)
			if of.want != nil {
				var fault *chain.AccountError
				require.ErrorAs(t, err, &fault)
				require.Equal(t, of.address, fault.Address)
				return
			}
			require.Equal(t, of.address, a.Address)
			require.Equal(t, echoID, a.Owner)
			require.EqualValues(t, sol, a.Lamports)
			require.Equal(t, recordData(100, 0), a.Data)
			require.NotZero(t, a.Slot)
		})
	}
}

// More than one call holds, some that do not exist, in the order asked for.
func TestAccounts(t *testing.T) {
	w := newWorld(t)
	var addresses []solana.PublicKey
	for n := range 203 {
		if n%2 == 0 {
			addresses = append(addresses, solana.PublicKey{'?', byte(n)})
			continue
		}
		addresses = append(addresses, w.record(byte(n), 0))
	}
	all, err := w.client(nil).Accounts(t.Context(), addresses...)
	require.NoError(t, err)
	require.Len(t, all, len(addresses))
	for n, a := range all {
		require.Equal(t, addresses[n], a.Address)
		require.Equal(t, n%2 == 1, a.Lamports > 0)
		require.Equal(t, n%2 == 1, a.Owner == echoID)
	}
	none, err := w.client(nil).Accounts(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestClockAndSlot(t *testing.T) {
	w := newWorld(t)
	c := w.client(nil)
	before, err := c.Now(t.Context())
	require.NoError(t, err)
	slot, err := c.Slot(t.Context())
	require.NoError(t, err)
	w.net.Warp(time.Hour)
	w.net.WarpSlots(100)
	after, err := c.Now(t.Context())
	require.NoError(t, err)
	require.InDelta(t, time.Hour.Seconds(), after.Sub(before).Seconds(), 5)
	later, err := c.Slot(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, later, slot+100)

	require.NoError(t, w.net.SetAccount(solana.PublicKey{1}, localnet.Account{Lamports: sol}))
	balance, err := c.Balance(t.Context(), solana.PublicKey{1})
	require.NoError(t, err)
	require.EqualValues(t, sol, balance)
}

func TestDeriveAddress(t *testing.T) {
	want, _, err := solana.FindProgramAddress([][]byte{[]byte("a"), {7}}, echoID)
	require.NoError(t, err)
	require.Equal(t, want, chain.DeriveAddress(echoID, []byte("a"), []byte{7}))
	require.NotEqual(t, want, chain.DeriveAddress(relayID, []byte("a"), []byte{7}))
	require.True(t, chain.DeriveAddress(echoID, make([]byte, 33)).IsZero(), "a seed that is too long")
	require.False(t, chain.DeriveAddress(echoID).IsZero(), "without seeds")
}

func TestTransactionThatNobodyKnows(t *testing.T) {
	_, err := newWorld(t).client(nil).Transaction(context.Background(), solana.Signature{1})
	require.ErrorIs(t, err, chain.ErrNotFound)
}
