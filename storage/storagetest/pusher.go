package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// TestPusher runs the suite over a target and a source that reads from it. pair
// sets up a new, empty pair.
func TestPusher(t *testing.T, pair func(t *testing.T) (storage.Pusher, storage.Fetcher)) {
	t.Run("what is pushed can be fetched", func(t *testing.T) {
		for title, tree := range packages() {
			t.Run(title, func(t *testing.T) {
				p, f := pair(t)
				receipt := roundTrip(t, p, f, tree)
				require.NotEmpty(t, receipt.Backend)
			})
		}
	})
	t.Run("pushing again is harmless", func(t *testing.T) {
		p, f := pair(t)
		roundTrip(t, p, f, packages()["nested"])
		roundTrip(t, p, f, packages()["nested"])
	})
	t.Run("two at once", func(t *testing.T) {
		p, f := pair(t)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { roundTrip(t, p, f, packages()["nested"]) })
		}
		wg.Wait()
	})
	t.Run("half a push is not there", func(t *testing.T) {
		p, f := pair(t)
		root, car := Honest()
		broken := errors.New("disk on fire")
		_, err := p.Push(context.Background(), root, io.MultiReader(bytes.NewReader(car[:len(car)/2]), failing{broken}))
		require.ErrorIs(t, err, broken)
		_, err = newStore(t, f).Fetch(context.Background(), root)
		require.Error(t, err)
		require.ErrorContains(t, err, root.String())
	})
	t.Run("cancelled", func(t *testing.T) {
		p, _ := pair(t)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		root, car := Honest()
		_, err := p.Push(ctx, root, bytes.NewReader(car))
		require.ErrorIs(t, err, context.Canceled)
	})
}

func packages() map[string]fstest.MapFS {
	return map[string]fstest.MapFS{
		"one file": {"config.json": {Data: []byte("{}")}},
		"nested":   {"a/b/c.txt": {Data: []byte("c")}, "a/d": {Data: nil}, "ü.txt": {Data: []byte("ü")}},
		"many blocks": {
			"weights.bin": {Data: numbers(960_000)},
			"head.bin":    {Data: numbers(320_000)},
		},
	}
}

// numbers returns n bytes of text in which no two blocks are equal.
func numbers(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "%d ", i)
	}
	return b[:n]
}

func roundTrip(t *testing.T, p storage.Pusher, f storage.Fetcher, tree fstest.MapFS) storage.Receipt {
	ctx := context.Background()
	from, err := storage.Open(storage.Config{Dir: t.TempDir(), Pushers: []storage.Pusher{p}})
	require.NoError(t, err)
	root, err := from.Add(ctx, tree)
	require.NoError(t, err)
	receipts, err := from.Push(ctx, root)
	require.NoError(t, err)
	require.Len(t, receipts, 1)
	require.Equal(t, root, receipts[0].CID)
	fsys, err := newStore(t, f).Fetch(ctx, root)
	require.NoError(t, err)
	for path, file := range tree {
		got, err := fsys.Open(path)
		require.NoError(t, err)
		data, err := io.ReadAll(got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(file.Data, data), path)
		require.NoError(t, got.Close())
	}
	return receipts[0]
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
