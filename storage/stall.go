package storage

import (
	"context"
	"fmt"
	"io"
	"time"
)

// stallGuard cancels its context when no progress is reported in time. A
// deadline for the whole would have to guess at sizes and lines; one that is
// measured in whole blocks also ends sources that drip.
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
		cancel(fmt.Errorf("nothing in %s, the source has stalled: %w", limit, ErrIncomplete))
	})
	return ctx, g
}

func (g *stallGuard) progress() { g.timer.Reset(g.limit) }

// pause is for when it is not the source that we wait for; progress ends it.
func (g *stallGuard) pause() { g.timer.Stop() }

// wait gives a service ten times as long: for its answer to an upload.
func (g *stallGuard) wait() { g.timer.Reset(10 * g.limit) }

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
	stop := context.AfterFunc(g.ctx, func() {
		_ = protect("closing", body.Close) // why it was closed is what counts
	})
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
