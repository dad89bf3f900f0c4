package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync/atomic"

	"github.com/ipfs/go-cid"
)

// Fetch returns the directory root as a read-only file system, from the local
// store if it is complete there, otherwise from the configured sources. Before
// it returns, every block has been checked against its CID, and every name and
// size against the limits. What does not fit into [Config.CacheBytes] beside
// content that is pinned or in use is refused (ErrNoRoom). The file system also implements fs.ReadDirFS,
// fs.StatFS and fs.ReadFileFS, its files io.ReaderAt, io.Seeker and
// io.WriterTo; every read verifies again. The package
// stays in the local store as long as the file system or one of its files is
// reachable; close the file system, which is an io.Closer too, to release it
// earlier.
//
// Verified blocks stay in the local store even if the fetch fails or the
// process is killed: the next fetch resumes from there.
func (s *Store) Fetch(ctx context.Context, root cid.Cid, options ...FetchOption) (fs.FS, error) {
	o := fetchOptions{limits: s.limits}
	for _, option := range options {
		option(&o)
	}
	if err := checkCID(root); err != nil {
		return nil, wrap("fetch", "local", root, err)
	}
	v, err := s.fetch(ctx, root, o)
	if err != nil {
		return nil, wrap("fetch", "local", root, err)
	}
	return v, nil
}

func (s *Store) fetch(ctx context.Context, root cid.Cid, o fetchOptions) (*view, error) {
	defer s.lease(root)()
	if o.inMemory {
		return s.fetchInMemory(ctx, root, o)
	}
	tree, err := readTree(ctx, s.disk, root, o.limits, !o.verifyOnRead)
	switch {
	case err == nil:
		_ = s.used(root, tree.size) // a read-only store can be read
	case isMissing(err):
		if tree, err = s.fetchToDisk(ctx, root, o); err == nil {
			err = s.record(root, tree.size, false)
		}
	}
	if err != nil {
		return nil, err
	}
	return s.newView(s.disk, root, tree), nil
}

func isMissing(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) }

// fetchToDisk gets a root onto the disk, from memory if it is there.
func (s *Store) fetchToDisk(ctx context.Context, root cid.Cid, o fetchOptions) (*node, error) {
	w := newHoldingWriter(s.disk)
	defer w.release()
	if _, err := readTree(ctx, s.local, root, o.limits, true); err == nil && s.toDisk(ctx, root, w) {
		return readTree(ctx, s.disk, root, o.limits, false)
	}
	return s.fetchRemote(ctx, s.disk, root, o)
}

func (s *Store) fetchInMemory(ctx context.Context, root cid.Cid, o fetchOptions) (*view, error) {
	to := s.local.forRoot(root)
	tree, err := readTree(ctx, to, root, o.limits, !o.verifyOnRead)
	if err != nil && isMissing(err) {
		tree, err = s.fetchRemote(ctx, to, root, o)
	}
	if err != nil {
		return nil, err
	}
	return s.newView(to, root, tree), nil
}

// FetchOption changes one call of [Store.Fetch].
type FetchOption func(*fetchOptions)

type fetchOptions struct {
	limits
	verifyOnRead, inMemory bool
	sources                []Fetcher
}

// AlsoFrom adds sources to [Config.Fetchers] for one fetch: where somebody says that
// this content lies. They are trusted as little as the others, and asked after them,
// as many at once as [Config.Parallel].
func AlsoFrom(sources ...Fetcher) FetchOption {
	return func(o *fetchOptions) { o.sources = append(o.sources, sources...) }
}

// AtMost sets the most bytes of file content that are accepted, in place of
// [Config.MaxBytes]: for content known to be small, or with a size limit that
// everybody who fetches it must agree on.
func AtMost(bytes int64) FetchOption { return func(o *fetchOptions) { o.maxBytes = bytes } }

// VerifyOnRead leaves out hashing what is in the local store already: that every
// block is there is checked, and whether it is undamaged only when it is read,
// as every read does. It is for reading a small part of a large package.
func VerifyOnRead() FetchOption { return func(o *fetchOptions) { o.verifyOnRead = true } }

