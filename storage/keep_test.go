package storage_test

import (
	"context"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

func has(t *testing.T, s *storage.Store, root cid.Cid) bool {
	t.Helper()
	ok, err := s.Has(t.Context(), root)
	require.NoError(t, err)
	return ok
}

// keeping is a store, a source of n packages of 300 KiB for it, and a fetch into memory.
func keeping(t *testing.T, n int, cfg storage.Config) (s *storage.Store, roots []cid.Cid, keep func(i int) fs.FS) {
	cars := map[cid.Cid][]byte{}
	for i := range n {
		root, car := packed(t, storage.Default, fstest.MapFS{"own": {Data: pseudo(300<<10, uint32(i+1))}})
		roots, cars[root] = append(roots, root), car
	}
	cfg.Fetchers = []storage.Fetcher{&carSource{cars: cars}}
	s = open(t, cfg)
	return s, roots, func(i int) fs.FS {
		files, err := s.Fetch(t.Context(), roots[i], storage.KeepInMemory())
		require.NoError(t, err)
		own, err := fs.ReadFile(files, "own")
		require.NoError(t, err)
		require.Equal(t, pseudo(300<<10, uint32(i+1)), own)
		return files
	}
}

func TestKeptInMemoryAsLongAsInUse(t *testing.T) {
	dir := t.TempDir()
	s, roots, keep := keeping(t, 2, storage.Config{Dir: dir})
	first, again := keep(0), keep(0)
	require.Zero(t, diskUse(t, dir))
	list, err := s.Roots()
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, s.Export(t.Context(), roots[0], io.Discard), "it can be pushed, and served")
	block, err := s.Block(roots[0])
	require.NoError(t, err)
	clear(block) // a copy
	require.NoError(t, first.(io.Closer).Close())
	require.True(t, has(t, s, roots[0]), "in use still")
	keep(1)
	require.NoError(t, again.(io.Closer).Close())
	require.False(t, has(t, s, roots[0]))
	require.True(t, has(t, s, roots[1]))
}

// What does not fit beside what is in use is on disk, and stays there while it is in use.
func TestMemoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	s, roots, keep := keeping(t, 5, storage.Config{Dir: dir, MemoryBytes: 700 << 10, CacheBytes: 1000 << 10})
	files := []fs.FS{keep(0), keep(1), keep(2)} // the last one in part
	require.NotZero(t, diskUse(t, dir))
	require.Less(t, diskUse(t, dir), int64(300<<10))
	for i := range 2 { // more than the disk may hold
		fetchAndClose(t, s, roots[3+i])
	}
	for i, f := range files {
		own, err := fs.ReadFile(f, "own")
		require.NoError(t, err)
		require.Equal(t, pseudo(300<<10, uint32(i+1)), own)
	}
	before := diskUse(t, dir)
	require.NoError(t, files[0].(io.Closer).Close())
	keep(4)
	require.Equal(t, before, diskUse(t, dir), "on disk already")
}

func TestMemoryThatIsNoneIsTheDisk(t *testing.T) {
	dir := t.TempDir()
	_, _, keep := keeping(t, 1, storage.Config{Dir: dir, MemoryBytes: -1})
	keep(0)
	require.Greater(t, diskUse(t, dir), int64(300<<10))
}

// A fetch without the option, and a pin, write to the disk what is in memory.
func TestFromMemoryToDisk(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, s *storage.Store, root cid.Cid){
		"fetch": fetchAndClose,
		"pin":   func(t *testing.T, s *storage.Store, root cid.Cid) { require.NoError(t, s.Pin(root)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, roots, keep := keeping(t, 1, storage.Config{Dir: dir})
			keep(0)
			require.Zero(t, diskUse(t, dir))
			write(t, s, roots[0])
			require.True(t, has(t, open(t, storage.Config{Dir: dir}), roots[0]), "to a process that starts later")
		})
	}
}

func TestAddInMemory(t *testing.T) {
	dir, cars := t.TempDir(), storage.NewCARDir(t.TempDir())
	s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}})
	root, err := s.Add(t.Context(), fixture(), storage.AddInMemory())
	require.NoError(t, err)
	require.Zero(t, diskUse(t, dir))
	for range 2 { // the second one finds it there
		receipts, err := s.Push(t.Context(), root)
		require.NoError(t, err)
		require.Equal(t, cars.String(), receipts[0].VerifiedBy)
	}
	other := open(t, storage.Config{Fetchers: []storage.Fetcher{cars}})
	files, err := other.Fetch(context.Background(), root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), files)
	want, err := other.Add(t.Context(), fixture())
	require.NoError(t, err)
	require.Equal(t, want, root)
}

func TestUnsynced(t *testing.T) {
	dir := t.TempDir()
	s, err := storage.Open(storage.Config{Dir: dir})
	require.NoError(t, err)
	root, err := s.Add(t.Context(), fixture(), storage.Unsynced())
	require.NoError(t, err)
	require.True(t, has(t, open(t, storage.Config{Dir: dir}), root), "to a process that starts later")
	require.NoError(t, s.Sync(t.Context(), root))
	list, err := s.Roots()
	require.NoError(t, err)
	require.True(t, list[0].Pinned)
	_, roots, keep := keeping(t, 1, storage.Config{Dir: dir})
	keep(0)
	require.ErrorIs(t, s.Sync(t.Context(), roots[0]), storage.ErrNotFound, "in memory")
}
