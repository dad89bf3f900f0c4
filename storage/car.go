package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
	car "github.com/ipld/go-car/v2"
	carstorage "github.com/ipld/go-car/v2/storage"
)

const (
	maxCARHeader = 16 << 10       // a header holds one root, some 60 bytes
	maxCARRecord = maxBlock + 256 // a section: CID and block
)

// importer takes blocks from one untrusted stream, in whatever order. It
// stores verified blocks only, knows which ones the root still wants, and
// forgets those that nothing links to.
type importer struct {
	to     *blocks
	limits limits
	wanted map[string]cid.Cid // linked from a block that is here, not here yet
	here   map[string]struct{}
	strays map[string]cid.Cid  // arrived before (or without) anything links to them
	leaves *writer             // stores them
	aside  *blocks             // where strays wait, nil while there are none
	bytes  int64               // of blocks, counted once each
	useful int64               // of those, what the root links to
	before map[string]struct{} // here when it began, and not in the stream yet
	known  int64               // bytes of those that were in the stream
}

// newImporter finds what an earlier attempt has left: that is how a fetch resumes.
func newImporter(to *blocks, root cid.Cid, l limits) (*importer, error) {
	im := &importer{to: to, leaves: newWriter(to), limits: l, wanted: map[string]cid.Cid{}, here: map[string]struct{}{}, strays: map[string]cid.Cid{}}
	err := im.want(root)
	im.before = maps.Clone(im.here)
	return im, err
}

func (im *importer) complete() bool { return len(im.wanted) == 0 }

// want registers the given blocks and, as far as they are here already, all
// blocks below them.
func (im *importer) want(todo ...cid.Cid) error {
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		k := blockKey(c)
		if _, ok := im.here[k]; ok {
			continue
		}
		block, err := im.find(k, c)
		if errors.Is(err, ErrNotFound) {
			im.wanted[k] = c
			if len(im.wanted) > im.limits.maxNodes {
				return fmt.Errorf("more than %d blocks: %w", im.limits.maxNodes, ErrTooLarge)
			}
			continue
		}
		if err != nil {
			return err
		}
		links, err := im.arrived(k, c, block)
		if err != nil {
			return err
		}
		todo = append(todo, links...)
	}
	return nil
}

// find looks for a block in the store and among the strays. One that the disk
// has spoilt counts as missing, so that it is fetched anew.
func (im *importer) find(k string, c cid.Cid) ([]byte, error) {
	_, stray := im.strays[k]
	if stray {
		if err := im.to.take(im.aside, c); err != nil {
			return nil, err
		}
		delete(im.strays, k)
	}
	block, err := im.to.get(c)
	if stray && err == nil {
		im.useful += int64(len(block))
	}
	if errors.Is(err, ErrCorrupt) {
		return nil, fmt.Errorf("block %s: %w", c, ErrNotFound)
	}
	return block, err
}

// arrived notes a verified, stored block and returns what it links to.
func (im *importer) arrived(k string, c cid.Cid, block []byte) ([]cid.Cid, error) {
	n, err := decode(c, block)
	if err != nil {
		return nil, err
	}
	delete(im.wanted, k)
	im.here[k] = struct{}{}
	links := make([]cid.Cid, len(n.links))
	for i, l := range n.links {
		links[i] = l.cid
	}
	return links, nil
}

// add verifies and stores one block. It counts in bytes what is new.
func (im *importer) add(c cid.Cid, data []byte) error {
	if err := checkCID(c); err != nil {
		return err
	}
	if len(data) > maxBlock {
		return fmt.Errorf("block %s of %d bytes, at most %d: %w", c, len(data), maxBlock, ErrTooLarge)
	}
	k := blockKey(c)
	if _, ok := im.here[k]; ok {
		if _, ok := im.before[k]; ok && verifyBlock(c, data) == nil {
			delete(im.before, k)
			im.known += int64(len(data))
		}
		return nil // gateways may repeat blocks
	}
	if err := verifyBlock(c, data); err != nil {
		return err
	}
	if im.bytes += int64(len(data)); im.bytes > im.limits.streamBytes() {
		return fmt.Errorf("more than %d bytes: %w", im.limits.streamBytes(), ErrTooLarge)
	}
	if _, ok := im.wanted[k]; !ok {
		return im.setAside(k, c, data)
	}
	if err := im.store(c, data); err != nil {
		return err
	}
	im.useful += int64(len(data))
	links, err := im.arrived(k, c, data)
	if err != nil {
		return err
	}
	return im.want(links...)
}

// store writes leaves in the background; an inner node is written at once,
// since another importer may look for it.
func (im *importer) store(c cid.Cid, data []byte) error {
	if c.Prefix().Codec == cid.Raw {
		return im.leaves.put(c, data)
	}
	return im.to.put(c, data)
}

