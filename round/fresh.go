package round

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

const (
	// freshFor is how long after a write nodes are asked for no older view than
	// that; a node that lags behind by more is a broken one.
	freshFor = 30 * time.Second
	// freshTries is how often they are asked. Then the view is taken that there
	// is: of a test chain that was set back, none is newer.
	freshTries = 4
	freshPause = 100 * time.Millisecond

	codeMinContextSlot = -32016
)

// fresh keeps nodes that lag behind from answering as if the client's own last
// transaction had never been: behind one address there are often several nodes,
// and the next call may get to another one than the call that confirmed it.
type fresh struct {
	next rpc.JSONRPCClient

	mu   sync.Mutex
	slot uint64 // of the last transaction; 0: none
	at   time.Time
}

var _ rpc.JSONRPCClient = (*fresh)(nil)

// wrote notes the slot of a transaction.
func (f *fresh) wrote(slot uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slot, f.at = max(f.slot, slot), time.Now()
}

// least is the slot that a view must have reached, 0 for any.
func (f *fresh) least() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) > freshFor {
		f.slot = 0
	}
	return f.slot
}

// forget gives a slot up that no node knows of.
func (f *fresh) forget(slot uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.slot == slot {
		f.slot = 0
	}
}

// CallForInto implements rpc.JSONRPCClient.
func (f *fresh) CallForInto(ctx context.Context, out any, method string, params []any) error {
	return f.do(ctx, method, params, func(params []any) error { return f.next.CallForInto(ctx, out, method, params) })
}

// CallWithCallback implements rpc.JSONRPCClient.
func (f *fresh) CallWithCallback(ctx context.Context, method string, params []any, callback func(*http.Request, *http.Response) error) error {
	return f.do(ctx, method, params, func(params []any) error { return f.next.CallWithCallback(ctx, method, params, callback) })
}

// CallBatch implements rpc.JSONRPCClient.
func (f *fresh) CallBatch(ctx context.Context, requests jsonrpc.RPCRequests) (jsonrpc.RPCResponses, error) {
	return f.next.CallBatch(ctx, requests)
}

func (f *fresh) do(ctx context.Context, method string, params []any, call func(params []any) error) error {
	slot := f.least()
	asking, ok := since(method, params, slot)
	if !ok {
		return call(params)
	}
	for try := range freshTries {
		err := call(asking)
		var refusal *jsonrpc.RPCError
		if !errors.As(err, &refusal) || refusal.Code != codeMinContextSlot {
			return err
		}
		if sleep(ctx, freshPause<<try) != nil {
			return err
		}
	}
	f.forget(slot)
	return call(params)
}

// since adds the least slot to the parameters of a call that can have one.
func since(method string, params []any, slot uint64) ([]any, bool) {
	switch method {
	case "getAccountInfo", "getBalance", "getLatestBlockhash", "getMultipleAccounts", "getProgramAccounts", "sendTransaction", "simulateTransaction":
	default:
		return nil, false
	}
	if slot == 0 || len(params) == 0 {
		return nil, false
	}
	last := len(params) - 1
	var config map[string]any
	switch p := params[last].(type) {
	case rpc.M:
		config = maps.Clone(p)
	case map[string]any:
		config = maps.Clone(p)
	default:
		return nil, false
	}
	config["minContextSlot"] = slot
	return append(params[:last:last], config), true
}
