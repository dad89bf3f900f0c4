package chain

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

const (
	firstRest = time.Second
	longRest  = 30 * time.Second
)

// member is a node of a pool.
type member struct {
	host string
	rpc  rpc.JSONRPCClient

	calls, failed atomic.Uint64 // all, and those that another node may have answered

	mu       sync.Mutex
	failures int       // in a row
	restTill time.Time // until then others are asked first
	genesis  string    // see [pool.oneNetwork]
}

// restUntil is until when others are asked first.
func (m *member) restUntil() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.restTill
}

// judge learns from how a call ended. A node that fails is left alone for a while:
// for as long as it asks for, and longer each time.
func (m *member) judge(err error) {
	m.calls.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil || !othersMayKnow(err) {
		m.failures, m.restTill = 0, time.Time{}
		return
	}
	rest := min(firstRest<<min(m.failures, 10), longRest)
	var status *statusError
	if errors.As(err, &status) {
		rest = max(rest, min(status.after, longestRetryAfter))
	}
	m.failures++
	m.failed.Add(1)
	m.restTill = time.Now().Add(rest)
}

// othersMayKnow reports whether another node may answer what this one could not.
func othersMayKnow(err error) bool {
	var status *statusError
	var web *jsonrpc.HTTPError
	var answer *jsonrpc.RPCError
	switch {
	case errors.Is(err, ErrTooLarge) || errors.As(err, new(permanent)):
		return false
	case errors.As(err, &status), errors.As(err, &web), errors.As(err, new(*redirectError)):
		return true
	case errors.As(err, &answer):
		return temporaryAnswer(answer.Code) || answer.Code == -32601 || answer.Code == -32010 // not offered here
	}
	return true // the connection broke, took too long, or sent something malformed
}

// pool makes each call to one node after the other until one answers, those first
// that worked last. Calls of transactions go to one node only, the first that can be
// reached: what another one says of a transaction that it may have forwarded proves
// nothing.
type pool struct {
	members []*member
	timeout time.Duration // of a call to one node
	single  bool
}

var _ rpc.JSONRPCClient = (*pool)(nil)

// alone is the same pool for calls to one node each.
func (p *pool) alone() *pool { return &pool{p.members, p.timeout, true} }

// order is the nodes as they are to be asked: those that work, as they were
// configured, then those that rest, the soonest ready first.
func (p *pool) order() []*member {
	now := time.Now()
	rest := func(m *member) time.Time {
		if till := m.restUntil(); till.After(now) {
			return till
		}
		return time.Time{}
	}
	out := slices.Clone(p.members)
	slices.SortStableFunc(out, func(a, b *member) int { return rest(a).Compare(rest(b)) })
	return out
}

func (p *pool) do(ctx context.Context, call func(context.Context, rpc.JSONRPCClient) error) (err error) {
	for _, m := range p.order() {
		err = m.call(ctx, p.timeout, call)
		if err == nil || p.single && !neverSent(err) || ctx.Err() != nil || !othersMayKnow(err) {
			return err
		}
	}
	return err
}

// neverSent reports whether a call failed before the node, or a proxy, was reached.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// call makes one call to the node, and learns from it.
func (m *member) call(ctx context.Context, timeout time.Duration, call func(context.Context, rpc.JSONRPCClient) error) error {
	own, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var about response
	err := call(context.WithValue(own, responseKey{}, &about), m.rpc)
	if err != nil && about.over.Load() {
		err = ErrTooLarge
	}
	if after := about.after.Load(); err != nil && after > 0 {
		err = &pausedError{err, time.Duration(after)}
	}
	if ctx.Err() == nil { // otherwise the caller ended it
		m.judge(err)
	}
	return err
}

// CallForInto implements rpc.JSONRPCClient.
func (p *pool) CallForInto(ctx context.Context, out any, method string, params []any) error {
	return p.do(ctx, func(ctx context.Context, c rpc.JSONRPCClient) error { return c.CallForInto(ctx, out, method, params) })
}

// CallWithCallback implements rpc.JSONRPCClient.
func (p *pool) CallWithCallback(ctx context.Context, method string, params []any, callback func(*http.Request, *http.Response) error) error {
	return p.do(ctx, func(ctx context.Context, c rpc.JSONRPCClient) error {
		return c.CallWithCallback(ctx, method, params, callback)
	})
}

// CallBatch implements rpc.JSONRPCClient.
func (p *pool) CallBatch(ctx context.Context, requests jsonrpc.RPCRequests) (responses jsonrpc.RPCResponses, err error) {
	err = p.do(ctx, func(ctx context.Context, c rpc.JSONRPCClient) error {
		responses, err = c.CallBatch(ctx, requests)
		return err
	})
	return responses, err
}

// each makes a call to every node at once, and returns how each of them ended.
func (p *pool) each(ctx context.Context, call func(ctx context.Context, i int, c rpc.JSONRPCClient) error) []error {
	out := make([]error, len(p.members))
	var group sync.WaitGroup
	for i, m := range p.members {
		group.Go(func() {
			out[i] = m.call(ctx, p.timeout, func(ctx context.Context, c rpc.JSONRPCClient) error { return call(ctx, i, c) })
		})
	}
	group.Wait()
	return out
}

// quorum is how many nodes must agree where one alone is not believed: most of
// them, and at least two if there are two.
func (p *pool) quorum() int { return len(p.members)/2 + 1 }

// response is what is known of the answer to a call besides what the JSON decoder
// says, which hides errors of its reader and sees no headers.
type response struct {
	over  atomic.Bool  // it was larger than the bound
	after atomic.Int64 // nanoseconds of its Retry-After
}

// responseKey is the key of a *response in a call's context.
type responseKey struct{}

// pausedError is an error with the pause that the node asked for.
type pausedError struct {
	error
	after time.Duration
}

// Unwrap returns the error.
func (e *pausedError) Unwrap() error { return e.error }
