package storage

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
)

// BlockFetcher is an optional capability of a [Fetcher]: it serves single
// blocks, with which an interrupted fetch resumes. The bytes are untrusted.
type BlockFetcher interface {
	FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error)
}

// maxBlockRequests is how many block requests to one source are in flight:
// enough to hide the latency of a distant one. Blocks are rarely larger than
// usualBlock; at most maxLargeBlocks larger ones are in memory, over all
// sources of a store.
const (
	maxBlockRequests = 16
	usualBlock       = 264 << 10 // 256 KiB of content, in dag-pb a little more
	maxLargeBlocks   = 4
)

// fetchBlocks fetches what is missing, block by block.
func (j *job) fetchBlocks(ctx context.Context, from BlockFetcher) error {
	im, err := newImporter(j.to, j.root, j.limits)
	if err != nil {
		return err
	}
	if err := j.fetchMissing(ctx, im, from); err != nil {
		im.leaves.flush() // keep what has arrived; err is the error to report
		return err
	}
	return im.finish()
}

// blockReply is the result of one block request.
type blockReply struct {
	key  string
	c    cid.Cid
	data []byte
	here bool   // another source has brought it meanwhile
	done func() // releases data
	err  error
}

// fetchMissing keeps maxBlockRequests requests in flight while blocks are
// missing. After an error it sends no more, but stores what still arrives.
func (j *job) fetchMissing(ctx context.Context, im *importer, from BlockFetcher) (err error) {
	replies, asked := make(chan blockReply), map[string]struct{}{}
	for {
		for k, c := range im.wanted {
			if err != nil || len(asked) == maxBlockRequests {
				break
			}
			if _, ok := asked[k]; ok {
				continue
			}
			asked[k] = struct{}{}
			go func() { replies <- j.requestBlock(ctx, from, k, c) }()
		}
		if len(asked) == 0 {
			return err
		}
		r := <-replies
		delete(asked, r.key)
		if r.err == nil {
			r.err = im.add(r.c, r.data)
		}
		r.done()
		if r.err == nil && !r.here {
			r.err = j.count(int64(len(r.data)), 0)
		}
		if err == nil {
			err = r.err
		}
	}
}

// requestBlock looks for a block in the local store, then asks the source.
func (j *job) requestBlock(ctx context.Context, from BlockFetcher, key string, c cid.Cid) blockReply {
	r := blockReply{key: key, c: c, done: func() {}}
	r.data, r.err = j.to.get(c)
	if r.here = r.err == nil; !r.here {
		r.err = catchPanic(name(j.from), func() (err error) {
			r.data, r.done, err = j.fetchBlock(ctx, from, c)
			return err
		})
	}
	return r
}

// fetchBlock reads one block. A large block counts against maxLargeBlocks until
// done is called.
func (j *job) fetchBlock(ctx context.Context, from BlockFetcher, c cid.Cid) (block []byte, done func(), err error) {
	ctx, stall := withStall(ctx, j.s.cfg.StallTimeout)
	defer stall.stop()
	body, err := from.FetchBlock(ctx, c)
	if err != nil {
		return nil, func() {}, stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	large := false
	done = func() {
		if large {
			<-j.s.large
		}
	}
	defer func() {
		if block == nil { // an error, or the driver has panicked
			done()
			done = func() {}
		}
	}()
	data := bytes.NewBuffer(make([]byte, 0, usualBlock+1+bytes.MinRead)) // large enough that ReadFrom does not grow it
	_, err = data.ReadFrom(io.LimitReader(r, usualBlock+1))
	if err == nil && data.Len() > usualBlock {
		stall.pause()
		select {
		case j.s.large <- struct{}{}:
			large = true
		case <-ctx.Done():
			return nil, done, context.Cause(ctx)
		}
		stall.progress()
		data.Grow(maxBlock - usualBlock + bytes.MinRead)
		_, err = data.ReadFrom(io.LimitReader(r, maxBlock-usualBlock))
	}
	if err != nil {
		return nil, done, stall.explain(fmt.Errorf("block %s: %w: %w", c, ErrIncomplete, err))
	}
	return data.Bytes(), done, nil
}
