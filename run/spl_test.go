package run_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

// A run that pays a mint's tokens, with the real token program: topped up, earned,
// claimed, and given back in the end.
func TestRunWithTokens(t *testing.T) { spltoken.Each(t, runWithTokens) }

func runWithTokens(t *testing.T, dir string) {
	l := &lab{net: localnet.New(t, localnet.InProcess(), localnet.WithToken(dir))}
	l.Client = l.client(t)
	ctx := t.Context()
	mint, _, err := l.Chain().CreateMint(ctx, 6)
	require.NoError(t, err)
	l.tokens(t, mint, l.Client, 1_000_000)
	l.r, _, err = l.CreateRun(ctx, run.Spec{ID: "lab", Mint: mint})
	require.NoError(t, err)
	require.Equal(t, run.SPL, l.r.Treasury)
	s := settings()
	s.MinStake, s.SlashBps = 1_000, 500
	_, err = l.UpdateConfig(ctx, l.r, run.UpdateConfig{Settings: s, Digest: run.Digest{1}, PackageCID: packageCID})
	require.NoError(t, err)
	_, err = l.UpdateModel(ctx, l.r, run.Digest{7})
	require.NoError(t, err)
	_, err = l.AllowJoin(ctx, run.Anybody)
	require.NoError(t, err)
	earning := uint64(10_000)
	_, err = l.SetFutureEpochRates(ctx, l.r, run.SetFutureEpochRates{Earning: &earning})
	require.NoError(t, err)
	_, err = l.TopUp(ctx, l.r, 500_000, solana.PublicKey{})
	require.NoError(t, err)
	_, err = l.SetPaused(ctx, l.r, false)
	require.NoError(t, err)
	for range 3 {
		m := l.client(t)
		l.tokens(t, mint, m, 5_000)
		l.members = append(l.members, m)
	}
	l.joinAll(t, 2_000)
	v := l.begin(t)
	for range 2 {
		l.submit(t, v)
		if v = l.verify(t, run.Ballot{Digest: run.Digest{8}}); v.Run.State == run.RoundTrain {
			v = l.draw(t)
		}
	}
	require.Equal(t, run.Cooldown, v.Run.State)
	for _, m := range l.members {
		_, err := m.Claim(ctx, l.r, 10_000)
		require.NoError(t, err)
		have, err := m.Chain().TokenBalance(ctx, m.Wallet(), mint)
		require.NoError(t, err)
		require.Equal(t, uint64(5_000-2_000+10_000), have)
	}
	vault, err := l.Chain().TokenAccount(ctx, l.r.Vault)
	require.NoError(t, err)
	v = l.view(t)
	require.Equal(t, v.Run.Liabilities(), vault.Amount)
	require.Equal(t, uint64(500_000-30_000+6_000), vault.Amount)
}

// tokens gives a wallet's associated account some.
func (l *lab) tokens(t *testing.T, mint solana.PublicKey, to *run.Client, amount uint64) {
	t.Helper()
	_, err := l.Chain().Send(t.Context(), []solana.Instruction{
		chain.CreateAssociatedToken{Payer: l.Wallet(), Wallet: to.Wallet(), Mint: mint},
		chain.MintTokens{Mint: mint, To: chain.AssociatedTokenAddress(to.Wallet(), mint), Authority: l.Wallet(), Amount: amount, Decimals: 6},
	})
	require.NoError(t, err)
}
