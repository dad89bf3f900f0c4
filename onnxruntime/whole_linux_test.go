//go:build amd64 || arm64

package onnxruntime

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A library that ends too early, and what is no file, are errors: not the end of the process, and nothing that is waited for.
func TestPartsOfALibraryAreRefused(t *testing.T) {
	b, err := os.ReadFile(opened(t).Path())
	require.NoError(t, err)
	dir := t.TempDir()
	for _, size := range []int{0, 1, 100, 4096, 1 << 18, len(b) / 2} {
		path := filepath.Join(dir, "libonnxruntime.so")
		require.NoError(t, os.WriteFile(path, b[:size], 0o600))
		_, err := Open(Config{Path: path})
		require.ErrorContains(t, err, path, "%d bytes", size)
	}
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err = Open(Config{Path: pipe})
	require.ErrorContains(t, err, "not a regular file")
}
