//go:build linux

package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/fulldisk"
)

// On a full disk the chain says so, confirms nothing that it cannot keep, answers what it knows, and goes on with room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir)
	first.stop(t, 0)
	require.Empty(t, first.log(t))
	info, err := os.Stat(filepath.Join(dir, "ledger"))
	require.NoError(t, err)

	var full *started
	fulldisk.During(t, uint64(info.Size())+50<<10, func() { full = start(t, dir) })
	confirmed := map[solana.PublicKey]solana.Signature{}
	for err == nil {
		to := solana.NewWallet().PublicKey()
		var sig solana.Signature
		if sig, err = full.client.RequestAirdrop(t.Context(), to, solana.LAMPORTS_PER_SOL, ""); err == nil {
			confirmed[to] = sig
		}
		require.Less(t, len(confirmed), 10_000, "the disk is not full")
	}
	require.NotEmpty(t, confirmed)
	require.ErrorContains(t, err, "file too large")
	var refused *jsonrpc.RPCError
	_, err = full.client.GetHealth(t.Context())
	require.True(t, errors.As(err, &refused))
	require.Equal(t, -32005, refused.Code)
	requireAll(t, full.client, confirmed)
	full.stop(t, 1)
	for _, text := range []string{"takes no more changes", "file too large", filepath.Join(dir, "ledger"), "What was confirmed is kept", "freeing disk space", "start the chain again"} {
		require.Contains(t, full.log(t), text)
	}
	require.Equal(t, 1, strings.Count(full.log(t), "takes no more changes: ledger: "+filepath.Join(dir, "ledger")))

	again := start(t, dir)
	requireAll(t, again.client, confirmed)
	_, err = again.client.RequestAirdrop(t.Context(), solana.NewWallet().PublicKey(), solana.LAMPORTS_PER_SOL, "")
	require.NoError(t, err)
	again.stop(t, 0)
}

func requireAll(t *testing.T, client *rpc.Client, confirmed map[solana.PublicKey]solana.Signature) {
	t.Helper()
	for key, sig := range confirmed {
		balance, err := client.GetBalance(t.Context(), key, "")
		require.NoError(t, err)
		require.Equal(t, solana.LAMPORTS_PER_SOL, balance.Value)
		statuses, err := client.GetSignatureStatuses(t.Context(), false, sig)
		require.NoError(t, err)
		require.NotNil(t, statuses.Value[0])
	}
}

// stop ends the command in order, with a status.
func (s *started) stop(t *testing.T, status int) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	_ = s.cmd.Wait()
	require.Equal(t, status, s.cmd.ProcessState.ExitCode())
}

func (s *started) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.stderr)
	require.NoError(t, err)
	return string(text)
}
