package storage

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ipfs/go-cid"
)

// fetchBack reads root, which is in the local store, from the back end it was pushed
// to if that is a Fetcher, otherwise from the configured sources. It returns
// the name of the source that had it, and retries until wait has passed.
func (s *Store) fetchBack(ctx context.Context, p Pusher, root cid.Cid, wait time.Duration) (string, error) {
	sources := s.cfg.Fetchers
	if f, ok := p.(Fetcher); ok {
		sources = []Fetcher{f}
	}
	deadline := time.Now().Add(wait)
	for pause := s.cfg.Retry.Base; ; pause = min(2*pause, s.cfg.Retry.Max) {
		source, err := readBackFrom(sources, root, func(f Fetcher) error { return s.hasAll(ctx, f, root) })
		if err == nil {
			return source, nil
		}
		if len(sources) == 0 || ctx.Err() != nil || time.Now().Add(pause).After(deadline) || errors.Is(err, ErrUnauthorized) {
			return "", err
		}
		if err := sleep(ctx, pause); err != nil {
			return "", err
		}
	}
}

// hasAll reports whether a source has all of root, which is in the local store: what
// the store has checked of it, names and sizes, need not be checked again.
func (s *Store) hasAll(ctx context.Context, f Fetcher, root cid.Cid) error {
	_, byBlock := f.(BlockFetcher)
	_, byFile := f.(FileFetcher)
	_, byDir := f.(DirFetcher)
	if byBlock || byFile || byDir {
		return s.readBack(ctx, f, root)
	}
	c := newCollector(root, s.limits)
	err := s.cfg.Retry.do(ctx, func() (bool, error) {
		before := len(c.have)
		err := s.collect(ctx, f, c)
		return len(c.have) > before, err
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return wrap("fetch", name(f), root, err)
}

// collect reads a source's CAR until all is there.
func (s *Store) collect(ctx context.Context, f Fetcher, c *collector) error {
	ctx, stall := withStall(ctx, s.cfg.StallTimeout)
	defer stall.stop()
	body, err := f.Fetch(ctx, c.root)
	if err != nil {
		return stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	return stall.explain(c.readCAR(ctx, r, func(bytes int64) error {
		stall.progress()
		return s.reportProgress(Progress{Op: "fetch", Backend: name(f), CID: c.root, Bytes: bytes})
	}))
}

// readBack reads root into a temporary store.
func (s *Store) readBack(ctx context.Context, f Fetcher, root cid.Cid) error {
	dir, err := os.MkdirTemp(s.disk.tmp, "back-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	scratch, err := openBlocks(dir)
	if err != nil {
		return err
	}
	j := &job{s: s, from: f, to: scratch, root: root, limits: s.limits, arrived: func(_, _ int64) {}}
	if err := j.run(ctx); err != nil {
		return err
	}
	_, err = readTree(ctx, scratch, root, s.limits, false)
	return err
}
