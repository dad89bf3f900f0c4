package storage_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// What is said to be used is what lies on the disk, with a limit and without, whether it was written before the first
// question or after it.
func TestUsedIsWhatLiesOnTheDisk(t *testing.T) {
	for _, limit := range []int64{1 << 30, -1} {
		dir := t.TempDir()
		s := open(t, storage.Config{Dir: dir, CacheBytes: limit})
		for n := range 3 {
			_, err := s.Add(t.Context(), fstest.MapFS{"own": {Data: pseudo(1<<20, uint32(n+1))}})
			require.NoError(t, err)
			used, max, err := s.Used()
			require.NoError(t, err)
			require.Equal(t, limit, max)
			require.Equal(t, onDisk(t, filepath.Join(dir, "blocks")), used)
		}
	}
}

func onDisk(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			info, err := d.Info()
			require.NoError(t, err)
			bytes += info.Size()
		}
		return err
	}))
	require.Positive(t, bytes)
	return bytes
}
