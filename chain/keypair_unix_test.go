//go:build unix

package chain_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Nobody writes into the pipe: whatever opens it waits for ever.
func TestPipeInPlaceOfAKeyIsRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "id.json")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err := chain.LoadKeypair(pipe)
	require.ErrorIs(t, err, chain.ErrKeypair)
	require.ErrorContains(t, err, "a pipe")
}
