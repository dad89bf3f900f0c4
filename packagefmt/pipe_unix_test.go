//go:build unix

package packagefmt_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
)

// Nobody writes into the pipes: whatever opens one waits for ever.
func TestPipesInPlaceOfFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "model")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err := packagefmt.OpenONNX(pipe, packagefmt.ONNXOptions{})
	require.ErrorIs(t, err, packagefmt.ErrInvalid)
	require.ErrorContains(t, err, "a pipe")
	_, err = packagefmt.OpenPyTorch(pipe, packagefmt.PyTorchOptions{})
	require.ErrorContains(t, err, "a pipe")

	for _, name := range []string{packagefmt.ConfigFile, packagefmt.HeadFile} {
		pkg := t.TempDir()
		require.NoError(t, os.CopyFS(pkg, os.DirFS("testdata/kit-creator")))
		require.NoError(t, os.Remove(filepath.Join(pkg, name)))
		require.NoError(t, syscall.Mkfifo(filepath.Join(pkg, name), 0o600))
		_, err := packagefmt.Read(os.DirFS(pkg))
		require.ErrorIs(t, err, packagefmt.ErrInvalid)
		require.ErrorContains(t, err, "a pipe")
		_, err = packagefmt.DecodedBytes(os.DirFS(pkg))
		require.Equal(t, name == packagefmt.HeadFile, err != nil) // of the other one it needs the size alone
	}
	adapter := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(adapter, lora.ConfigFile), 0o600))
	_, err = lora.Read(os.DirFS(adapter), packagefmt.Model{})
	require.ErrorIs(t, err, lora.ErrInvalid)
	require.ErrorContains(t, err, "a pipe")
}
