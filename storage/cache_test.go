package storage_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// The cache drops what was not used for longest, never what is pinned or in
// use, and shares blocks between packages.
func TestCacheLimit(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	shared := pseudo(256<<10, 100)
	cars := map[cid.Cid][]byte{}
	var roots []cid.Cid
	for i := range 5 {
		root, car := packed(t, storage.Default, fstest.MapFS{"own": {Data: pseudo(256<<10, uint32(i+1))}, "shared": {Data: shared}})
		roots, cars[root] = append(roots, root), car
	}
	src := &carSource{cars: cars}
	s := open(t, storage.Config{Dir: dir, CacheBytes: 1400 << 10, Fetchers: []storage.Fetcher{src}})
	has := func(i int) bool {
		ok, err := s.Has(ctx, roots[i])
		require.NoError(t, err)
		return ok
	}
	for i, root := range roots[:4] {
		_, err := s.Fetch(ctx, root)
		require.NoError(t, err)
		old := time.Now().Add(time.Duration(i-10) * time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(dir, "roots", root.String()), old, old))
	}
	for i := range 4 {
		require.True(t, has(i), "own blocks and the shared one fit")
	}
	require.NoError(t, s.Pin(roots[0]))
	_, err := s.Fetch(ctx, roots[4])
	require.NoError(t, err)
	require.True(t, has(0), "pinned")
	require.False(t, has(1), "not used for longest")
	require.True(t, has(3))
	require.True(t, has(4), "in use")
	require.LessOrEqual(t, diskUse(t, dir), int64(1400<<10))

	list, err := s.Roots()
	require.NoError(t, err)
	require.Equal(t, roots[4], list[0].CID)
	require.Equal(t, int64(512<<10), list[0].Bytes)
	for _, r := range list {
		require.Equal(t, r.CID == roots[0], r.Pinned)
		require.NotEqual(t, roots[1], r.CID)
	}
	_, err = s.Fetch(ctx, roots[1])
	require.NoError(t, err, "what was dropped is fetched again")
	require.NoError(t, s.Unpin(roots[0]))
	require.NoError(t, s.Unpin(roots[0]), "twice is harmless")
}

func TestAddPins(t *testing.T) {
	ctx, s := context.Background(), open(t, storage.Config{CacheBytes: 1})
	a, err := s.Add(ctx, smallTree())
	require.NoError(t, err)
	b, err := s.Add(ctx, fixture())
	require.NoError(t, err)
	for _, root := range []cid.Cid{a, b} {
		ok, err := s.Has(ctx, root)
		require.NoError(t, err)
		require.True(t, ok)
	}
}

func diskUse(t *testing.T, dir string) (total int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "blocks"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			fi, err := d.Info()
			require.NoError(t, err)
			total += fi.Size()
		}
		return err
	}))
	return total
}
