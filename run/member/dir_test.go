package member

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
)

// An update appears whole, after what must be there before it, or not at all.
func TestFilesAppearWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "update-1.tar")
	files := memfs.FS{"config.json": []byte("{}\n"), "update.safetensors": make([]byte, 100_000), "empty": {}}
	_, err := readFiles(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	broken := errors.New("broken")
	require.ErrorIs(t, writeFiles(path, files, func() error { return broken }), broken)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, entries)
	require.NoError(t, writeFiles(path, files, func() error {
		_, err := os.Stat(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
		return nil
	}))
	got, err := readFiles(path)
	require.NoError(t, err)
	require.Equal(t, files, got)

	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b[:len(b)/2], 0o600))
	_, err = readFiles(path)
	require.ErrorContains(t, err, path)
}
