package chaintest

import (
	"net/http"
	"testing"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Route is how the clients of a test reach its chain. A test may change the
// configuration for the clients that it makes next.
type Route struct {
	chain.Config
}

// InProcess is the route of a client that calls the chain itself.
func InProcess(net *rpc.Client) Route { return Route{chain.Config{RPC: net}} }

// ViaNode puts a node without faults, as yet, between the clients and a chain
// that they called themselves.
func (r *Route) ViaNode() *Node {
	n := NewNode(r.RPC)
	r.RPC, r.Network.RPC, r.Transport = nil, NodeURL, n
	return n
}

// WithSocket gives the clients' node a websocket without faults, as yet.
func (r *Route) WithSocket(t testing.TB) *Socket {
	s := NewSocket(t)
	r.Network.WS, r.DialWS = "ws://node.test/", s.Dial
	return s
}

// Client is a client for a signer, or for none. It is closed when the test ends.
func (r *Route) Client(t testing.TB, signer chain.Signer) *chain.Client {
	t.Helper()
	config := r.Config
	config.Signer = signer
	c, err := chain.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// Keypair is a new one.
func Keypair(t testing.TB) *chain.Keypair {
	t.Helper()
	k, err := chain.NewKeypair()
	require.NoError(t, err)
	return k
}

// Nodes are nodes by their hosts, for chain.Config.Transport.
type Nodes map[string]http.RoundTripper

// RoundTrip implements http.RoundTripper.
func (n Nodes) RoundTrip(r *http.Request) (*http.Response, error) {
	if node := n[r.URL.Host]; node != nil {
		return node.RoundTrip(r)
	}
	return nil, ErrLine
}

// ViaNodes puts nodes without faults, as yet, between the clients and a chain that
// they called themselves: with these hosts, in this order.
func (r *Route) ViaNodes(hosts ...string) map[string]*Node {
	nodes, transport := map[string]*Node{}, Nodes{}
	for i, host := range hosts {
		n := NewNode(r.RPC)
		nodes[host], transport[host] = n, n
		if url := "http://" + host; i == 0 {
			r.Network.RPC = url
		} else {
			r.Fallbacks = append(r.Fallbacks, chain.Node{RPC: url})
		}
	}
	r.RPC, r.Transport = nil, transport
	return nodes
}
