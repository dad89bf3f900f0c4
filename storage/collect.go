package storage

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
)

// collector verifies the blocks of an untrusted CAR stream and knows when all that the
// root links to have been there. It keeps links, no blocks, and nothing on disk. Several
// streams can go into one, as after a broken connection.
type collector struct {
	root   cid.Cid
	limits limits
	have   map[string][]cid.Cid // the links of each block that was there
	wanted map[string]cid.Cid   // linked from the root, and not there yet
	linked map[string]struct{}  // linked from the root, and there
	bytes  int64                // of those that were there
}

func newCollector(root cid.Cid, l limits) *collector {
	return &collector{
		root: root, limits: l, have: map[string][]cid.Cid{}, linked: map[string]struct{}{},
		wanted: map[string]cid.Cid{blockKey(root): root},
	}
}

// readCAR reads until all is there, no further; it calls tick with the bytes so far
// after every block.
func (c *collector) readCAR(ctx context.Context, r io.Reader, tick func(bytes int64) error) error {
	if err := c.reach(c.root); err != nil { // an identity CID needs no stream
		return err
	}
	stream, err := openCAR(r, c.limits)
	if err != nil {
		return err
	}
	for len(c.wanted) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, data, err := stream.next()
		if errors.Is(err, io.EOF) {
			return otherContent(c.root, stream.Roots, incomplete(c.wanted))
		}
		if err != nil {
			return err
		}
		if err := c.add(id, data); err != nil {
			return err
		}
		if err := tick(c.bytes); err != nil {
			return err
		}
	}
	return nil
}

// add verifies a block.
func (c *collector) add(id cid.Cid, data []byte) error {
	if err := checkCID(id); err != nil {
		return err
	}
	k := blockKey(id)
	if _, ok := c.have[k]; ok {
		return nil // writers may repeat blocks
	}
	if err := verifyBlock(id, data); err != nil {
		return err
	}
	n, err := decode(id, data)
	if err != nil {
		return err
	}
	if len(c.have) >= c.limits.maxNodes {
		return fmt.Errorf("more than %d blocks: %w", c.limits.maxNodes, ErrTooLarge)
	}
	var links []cid.Cid // nothing that keeps data
	for _, l := range n.links {
		links = append(links, l.cid)
	}
	c.have[k] = links
	c.bytes += int64(len(data))
	if _, ok := c.wanted[k]; ok {
		return c.reach(id)
	}
	return nil
}

// reach notes that the root links to a block, and to what that one links to.
func (c *collector) reach(todo ...cid.Cid) error {
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		k := blockKey(id)
		if _, ok := c.linked[k]; ok {
			continue
		}
		links, ok := c.have[k]
		if data, inline := inline(id); inline && !ok {
			n, err := decode(id, data)
			if err != nil {
				return err
			}
			for _, l := range n.links {
				links = append(links, l.cid)
			}
			ok = true
		}
		if !ok {
			c.wanted[k] = id
			if len(c.wanted) > c.limits.maxNodes {
				return fmt.Errorf("more than %d blocks: %w", c.limits.maxNodes, ErrTooLarge)
			}
			continue
		}
		delete(c.wanted, k)
		c.linked[k] = struct{}{}
		todo = append(todo, links...)
	}
	return nil
}
