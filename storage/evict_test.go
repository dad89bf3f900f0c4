package storage

import (
	"bytes"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
)

// filled returns a store of a megabyte, and a directory in it whose one file is a node over three leaves.
func filled(t *testing.T, options ...AddOption) (s *Store, root cid.Cid) {
	t.Helper()
	s, err := Open(Config{Dir: t.TempDir(), CacheBytes: 1 << 20, NoSync: true})
	require.NoError(t, err)
	data := make([]byte, 0, 3*Default.ChunkSize)
	for i := range byte(3) {
		data = append(data, bytes.Repeat([]byte{i}, Default.ChunkSize)...)
	}
	root, err = s.Add(t.Context(), fstest.MapFS{"own": {Data: data}}, options...)
	require.NoError(t, err)
	return s, root
}

func has(t *testing.T, s *Store, root cid.Cid) bool {
	t.Helper()
	ok, err := s.Has(t.Context(), root)
	require.NoError(t, err)
	return ok
}

// Somebody who adds the same content holds its inner node before the leaves below: they stay for the one who reads it.
func TestEvictionBelowABlockThatIsHeld(t *testing.T) {
	s, root := filled(t)
	files, err := s.Fetch(t.Context(), root)
	require.NoError(t, err)
	require.NoError(t, s.Unpin(root))
	own, err := fs.Stat(files, "own")
	require.NoError(t, err)
	inner := own.Sys().(cid.Cid)
	block, err := s.Block(inner)
	require.NoError(t, err)
	w := newHoldingWriter(s.disk)
	defer w.release()
	require.NoError(t, w.put(inner, block))
	require.NoError(t, w.flush())

	require.NoError(t, s.evict(t.Context(), s.cfg.CacheBytes))
	require.True(t, has(t, s, root))
	require.NoError(t, files.(io.Closer).Close())
}

// What is added again while an eviction is about to drop it is not forgotten.
func TestAddDuringAnEviction(t *testing.T) {
	s, root := filled(t)
	require.NoError(t, s.Unpin(root))
	s.state.gc.Lock()
	p, err := s.plan(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []cid.Cid{root}, p.drops)
	added := make(chan error, 1)
	go func() { added <- s.keep(root, 1, time.Time{}, false) }()
	select {
	case err = <-added: // it did not wait
		added <- err
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, s.drop(p, true))
	s.state.gc.Unlock()
	require.NoError(t, <-added)
	roots, err := s.Roots()
	require.NoError(t, err)
	require.Len(t, roots, 1)
	require.True(t, roots[0].Pinned)
}

// A pin of what was in memory is one on the disk.
func TestPinFromMemoryStays(t *testing.T) {
	s, root := filled(t, AddInMemory())
	require.NoError(t, s.Pin(root))
	s.local.memory.release(root)
	require.NoError(t, s.evict(t.Context(), s.cfg.CacheBytes))
	require.True(t, has(t, s, root))
	roots, err := s.Roots()
	require.NoError(t, err)
	require.Len(t, roots, 1)
	require.EqualValues(t, 3*Default.ChunkSize, roots[0].Bytes)
}
