package storagetest

import (
	"bytes"
	"context"
	"slices"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/boxo/ipld/unixfs/pb"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	car "github.com/ipld/go-car/v2"
	carstorage "github.com/ipld/go-car/v2/storage"
	"github.com/multiformats/go-multihash"
)

// Block is a block with the CID it is sent under, which may be wrong.
type Block struct {
	CID  cid.Cid // the address that is claimed
	Data []byte  // the content
}

// CAR encodes blocks, unchecked, as CAR version 1 with the given roots.
func CAR(roots []cid.Cid, blocks []Block) []byte {
	var buf bytes.Buffer
	w := must(carstorage.NewWritable(&buf, roots, car.WriteAsCarV1(true), car.UseWholeCIDs(true), car.AllowDuplicatePuts(true), car.StoreIdentityCIDs(true)))
	for _, b := range blocks {
		if err := w.Put(context.Background(), b.CID.KeyString(), b.Data); err != nil {
			panic(err) // a bug in the suite: the writer checks nothing
		}
	}
	return buf.Bytes()
}

// builder builds DAGs, including those that no honest packer would.
type builder struct{ blocks []Block } // children first

func (b *builder) add(c cid.Cid, data []byte) cid.Cid {
	b.blocks = append(b.blocks, Block{c, data})
	return c
}

// rootFirst returns the blocks, parents before children.
func (b *builder) rootFirst() []Block {
	list := slices.Clone(b.blocks)
	slices.Reverse(list)
	return list
}

func (b *builder) raw(data []byte) cid.Cid {
	return b.add(merkledag.NewRawNode(data).Cid(), data)
}

type entry struct {
	name string
	cid  cid.Cid
}

// node adds a dag-pb node with the given UnixFS data and links.
func (b *builder) node(data []byte, links ...entry) cid.Cid {
	n := merkledag.NodeWithData(data)
	if err := n.SetCidBuilder(merkledag.V1CidPrefix()); err != nil {
		panic(err)
	}
	list := make([]*ipld.Link, len(links))
	for i, l := range links {
		list[i] = &ipld.Link{Name: l.name, Cid: l.cid}
	}
	if err := n.SetLinks(list); err != nil {
		panic(err)
	}
	return b.add(n.Cid(), n.RawData())
}

func (b *builder) dir(links ...entry) cid.Cid {
	return b.node(unixfs.FolderPBData(), links...)
}

// file adds an inner file node that claims the given size for each child.
func (b *builder) file(each uint64, children ...cid.Cid) cid.Cid {
	n := unixfs.NewFSNode(unixfs.TFile)
	links := make([]entry, len(children))
	for i, c := range children {
		n.AddBlockSize(each)
		links[i].cid = c
	}
	return b.node(must(n.GetBytes()), links...)
}

func (b *builder) symlink(target string) cid.Cid {
	return b.node(must(unixfs.SymlinkData(target)))
}

func (b *builder) unixfsType(t pb.Data_DataType) cid.Cid {
	return b.node(must(unixfs.NewFSNode(t).GetBytes()))
}

// withHash returns a CID of data under another hash function.
func withHash(codec, hash uint64, data []byte) cid.Cid {
	return cid.NewCidV1(codec, must(multihash.Sum(data, hash, -1)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // only over the suite's own constants
	}
	return v
}

// Understated returns a package of about that many bytes whose root claims to
// hold nothing, as its CAR: a store must notice while it fetches.
func Understated(bytes int) (cid.Cid, []byte) {
	b := &builder{}
	const each = 256 << 10
	var leaves []cid.Cid
	for i := range bytes / each {
		leaves = append(leaves, b.raw(numbers(each + i)[i:]))
	}
	root := b.dir(entry{"a", b.file(each, leaves...)})
	return root, CAR([]cid.Cid{root}, b.rootFirst())
}