// KeepInMemory keeps what is fetched in memory, and writes to the disk only what does not
// fit there beside what is in use (see [Config.MemoryBytes]): for content that is needed
// for a while, and fetched again by a process that starts later. It stays as long as the
// file system or one of its files is reachable; afterwards it is dropped once there is
// no room. It is no content of [Store.Roots]; a fetch without this option writes it to
// the disk.
func KeepInMemory() FetchOption { return func(o *fetchOptions) { o.inMemory = true } }

func (s *Store) fetchRemote(ctx context.Context, to *blocks, root cid.Cid, o fetchOptions) (*node, error) {
	sources := slices.Concat(s.cfg.Fetchers, o.sources)
	if len(sources) == 0 {
		return nil, fmt.Errorf("not in the local store, and no source is configured (Config.Fetchers): %w", ErrNotFound)
	}
	if err := s.count(); err != nil {
		return nil, err
	}
	if err := s.makeRoom(1); err != nil {
		return nil, err // before any source is asked
	}
	if err := s.race(ctx, to, root, sources, o.limits); err != nil {
		return nil, err
	}
	return readTree(ctx, to, root, o.limits, false) // its leaves have just been hashed
}

// job fetches root from one source into to.
type job struct {
	s       *Store
	from    Fetcher
	to      *blocks
	root    cid.Cid
	limits  limits
	arrived func(total, streamed int64) // called with the bytes so far of new blocks, and of all blocks
	total   int64                       // bytes of new blocks
	known   int64                       // bytes of blocks that were stored before
	steps   atomic.Int64                // files and parts of files that arrived, not yet verified
}

// run tries the ways to read from the source in turn: the whole as a CAR, block
// by block, file by file. It starts with blocks if a part is stored already.
func (j *job) run(ctx context.Context) error {
	im, err := newImporter(j.to, j.root, j.limits)
	if err != nil {
		return err
	}
	methods := []func(context.Context) error{j.fetchCAR}
	if b, ok := j.from.(BlockFetcher); ok {
		byBlock := func(ctx context.Context) error { return j.fetchBlocks(ctx, b) }
		if len(im.have) > 0 {
			methods = []func(context.Context) error{byBlock, j.fetchCAR}
		} else {
			methods = []func(context.Context) error{j.fetchCAROnce, byBlock}
		}
	}
	if f, ok := j.from.(FileFetcher); ok && len(j.s.cfg.Files) > 0 {
		methods = append(methods, func(ctx context.Context) error { return j.fetchFiles(ctx, f) })
	}
	if f, ok := j.from.(DirFetcher); ok {
		d := &dirFetch{j: j, from: f}
		defer d.discard()
		methods = []func(context.Context) error{d.attempt}
	}
	var errs []error
	for _, method := range methods {
		before := j.total + j.steps.Load()
		err := j.s.cfg.Retry.do(ctx, func() (bool, error) {
			err := method(ctx)
			now := j.total + j.steps.Load()
			progress := now > before
			before = now
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
			break // the other methods would fail the same way
		}
	}
	return errors.Join(errs...)
}

// fetchCAROnce is fetchCAR for a source that also serves single blocks: once
// some blocks have arrived it is not retried, and the rest is fetched block by
// block.
func (j *job) fetchCAROnce(ctx context.Context) error {
	err := j.fetchCAR(ctx)
	if err != nil && j.total > 0 {
		return permanentError{err}
	}
	return err
}

// fetchCAR imports the source's CAR stream.
func (j *job) fetchCAR(ctx context.Context) error {
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

// count adds to the bytes of new and known blocks and reports progress.
func (j *job) count(fresh, known int64) error {
	if fresh+known == 0 {
		return nil
	}
	j.total, j.known = j.total+fresh, j.known+known
	j.arrived(j.total, j.total+j.known)
	if fresh == 0 {
		return nil
	}
	return j.s.reportProgress(Progress{Op: "fetch", Backend: name(j.from), CID: j.root, Bytes: j.total})
}
