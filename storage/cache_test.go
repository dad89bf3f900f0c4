package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// The cache drops the least recently used roots, never pinned ones or those in
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
		fetchAndClose(t, s, root)
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
	require.False(t, has(1), "least recently used")
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
	require.NoError(t, err, "a dropped root is fetched again")
	require.NoError(t, s.Unpin(roots[0]))
	require.NoError(t, s.Unpin(roots[0]), "twice is harmless")
}

func fetchAndClose(t *testing.T, s *storage.Store, root cid.Cid) {
	t.Helper()
	fsys, err := s.Fetch(context.Background(), root)
	require.NoError(t, err)
	require.NoError(t, fsys.(io.Closer).Close())
	require.NoError(t, fsys.(io.Closer).Close(), "twice is harmless")
}

// A root that is being read is not dropped, even over the limit and while other
// stores over the same directory fetch; once it is unreachable it is dropped.
func TestCacheKeepsRootsInUse(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	source := storagetest.Source{}
	var roots []cid.Cid
	for i := range 6 {
		root, car := packed(t, storage.Default, fstest.MapFS{"own": {Data: pseudo(300<<10, uint32(i+1))}})
		roots, source[root] = append(roots, root), func() io.ReadCloser { return io.NopCloser(bytes.NewReader(car)) }
	}
	cfg := storage.Config{Dir: dir, CacheBytes: 1300 << 10, Fetchers: []storage.Fetcher{source}} // four of them
	a, b := open(t, cfg), open(t, cfg)
	kept, err := a.Fetch(ctx, roots[0])
	require.NoError(t, err)
	opened, err := a.Fetch(ctx, roots[1])
	require.NoError(t, err)
	file, err := opened.Open("own") // keeps its file system alive
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i, root := range roots[2:] {
		wg.Go(func() {
			s := []*storage.Store{a, b}[i%2]
			for done := 0; done < 5; done++ {
				fsys, err := s.Fetch(ctx, root)
				if errors.Is(err, storage.ErrNoRoom) { // the others have filled it for a moment
					done--
					continue
				}
				if !assert.NoError(t, err) {
					return
				}
				_, err = fs.ReadFile(fsys, "own")
				assert.NoError(t, err)
				assert.NoError(t, fsys.(io.Closer).Close())
			}
		})
	}
	wg.Wait()
	runtime.GC()
	_, err = fs.ReadFile(kept, "own")
	require.NoError(t, err)
	_, err = io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, kept.(io.Closer).Close())
	require.NoError(t, file.Close())
	require.Eventually(t, func() bool { // opened and file were never closed: the garbage collector ends the lease
		runtime.GC()
		for _, root := range roots[2:] {
			fetchAndClose(t, b, root)
		}
		list, err := a.Roots()
		require.NoError(t, err)
		return !slices.ContainsFunc(list, func(r storage.Root) bool { return r.CID == roots[0] || r.CID == roots[1] })
	}, 30*time.Second, time.Millisecond)
}

// A slow source does not delay the fetch of something else.
func TestCacheDoesNotWaitForFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		fast, car := packed(t, storage.Default, smallTree())
		slow, _ := storagetest.Honest()
		s := open(t, storage.Config{CacheBytes: 64 << 10, StallTimeout: time.Hour, Fetchers: []storage.Fetcher{storagetest.Source{
			fast: func() io.ReadCloser { return io.NopCloser(bytes.NewReader(car)) },
			slow: func() io.ReadCloser { return &dripBody{} },
		}}})
		done := make(chan error)
		go func() {
			_, err := s.Fetch(ctx, slow)
			done <- err
		}()
		synctest.Wait()
		for range 2 {
			_, err := s.Fetch(ctx, fast)
			require.NoError(t, err)
		}
		select {
		case <-done:
			require.Fail(t, "the slow fetch should still be under way")
		default:
		}
		cancel()
		require.Error(t, <-done)
	})
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

// Other files in the block directories are dropped too and cause no error: an
// older layout had more directories, and desktops leave files everywhere.
func TestCacheDropsOtherFiles(t *testing.T) {
	dir := t.TempDir()
	root, car := packed(t, storage.Default, smallTree())
	s := open(t, storage.Config{Dir: dir, CacheBytes: int64(len(car)), Fetchers: []storage.Fetcher{&carSource{cars: map[cid.Cid][]byte{root: car}}}})
	for _, name := range []string{"a", ".DS_Store", filepath.Join("xy", "bafyxyz")} {
		path := filepath.Join(dir, "blocks", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, make([]byte, 4096), 0o644))
	}
	fsys, err := s.Fetch(context.Background(), root)
	require.NoError(t, err)
	requireSameTree(t, smallTree(), fsys)
	for _, name := range []string{"a", ".DS_Store", filepath.Join("xy", "bafyxyz")} {
		require.NoFileExists(t, filepath.Join(dir, "blocks", name))
	}
}
