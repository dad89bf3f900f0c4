package storage

import (
	"context"
	"fmt"
	"io"
	"time"
)

// stallGuard cancels its context if no progress is reported in time. A deadline
// for the whole operation would have to guess sizes and line speeds; a deadline
// per block also ends sources that send a few bytes at a time.
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
		cancel(fmt.Errorf("no block for %s, the source has stalled: %w", limit, ErrIncomplete))
	})
	return ctx, g
}

func (g *stallGuard) progress() { g.timer.Reset(g.limit) }

// pause stops the deadline while the store does not wait for the source;
// progress starts it again.
func (g *stallGuard) pause() { g.timer.Stop() }

// extend allows ten times as long, for a service's answer to an upload.
func (g *stallGuard) extend() { g.timer.Reset(10 * g.limit) }

func (g *stallGuard) stop() {
	g.timer.Stop()
	g.cancel(nil)
}

// explain replaces the error of a cancelled read by the cause of the
// cancellation.
func (g *stallGuard) explain(err error) error {
	if err != nil && g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	return err
}

// guard makes body end with the context even if the driver's reads ignore it:
// closing body unblocks them.
func (g *stallGuard) guard(body io.ReadCloser) io.ReadCloser {
	stop := context.AfterFunc(g.ctx, func() {
		_ = catchPanic("closing", body.Close) // the cause of the cancellation is reported instead
	})
	return &guarded{ReadCloser: body, ctx: g.ctx, stop: stop}
}

type guarded struct {
	io.ReadCloser
	ctx  context.Context
	stop func() bool
}

// Read stops between reads even if closing does not interrupt one.
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
