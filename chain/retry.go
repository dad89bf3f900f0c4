package chain

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

const (
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
	// longestRetryAfter is the longest Retry-After that is waited for; a node that
	// asks for more is given up on.
	longestRetryAfter = 2 * time.Minute
)

// retryingRPC is the only place where calls are repeated. For transactions it makes
// a single attempt: whether to send one again depends on the status of its
// signature, which [Client.Send] finds out.
type retryingRPC struct {
	next     rpc.JSONRPCClient
	attempts int
}

var _ rpc.JSONRPCClient = (*retryingRPC)(nil)

// CallForInto implements rpc.JSONRPCClient.
func (r *retryingRPC) CallForInto(ctx context.Context, out any, method string, params []any) error {
	return r.do(ctx, method, func(ctx context.Context) error { return r.next.CallForInto(ctx, out, method, params) })
}

// CallWithCallback implements rpc.JSONRPCClient.
func (r *retryingRPC) CallWithCallback(ctx context.Context, method string, params []any, callback func(*http.Request, *http.Response) error) error {
	return r.do(ctx, method, func(ctx context.Context) error { return r.next.CallWithCallback(ctx, method, params, callback) })
}

// CallBatch implements rpc.JSONRPCClient.
func (r *retryingRPC) CallBatch(ctx context.Context, requests jsonrpc.RPCRequests) (responses jsonrpc.RPCResponses, err error) {
	err = r.do(ctx, "batch", func(ctx context.Context) error {
		responses, err = r.next.CallBatch(ctx, requests)
		return err
	})
	return responses, err
}

func (r *retryingRPC) do(ctx context.Context, method string, call func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := call(ctx)
		if err == nil {
			return nil
		}
		pause, again := pauseAfter(err, attempt)
		if again && attempt < r.attempts && sleep(ctx, pause) == nil {
			continue
		}
		if ctx.Err() != nil { // a node may answer that, too, as an error of its own
			err = errors.Join(ctx.Err(), err)
		}
		return &callError{method, attempt, err}
	}
}

// pauseAfter returns how long to wait before a failed call is tried again, and
// whether trying again can help.
func pauseAfter(err error, attempt int) (time.Duration, bool) {
	backoff := min(firstPause<<min(attempt-1, 10), longPause)
	backoff = backoff/2 + rand.N(backoff/2+1) // so that many clients do not come back at once
	var status *statusError
	var answer *jsonrpc.RPCError
	var web *jsonrpc.HTTPError
	var paused *pausedError
	if errors.As(err, &paused) {
		backoff = max(backoff, paused.after)
	}
	switch {
	case errors.Is(err, ErrTooLarge) || errors.As(err, new(permanent)) || errors.As(err, new(*redirectError)):
		return 0, false
	case errors.As(err, &status):
		if !status.temporary() && status.code < http.StatusInternalServerError {
			return 0, false
		}
		return max(backoff, status.after), status.after <= longestRetryAfter
	case errors.As(err, &answer):
		return backoff, temporaryAnswer(answer.Code) && backoff <= longestRetryAfter
	case errors.As(err, &web):
		return backoff, web.Code >= 500
	}
	return backoff, true // the connection broke, took too long, or sent something malformed
}

// temporaryAnswer reports whether a node that answers with this code may answer
// otherwise a moment later, or another node.
func temporaryAnswer(code int) bool {
	switch code {
	case -32004, -32005, -32014, -32016, // it lags behind
		-32007,      // it has skipped the slot, or lost it
		429, -32429, // it limits the rate
		-32603, -32000: // it has failed, and does not say why
		return true
	}
	return false
}

// sleep waits for d, or until the context is done.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// callError is the error of a call. It knows no URL.
type callError struct {
	method   string
	attempts int
	err      error
}

// Error implements error.
func (e *callError) Error() string {
	var text string
	var answer *jsonrpc.RPCError
	var dial *url.Error
	switch {
	case errors.As(e.err, &answer):
		text = fmt.Sprintf("the node answered %q (%d)", answer.Message, answer.Code)
	case errors.As(e.err, &dial):
		text = dial.Err.Error()
	default:
		text = e.err.Error()
	}
	text = strings.ReplaceAll(text, placeholder, "the node")
	if e.attempts > 1 {
		return fmt.Sprintf("chain: %s, tried %d times: %s", e.method, e.attempts, text)
	}
	return fmt.Sprintf("chain: %s: %s", e.method, text)
}

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// adapter turns an rpc.Client into a JSONRPCClient.
type adapter struct{ *rpc.Client }

// CallForInto implements rpc.JSONRPCClient.
func (a adapter) CallForInto(ctx context.Context, out any, method string, params []any) error {
	return a.RPCCallForInto(ctx, out, method, params)
}

// CallWithCallback implements rpc.JSONRPCClient.
func (a adapter) CallWithCallback(ctx context.Context, method string, params []any, callback func(*http.Request, *http.Response) error) error {
	return a.RPCCallWithCallback(ctx, method, params, callback)
}

// CallBatch implements rpc.JSONRPCClient.
func (a adapter) CallBatch(ctx context.Context, requests jsonrpc.RPCRequests) (jsonrpc.RPCResponses, error) {
	return a.RPCCallBatch(ctx, requests)
}
