package storage

import (
	"fmt"
	"math"
	"strconv"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
)

type kind uint8

const (
	kindFile  kind = iota // raw block, or dag-pb file
	kindDir               // plain directory
	kindShard             // sharded (HAMT) directory
)

// dagNode is one decoded block.
type dagNode struct {
	kind   kind
	data   []byte // file content in this node itself; aliases the block
	links  []dagLink
	sizes  []uint64 // content bytes below each link of a file
	size   uint64   // content bytes in and below this node
	prefix int      // hex digits before the name in each entry of a shard

	declared int64 // bytes in and below a directory, as its links say: unverified
}

type dagLink struct {
	name string
	cid  cid.Cid
}

// decode parses a block that was verified against c. It checks links with
// checkCID and that a file's sizes add up; it does not check names.
func decode(c cid.Cid, block []byte) (*dagNode, error) {
	if c.Prefix().Codec == cid.Raw {
		return &dagNode{data: block, size: uint64(len(block))}, nil
	}
	pb, err := merkledag.DecodeProtobuf(block)
	if err != nil {
		return nil, fmt.Errorf("block %s: not dag-pb: %w: %w", c, ErrCorrupt, err)
	}
	ufs, err := unixfs.FSNodeFromBytes(pb.Data())
	if err != nil {
		return nil, fmt.Errorf("block %s: not UnixFS: %w: %w", c, ErrCorrupt, err)
	}
	n := &dagNode{links: make([]dagLink, len(pb.Links()))}
	for i, l := range pb.Links() {
		if err := checkCID(l.Cid); err != nil {
			return nil, fmt.Errorf("block %s, link %d: %w", c, i, err)
		}
		n.links[i] = dagLink{l.Name, l.Cid}
		n.declared += int64(min(l.Size, math.MaxInt64/uint64(len(n.links))))
	}
	switch ufs.Type() {
	case unixfs.TFile, unixfs.TRaw:
		n.data, n.sizes, n.size = ufs.Data(), ufs.BlockSizes(), ufs.FileSize()
		err = n.checkSizes()
	case unixfs.TDirectory:
		n.kind = kindDir
	case unixfs.THAMTShard:
		n.kind = kindShard
		n.prefix, err = shardPrefix(ufs.Fanout())
	case unixfs.TSymlink:
		return nil, fmt.Errorf("block %s: symlink to %q: %w", c, clip(string(ufs.Data())), ErrUnsafeName)
	default:
		return nil, fmt.Errorf("block %s: UnixFS type %d: %w", c, ufs.Type(), ErrUnsupported)
	}
	if err != nil {
		return nil, fmt.Errorf("block %s: %w", c, err)
	}
	return n, nil
}

// checkSizes checks that the declared sizes of a file node are consistent;
// whether the children have them is checked when these are visited.
func (n *dagNode) checkSizes() error {
	if len(n.links) == 0 {
		n.size = uint64(len(n.data)) // some writers omit it in leaves
		return nil
	}
	if len(n.sizes) != len(n.links) {
		return fmt.Errorf("%d links but %d sizes: %w", len(n.links), len(n.sizes), ErrCorrupt)
	}
	sum := uint64(len(n.data))
	for _, s := range n.sizes {
		if sum+s < sum {
			return fmt.Errorf("sizes overflow: %w", ErrCorrupt)
		}
		sum += s
	}
	if sum != n.size {
		return fmt.Errorf("sizes add up to %d, declared %d: %w", sum, n.size, ErrCorrupt)
	}
	return nil
}

// shardPrefix returns how many hex digits the slot number of a shard has.
func shardPrefix(fanout uint64) (int, error) {
	if fanout < 8 || fanout > 1024 || fanout&(fanout-1) != 0 {
		return 0, fmt.Errorf("shard fanout %d: %w", fanout, ErrUnsupported)
	}
	return len(strconv.FormatUint(fanout-1, 16)), nil
}
