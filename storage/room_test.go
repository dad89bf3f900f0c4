package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// megabytes returns sources of n packages of a megabyte each.
func megabytes(t *testing.T, n int) ([]cid.Cid, storagetest.Source) {
	t.Helper()
	source := storagetest.Source{}
	var roots []cid.Cid
	for i := range n {
		root, car := packed(t, storage.Default, fstest.MapFS{"own": {Data: pseudo(1<<20, uint32(i+1))}})
		roots, source[root] = append(roots, root), func() io.ReadCloser { return io.NopCloser(bytes.NewReader(car)) }
	}
	return roots, source
}

// halted is a body that gives its first bytes, says so, and the others only once it is released.
type halted struct {
	io.Reader
	started, release chan struct{}
	once             sync.Once
}

func halt(data []byte, first int) *halted {
	h := &halted{started: make(chan struct{}), release: make(chan struct{})}
	h.Reader = io.MultiReader(bytes.NewReader(data[:first]), readFunc(func([]byte) (int, error) {
		h.once.Do(func() { close(h.started) })
		<-h.release
		return 0, io.EOF
	}), bytes.NewReader(data[first:]))
	return h
}

func (h *halted) Close() error { return nil }

// While one source is slow, eighty packages pass through a cache of ten and it never holds more than ten; then the
// slow one arrives whole.
func TestSlowFetchDoesNotStopEviction(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	const limit = 10 << 20
	roots, source := megabytes(t, 30)
	slow, car := packed(t, storage.Default, fstest.MapFS{"own": {Data: pseudo(1<<20, 1000)}})
	body := halt(car, 600<<10)
	source[slow] = func() io.ReadCloser { return body }
	s := open(t, storage.Config{Dir: dir, CacheBytes: limit, StallTimeout: time.Hour, Fetchers: []storage.Fetcher{source}})
	done := make(chan error)
	go func() {
		fsys, err := s.Fetch(ctx, slow)
		if err == nil {
			_, err = fsys.Open("own")
		}
		done <- err
	}()
	<-body.started
	for _, root := range roots {
		fetchAndClose(t, s, root)
		require.LessOrEqual(t, diskUse(t, dir), int64(limit))
	}
	close(body.release)
	require.NoError(t, <-done, "what it had stored was kept")
	ok, err := s.Has(ctx, slow)
	require.NoError(t, err)
	require.True(t, ok)
}

// A fetch that cannot fit asks no source where the room is taken, and breaks off where the content turns out to be too
// large; either says what to do.
func TestNoRoom(t *testing.T) {
	ctx := context.Background()
	roots, source := megabytes(t, 3)
	asked := 0
	counted := storagetest.Source{}
	for root, body := range source {
		counted[root] = func() io.ReadCloser { asked++; return body() }
	}
	t.Run("pinned content fills the cache", func(t *testing.T) {
		s := open(t, storage.Config{CacheBytes: 1 << 20, Fetchers: []storage.Fetcher{counted}})
		pinned, err := s.Add(ctx, fstest.MapFS{"mine": {Data: pseudo(3<<20, 7)}})
		require.NoError(t, err, "one's own may exceed it")
		_, err = s.Fetch(ctx, roots[0])
		require.ErrorIs(t, err, storage.ErrNoRoom)
		require.NotErrorIs(t, err, storage.ErrTooLarge, "which would speak against the content")
		require.ErrorContains(t, err, "CacheBytes")
		require.Zero(t, asked)
		require.NoError(t, s.Unpin(pinned))
		_, err = s.Fetch(ctx, roots[0])
		require.ErrorIs(t, err, storage.ErrNoRoom, "it is larger than the whole cache")
	})
	t.Run("it says that it is too large", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, storage.Config{Dir: dir, CacheBytes: 1 << 20, Fetchers: []storage.Fetcher{source}})
		_, err := s.Fetch(ctx, roots[0])
		require.ErrorIs(t, err, storage.ErrNoRoom)
		require.Less(t, diskUse(t, dir), int64(1<<10), "nothing but the root was stored")
	})
	t.Run("it does not say so", func(t *testing.T) {
		dir := t.TempDir()
		root, car := storagetest.Understated(4 << 20)
		s := open(t, storage.Config{Dir: dir, CacheBytes: 1 << 20, Fetchers: []storage.Fetcher{storagetest.Source{root: func() io.ReadCloser {
			return io.NopCloser(bytes.NewReader(car))
		}}}})
		_, err := s.Fetch(ctx, root)
		require.ErrorIs(t, err, storage.ErrNoRoom)
		require.NotContains(t, err.Error(), " 0 bytes are needed", "what does not fit has a size")
		require.LessOrEqual(t, diskUse(t, dir), int64(1<<20))
		small, car := packed(t, storage.Default, smallTree())
		_, err = s.Import(ctx, small, bytes.NewReader(car))
		require.NoError(t, err, "what had arrived of it makes room")
	})
	t.Run("unlinked blocks count, too", func(t *testing.T) {
		dir, root := t.TempDir(), roots[0]
		var most atomic.Int64
		foreign := func(i int) storagetest.Block {
			data := pseudo(64<<10, uint32(i+1))
			return storagetest.Block{CID: cid.NewCidV1(cid.Raw, sha256Multihash(t, data)), Data: data}
		}
		var blocks []storagetest.Block
		for i := range 64 {
			blocks = append(blocks, foreign(i))
		}
		car := storagetest.CAR([]cid.Cid{root}, blocks)
		s := open(t, storage.Config{Dir: dir, CacheBytes: 2 << 20})
		_, err := s.Import(ctx, root, readFunc(func(p []byte) (int, error) {
			if len(car) == 0 {
				return 0, io.EOF
			}
			most.Store(max(most.Load(), treeSize(t, filepath.Join(dir, "tmp"))))
			n := copy(p, car)
			car = car[n:]
			return n, nil
		}))
		require.ErrorIs(t, err, storage.ErrNoRoom)
		require.LessOrEqual(t, most.Load(), int64(2<<20))
		require.Positive(t, most.Load())
		require.Empty(t, glob(t, dir, "tmp", "*"))
	})
}

