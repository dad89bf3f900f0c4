package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// Location says whether a source has some content.
type Location struct {
	Source string // name of the driver
	// Err is nil if the source has returned the root block, undamaged;
	// ErrNotFound if it does not have it. That it has the root does not mean that
	// it has all of the content: see [Store.ReadBack]. (A [DirFetcher] has no
	// blocks, so all of its files are read.)
	Err  error
	Took time.Duration // how long its answer took
}

// Locate asks every source of [Config.Fetchers] for the root block, all at once,
// and returns their answers in the order of the sources. The local store is not
// asked. Each source has [Config.StallTimeout].
func (s *Store) Locate(ctx context.Context, root cid.Cid) ([]Location, error) {
	if err := checkCID(root); err != nil {
		return nil, wrap("locate", "local", root, err)
	}
	list := make([]Location, len(s.cfg.Fetchers))
	var wg sync.WaitGroup
	for i, f := range s.cfg.Fetchers {
		wg.Go(func() {
			start := time.Now()
			err := catchPanic(name(f), func() error { return s.hasRoot(ctx, f, root) })
			list[i] = Location{Source: name(f), Err: wrap("locate", name(f), root, err), Took: time.Since(start)}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, wrap("locate", "local", root, context.Cause(ctx))
	}
	return list, nil
}

// hasRoot reads the root block from one source.
func (s *Store) hasRoot(ctx context.Context, f Fetcher, root cid.Cid) error {
	if b, ok := f.(BlockFetcher); ok {
		j := &job{s: s, from: f, root: root, limits: s.limits}
		data, done, err := j.fetchBlock(ctx, b, root)
		if err != nil {
			return err
		}
		defer done()
		return verifyBlock(root, data)
	}
	if _, ok := f.(DirFetcher); ok {
		return s.readBack(ctx, f, root)
	}
	ctx, stall := withStall(ctx, s.cfg.StallTimeout)
	defer stall.stop()
	body, err := f.Fetch(ctx, root)
	if err != nil {
		return stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	return stall.explain(rootInCAR(root, r))
}

// rootInCAR looks for the root block in a CAR. Writers put it first or last, so
// no more is read than a content may have.
func rootInCAR(root cid.Cid, r io.Reader) error {
	stream, err := openCAR(r, limits{}.withDefaults())
	if err != nil {
		return err
	}
	for {
		id, data, err := stream.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the CAR does not hold its root: %w", ErrIncomplete)
		}
		if err != nil {
			return err
		}
		if blockKey(id) == blockKey(root) {
			return verifyBlock(root, data)
		}
	}
}

// ReadBack reads the whole content of root from one of [Config.Fetchers],
// verified, and returns the name of the source that had it. The local store is
// not asked: this is what others can get. Sources are tried one after the other.
func (s *Store) ReadBack(ctx context.Context, root cid.Cid) (source string, err error) {
	if err := checkCID(root); err != nil {
		return "", wrap("read back", "local", root, err)
	}
	source, err = readBackFrom(s.cfg.Fetchers, root, func(f Fetcher) error { return s.readBack(ctx, f, root) })
	return source, wrap("read back", "local", root, err)
}

// readBackFrom tries the sources in turn, with read.
func readBackFrom(sources []Fetcher, root cid.Cid, read func(Fetcher) error) (string, error) {
	if len(sources) == 0 {
		return "", errors.New("there is nothing to read it back from: configure a source (Config.Fetchers), or set Config.NoFetchBack")
	}
	var errs []error
	for _, f := range sources {
		err := catchPanic(name(f), func() error { return read(f) })
		if err == nil {
			return name(f), nil
		}
		errs = append(errs, wrap("fetch back", name(f), root, err))
	}
	return "", errors.Join(errs...)
}
