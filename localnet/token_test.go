package localnet_test

import (
	"os"
	"path/filepath"
	"testing"

	bin "github.com/gagliardetto/binary"
	"github.com/gagliardetto/solana-go"
	associated "github.com/gagliardetto/solana-go/programs/associated-token-account"
	"github.com/gagliardetto/solana-go/programs/token"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// SOL is wrapped in an associated account: both programs and the mint are there.
func TestWithToken(t *testing.T) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := world{net: localnet.New(t, localnet.InProcess(), localnet.WithToken(dir))}
		w.client = w.net.RPC()
		from := w.wallet(t)
		account, _, err := solana.FindAssociatedTokenAddress(from.PublicKey(), solana.WrappedSol)
		require.NoError(t, err)
		create := associated.NewCreateInstruction(from.PublicKey(), from.PublicKey(), solana.WrappedSol).Build()
		_, err = w.client.SendTransaction(t.Context(), w.sign(t, from, create))
		require.NoError(t, err)
		require.NoError(t, w.net.Fund(account, 7))
		_, err = w.client.SendTransaction(t.Context(), w.sign(t, from, token.NewSyncNativeInstruction(account).Build()))
		require.NoError(t, err)
		balance, err := w.client.GetAccountInfo(t.Context(), account)
		require.NoError(t, err)
		var got token.Account
		require.NoError(t, bin.UnmarshalBin(&got, balance.Value.Data.GetBinary()))
		require.EqualValues(t, 7, got.Amount)
		require.Equal(t, from.PublicKey(), got.Owner)
	})
}

func TestWithTokenSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	_, err := localnet.Start(localnet.InProcess(), localnet.WithToken(dir))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "solana program dump -u m ")

	for _, name := range []string{"token.so", "associated_token.so"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("no ELF"), 0o600))
	}
	_, err = localnet.Start(localnet.InProcess(), localnet.WithToken(dir))
	require.ErrorContains(t, err, "localnet: program ")
}