func glob(t *testing.T, path ...string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(path...))
	require.NoError(t, err)
	return list
}

func treeSize(t *testing.T, dir string) (total int64) {
	t.Helper()
	require.NoError(t, filepath.Walk(dir, func(_ string, fi os.FileInfo, err error) error {
		if err == nil && fi.Mode().IsRegular() {
			total += fi.Size()
		}
		return err
	}))
	return total
}

// The limit holds without being asked for, and not if it is declined. A sparse file stands for what a year leaves.
func TestDefaultLimit(t *testing.T) {
	for _, c := range []struct {
		bytes int64
		drops bool
	}{{0, true}, {-1, false}} {
		t.Run(fmt.Sprint(c.bytes), func(t *testing.T) {
			dir := t.TempDir()
			old := filepath.Join(dir, "blocks", "a", "old")
			require.NoError(t, os.MkdirAll(filepath.Dir(old), 0o755))
			require.NoError(t, os.WriteFile(old, nil, 0o644))
			require.NoError(t, os.Truncate(old, storage.DefaultCacheBytes))
			roots, source := megabytes(t, 1)
			s := open(t, storage.Config{Dir: dir, CacheBytes: c.bytes, Fetchers: []storage.Fetcher{source}})
			_, err := s.Fetch(context.Background(), roots[0])
			require.NoError(t, err)
			_, err = os.Stat(old)
			require.Equal(t, c.drops, errors.Is(err, os.ErrNotExist))
		})
	}
}

// Nothing that is added is lost while others are dropped beside it.
func TestAddBesideEviction(t *testing.T) {
	ctx := context.Background()
	roots, source := megabytes(t, 12)
	s := open(t, storage.Config{CacheBytes: 3 << 20, NoSync: true, Fetchers: []storage.Fetcher{source}})
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 3 {
			for _, root := range roots {
				fsys, err := s.Fetch(ctx, root)
				if err == nil {
					err = fsys.(io.Closer).Close()
				}
				if !errors.Is(err, storage.ErrNoRoom) {
					assert.NoError(t, err)
				}
			}
		}
	})
	for i := range 12 { // the same content as what is being dropped
		root, err := s.Add(ctx, fstest.MapFS{"own": {Data: pseudo(1<<20, uint32(i+1))}, "i": {Data: []byte{byte(i)}}})
		require.NoError(t, err)
		ok, err := s.Has(ctx, root)
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, s.Unpin(root))
	}
	wg.Wait()
}

// What is kept until a time is dropped after it, and a pin is never shortened.
func TestKeepUntil(t *testing.T) {
	ctx := context.Background()
	roots, source := megabytes(t, 4)
	dir := t.TempDir()
	s := open(t, storage.Config{Dir: dir, CacheBytes: 3500 << 10, Fetchers: []storage.Fetcher{source}})
	mine := fstest.MapFS{"own": {Data: pseudo(1<<20, 99)}}
	root, err := s.Add(ctx, mine, storage.KeepUntil(time.Now().Add(time.Hour)))
	require.NoError(t, err)
	has := func() bool {
		ok, err := s.Has(ctx, root)
		require.NoError(t, err)
		return ok
	}
	pin := func() storage.Root {
		list, err := s.Roots()
		require.NoError(t, err)
		for _, r := range list {
			if r.CID == root {
				return r
			}
		}
		return storage.Root{}
	}
	require.True(t, pin().Pinned)
	require.WithinDuration(t, time.Now().Add(time.Hour), pin().PinnedUntil, 10*time.Second)
	for _, other := range roots {
		fetchAndClose(t, s, other)
	}
	require.True(t, has(), "its time is not over")
	require.NoError(t, s.PinUntil(root, time.Now().Add(-time.Minute)))
	require.True(t, pin().Pinned, "not shortened")

	require.NoError(t, s.Unpin(root))
	require.NoError(t, s.PinUntil(root, time.Now().Add(-time.Minute)))
	require.False(t, pin().Pinned)
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "roots", root.String()), old, old))
	for _, other := range roots {
		fetchAndClose(t, s, other)
	}
	require.False(t, has(), "its time is over")

	_, err = s.Add(ctx, mine)
	require.NoError(t, err)
	require.NoError(t, s.PinUntil(root, time.Now().Add(-time.Minute)))
	require.True(t, pin().Pinned, "pinned for good")
	require.Zero(t, pin().PinnedUntil)
	require.Error(t, s.PinUntil(root, time.Time{}))
}
