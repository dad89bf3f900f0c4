package round_test

import (
	"context"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// Any answer of a node gives a value or an error, never a panic, and the value is
// one that was asked for.
func FuzzNodeAnswers(f *testing.F) {
	chaintest.SeedAnswers(f, round.LocalProgram, chaintest.Listed(round.LocalProgram, roundData(1200, 0)))
	key := chaintest.Keypair(f)
	f.Fuzz(func(t *testing.T, text string) {
		onChain, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: chaintest.NodeURL}, Transport: chaintest.Answer(text), Signer: key, Attempts: 1})
		require.NoError(t, err)
		c, err := round.NewClient(round.Config{Chain: onChain, Program: round.LocalProgram})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = c.Chain().Balance(ctx, key.PublicKey())
		_, _ = c.Round(ctx, 1)
		_, _ = c.Chain().Now(ctx)
		_, _ = onChain.Deployed(ctx, round.LocalProgram)
		_, _ = c.Transaction(ctx, solana.Signature{})
		_, _ = c.Simulate(ctx, round.CreateTrainerProfile{Trainer: key.PublicKey()})
		rounds, err := c.Rounds(ctx, round.Filter{Status: []round.Status{round.Active}})
		if err != nil {
			require.Empty(t, rounds)
		}
		for _, r := range rounds {
			require.Equal(t, round.Active, r.Status)
		}
	})
}
