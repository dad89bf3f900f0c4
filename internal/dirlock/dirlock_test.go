package dirlock

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
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

func TestFileExistsOnlyWhileItIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "lock")
	first, err := AcquireFile(path)
	require.NoError(t, err)
	_, err = AcquireFile(path)
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, first.Close())
	require.NoFileExists(t, path)
	require.NoError(t, os.WriteFile(path, nil, 0o600)) // as a killed process leaves it
	second, err := AcquireFile(path)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

func TestFileLockIsHeldByOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var holders, locked atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				l, err := AcquireFile(path)
				if err != nil {
					continue
				}
				if holders.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				locked.Add(1)
				holders.Add(-1)
				_ = l.Close()
			}
		})
	}
	wg.Wait()
	require.Positive(t, locked.Load())
}
