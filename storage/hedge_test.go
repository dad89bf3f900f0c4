package storage_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// drip keeps each block of 256 KiB just inside the default stall timeout of 30
// s.
const drip = 7 * time.Second // per 64 KiB

// A leader that delivers each block just before the stall timeout is replaced
// by a faster source; so are several slow sources that race, and a slow source
// with Config.Parallel 1.
func TestSlowSourcesAreReplaced(t *testing.T) {
	root, car := packed(t, storage.Default, raceTree())
	cars := map[cid.Cid][]byte{root: car}
	slow := func(quick int) storage.Fetcher { return &carSource{cars: cars, delay: drip, quick: quick} }
	steady := func() storage.Fetcher { return &carSource{cars: cars, delay: 20 * time.Millisecond} }
	for name, c := range map[string]struct {
		cfg    storage.Config
		within time.Duration
	}{
		"from the start":     {storage.Config{Fetchers: []storage.Fetcher{slow(0), slow(0), slow(0), steady()}}, 15 * time.Second},
		"one at a time":      {storage.Config{Parallel: 1, Fetchers: []storage.Fetcher{slow(0), steady()}}, 15 * time.Second},
		"once it leads":      {storage.Config{Parallel: 1, Fetchers: []storage.Fetcher{slow(8 << 20), steady()}}, 15 * time.Second},
		"one by one":         {storage.Config{Parallel: 1, Fetchers: []storage.Fetcher{slow(5 << 20), slow(7 << 20), slow(9 << 20), steady()}}, time.Minute},
		"with the default":   {storage.Config{Fetchers: []storage.Fetcher{slow(8 << 20), slow(0), slow(0), dead{}, dead{}, steady()}}, time.Minute},
		"before the end":     {storage.Config{Parallel: 1, Fetchers: []storage.Fetcher{slow(12<<20 - 300<<10), steady()}}, 15 * time.Second},
		"others have failed": {storage.Config{Parallel: 2, Fetchers: []storage.Fetcher{slow(5 << 20), &carSource{}, steady()}}, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				fsys, err := open(t, c.cfg).Fetch(context.Background(), root)
				require.NoError(t, err)
				requireSameTree(t, raceTree(), fsys)
				require.Less(t, time.Since(start), c.within)
			})
		})
	}
}

// A source that becomes slow late is replaced by one that has to start over. It
// does not win again while the new source streams blocks that are stored
// already.
func TestLateSlowSourceIsReplaced(t *testing.T) {
	tree := fstest.MapFS{"weights.bin": {Data: pseudo(36<<20, 3)}}
	root, car := packed(t, storage.Default, tree)
	cars := map[cid.Cid][]byte{root: car}
	synctest.Test(t, func(t *testing.T) {
		slow := &carSource{cars: cars, delay: 640 * time.Millisecond, quick: 24 << 20} // 100 KiB/s
		steady := &carSource{cars: cars, delay: 40 * time.Millisecond}
		start := time.Now()
		fsys, err := open(t, storage.Config{Parallel: 1, Fetchers: []storage.Fetcher{slow, steady}}).Fetch(context.Background(), root)
		require.NoError(t, err)
		requireSameTree(t, tree, fsys)
		require.Equal(t, 1, steady.calls)
		require.Less(t, time.Since(start), 45*time.Second)
	})
}

// A slow source is kept if it is the only one.
func TestSlowButOnlySource(t *testing.T) {
	root, car := packed(t, storage.Default, raceTree())
	cars := map[cid.Cid][]byte{root: car}
	synctest.Test(t, func(t *testing.T) {
		slow := &carSource{cars: cars, delay: drip}
		for name, others := range map[string][]storage.Fetcher{
			"none": nil, "dead": {dead{}}, "without it": {&carSource{}}, "more than race": {dead{}, dead{}, dead{}, dead{}},
		} {
			slow.calls = 0
			fsys, err := open(t, storage.Config{Fetchers: append(others, slow)}).Fetch(context.Background(), root)
			require.NoError(t, err, name)
			requireSameTree(t, raceTree(), fsys)
			require.Equal(t, 1, slow.calls, name)
		}
	})
}

// With a negative MinRate a slow source is kept.
func TestSlowSourceIsKeptWithoutMinRate(t *testing.T) {
	root, car := packed(t, storage.Default, raceTree())
	cars := map[cid.Cid][]byte{root: car}
	synctest.Test(t, func(t *testing.T) {
		waiting := &carSource{cars: cars}
		s := open(t, storage.Config{Parallel: 1, MinRate: -1, Fetchers: []storage.Fetcher{&carSource{cars: cars, delay: drip}, waiting}})
		_, err := s.Fetch(context.Background(), root)
		require.NoError(t, err)
		require.Zero(t, waiting.calls)
	})
}

// slowBlocks serves one block at a time over a line shared with other sources.
type slowBlocks struct {
	*blockSource
	line chan struct{}
}

func (s slowBlocks) FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error) {
	select {
	case s.line <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.line }()
	select {
	case <-time.After(4 * time.Second): // 64 KiB/s
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.blockSource.FetchBlock(ctx, c)
}

// If the line itself is slow, adding sources now and then costs little of it.
func TestSlowLine(t *testing.T) {
	tree := raceTree()
	tree["more.bin"] = tree["weights.bin"]
	delete(tree, "weights.bin")
	tree["more.bin"].Data = bytes.Join([][]byte{pseudo(16<<20, 1), pseudo(16<<20, 2)}, nil)
	maker := open(t, storage.Config{})
	root, err := maker.Add(context.Background(), tree)
	require.NoError(t, err)
	all := blocksOf(t, maker, root)
	synctest.Test(t, func(t *testing.T) {
		line, served := make(chan struct{}, 1), &blockSource{blocks: all}
		var sources []storage.Fetcher
		for range 4 {
			sources = append(sources, slowBlocks{served, line})
		}
		fsys, err := open(t, storage.Config{Fetchers: sources, StallTimeout: 10 * time.Minute}).Fetch(context.Background(), root)
		require.NoError(t, err)
		requireSameTree(t, tree, fsys)
		require.Less(t, served.served, len(all)*5/4)
	})
}
