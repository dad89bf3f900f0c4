package storage

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
)

// importer stores the blocks of one untrusted stream, in whatever order they
// come. It stores verified blocks only, knows which ones the root still needs,
// and drops those that nothing links to.
type importer struct {
	to       *blocks
	root     cid.Cid
	limits   limits
	wanted   map[string]cid.Cid // linked from a stored block, not stored yet
	have     map[string]struct{}
	unlinked map[string]cid.Cid  // arrived before (or without) a block that links to them
	leaves   *writer             // writes leaves in the background
	staging  *blocks             // where unlinked blocks wait, nil while there are none
	bytes    int64               // of all blocks that arrived, each counted once
	useful   int64               // of those that the root links to
	resumed  map[string]struct{} // stored before the import began, and not in the stream yet
	known    int64               // bytes of the resumed blocks that were in the stream
	named    []cid.Cid           // the roots that the CAR names
	declared int64               // size of the content as the root says; 0 if it is not known, or admitted
	waiting  int64               // bytes in staging
}

// newImporter looks for blocks that an earlier attempt has stored: that is how
// a fetch resumes.
func newImporter(to *blocks, root cid.Cid, l limits) (*importer, error) {
	im := &importer{to: to, root: root, leaves: newReservedWriter(to), limits: l, wanted: map[string]cid.Cid{}, have: map[string]struct{}{}, unlinked: map[string]cid.Cid{}}
	err := im.locked(func() error { return im.want(root) })
	im.resumed = maps.Clone(im.have)
	if err == nil {
		err = im.admit()
	}
	return im, err
}

// locked calls f while nothing is dropped: what f finds stored is linked from
// the root, and so is kept, when it returns.
func (im *importer) locked(f func() error) error {
	unlock := im.to.quota.lock()
	defer unlock()
	return f()
}

// admit refuses a content that says, in its root, that there is no room for it.
func (im *importer) admit() error {
	if im.declared == 0 {
		return nil
	}
	declared := min(im.declared, im.limits.streamBytes())
	im.declared = 0
	return im.to.quota.admit(im.root, declared)
}

func (im *importer) complete() bool { return len(im.wanted) == 0 }

// want registers the given blocks and, if they are stored already, the blocks
// below them.
func (im *importer) want(todo ...cid.Cid) error {
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		k := blockKey(c)
		if _, ok := im.have[k]; ok {
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
		links, err := im.accept(k, c, block)
		if err != nil {
			return err
		}
		todo = append(todo, links...)
	}
	return nil
}

// find looks for a block in the store and among the unlinked ones. A block
// damaged on disk counts as missing, so that it is fetched again.
func (im *importer) find(k string, c cid.Cid) ([]byte, error) {
	_, stray := im.unlinked[k]
	if stray {
		if err := im.to.moveFrom(im.staging, c); err != nil {
			return nil, err
		}
		delete(im.unlinked, k)
	}
	block, err := im.to.get(c)
	if stray && err == nil {
		im.useful += int64(len(block))
		im.waiting -= int64(len(block))
		im.to.quota.wrote(-int64(len(block)), true)
		im.to.quota.wrote(int64(len(block)), false)
	}
	if errors.Is(err, ErrCorrupt) {
		return nil, fmt.Errorf("block %s: %w", c, ErrNotFound)
	}
	return block, err
}

// accept records a verified, stored block and returns its links.
func (im *importer) accept(k string, c cid.Cid, block []byte) ([]cid.Cid, error) {
	n, err := decode(c, block)
	if err != nil {
		return nil, err
	}
	delete(im.wanted, k)
	im.have[k] = struct{}{}
	if c == im.root {
		im.declared = n.declared
	}
	links := make([]cid.Cid, len(n.links))
	for i, l := range n.links {
		links[i] = l.cid
	}
	return links, nil
}

// add verifies and stores one block, and counts its bytes if it is new.
func (im *importer) add(c cid.Cid, data []byte) error {
	if err := checkCID(c); err != nil {
		return err
	}
	if len(data) > maxBlock {
		return fmt.Errorf("block %s of %d bytes, at most %d: %w", c, len(data), maxBlock, ErrTooLarge)
	}
	k := blockKey(c)
	if _, ok := im.have[k]; ok {
		if _, ok := im.resumed[k]; ok && verifyBlock(c, data) == nil {
			delete(im.resumed, k)
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
	if err := im.to.quota.reserve(int64(len(data))); err != nil {
		return err
	}
	if _, ok := im.wanted[k]; !ok {
		defer im.to.quota.settle(int64(len(data)))
		return im.stage(k, c, data)
	}
	if err := im.locked(func() error { return im.addWanted(k, c, data) }); err != nil {
		return err
	}
	return im.admit()
}

// addWanted stores a block that a stored block links to.
func (im *importer) addWanted(k string, c cid.Cid, data []byte) error {
	if err := im.store(c, data); err != nil {
		return err
	}
	im.useful += int64(len(data))
	links, err := im.accept(k, c, data)
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
	defer im.to.quota.settle(int64(len(data)))
	return onDisk(im.to.put(c, data))
}

// stage keeps a block that nothing links to yet: some writers put leaves first
// and the root last. It enters the store only once another block links to it.
func (im *importer) stage(k string, c cid.Cid, data []byte) error {
	if _, again := im.unlinked[k]; again {
		return nil
	}
	if len(im.unlinked) >= im.limits.maxNodes {
		return fmt.Errorf("more than %d blocks: %w", im.limits.maxNodes, ErrTooLarge)
	}
	if im.staging == nil {
		dir, err := os.MkdirTemp(im.to.tmp, "aside-*")
		if err != nil {
			return onDisk(err)
		}
		if im.staging, err = openBlocks(dir); err != nil {
			return onDisk(err)
		}
	}
	im.unlinked[k] = c
	if err := im.staging.put(c, data); err != nil {
		return onDisk(err)
	}
	im.waiting += int64(len(data))
	im.to.quota.wrote(int64(len(data)), true)
	return nil
}

// finish waits for pending writes, drops unlinked blocks and returns an error
// if blocks are missing. Foreign blocks in the stream of a complete content are
// ignored: they were never in the store.
func (im *importer) finish() error {
	err := im.leaves.flush()
	if im.staging != nil {
		im.to.quota.wrote(-im.waiting, true)
		im.waiting = 0
		err = errors.Join(err, os.RemoveAll(filepath.Dir(im.staging.dir)))
	}
	if err != nil {
		return err
	}
	if im.complete() {
		return nil
	}
	for _, c := range im.unlinked {
		return fmt.Errorf("block %s is not part of this content: %w", c, ErrCorrupt)
	}
	return incomplete(im.wanted)
}

// incomplete is the error of a content that lacks blocks; nil if there are none.
func incomplete(wanted map[string]cid.Cid) error {
	for _, c := range wanted {
		return fmt.Errorf("%d blocks are missing, such as %s: %w", len(wanted), c, ErrIncomplete)
	}
	return nil
}
