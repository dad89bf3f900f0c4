package storage_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// buggy is a driver that panics in one of its methods.
type buggy struct {
	*blockSource
	at string
}

func (b buggy) String() string { return "buggy" }

func (b buggy) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	if b.at == "Fetch" {
		panic("nil map")
	}
	return b.blockSource.Fetch(ctx, root)
}

func (b buggy) FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error) {
	switch {
	case b.at == "FetchBlock":
		panic("nil map")
	case b.at == "Read":
		return io.NopCloser(readFunc(func([]byte) (int, error) { panic("nil map") })), nil
	}
	return b.blockSource.FetchBlock(ctx, c)
}

func (b buggy) Push(_ context.Context, _ cid.Cid, car io.Reader) (storage.Receipt, error) {
	if _, err := car.Read(make([]byte, 100)); err != nil {
		return storage.Receipt{}, err
	}
	panic("nil map")
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// A panic in a driver or callback ends the operation with an error that names
// the driver and has the stack; other sources and the process continue.
func TestPanicInCallback(t *testing.T) {
	ctx := context.Background()
	root, car := packed(t, storage.Default, fixture())
	maker := open(t, storage.Config{})
	_, err := maker.Add(ctx, fixture())
	require.NoError(t, err)
	blocks := blocksOf(t, maker, root)
	for _, at := range []string{"Fetch", "FetchBlock", "Read"} {
		bad := buggy{&blockSource{blocks: blocks}, at}
		_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{bad}}).Fetch(ctx, root)
		require.ErrorContains(t, err, "buggy panicked: nil map", at)
		var p *storage.PanicError
		require.ErrorAs(t, err, &p)
		require.Contains(t, string(p.Stack), "panic_test.go", at)
		good := &carSource{cars: map[cid.Cid][]byte{root: car}}
		fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{bad, good}}).Fetch(ctx, root)
		require.NoError(t, err, at)
		requireSameTree(t, fixture(), fsys)
	}
	fall := func(storage.Progress) { panic("nil map") }
	s := open(t, storage.Config{Fetchers: []storage.Fetcher{&carSource{cars: map[cid.Cid][]byte{root: car}}}, OnProgress: fall})
	_, err = s.Fetch(ctx, root)
	require.ErrorContains(t, err, "nil map")

	for name, cfg := range map[string]storage.Config{
		"buggy":      {Pushers: []storage.Pusher{buggy{}}},
		"OnProgress": {Pushers: []storage.Pusher{&service{title: "s"}}, OnProgress: fall},
	} {
		s := open(t, cfg)
		_, err := s.Import(ctx, root, bytes.NewReader(car))
		require.NoError(t, err)
		_, err = s.Push(ctx, root)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "nil map")
	}
}

// A callback that panics while blocks are in flight does not leak slots for
// large blocks.
func TestPanicWhileBlocksAreFetched(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	maker := open(t, storage.Config{Profile: storage.UnixFSv1})
	root, err := maker.Add(ctx, raceTree())
	require.NoError(t, err)
	var once sync.Once
	s := open(t, storage.Config{Fetchers: []storage.Fetcher{&blockSource{blocks: blocksOf(t, maker, root)}}, OnProgress: func(p storage.Progress) {
		if p.Bytes > 2<<20 {
			once.Do(func() { panic("nil map") })
		}
	}})
	_, err = s.Fetch(ctx, root)
	require.ErrorContains(t, err, "Config.OnProgress panicked: nil map")
	fsys, err := s.Fetch(ctx, root)
	require.NoError(t, err)
	requireSameTree(t, raceTree(), fsys)
}

// A stream that panics leaves no staged blocks behind.
func TestPanicWhileBlocksAreStaged(t *testing.T) {
	foreign := []byte("not of this package")
	root, _ := storagetest.Honest()
	car := storagetest.CAR([]cid.Cid{root}, []storagetest.Block{{CID: cid.NewCidV1(cid.Raw, sha256Multihash(t, foreign)), Data: foreign}})
	dir := t.TempDir()
	s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{storagetest.Source{root: func() io.ReadCloser {
		return io.NopCloser(io.MultiReader(bytes.NewReader(car), readFunc(func([]byte) (int, error) { panic("nil map") })))
	}}}})
	_, err := s.Fetch(context.Background(), root)
	require.ErrorContains(t, err, "panicked: nil map")
	left, err := os.ReadDir(filepath.Join(dir, "tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// falling is a body that panics when it is closed.
type falling struct{ ctx context.Context }

func (f falling) Read([]byte) (int, error) { <-f.ctx.Done(); return 0, f.ctx.Err() }
func (f falling) Close() error             { panic("closed twice") }

type fallingSource struct{}

func (fallingSource) Fetch(ctx context.Context, _ cid.Cid) (io.ReadCloser, error) {
	return falling{ctx}, nil
}

func TestPanicWhileAStalledBodyIsClosed(t *testing.T) {
	root, _ := storagetest.Honest()
	s := open(t, storage.Config{Fetchers: []storage.Fetcher{fallingSource{}}, StallTimeout: 10 * time.Millisecond, Retry: storage.Retry{Attempts: 1}})
	_, err := s.Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrIncomplete)
}

// apart reads the files that it publishes in another goroutine, as drivers over
// HTTP do.
type apart struct{ buggy }

func (apart) PushDir(_ context.Context, _ cid.Cid, fsys fs.FS) (storage.Receipt, error) {
	done := make(chan error)
	go func() {
		_, err := fs.ReadFile(fsys, "config.json")
		done <- err
	}()
	return storage.Receipt{}, <-done
}

func TestPanicWhileFilesArePushed(t *testing.T) {
	root, car := packed(t, storage.Default, fixture())
	s := open(t, storage.Config{Pushers: []storage.Pusher{apart{}}, OnProgress: func(p storage.Progress) {
		if p.Op == "push" {
			panic("nil map")
		}
	}})
	_, err := s.Import(context.Background(), root, bytes.NewReader(car))
	require.NoError(t, err)
	_, err = s.Push(context.Background(), root)
	require.ErrorContains(t, err, "Config.OnProgress panicked: nil map")
}
