package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"
)

// Push publishes root, which must be in the local store, to every configured
// pusher at once, and reads it back from each, verified, before it returns:
// only then is a CID safe to put on a chain. It returns the receipts of the
// back ends that hold the content, in the order of [Config.Pushers]; the error
// joins the failures of the others. If the reply to an upload is lost, the push
// succeeds if the content can be read back from that back end, or, where it is
// the only one and no source itself, from any source.
func (s *Store) Push(ctx context.Context, root cid.Cid) ([]Receipt, error) {
	if len(s.cfg.Pushers) == 0 {
		return nil, wrap("push", "local", root, ErrNoPusher)
	}
	if err := checkCID(root); err != nil {
		return nil, wrap("push", "local", root, err)
	}
	defer s.lease(root)()
	if _, err := readTree(ctx, s.local, root, s.limits, true); err != nil {
		return nil, wrap("push", "local", root, err)
	}
	receipts, errs := make([]Receipt, len(s.cfg.Pushers)), make([]error, len(s.cfg.Pushers))
	var wg sync.WaitGroup
	for i, p := range s.cfg.Pushers {
		wg.Go(func() {
			errs[i] = catchPanic(name(p), func() (err error) {
				receipts[i], err = s.publish(ctx, p, root)
				return err
			})
		})
	}
	wg.Wait()
	var good []Receipt
	for i, p := range s.cfg.Pushers {
		if errs[i] == nil {
			good = append(good, receipts[i])
		}
		errs[i] = wrap("push", name(p), root, errs[i])
	}
	return good, errors.Join(errs...)
}

// publish pushes to one back end, with retries, and reads the content back.
func (s *Store) publish(ctx context.Context, p Pusher, root cid.Cid) (Receipt, error) {
	start := time.Now()
	var receipt Receipt
	err := s.cfg.Retry.do(ctx, func() (_ bool, err error) {
		receipt, err = s.pushOnce(ctx, p, root)
		return false, err
	})
	lost := err != nil && !isPermanent(err) && ctx.Err() == nil && s.tells(p, err)
	if err != nil && !lost {
		return Receipt{}, err
	}
	by := receipt.VerifiedBy
	if by == "" && !s.cfg.NoFetchBack {
		wait := s.cfg.FetchBackWait
		if lost {
			wait = 0 // look once whether it was stored after all
		}
		var berr error
		if by, berr = s.fetchBack(ctx, p, root, wait); berr != nil && !lost {
			return Receipt{}, fmt.Errorf("accepted, but it cannot be read back; do not announce it: %w", berr)
		}
	}
	if lost && by == "" {
		return Receipt{}, err
	}
	receipt.Backend, receipt.CID, receipt.VerifiedBy, receipt.Took = name(p), root, by, time.Since(start)
	return receipt, nil
}

// tells reports whether reading the content back after an error would tell that p
// holds it: not where another back end may be why it can be read.
func (s *Store) tells(p Pusher, err error) bool {
	_, source := p.(Fetcher)
	return source || len(s.cfg.Pushers) == 1 && !errors.Is(err, ErrNotHeld)
}

// DirPusher is an optional capability of a [Pusher] that takes files instead of
// blocks and packs them itself. The store then calls PushDir in place of Push
// and compares the CID.
type DirPusher interface {
	Pusher
	PushDir(ctx context.Context, root cid.Cid, fsys fs.FS) (Receipt, error)
}

// pushOnce hands root to p, as files or as CAR.
func (s *Store) pushOnce(ctx context.Context, p Pusher, root cid.Cid) (Receipt, error) {
	r, err := Receipt{}, error(nil)
	if d, ok := p.(DirPusher); ok {
		r, err = s.pushFiles(ctx, d, root)
	} else {
		r, err = s.pushCAR(ctx, p, root)
	}
	if err == nil && r.CID.Defined() && blockKey(r.CID) != blockKey(root) {
		err = Mismatch(root, r.CID)
	}
	return r, err
}

func (s *Store) pushFiles(ctx context.Context, p DirPusher, root cid.Cid) (Receipt, error) {
	tree, err := readTree(ctx, s.local, root, s.limits, false)
	if err != nil {
		return Receipt{}, err
	}
	ctx, stall := withStall(ctx, 10*s.cfg.StallTimeout)
	defer stall.stop()
	var sent atomic.Int64
	fsys := &watchedFS{FS: &view{from: s.local, root: tree}, read: func(n int) error {
		stall.progress()
		return s.reportProgress(Progress{Op: "push", Backend: name(p), CID: root, Bytes: min(sent.Add(int64(n)), tree.size)})
	}}
	r, err := p.PushDir(ctx, root, fsys)
	if err != nil {
		return Receipt{}, stall.explain(err)
	}
	r.Bytes = tree.size
	return r, nil
}

// watchedFS calls read with the number of bytes after every read of its files. A
// driver may read several at once, and some more than once.
type watchedFS struct {
	fs.FS
	read func(n int) error
}

func (w *watchedFS) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	if _, isDir := f.(fs.ReadDirFile); err != nil || isDir {
		return f, err
	}
	return &watchedFile{f, w.read}, nil
}

type watchedFile struct {
	fs.File
	read func(n int) error
}

func (w *watchedFile) Read(p []byte) (int, error) {
	n, err := w.File.Read(p)
	if rerr := w.read(n); rerr != nil {
		err = rerr
	}
	return n, err
}

// pushCAR streams the CAR of root to p.
func (s *Store) pushCAR(ctx context.Context, p Pusher, root cid.Cid) (Receipt, error) {
	ctx, stall := withStall(ctx, s.cfg.StallTimeout)
	defer stall.stop()
	pr, pw := io.Pipe()
	done := make(chan struct{})
	var sent int64
	out := writerFunc(func(b []byte) (int, error) {
		n, err := pw.Write(b)
		stall.progress()
		sent += int64(n)
		s.cfg.OnProgress(Progress{Op: "push", Backend: name(p), CID: root, Bytes: sent})
		return n, err
	})
	go func() {
		defer close(done)
		pw.CloseWithError(catchPanic("Config.OnProgress", func() error { return writeCAR(ctx, s.local, root, out) }))
		stall.extend()
	}()
	end := func() {
		pr.CloseWithError(errClosed) // ends the writer if the driver has not read to the end
		<-done
	}
	defer end() // also if the driver panics
	r, err := p.Push(ctx, root, pr)
	end()
	if err != nil {
		return Receipt{}, stall.explain(err)
	}
	r.Bytes = sent
	return r, nil
}

var errClosed = errors.New("the driver has stopped reading")

// Mismatch returns the error for a service that answers with another CID than
// the computed one. Drivers use it too.
func Mismatch(computed, answered cid.Cid) error {
	return fmt.Errorf("computed %s, but the service answers %s: it has repacked the files with other chunks, leaves or CID version, "+
		"or wrapped them in a directory; upload a CAR, or choose the service's profile: %w", computed, answered, ErrCIDMismatch)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
