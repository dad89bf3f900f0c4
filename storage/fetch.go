package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/ipfs/go-cid"
)

// Fetch returns the directory root as a read-only file system: from the local
// store when all of it is there, otherwise from the configured sources. Before
// anything is returned every block has been checked against its CID, every
// name and size against the limits. The file system also implements
// fs.ReadDirFS, fs.StatFS and fs.ReadFileFS, its files io.ReaderAt, io.Seeker
// and io.WriterTo; it reads from the local store and verifies again as it does.
func (s *Store) Fetch(ctx context.Context, root cid.Cid) (fs.FS, error) {
	if err := checkCID(root); err != nil {
		return nil, wrap("fetch", "local", root, err)
	}
	tree, err := readTree(ctx, s.local, root, s.limits, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) {
		tree, err = s.fetchRemote(ctx, root)
	}
	if err != nil {
		return nil, wrap("fetch", "local", root, err)
	}
	return &view{from: s.local, root: tree}, nil
}

func (s *Store) fetchRemote(ctx context.Context, root cid.Cid) (*node, error) {
	if len(s.cfg.Fetchers) == 0 {
		return nil, fmt.Errorf("not in the local store, and no source is configured: %w", ErrNotFound)
	}
	var errs []error
	for _, f := range s.cfg.Fetchers {
		err := s.fetchFrom(ctx, f, root)
		if err == nil {
			return readTree(ctx, s.local, root, s.limits, false)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		errs = append(errs, wrap("fetch", name(f), root, err))
	}
	return nil, errors.Join(errs...)
}

// fetchFrom takes what it can from one source. Blocks that were verified stay
// even when it fails, so that the next source, or the next run, goes on there.
func (s *Store) fetchFrom(ctx context.Context, f Fetcher, root cid.Cid) error {
	ctx, stall := withStall(ctx, s.cfg.StallTimeout)
	defer stall.stop()
	body, err := f.Fetch(ctx, root)
	if err != nil {
		return stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	im, err := newImporter(s.local, root, s.limits)
	if err != nil {
		return err
	}
	var done int64
	err = im.readCAR(ctx, root, r, func(n int64) {
		stall.progress()
		done += n
		s.cfg.OnProgress(Progress{Op: "fetch", Backend: name(f), CID: root, Bytes: done})
	})
	return stall.explain(err)
}

// stallGuard cancels its context when no progress is reported in time.
type stallGuard struct {
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelCauseFunc
	ctx    context.Context
}

func withStall(parent context.Context, limit time.Duration) (context.Context, *stallGuard) {
	ctx, cancel := context.WithCancelCause(parent)
	g := &stallGuard{limit: limit, cancel: cancel, ctx: ctx}
	g.timer = time.AfterFunc(limit, func() {
		cancel(fmt.Errorf("no block in %s, the source has stalled: %w", limit, ErrIncomplete))
	})
	return ctx, g
}

func (g *stallGuard) progress() { g.timer.Reset(g.limit) }

func (g *stallGuard) stop() {
	g.timer.Stop()
	g.cancel(nil)
}

// explain replaces the error that a cancelled read gives by why it was cancelled.
func (g *stallGuard) explain(err error) error {
	if err != nil && g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	return err
}

// guard makes body end when the context does, also where a driver's reads know
// nothing of it: closing unblocks them.
func (g *stallGuard) guard(body io.ReadCloser) io.ReadCloser {
	stop := context.AfterFunc(g.ctx, func() { body.Close() })
	return &guarded{ReadCloser: body, ctx: g.ctx, stop: stop}
}

type guarded struct {
	io.ReadCloser
	ctx  context.Context
	stop func() bool
}

// Read stops between reads even where closing does not interrupt one.
func (g *guarded) Read(p []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	return g.ReadCloser.Read(p)
}

func (g *guarded) Close() error {
	if !g.stop() {
		return nil // closed already, or being closed
	}
	return g.ReadCloser.Close()
}