// setAside keeps a block that nothing links to yet: some writers put leaves
// first and the root last. It enters the store only when something does.
func (im *importer) setAside(k string, c cid.Cid, data []byte) error {
	if _, again := im.strays[k]; again {
		return nil
	}
	if len(im.strays) >= im.limits.maxNodes {
		return fmt.Errorf("more than %d blocks: %w", im.limits.maxNodes, ErrTooLarge)
	}
	if im.aside == nil {
		dir, err := os.MkdirTemp(im.to.tmp, "aside-*")
		if err != nil {
			return err
		}
		if im.aside, err = openBlocks(dir); err != nil {
			return err
		}
	}
	im.strays[k] = c
	return im.aside.put(c, data)
}

// finish waits for what is being written, drops strays and says what is still missing. Foreign blocks beside a
// complete content do no harm: they were never in the store.
func (im *importer) finish() error {
	err := im.leaves.flush()
	if im.aside != nil {
		err = errors.Join(err, os.RemoveAll(filepath.Dir(im.aside.dir)))
	}
	if err != nil {
		return err
	}
	if im.complete() {
		return nil
	}
	for _, c := range im.strays {
		return fmt.Errorf("block %s is not part of this content: %w", c, ErrCorrupt)
	}
	for _, c := range im.wanted {
		return fmt.Errorf("block %s and %d more are missing: %w", c, len(im.wanted)-1, ErrIncomplete)
	}
	return nil
}

// readCAR feeds a stream of CAR version 1 or 2 to im until the content is
// complete, calling tick after every block with its bytes that are new and belong
// to it, or were here when it began. It reads no further than that: an endless tail costs nothing.
func (im *importer) readCAR(ctx context.Context, root cid.Cid, r io.Reader, tick func(fresh, known int64) error) (err error) {
	defer func() { // also if r panics
		if ferr := im.finish(); err == nil {
			err = ferr
		}
	}()
	return im.blocksOf(ctx, root, r, tick)
}

func (im *importer) blocksOf(ctx context.Context, root cid.Cid, r io.Reader, tick func(fresh, known int64) error) error {
	src := &source{r: r, left: im.limits.streamBytes()}
	br, err := car.NewBlockReader(bufio.NewReaderSize(src, 64<<10), car.WithTrustedCAR(true), // we hash ourselves
		car.MaxAllowedHeaderSize(maxCARHeader), car.MaxAllowedSectionSize(maxCARRecord))
	if err != nil {
		return src.fault("not a CAR", err)
	}
	if len(br.Roots) != 1 || !br.Roots[0].Defined() || blockKey(br.Roots[0]) != blockKey(root) {
		return fmt.Errorf("the CAR is of %v, asked for %s: %w", br.Roots, root, ErrCIDMismatch)
	}
	for !im.complete() {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := br.Next()
		if errors.Is(err, io.EOF) && src.err == nil {
			return nil // finish says what is missing
		}
		if err != nil {
			return src.fault("CAR", err)
		}
		useful, known := im.useful, im.known
		if err := im.add(b.Cid(), b.RawData()); err != nil {
			return err
		}
		if err := tick(im.useful-useful, im.known-known); err != nil {
			return err
		}
	}
	return nil
}

// source caps a stream and remembers why it ended, so that a broken
// connection is told apart from broken bytes.
type source struct {
	r    io.Reader
	left int64
	err  error // other than io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		s.err = fmt.Errorf("stream does not end: %w", ErrTooLarge)
		return 0, s.err
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	if s.left -= int64(n); err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// fault sorts an error of the CAR reader.
func (s *source) fault(what string, err error) error {
	switch {
	case s.err != nil && isSentinel(s.err):
		return s.err
	case s.err != nil:
		return fmt.Errorf("%s breaks off: %w: %w", what, ErrIncomplete, s.err)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fmt.Errorf("%s ends early: %w", what, ErrIncomplete)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrCorrupt, err)
}

// writeCAR writes the DAG of root as CAR version 1: every block once, in
// depth-first order, so that a reader can verify it as it comes.
func writeCAR(ctx context.Context, from *blocks, root cid.Cid, w io.Writer) error {
	buf := bufio.NewWriterSize(w, 256<<10) // hides w's other methods too: go-car would seek
	out, err := carstorage.NewWritable(buf, []cid.Cid{root}, car.WriteAsCarV1(true), car.UseWholeCIDs(true))
	if err != nil {
		return err
	}
	err = walkBlocks(ctx, from, root, func(c cid.Cid, data []byte) error { return out.Put(ctx, c.KeyString(), data) })
	if err != nil {
		return err
	}
	return buf.Flush()
}

// walkBlocks visits every block of root once, depth first, verified as it is read.
func walkBlocks(ctx context.Context, from *blocks, root cid.Cid, fn func(c cid.Cid, data []byte) error) error {
	if err := checkCID(root); err != nil {
		return err
	}
	seen := map[string]struct{}{}
	todo := []cid.Cid{root}
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, ok := seen[c.KeyString()]; ok {
			continue
		}
		seen[c.KeyString()] = struct{}{}
		block, err := from.get(c)
		if err != nil {
			return err
		}
		if err := fn(c, block); err != nil {
			return err
		}
		n, err := decode(c, block)
		if err != nil {
			return err
		}
		for i := len(n.links) - 1; i >= 0; i-- {
			todo = append(todo, n.links[i].cid)
		}
	}
	return nil
}
