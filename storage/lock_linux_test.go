package storage_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// If two processes use a directory and one of them may drop content, the second
// one gets an error. A second file description simulates the other process.
func TestOneProcessWithACache(t *testing.T) {
	for _, c := range []struct {
		name        string
		other       int
		cache       int64
		wantRefusal bool
	}{
		{"both keep everything", syscall.LOCK_SH, 0, false},
		{"the other one drops", syscall.LOCK_EX, 0, true},
		{"we would drop", syscall.LOCK_SH, 1, true},
		{"both drop", syscall.LOCK_EX, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			f, err := os.Create(filepath.Join(dir, "lock"))
			require.NoError(t, err)
			require.NoError(t, syscall.Flock(int(f.Fd()), c.other))
			_, err = storage.Open(storage.Config{Dir: dir, CacheBytes: c.cache})
			if c.wantRefusal {
				require.ErrorContains(t, err, "another process")
				require.ErrorContains(t, err, dir)
			} else {
				require.NoError(t, err)
			}
			require.NoError(t, f.Close())
			for _, bytes := range []int64{0, c.cache, 1, 0} { // stores of one process do not exclude each other
				_, err = storage.Open(storage.Config{Dir: dir, CacheBytes: bytes})
				require.NoError(t, err)
			}
		})
	}
}
