package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ipfs/go-cid"
)

// Fetch returns the directory root as a read-only file system: from the local
// store when all of it is there, otherwise from the configured sources. Before
// anything is returned every block has been checked against its CID, every
// name and size against the limits. The file system also implements
// fs.ReadDirFS, fs.StatFS and fs.ReadFileFS, its files io.ReaderAt, io.Seeker
// and io.WriterTo; it reads from the local store and verifies again as it does.
// Where [Config.CacheBytes] is set the package stays in the local store for as
// long as the file system, or a file of it, can be reached; to let it go earlier
// close the file system: it is an io.Closer, too.
//
// Verified blocks stay in the local store even when a fetch fails or the
// process is killed: the next one goes on from there.
func (s *Store) Fetch(ctx context.Context, root cid.Cid, options ...FetchOption) (fs.FS, error) {
	limits := s.limits
	for _, o := range options {
		o(&limits)
	}
	if err := checkCID(root); err != nil {
		return nil, wrap("fetch", "local", root, err)
	}
	v, err := s.fetch(ctx, root, limits)
	if err == nil {
		err = s.evict(ctx)
	}
	if err != nil {
		return nil, wrap("fetch", "local", root, err)
	}
	return v, nil
}

func (s *Store) fetch(ctx context.Context, root cid.Cid, limits limits) (*view, error) {
	s.keeper.gc.RLock()
	defer s.keeper.gc.RUnlock()
	tree, err := readTree(ctx, s.local, root, limits, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) {
		tree, err = s.fetchRemote(ctx, root, limits)
	}
	if err == nil {
		err = s.touch(root, tree.size)
	}
	if err != nil {
		return nil, err
	}
	return s.newView(root, tree), nil
}

// FetchOption changes one call of [Store.Fetch].
type FetchOption func(*limits)

// AtMost accepts so many bytes of file content, whatever [Config.MaxBytes] is:
// for content whose size is known to be small, or on whose size all who fetch it
// must agree.
func AtMost(bytes int64) FetchOption { return func(l *limits) { l.maxBytes = bytes } }

func (s *Store) fetchRemote(ctx context.Context, root cid.Cid, limits limits) (*node, error) {
	if len(s.cfg.Fetchers) == 0 {
		return nil, fmt.Errorf("not in the local store, and no source is configured: %w", ErrNotFound)
	}
	if err := s.race(ctx, root, limits); err != nil {
		return nil, err
	}
	return readTree(ctx, s.local, root, limits, false) // its leaves have just been hashed
}

// job is what one source is asked to do: bring root into to.
type job struct {
	s       *Store
	from    Fetcher
	to      *blocks
	root    cid.Cid
	limits  limits
	arrived func(total, streamed int64) // called with the bytes of new blocks so far, and of all
	total   int64
	known   int64 // bytes of blocks that were here
}

// run goes down the read ladder of one source: the whole as CAR; block by
// block; file by file. It starts with blocks where a part is here already.
func (j *job) run(ctx context.Context) error {
	im, err := newImporter(j.to, j.root, j.limits)
	if err != nil {
		return err
	}
	rungs := []func(context.Context) error{j.car}
	if b, ok := j.from.(BlockFetcher); ok {
		byBlock := func(ctx context.Context) error { return j.blocks(ctx, b) }
		if len(im.here) > 0 {
			rungs = []func(context.Context) error{byBlock, j.car}
		} else {
			rungs = []func(context.Context) error{j.carOnce, byBlock}
		}
	}
	if f, ok := j.from.(FileFetcher); ok && len(j.s.cfg.Files) > 0 {
		rungs = append(rungs, func(ctx context.Context) error { return j.files(ctx, f) })
	}
	var errs []error
	for _, rung := range rungs {
		before := j.total
		err := j.s.cfg.Retry.do(ctx, func() (bool, error) {
			err := rung(ctx)
			progress := j.total > before
			before = j.total
			return progress, err
		})
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		errs = append(errs, wrap("fetch", name(j.from), j.root, err))
		if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrRateLimited) {
			break // another kind of request will not be welcome either
		}
	}
	return errors.Join(errs...)
}

// carOnce is car where single blocks can be had: once some have come, the rest
// is asked for one by one rather than all of it again.
func (j *job) carOnce(ctx context.Context) error {
	err := j.car(ctx)
	if err != nil && j.total > 0 {
		return final{err}
	}
	return err
}

// car takes what it can from the source's stream of CAR.
func (j *job) car(ctx context.Context) error {
	ctx, stall := withStall(ctx, j.s.cfg.StallTimeout)
	defer stall.stop()
	body, err := j.from.Fetch(ctx, j.root)
	if err != nil {
		return stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	im, err := newImporter(j.to, j.root, j.limits)
	if err != nil {
		return err
	}
	return stall.explain(im.readCAR(ctx, j.root, r, func(fresh, known int64) error {
		stall.progress()
		return j.count(fresh, known)
	}))
}

// count tells of blocks, new ones and ones that were here.
func (j *job) count(fresh, known int64) error {
	if fresh+known == 0 {
		return nil
	}
	j.total, j.known = j.total+fresh, j.known+known
	j.arrived(j.total, j.total+j.known)
	if fresh == 0 {
		return nil
	}
	return j.s.tell(Progress{Op: "fetch", Backend: name(j.from), CID: j.root, Bytes: j.total})
}
