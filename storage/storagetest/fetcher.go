package storagetest

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// Fetch implements [storage.Fetcher].
func (s Source) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	open, ok := s[root]
	if !ok {
		return nil, fmt.Errorf("%s: %w", root, storage.ErrNotFound)
	}
	return open(), nil
}

// String names the source in errors.
func (s Source) String() string { return "storagetest" }

// FetcherOptions says what a driver's test server cannot do.
type FetcherOptions struct {
	FiniteOnly bool // the server stores contents first, so they must end
}

// TestFetcher runs the suite over a source. serve sets up a driver, and the
// server it talks to, that answers a request for a root with the stream of
// content[root] and has no other root.
func TestFetcher(t *testing.T, o FetcherOptions, serve func(t *testing.T, content Source) storage.Fetcher) {
	root, honest := Honest()
	t.Run("honest", func(t *testing.T) {
		f := serve(t, Source{root: body(honest)})
		dir := t.TempDir()
		require.NoError(t, newStore(t, f).Extract(context.Background(), root, filepath.Join(dir, "pkg")))
		require.Equal(t, []string{".", "pkg", "pkg/config.json", "pkg/sub", "pkg/sub/one.txt", "pkg/sub/weights.bin"}, paths(t, dir))
	})
	for title, p := range odd() {
		t.Run("honest/"+title, func(t *testing.T) {
			fsys, err := newStore(t, serve(t, Source{p.root: body(p.car)})).Fetch(context.Background(), p.root)
			require.NoError(t, err)
			text, err := fs.ReadFile(fsys, "a")
			require.NoError(t, err)
			require.Equal(t, p.text, string(text))
		})
	}
	t.Run("not found", func(t *testing.T) {
		f := serve(t, Source{})
		_, err := newStore(t, f).Fetch(context.Background(), root)
		require.ErrorIs(t, err, storage.ErrNotFound)
		require.ErrorContains(t, err, root.String())
	})
	t.Run("cancelled", func(t *testing.T) {
		f := serve(t, Source{root: body(honest)})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := newStore(t, f).Fetch(ctx, root)
		require.ErrorIs(t, err, context.Canceled)
	})
	for _, a := range Attacks() {
		if o.FiniteOnly && (a.Endless || a.Stalls) {
			continue
		}
		t.Run("hostile/"+a.Name, func(t *testing.T) { Refuses(t, a, serve(t, Source{a.Root: a.Body})) })
	}
}

// Refuses requires that a store over f, which serves a, refuses it with a.Want,
// both when fetching and when extracting, and writes nothing.
func Refuses(t *testing.T, a Attack, f storage.Fetcher) {
	t.Helper()
	dir := t.TempDir()
	stall := time.Minute // long enough for a machine under load
	if a.Stalls {
		stall = 200 * time.Millisecond
	}
	s := newStoreStalling(t, f, stall)
	for op, do := range map[string]func() error{
		"fetch": func() error {
			_, err := s.Fetch(context.Background(), a.Root)
			return err
		},
		"extract": func() error { return s.Extract(context.Background(), a.Root, filepath.Join(dir, "pkg")) },
	} {
		err := do()
		require.ErrorIs(t, err, a.Want, op)
		require.ErrorContains(t, err, a.Root.String(), op)
		var e *storage.Error
		require.ErrorAs(t, err, &e, op)
		require.Equal(t, a.Root, e.CID, op)
	}
	require.Equal(t, []string{"."}, paths(t, dir), "nothing is written")
}

func newStore(t *testing.T, f storage.Fetcher) *storage.Store {
	t.Helper()
	return newStoreStalling(t, f, time.Minute)
}

func newStoreStalling(t *testing.T, f storage.Fetcher, stall time.Duration) *storage.Store {
	t.Helper()
	s, err := storage.Open(storage.Config{
		Dir: t.TempDir(), Fetchers: []storage.Fetcher{f},
		MaxBytes: MaxBytes, MaxNodes: 10_000, StallTimeout: stall, Retry: storage.Retry{Attempts: 1},
	})
	require.NoError(t, err)
	return s
}

// paths lists everything below dir.
func paths(t *testing.T, dir string) (list []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(p string, _ fs.DirEntry, err error) error {
		list = append(list, p)
		return err
	}))
	return list
}
