//go:build unix

package app

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
)

// Nobody writes into the pipe: whatever opens it waits for ever.
func TestPipesInPlaceOfFilesAreRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "file")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for name, read := range map[string]func() error{
		"private": func() error { _, err := readPrivate(pipe, 10); return err },
		"file":    func() error { _, err := userfile.Read(pipe, 10); return err },
		"device":  func() error { _, err := userfile.Read("/dev/zero", 10); return err },
	} {
		require.ErrorContains(t, read(), "not a regular file", name)
	}
	require.False(t, isEncrypted(pipe))
	_, err := userfile.Read(filepath.Dir(pipe), 10)
	require.ErrorContains(t, err, "is a directory")
}
