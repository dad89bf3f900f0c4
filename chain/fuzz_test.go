package chain_test

import (
	"context"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// Any answer of a node gives a value or an error, never a panic, and the value is
// one that was asked for.
func FuzzNodeAnswers(f *testing.F) {
	chaintest.SeedAnswers(f, echoID, chaintest.Listed(echoID, recordData(100, 0)))
	key := chaintest.Keypair(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: chaintest.NodeURL}, Transport: chaintest.Answer(text), Signer: key, Attempts: 1})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = c.Balance(ctx, key.PublicKey())
		_, _ = c.Slot(ctx)
		_, _ = c.Now(ctx)
		_, _ = c.Deployed(ctx, echoID)
		_, _ = c.Transaction(ctx, solana.Signature{})
		_, _ = c.Simulate(ctx, echo(0))
		if a, err := c.Account(ctx, shop, echoID); err == nil {
			require.Equal(t, echoID, a.Owner)
		}
		if all, err := c.Accounts(ctx, shop); err == nil {
			require.Len(t, all, 1)
			require.Equal(t, shop, all[0].Address)
		}
		found, _, err := chain.Scan(ctx, c, records, func(a chain.Account) (chain.Account, error) { return a, nil })
		if err != nil {
			require.Empty(t, found)
		}
		for _, a := range found {
			require.True(t, records.Match(a))
		}
	})
}
