package storage

import (
	"context"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// blockPutter stores packed blocks.
type blockPutter interface {
	put(c cid.Cid, data []byte) error
}

// dagService lets boxo's importer write to our blocks. It is the only adapter
// between boxo's interfaces and ours. Building a tree from scratch needs no
// reads; they are refused so that nothing is ever read unverified.
type dagService struct{ to blockPutter }

var _ ipld.DAGService = dagService{}

func (d dagService) Add(ctx context.Context, n ipld.Node) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.to.put(n.Cid(), n.RawData())
}

func (d dagService) AddMany(ctx context.Context, ns []ipld.Node) error {
	for _, n := range ns {
		if err := d.Add(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (d dagService) Get(_ context.Context, c cid.Cid) (ipld.Node, error) {
	return nil, ipld.ErrNotFound{Cid: c}
}

func (d dagService) GetMany(_ context.Context, cs []cid.Cid) <-chan *ipld.NodeOption {
	out := make(chan *ipld.NodeOption, len(cs))
	for _, c := range cs {
		out <- &ipld.NodeOption{Err: ipld.ErrNotFound{Cid: c}}
	}
	close(out)
	return out
}

func (d dagService) Remove(context.Context, cid.Cid) error       { return nil }
func (d dagService) RemoveMany(context.Context, []cid.Cid) error { return nil }

// dagPBPrefix is the CID builder for nodes of the given CID version.
func dagPBPrefix(version int) cid.Prefix {
	if version == 0 {
		return merkledag.V0CidPrefix()
	}
	return merkledag.V1CidPrefix()
}
