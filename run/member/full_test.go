//go:build linux

package member

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/fulldisk"
	"github.com/decloud-sdk/decloud-go/internal/memfs"
)

// On a full disk what was there stays, nothing half written is kept, and the error names the file.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "vote-1.json")
	require.NoError(t, writeFile(file, []byte("old")))
	fulldisk.During(t, 100, func() {
		err := writeFile(file, make([]byte, 1000))
		require.ErrorIs(t, err, syscall.EFBIG)
		require.ErrorContains(t, err, file)
		require.ErrorIs(t, writeFiles(filepath.Join(dir, "update-1.tar"), memfs.FS{"head": make([]byte, 1000)}, nil), syscall.EFBIG)
	})
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "old", string(b))
}
