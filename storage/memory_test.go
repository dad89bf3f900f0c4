//go:build !race

package storage_test // not with -race, which uses memory itself

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// Whatever arrives, memory stays below 64 MB over idle, although an endless
// stream is cut only after 96 MB.
func TestHostileMemory(t *testing.T) {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, a := range storagetest.Attacks() {
		if !a.Endless && a.Name != "10^9 empty leaves" && a.Name != "10^9 directories" {
			continue
		}
		s := open(t, storage.Config{Fetchers: []storage.Fetcher{storagetest.Source{a.Root: a.Body}}, MaxBytes: 64 << 20, Retry: storage.Retry{Attempts: 1}})
		peak := watchHeap(func() {
			_, err := s.Fetch(context.Background(), a.Root)
			require.ErrorIs(t, err, a.Want)
		})
		require.Less(t, int64(peak)-int64(before.HeapAlloc), int64(64<<20), a.Name)
	}
}

// endlessLeaves serves the inner blocks, and leaves that stall just before they
// are too large.
type endlessLeaves struct{ inner map[cid.Cid][]byte }

func (s endlessLeaves) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	return nil, storage.ErrUnsupported
}

func (s endlessLeaves) FetchBlock(_ context.Context, c cid.Cid) (io.ReadCloser, error) {
	if data, ok := s.inner[c]; ok {
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	return &hanging{left: 2 << 20, closed: make(chan struct{})}, nil
}

type hanging struct {
	left   int
	closed chan struct{}
}

func (h *hanging) Read(p []byte) (int, error) {
	if h.left == 0 {
		<-h.closed
		return 0, io.ErrClosedPipe
	}
	n := min(len(p), h.left)
	h.left -= n
	return n, nil
}

func (h *hanging) Close() error { close(h.closed); return nil }

// Three sources at once, all with leaves of the largest size.
func TestHostileMemoryOfBlocks(t *testing.T) {
	maker := open(t, storage.Config{})
	root, err := maker.Add(context.Background(), raceTree())
	require.NoError(t, err)
	inner := blocksOf(t, maker, root)
	for c := range inner {
		if c.Prefix().Codec == cid.Raw {
			delete(inner, c)
		}
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	src := endlessLeaves{inner}
	s := open(t, storage.Config{Fetchers: []storage.Fetcher{src, src, src}, StallTimeout: 100 * time.Millisecond, Retry: storage.Retry{Attempts: 1}})
	peak := watchHeap(func() {
		_, err := s.Fetch(context.Background(), root)
		require.ErrorIs(t, err, storage.ErrIncomplete)
	})
	require.Less(t, int64(peak)-int64(before.HeapAlloc), int64(64<<20))
}

// Packing takes little memory, under every profile.
func TestMemoryOfPacking(t *testing.T) {
	dir := t.TempDir() // on disk: a tree in memory would change when the garbage collector runs
	require.NoError(t, os.WriteFile(filepath.Join(dir, "weights.bin"), pseudo(96<<20, 1), 0o644))
	for _, p := range storage.Profiles() {
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := watchHeap(func() {
			_, err := storage.CID(context.Background(), os.DirFS(dir), p)
			require.NoError(t, err)
		})
		require.Less(t, int64(peak)-int64(before.HeapAlloc), int64(32<<20), p.Name)
	}
}

// Packing many files that end with a whole chunk takes little memory, too.
func TestMemoryOfPackingWholeChunks(t *testing.T) {
	tree, data := fstest.MapFS{}, pseudo(512<<10, 1)
	for i := range 400 {
		tree[strconv.Itoa(i)] = &fstest.MapFile{Data: data}
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := watchHeap(func() {
		_, err := storage.CID(context.Background(), tree, storage.Default)
		require.NoError(t, err)
	})
	require.Less(t, int64(peak)-int64(before.HeapAlloc), int64(32<<20))
}

// watchHeap samples the heap while fn runs.
func watchHeap(fn func()) (peak uint64) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	fn()
	close(done)
	<-stopped
	return peak
}
