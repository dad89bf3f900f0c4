package dirlock

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneLockPerDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first, err := Acquire(dir)
	require.NoError(t, err)

	_, err = Acquire(dir)
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, dir)

	require.NoError(t, first.Close())
	second, err := Acquire(dir)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}
