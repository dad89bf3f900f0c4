package storage_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

func TestFetchOfMoreThanAtMost(t *testing.T) {
	cars := storage.NewCARDir(t.TempDir())
	from := open(t, storage.Config{Pushers: []storage.Pusher{cars}})
	root, err := from.Add(context.Background(), fstest.MapFS{
		"wanted": {Data: make([]byte, 1000)}, "junk": {Data: make([]byte, 1<<20)},
	})
	require.NoError(t, err)
	_, err = from.Push(context.Background(), root)
	require.NoError(t, err)

	to := open(t, storage.Config{Fetchers: []storage.Fetcher{cars}, MaxBytes: 500})
	_, err = to.Fetch(context.Background(), root, storage.AtMost(1<<20))
	require.ErrorIs(t, err, storage.ErrTooLarge)
	_, err = to.Fetch(context.Background(), root, storage.AtMost(1<<20+1000))
	require.NoError(t, err, "AtMost replaces MaxBytes")
	_, err = to.Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrTooLarge, "AtMost holds for one call only")
}
