package round

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

const (
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
	// mostPatience is the longest Retry-After that is waited for; a node that
	// asks for more is given up on.
	mostPatience = 2 * time.Minute
)

// retrying is the one place where calls are repeated. The transaction itself is
// not sent through it: whether that may be repeated is for the one to say who
// looks for its signature.
type retrying struct {
	next     rpc.JSONRPCClient
	attempts int
	timeout  time.Duration
	secret   string // URL, kept out of errors: those of providers hold API keys
}

var _ rpc.JSONRPCClient = (*retrying)(nil)

// CallForInto implements rpc.JSONRPCClient.
func (r *retrying) CallForInto(ctx context.Context, out any, method string, params []any) error {
	return r.do(ctx, method, func(ctx context.Context) error { return r.next.CallForInto(ctx, out, method, params) })
}

// CallWithCallback implements rpc.JSONRPCClient.
func (r *retrying) CallWithCallback(ctx context.Context, method string, params []any, callback func(*http.Request, *http.Response) error) error {
	return r.do(ctx, method, func(ctx context.Context) error { return r.next.CallWithCallback(ctx, method, params, callback) })
}

// CallBatch implements rpc.JSONRPCClient.
func (r *retrying) CallBatch(ctx context.Context, requests jsonrpc.RPCRequests) (responses jsonrpc.RPCResponses, err error) {
	err = r.do(ctx, "batch", func(ctx context.Context) error {
		responses, err = r.next.CallBatch(ctx, requests)
		return err
	})
	return responses, err
}

func (r *retrying) do(ctx context.Context, method string, call func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, call)
		if err == nil {
			return nil
		}
		pause, again := patience(err, attempt)
		if ctx.Err() != nil || !again || attempt >= r.attempts {
			return &callError{method, attempt, r.secret, err}
		}
		if sleep(ctx, pause) != nil {
			return &callError{method, attempt, r.secret, errors.Join(ctx.Err(), err)}
		}
	}
}

func (r *retrying) once(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	var over atomic.Bool
	err := call(context.WithValue(ctx, overKey{}, &over))
	if err != nil && over.Load() {
		return errTooLarge
	}
	return err
}

// patience is how long to wait before a call that failed is tried again, and
// whether there is any point to it.
func patience(err error, attempt int) (time.Duration, bool) {
	backoff := min(firstPause<<min(attempt-1, 10), longPause)
	backoff = backoff/2 + rand.N(backoff/2+1) // so that many clients do not come back at once
	var status *statusError
	var answer *jsonrpc.RPCError
	var web *jsonrpc.HTTPError
	switch {
	case errors.Is(err, errTooLarge) || errors.As(err, new(permanent)):
		return 0, false
	case errors.As(err, &status):
		if !status.passing() {
			return 0, false
		}
		return max(backoff, status.after), status.after <= mostPatience
	case errors.As(err, &answer):
		switch answer.Code {
		case -32004, -32005, -32014, -32016, 429: // the node lags behind, or has had enough
			return backoff, true
		}
		return 0, false
	case errors.As(err, &web):
		return backoff, web.Code >= 500
	}
	return backoff, true // the connection broke, took too long, or sent rubbish
}

// sleep waits, but not for longer than the context.
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

// callError is what went wrong with a call, told without the node's URL.
type callError struct {
	method   string
	attempts int
	secret   string
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
	if e.secret != "" {
		text = strings.ReplaceAll(text, e.secret, "the node")
	}
	if e.attempts > 1 {
		return fmt.Sprintf("round: %s, tried %d times: %s", e.method, e.attempts, text)
	}
	return fmt.Sprintf("round: %s: %s", e.method, text)
}

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// adapter makes a JSONRPCClient of an rpc.Client, which hides its own.
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
