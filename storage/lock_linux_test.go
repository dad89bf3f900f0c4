package storage_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// Several processes may use a directory. A second file description stands for
// the other process: while it is there, blocks that no root links to stay, since
// it may be about to link to them, but roots are dropped all the same.
func TestTwoProcessesWithACache(t *testing.T) {
	for _, c := range []struct {
		name  string
		other bool
	}{{"alone", false}, {"with another process", true}} {
		t.Run(c.name, func(t *testing.T) {
			ctx, dir := context.Background(), t.TempDir()
			source := storagetest.Source{}
			var roots []cid.Cid
			for i := range 6 {
				root, car := packed(t, storage.Default, fstest.MapFS{"own": {Data: pseudo(200<<10, uint32(i+1))}})
				roots, source[root] = append(roots, root), func() io.ReadCloser { return io.NopCloser(bytes.NewReader(car)) }
			}
			s := open(t, storage.Config{Dir: dir, CacheBytes: 1 << 20, Fetchers: []storage.Fetcher{source}})
			if c.other {
				f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
				require.NoError(t, err)
				defer f.Close()
				require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_SH))
			}
			stray := filepath.Join(dir, "blocks", "a", "being-written")
			require.NoError(t, os.MkdirAll(filepath.Dir(stray), 0o755))
			require.NoError(t, os.WriteFile(stray, make([]byte, 1<<10), 0o644))
			for _, root := range roots {
				fetchAndClose(t, s, root)
				require.LessOrEqual(t, diskUse(t, dir), int64(1<<20))
			}
			_, err := os.Stat(stray)
			require.Equal(t, c.other, err == nil)
			ok, err := s.Has(ctx, roots[0])
			require.NoError(t, err)
			require.False(t, ok)
		})
	}
}

// A process that is clearing up is waited for when a directory is opened.
func TestOpenWaitsForClearing(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "lock"))
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	synctest.Test(t, func(t *testing.T) {
		_, err := storage.Open(storage.Config{Dir: dir})
		require.ErrorContains(t, err, "clearing up")
		require.ErrorContains(t, err, dir)
	})
	require.NoError(t, f.Close())
	_, err = storage.Open(storage.Config{Dir: dir})
	require.NoError(t, err)
}
