package chain

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
	// slotMemory is how long after a transaction its slot is asked for; a node
	// that lags behind by more is broken.
	slotMemory = 30 * time.Second
	// slotTries is how often nodes are asked for that slot. After that any view
	// will do: a test chain that was rolled back has none that new.
	slotTries = 4
	slotPause = 100 * time.Millisecond

	codeMinContextSlot = -32016
)

// minContextSlot tracks the slot of the client's own last transaction and makes
// calls ask for a view no older than that. Behind one address there are often
// several nodes: the next call may reach another one than the call that confirmed
// the transaction, and a node that lags behind would answer as if the transaction
// did not exist.
type minContextSlot struct {
	next rpc.JSONRPCClient
	*lastWrite
}

var _ rpc.JSONRPCClient = (*minContextSlot)(nil)

// lastWrite is the slot of the client's last transaction.
type lastWrite struct {
	mu   sync.Mutex
	slot uint64 // 0: none
	at   time.Time
}

// wrote notes the slot of a transaction.
func (m *lastWrite) wrote(slot uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slot, m.at = max(m.slot, slot), time.Now()
}

// least is the slot that a view must have reached, 0 for any.
func (m *lastWrite) least() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.at) > slotMemory {
		m.slot = 0
	}
	return m.slot
}

// forget drops a slot that no node knows.
func (m *lastWrite) forget(slot uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.slot == slot {
		m.slot = 0
	}
}

// CallForInto implements rpc.JSONRPCClient.
func (m *minContextSlot) CallForInto(ctx context.Context, out any, method string, params []any) error {
	return m.do(ctx, method, params, func(params []any) error { return m.next.CallForInto(ctx, out, method, params) })
}

// CallWithCallback implements rpc.JSONRPCClient.
func (m *minContextSlot) CallWithCallback(ctx context.Context, method string, params []any, callback func(*http.Request, *http.Response) error) error {
	return m.do(ctx, method, params, func(params []any) error { return m.next.CallWithCallback(ctx, method, params, callback) })
}

// CallBatch implements rpc.JSONRPCClient.
func (m *minContextSlot) CallBatch(ctx context.Context, requests jsonrpc.RPCRequests) (jsonrpc.RPCResponses, error) {
	return m.next.CallBatch(ctx, requests)
}

func (m *minContextSlot) do(ctx context.Context, method string, params []any, call func(params []any) error) error {
	slot := m.least()
	withSlot, ok := since(method, params, slot)
	if !ok {
		return call(params)
	}
	for try := range slotTries {
		err := call(withSlot)
		var refusal *jsonrpc.RPCError
		if !errors.As(err, &refusal) || refusal.Code != codeMinContextSlot {
			return err
		}
		if sleep(ctx, slotPause<<try) != nil {
			return err
		}
	}
	m.forget(slot)
	return call(params)
}

// since adds the least slot to the parameters of a call that can have one.
func since(method string, params []any, slot uint64) ([]any, bool) {
	switch method {
	case "getAccountInfo", "getBalance", "getLatestBlockhash", "getMultipleAccounts", "getProgramAccounts", "getSignaturesForAddress", "sendTransaction", "simulateTransaction":
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
