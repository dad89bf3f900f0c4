package round_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// nodeURL holds a key, as those of providers do.
const nodeURL = "http://node.test/?api-key=verysecret"

var errLine = errors.New("the line broke")

// node is an RPC node over HTTP whose chain is a real one, and whose faults are
// a test's. It works within a synctest bubble: there is no network.
type node struct {
	chain *rpc.Client
	// fault may answer in place of the node. The number counts the calls of the
	// method, from 1. A nil response and a nil error mean that there is none.
	fault func(c call) (*http.Response, error)

	mu    sync.Mutex
	calls map[string]int
}

// call is one call to a node.
type call struct {
	*http.Request
	node   *node
	Method string `json:"method"`
	Params []any  `json:"params"`
	ID     any    `json:"id"`
	n      int
}

// RoundTrip implements http.RoundTripper.
func (n *node) RoundTrip(r *http.Request) (*http.Response, error) {
	c := call{Request: r, node: n}
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.calls[c.Method]++
	c.n = n.calls[c.Method]
	fault := n.fault
	n.mu.Unlock()
	if fault != nil {
		if resp, err := fault(c); resp != nil || err != nil {
			return resp, err
		}
	}
	return c.pass()
}

// inject sets the fault.
func (n *node) inject(fault func(call) (*http.Response, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// count is how often a method was called.
func (n *node) count(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

// pass lets the chain answer.
func (c call) pass() (*http.Response, error) {
	var result json.RawMessage
	answer := map[string]any{"jsonrpc": "2.0", "id": c.ID}
	err := c.node.chain.RPCCallForInto(c.Context(), &result, c.Method, c.Params)
	var refusal *jsonrpc.RPCError
	switch {
	case errors.As(err, &refusal):
		answer["error"] = refusal
	case err != nil:
		return nil, err
	default:
		answer["result"] = result
	}
	body, err := json.Marshal(answer)
	return respond(200, string(body)), err
}

// result answers with a result of the test's own.
func (c call) result(format string, args ...any) (*http.Response, error) {
	id, err := json.Marshal(c.ID)
	return respond(200, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, fmt.Sprintf(format, args...))), err
}

// fail answers with an error of the test's own.
func (c call) fail(code int, data string) (*http.Response, error) {
	id, err := json.Marshal(c.ID)
	return respond(200, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"no","data":%s}}`, id, code, data)), err
}

func respond(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// endless is a body without an end.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte(" "), len(p)))
	e.read += int64(len(p))
	return len(p), nil
}

func (e *endless) Close() error { return nil }

// viaNode makes a world whose clients go through a node with faults.
func viaNode(t *testing.T) (*world, *node) {
	w := newWorld(t)
	n := &node{chain: w.net.RPC(), calls: map[string]int{}}
	w.over = func(c round.Config) round.Config {
		c.Network.RPC = nodeURL
		return c.WithTransport(n)
	}
	return w, n
}

// rounds is how many rounds there are.
func (w *world) rounds() int {
	c, err := round.NewClient(round.Config{Network: round.Network{Program: round.LocalProgram}, RPC: w.net.RPC()})
	require.NoError(w, err)
	all, err := c.Rounds(w.Context(), round.Filter{})
	require.NoError(w, err)
	return len(all)
}
