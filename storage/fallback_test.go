package storage_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// blockSource serves single blocks only; its CAR is a web page.
type blockSource struct {
	mu     sync.Mutex
	blocks map[cid.Cid][]byte
	asked  int
	served int
	spoil  cid.Cid
}

func (s *blockSource) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("<html>" + strings.Repeat("what is a CAR? ", 20) + "</html>")), nil
}

func (s *blockSource) FetchBlock(_ context.Context, c cid.Cid) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	data, ok := s.blocks[c]
	if !ok {
		return nil, storage.ErrNotFound
	}
	s.served++
	if c == s.spoil {
		data = append(bytes.Clone(data), 0)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// fileSource serves plain files only.
type fileSource struct{ fsys fs.FS }

func (s fileSource) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	return nil, &storage.Error{Backend: "plain", Op: "fetch", Status: 406, Err: storage.ErrUnsupported}
}

func (s fileSource) FetchFile(_ context.Context, _ cid.Cid, path string) (io.ReadCloser, error) {
	f, err := s.fsys.Open(path)
	if err != nil {
		return nil, storage.ErrNotFound
	}
	return f, nil
}

func blocksOf(t *testing.T, s *storage.Store, root cid.Cid) map[cid.Cid][]byte {
	t.Helper()
	all := map[cid.Cid][]byte{}
	require.NoError(t, s.Walk(context.Background(), root, func(c cid.Cid, data []byte) error {
		all[c] = data
		return nil
	}))
	return all
}

func TestFetchByBlocks(t *testing.T) {
	ctx, maker := context.Background(), open(t, storage.Config{})
	root, err := maker.Add(ctx, fixture())
	require.NoError(t, err)
	src := &blockSource{blocks: blocksOf(t, maker, root)}
	fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{src}}).Fetch(ctx, root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)
	require.Equal(t, len(src.blocks), src.asked, "each block once")
}

// A fetch that was interrupted requests only what is missing.
func TestFetchResumesByBlocks(t *testing.T) {
	ctx, maker := context.Background(), open(t, storage.Config{})
	root, err := maker.Add(ctx, fixture())
	require.NoError(t, err)
	src := &blockSource{blocks: blocksOf(t, maker, root)}
	full := src.blocks
	src.blocks = map[cid.Cid][]byte{}
	for c, data := range full {
		if len(data) != 256<<10 {
			src.blocks[c] = data
		}
	}
	cfg := storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{src}}
	_, err = open(t, cfg).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrNotFound)
	require.NotZero(t, src.served)
	missing := len(full) - src.served
	src.blocks, src.asked = full, 0
	fsys, err := open(t, cfg).Fetch(ctx, root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)
	require.Equal(t, missing, src.asked)
}

func TestFetchByBlocksDamagedBlock(t *testing.T) {
	ctx, maker := context.Background(), open(t, storage.Config{})
	root, err := maker.Add(ctx, fixture())
	require.NoError(t, err)
	src := &blockSource{blocks: blocksOf(t, maker, root)}
	for c := range src.blocks {
		if c != root {
			src.spoil = c
			break
		}
	}
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{src}}).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrCorrupt)
	require.ErrorContains(t, err, src.spoil.String())
}

// Plain files are accepted if they pack to the root again under any profile.
func TestFetchByFiles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tree := fixture()
	delete(tree, "nested/void") // a plain gateway cannot serve an empty directory
	names := []string{"absent.bin"}
	for p := range tree {
		names = append(names, p)
	}
	for _, p := range storage.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			root, err := storage.CID(ctx, tree, p)
			require.NoError(t, err)
			fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{fileSource{tree}}, Files: names}).Fetch(ctx, root)
			require.NoError(t, err)
			requireSameTree(t, tree, fsys)
		})
	}
	root, err := storage.CID(ctx, smallTree(), storage.Default)
	require.NoError(t, err)
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{fileSource{tree}}, Files: names}).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrCIDMismatch, "other files")
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{fileSource{tree}}, Files: []string{"nothing"}}).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrNotFound)
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{fileSource{tree}}, Files: names, MaxBytes: 1 << 20}).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrTooLarge)
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{fileSource{tree}}, Files: []string{"../escape"}}).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrUnsupported)
}
