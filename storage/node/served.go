package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"github.com/decloud-sdk/decloud-go/storage"
)

// served offers a store to Bitswap, read-only: blocks that peers send go to the
// store that fetches them, which verifies them first.
type served struct{ store atomic.Pointer[storage.Store] }

var _ blockstore.Blockstore = (*served)(nil)

func (s *served) Has(ctx context.Context, c cid.Cid) (bool, error) {
	_, err := s.GetSize(ctx, c)
	if ipld.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func (s *served) Get(_ context.Context, c cid.Cid) (blocks.Block, error) {
	store := s.store.Load()
	if store == nil {
		return nil, ipld.ErrNotFound{Cid: c}
	}
	data, err := store.Block(c)
	if err != nil {
		return nil, notFound(c, err)
	}
	return blocks.NewBlockWithCid(data, c)
}

func (s *served) GetSize(_ context.Context, c cid.Cid) (int, error) {
	store := s.store.Load()
	if store == nil {
		return 0, ipld.ErrNotFound{Cid: c}
	}
	size, err := store.BlockSize(c)
	if err != nil {
		return 0, notFound(c, err)
	}
	return int(size), nil
}

// notFound translates errors for Bitswap: for peers, a damaged block or an
// unsupported CID does not exist.
func notFound(c cid.Cid, err error) error {
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrCorrupt) || errors.Is(err, storage.ErrUnsupported) {
		return ipld.ErrNotFound{Cid: c}
	}
	return err
}

var errReadOnly = errors.New("storage: node: the served store is read-only")

func (s *served) Put(context.Context, blocks.Block) error       { return errReadOnly }
func (s *served) PutMany(context.Context, []blocks.Block) error { return errReadOnly }
func (s *served) DeleteBlock(context.Context, cid.Cid) error    { return errReadOnly }

func (s *served) AllKeysChan(context.Context) (<-chan cid.Cid, error) { return nil, errReadOnly }

func newBody(data []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // only for our own input
	}
	return v
}
