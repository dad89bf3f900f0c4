package storage_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// buggy is a driver of a user's that falls over, in one of its methods.
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

// A panic in a user's driver or callback ends that operation with an error which
// names the driver and shows where; other sources go on, the process does.
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
