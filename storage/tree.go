package storage

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/ipfs/go-cid"
)

// node is a file or directory of a verified tree.
type node struct {
	name     string
	cid      cid.Cid
	dir      bool
	size     int64   // content bytes, of all files below for a directory
	leaves   []leaf  // of a file, in order
	children []*node // of a directory, sorted by name
}

// leaf is the part of a file's content that one block holds.
type leaf struct {
	cid cid.Cid
	off int64 // where it starts in the file
	len int64
}

// treeReader walks a DAG in local blocks and builds its tree. It visits every
// link, so the limits hold for the expanded content, however often one block is
// linked. Everything it returns was hashed: inner nodes always, raw leaves if
// hashLeaves is set (otherwise the caller has just hashed them).
type treeReader struct {
	ctx        context.Context
	from       *blocks
	limits     limits
	hashLeaves bool
	nodes      int
	bytes      int64
	hashed     map[string]struct{} // raw leaves already hashed, or being hashed
	decoded    map[string]*dagNode // some inner nodes: a decompression bomb links the same few over and over

	hashing  chan struct{} // semaphore: raw leaves are hashed in parallel with the walk, one per processor
	wg       sync.WaitGroup
	mu       sync.Mutex
	firstErr error // of hashing
}

// Limits on the inner nodes that are kept decoded: their number, and the bytes
// of each.
const (
	maxDecoded      = 64
	maxDecodedBytes = 16 << 10
)

// readTree returns the verified tree of the directory root, or
// ErrNotFound / ErrCorrupt naming the first block that is missing or bad.
func readTree(ctx context.Context, from *blocks, root cid.Cid, limits limits, hashLeaves bool) (*node, error) {
	t := &treeReader{ctx: ctx, from: from, limits: limits, hashLeaves: hashLeaves, hashed: map[string]struct{}{}, decoded: map[string]*dagNode{},
		hashing: make(chan struct{}, runtime.GOMAXPROCS(0))}
	n, err := t.entry("", root, 0)
	t.wg.Wait()
	if err == nil {
		err = t.firstErr
	}
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, fmt.Errorf("%s is a file, want a directory: %w", root, ErrUnsupported)
	}
	return n, nil
}

func (t *treeReader) entry(name string, c cid.Cid, depth int) (*node, error) {
	d, err := t.visit(c, depth)
	if err != nil {
		return nil, err
	}
	n := &node{name: name, cid: c, dir: d.kind != kindFile}
	if !n.dir {
		if d.size > uint64(t.limits.maxBytes) {
			return nil, fmt.Errorf("%q has %d bytes, at most %d are accepted: %w", clip(name), d.size, t.limits.maxBytes, ErrTooLarge)
		}
		return n, t.file(n, c, d, depth)
	}
	seen := map[string]string{}
	if err := t.dir(n, d, depth, seen); err != nil {
		if name != "" {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return nil, err
	}
	slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	for _, ch := range n.children {
		n.size += ch.size
	}
	return n, nil
}

// visit counts and decodes one node. For a raw leaf it returns only the length.
func (t *treeReader) visit(c cid.Cid, depth int) (*dagNode, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	if depth > t.limits.maxDepth {
		return nil, fmt.Errorf("block %s: more than %d links deep: %w", c, t.limits.maxDepth, ErrTooLarge)
	}
	if t.nodes++; t.nodes > t.limits.maxNodes {
		return nil, fmt.Errorf("more than %d nodes: %w", t.limits.maxNodes, ErrTooLarge)
	}
	key := c.KeyString()
	if n, ok := t.decoded[key]; ok {
		return n, nil
	}
	if c.Prefix().Codec == cid.Raw {
		size, err := t.from.size(c)
		if _, done := t.hashed[key]; err == nil && !done && t.hashLeaves {
			t.hashed[key] = struct{}{}
			err = t.hash(c, size)
		}
		return &dagNode{size: uint64(size)}, err
	}
	block, err := t.from.get(c)
	if err != nil {
		return nil, err
	}
	n, err := decode(c, block)
	if err == nil && len(t.decoded) < maxDecoded && len(block) <= maxDecodedBytes {
		t.decoded[key] = n
	}
	return n, err
}

// hash checks a raw leaf in the background.
func (t *treeReader) hash(c cid.Cid, size int64) error {
	t.mu.Lock()
	err := t.firstErr
	t.mu.Unlock()
	if err != nil {
		return err
	}
	if _, kept := t.from.memory.get(t.from.root, fileName(c)); kept { // what is there was hashed
		return nil
	}
	t.hashing <- struct{}{}
	t.wg.Go(func() {
		defer func() { <-t.hashing }()
		if err := t.from.check(c, size); err != nil {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.firstErr == nil {
				t.firstErr = err
			}
		}
	})
	return nil
}

// file appends the leaves below d to n.
func (t *treeReader) file(n *node, c cid.Cid, d *dagNode, depth int) error {
	if d.kind != kindFile {
		return fmt.Errorf("block %s: directory inside of a file: %w", c, ErrCorrupt)
	}
	size := int64(d.size)
	if len(d.links) > 0 {
		size = int64(len(d.data))
	}
	if size > 0 {
		if t.bytes += size; t.bytes > t.limits.maxBytes {
			return fmt.Errorf("more than %d bytes in all: %w", t.limits.maxBytes, ErrTooLarge)
		}
		n.leaves = append(n.leaves, leaf{cid: c, off: n.size, len: size})
		n.size += size
	}
	for i, l := range d.links {
		child, err := t.visit(l.cid, depth+1)
		if err != nil {
			return err
		}
		if child.size != d.sizes[i] {
			return fmt.Errorf("block %s has %d bytes of content, its parent says %d: %w", l.cid, child.size, d.sizes[i], ErrCorrupt)
		}
		if err := t.file(n, l.cid, child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// dir appends the entries of d, sharded or not, to n.
func (t *treeReader) dir(n *node, d *dagNode, depth int, seen map[string]string) error {
	for _, l := range d.links {
		name := l.name
		if d.kind == kindShard {
			if len(name) < d.prefix {
				return fmt.Errorf("shard entry %q without its slot number: %w", clip(name), ErrCorrupt)
			}
			if name = name[d.prefix:]; name == "" {
				if err := t.shard(n, l.cid, depth+1, seen); err != nil {
					return err
				}
				continue
			}
		}
		if err := checkName(name); err != nil {
			return err
		}
		if other, ok := seen[foldName(name)]; ok {
			return fmt.Errorf("entries %q and %q are the same name on some systems: %w", other, name, ErrUnsafeName)
		}
		seen[foldName(name)] = name
		child, err := t.entry(name, l.cid, depth+1)
		if err != nil {
			return err
		}
		n.children = append(n.children, child)
	}
	return nil
}

func (t *treeReader) shard(n *node, c cid.Cid, depth int, seen map[string]string) error {
	d, err := t.visit(c, depth)
	if err != nil {
		return err
	}
	if d.kind != kindShard {
		return fmt.Errorf("block %s: shard slot holds no shard: %w", c, ErrCorrupt)
	}
	return t.dir(n, d, depth, seen)
}
