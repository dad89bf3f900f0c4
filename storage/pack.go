package storage

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"

	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// shardAt is the directory size in bytes at which every profile switches to a
// sharded directory; shardWidth is its fanout.
const (
	shardAt    = 256 << 10
	shardWidth = 256
)

// packer turns a directory into blocks. Every parameter is passed to boxo
// explicitly: its process-wide defaults are neither changed nor relied upon.
type packer struct {
	profile  Profile
	dag      dagService
	limits   limits
	buffers  *bufferPool   // gets the chunks back once dag has stored them
	progress func(n int64) // bytes of file content packed so far
	bytes    int64
	entries  int
}

// CID computes the CID of the directory fsys under profile p without storing
// anything. Hidden files are included, modes and times are not.
func CID(ctx context.Context, fsys fs.FS, p Profile) (cid.Cid, error) {
	return packDir(ctx, fsys, newPacker(p, limits{}.withDefaults(), nil))
}

// newPacker returns a packer that stores blocks with w, or, if w is nil,
// discards them.
func newPacker(profile Profile, l limits, w *writer) packer {
	p := packer{profile: profile, limits: l, buffers: &bufferPool{}}
	if w == nil {
		p.dag = dagService{discard{p.buffers}}
	} else {
		p.dag, w.onStored = dagService{w}, p.buffers.put
	}
	return p
}

type discard struct{ *bufferPool }

func (d discard) put(_ cid.Cid, data []byte) error {
	d.bufferPool.put(data)
	return nil
}

func packDir(ctx context.Context, fsys fs.FS, p packer) (cid.Cid, error) {
	if p.profile == (Profile{}) {
		p.profile = Default
	}
	if c, l := p.profile.ChunkSize, p.profile.MaxLinks; c <= 0 || c > maxBlock-64 || l < 2 {
		return cid.Undef, fmt.Errorf("profile %q: chunks of %d bytes, %d links per node: %w", p.profile.Name, c, l, ErrUnsupported)
	}
	n, err := p.dir(ctx, fsys, ".", 1)
	if err != nil {
		return cid.Undef, err
	}
	return n.Cid(), nil
}

func (p *packer) dir(ctx context.Context, fsys fs.FS, dir string, depth int) (ipld.Node, error) {
	if depth > p.limits.maxDepth {
		return nil, fmt.Errorf("%s: more than %d directories deep: %w", dir, p.limits.maxDepth, ErrTooLarge)
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	mode := uio.SizeEstimationLinks
	if p.profile.blockEstimate {
		mode = uio.SizeEstimationBlock
	}
	d, err := uio.NewDirectory(p.dag, uio.WithCidBuilder(dagPBPrefix(p.profile.CIDVersion)),
		uio.WithSizeEstimationMode(mode), uio.WithMaxHAMTFanout(shardWidth))
	if err != nil {
		return nil, err
	}
	d.SetHAMTShardingSize(shardAt)
	seen := make(map[string]string, len(entries))
	for _, e := range entries {
		name := e.Name()
		if err := p.checkEntry(dir, name, e.Type(), seen); err != nil {
			return nil, err
		}
		child, err := p.entry(ctx, fsys, path.Join(dir, name), e.IsDir(), depth)
		if err != nil {
			return nil, err
		}
		if err := d.AddChild(ctx, name, child); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(dir, name), err)
		}
	}
	n, err := d.GetNode()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return n, p.dag.Add(ctx, n)
}

// checkEntry refuses when packing what a fetch would refuse, so that a creator
// gets the error before paying.
func (p *packer) checkEntry(dir, name string, typ fs.FileMode, seen map[string]string) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if typ&^fs.ModeDir != 0 {
		return fmt.Errorf("%s: neither file nor directory (%v): %w", path.Join(dir, name), typ, ErrUnsafeName)
	}
	if other, ok := seen[foldName(name)]; ok {
		return fmt.Errorf("%s: %q and %q are the same name on some systems: %w", dir, other, name, ErrUnsafeName)
	}
	seen[foldName(name)] = name
	if p.entries++; p.entries > p.limits.maxNodes {
		return fmt.Errorf("more than %d entries: %w", p.limits.maxNodes, ErrTooLarge)
	}
	return nil
}

func (p *packer) entry(ctx context.Context, fsys fs.FS, name string, isDir bool, depth int) (ipld.Node, error) {
	if isDir {
		return p.dir(ctx, fsys, name, depth+1)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := p.file(&meter{ctx: ctx, r: f, p: p})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

func (p *packer) file(r *meter) (ipld.Node, error) {
	params := helpers.DagBuilderParams{
		Dagserv:    p.dag,
		RawLeaves:  p.profile.RawLeaves,
		Maxlinks:   p.profile.MaxLinks,
		CidBuilder: dagPBPrefix(p.profile.CIDVersion),
	}
	split := chunk.NewSizeSplitter(r, int64(p.profile.ChunkSize))
	if fi, err := r.r.Stat(); err == nil && fi.Size() > int64(p.profile.ChunkSize) { // a single chunk needs no reading ahead
		b := p.buffers
		if !p.profile.RawLeaves {
			b = nil // blocks hold a copy of the chunk, so chunks never come back
		}
		ahead := newSplitter(r, p.profile.ChunkSize, b)
		defer ahead.close()
		split = ahead
	}
	b, err := params.New(split)
	if err != nil {
		return nil, err
	}
	n, err := balanced.Layout(b)
	if err == nil && r.err != nil { // a splitter treats io.ErrUnexpectedEOF as the end
		return nil, r.err
	}
	return n, err
}

// meter counts the bytes read, enforces the limit and obeys the context.
type meter struct {
	ctx context.Context
	r   fs.File
	p   *packer
	err error // why reading the file failed
}

func (m *meter) Read(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped io.EOF is a failed read
		m.err = err
	}
	if m.p.bytes += int64(n); m.p.bytes > m.p.limits.maxBytes {
		return n, fmt.Errorf("more than %d bytes in all: %w", m.p.limits.maxBytes, ErrTooLarge)
	}
	if m.p.progress != nil && n > 0 {
		m.p.progress(m.p.bytes)
	}
	return n, err
}
