package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestFileIsReplacedOrStays(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	require.NoError(t, atomicfile.Write(path, text("old")))
	require.NoError(t, os.WriteFile(path+".tmp", []byte("what a killed process left, and more"), 0o600))
	require.NoError(t, atomicfile.Write(path, text("new")))
	failed := errors.New("the disk is full")
	err := atomicfile.Write(path, func(w io.Writer) error { return errors.Join(text("half")(w), failed) })
	require.ErrorIs(t, err, failed)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new", string(got))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing half written stays")
	require.Error(t, atomicfile.Write(filepath.Join(dir, "none", "file"), text("x")))
}
