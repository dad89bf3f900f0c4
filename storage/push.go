package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ipfs/go-cid"
)

// Push publishes root, which must be in the local store, to every configured
// pusher, and returns the receipts of those that accepted it. The error joins
// the failures of the others.
func (s *Store) Push(ctx context.Context, root cid.Cid) ([]Receipt, error) {
	if len(s.cfg.Pushers) == 0 {
		return nil, wrap("push", "local", root, errors.New("no pusher is configured, set Config.Pushers"))
	}
	if _, err := readTree(ctx, s.local, root, s.limits, true); err != nil {
		return nil, wrap("push", "local", root, err)
	}
	var receipts []Receipt
	var errs []error
	for _, p := range s.cfg.Pushers {
		r, err := s.pushTo(ctx, p, root)
		if err != nil {
			errs = append(errs, wrap("push", name(p), root, err))
			continue
		}
		receipts = append(receipts, r)
	}
	return receipts, errors.Join(errs...)
}

func (s *Store) pushTo(ctx context.Context, p Pusher, root cid.Cid) (Receipt, error) {
	start := time.Now()
	pr, pw := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		pw.CloseWithError(writeCAR(ctx, s.local, root, pw))
	}()
	r, err := p.Push(ctx, root, pr)
	pr.CloseWithError(io.ErrClosedPipe) // ends the writer where the driver has not read to the end
	<-done
	if err != nil {
		return Receipt{}, err
	}
	if r.CID.Defined() && blockKey(r.CID) != blockKey(root) {
		return Receipt{}, fmt.Errorf("the service answers %s, we computed %s: it repacks what it is sent, with another chunk size or CID version; use its CAR upload: %w", r.CID, root, ErrCIDMismatch)
	}
	r.CID, r.Took = root, time.Since(start)
	return r, nil
}
