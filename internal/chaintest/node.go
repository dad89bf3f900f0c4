// Package chaintest is what the tests of a program over chain share: an RPC node
// and its websocket, with a real chain behind them and the faults that a test asks
// for; the clients that go through them; a watch in the background. All of it works
// within a synctest bubble, for there is no network.
package chaintest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// NodeURL holds a key, as those of providers do.
const NodeURL = "http://node.test/?api-key=verysecret"

// ErrLine is what a test says of a connection.
var ErrLine = errors.New("the line broke")

// Node is an RPC node over HTTP. It is an http.RoundTripper, for
// chain.Config.Transport.
type Node struct {
	chain *rpc.Client
	// fault may answer in place of the node. A nil response and a nil error mean
	// that there is none.
	fault func(Call) (*http.Response, error)

	mu    sync.Mutex
	calls map[string]int
	bytes int // of answers of the chain
}

// NewNode is a node in front of a chain.
func NewNode(chain *rpc.Client) *Node { return &Node{chain: chain, calls: map[string]int{}} }

// Call is one call to a node.
type Call struct {
	*http.Request
	node   *Node
	Method string `json:"method"`
	Params []any  `json:"params"`
	ID     any    `json:"id"`
	Number int    // counts the calls of the method, from 1
}

// RoundTrip implements http.RoundTripper.
func (n *Node) RoundTrip(r *http.Request) (*http.Response, error) {
	c := Call{Request: r, node: n}
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.calls[c.Method]++
	c.Number = n.calls[c.Method]
	fault := n.fault
	n.mu.Unlock()
	if fault != nil {
		if resp, err := fault(c); resp != nil || err != nil {
			return resp, err
		}
	}
	return c.Pass()
}

// Inject sets the fault.
func (n *Node) Inject(fault func(Call) (*http.Response, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// Count is how often a method was called.
func (n *Node) Count(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

// Traffic returns the calls and the bytes of the chain's answers since it was last
// asked.
func (n *Node) Traffic() (calls, bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, times := range n.calls {
		calls += times
	}
	bytes = n.bytes
	clear(n.calls)
	n.bytes = 0
	return calls, bytes
}

// Pass lets the chain answer.
func (c Call) Pass() (*http.Response, error) {
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
	c.node.mu.Lock()
	c.node.bytes += len(body)
	c.node.mu.Unlock()
	return Respond(200, string(body)), err
}

// Raw is what the chain answers, whatever the fault.
func (c Call) Raw(out any) error {
	return c.node.chain.RPCCallForInto(c.Context(), out, c.Method, c.Params)
}

// Signature is that of the transaction which the call sends.
func (c Call) Signature() string {
	text, _ := c.Params[0].(string)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err.Error()
	}
	tx, err := solana.TransactionFromBytes(raw)
	if err != nil {
		return err.Error()
	}
	return tx.Signatures[0].String()
}

// Lose lets the chain have the call and loses its answer.
func (c Call) Lose() (*http.Response, error) {
	if _, err := c.Pass(); err != nil {
		return nil, err
	}
	return nil, ErrLine
}

// Result answers with a result of the test's own.
func (c Call) Result(format string, args ...any) (*http.Response, error) {
	id, err := json.Marshal(c.ID)
	return Respond(200, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, fmt.Sprintf(format, args...))), err
}

// Fail answers with an error of the test's own.
func (c Call) Fail(code int, data string) (*http.Response, error) {
	id, err := json.Marshal(c.ID)
	return Respond(200, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"no","data":%s}}`, id, code, data)), err
}

// Respond makes an answer over HTTP, with headers as name and value in turn.
func Respond(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// Endless is a body without an end. Size is how much of it was read.
type Endless struct{ Size int64 }

// Read implements io.Reader.
func (e *Endless) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte(" "), len(p)))
	e.Size += int64(len(p))
	return len(p), nil
}

// Close implements io.Closer.
func (e *Endless) Close() error { return nil }
