//go:build linux

package packagefmt_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/fulldisk"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// On a full disk a package that is there stays as it is, and nothing half written is kept.
func TestDiskFull(t *testing.T) {
	p, err := localtest.Package()
	require.NoError(t, err)
	dir := t.TempDir()
	old := filepath.Join(dir, "package")
	require.NoError(t, p.Write(old))
	fulldisk.During(t, 1000, func() {
		require.ErrorIs(t, p.Write(filepath.Join(dir, "other")), syscall.EFBIG)
		require.ErrorIs(t, p.Replace(old), syscall.EFBIG)
	})
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	_, err = packagefmt.Read(os.DirFS(old))
	require.NoError(t, err)
}
