package storage_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// Locate says which sources have the root, and ReadBack which one has all of it; the local store is no answer.
func TestLocate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		root, car := packed(t, storage.Default, smallTree())
		other, _ := storagetest.Honest()
		body := func(data []byte) storagetest.Source {
			return storagetest.Source{root: func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }}
		}
		flipped := bytes.Clone(car)
		flipped[len(storagetest.CAR([]cid.Cid{root}, nil))+60] ^= 1 // in the root block
		sources := []storage.Fetcher{
			body(car), storagetest.Source{}, body(flipped), body(car[:len(car)-1]),
			storagetest.Source{root: func() io.ReadCloser { return &dripBody{} }}, &oneByOne{body(car), map[cid.Cid][]byte{}},
			panicky{}, body(storagetest.CAR([]cid.Cid{other}, nil)),
		}
		want := []error{nil, storage.ErrNotFound, storage.ErrCorrupt, nil, storage.ErrIncomplete, storage.ErrNotFound, nil, storage.ErrIncomplete}
		s := open(t, storage.Config{Fetchers: sources, StallTimeout: 5 * time.Second, Retry: storage.Retry{Attempts: 1}})
		_, err := s.Add(ctx, smallTree())
		require.NoError(t, err)
		list, err := s.Locate(ctx, root)
		require.NoError(t, err)
		require.Len(t, list, len(sources))
		for i, l := range list {
			switch {
			case i == 6:
				require.ErrorContains(t, l.Err, "panicked")
			case want[i] == nil:
				require.NoError(t, l.Err, i)
			default:
				require.ErrorIs(t, l.Err, want[i], i)
				require.ErrorContains(t, l.Err, root.String())
			}
			require.NotEmpty(t, l.Source)
		}

		from, err := s.ReadBack(ctx, root)
		require.NoError(t, err)
		require.Equal(t, "storagetest", from)
		s = open(t, storage.Config{Fetchers: sources[1:4], Retry: storage.Retry{Attempts: 1}})
		_, err = s.Add(ctx, smallTree())
		require.NoError(t, err)
		_, err = s.ReadBack(ctx, root)
		require.Error(t, err, "it is here, and nowhere else whole")
		_, err = open(t, storage.Config{}).ReadBack(ctx, root)
		require.ErrorContains(t, err, "Config.Fetchers")
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		_, err = s.Locate(cancelled, root)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// oneByOne serves single blocks from a map.
type oneByOne struct {
	storage.Fetcher
	blocks map[cid.Cid][]byte
}

func (b *oneByOne) FetchBlock(_ context.Context, c cid.Cid) (io.ReadCloser, error) {
	data, ok := b.blocks[c]
	if !ok {
		return nil, storage.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

type panicky struct{}

func (panicky) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) { panic("a bug of the driver") }
