package chain

import (
	"context"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
)

// NodeState is how a node does.
type NodeState struct {
	Host    string        // of its URL, with the port
	Height  uint64        // of its chain, in blocks: one that lags behind is lower
	Latency time.Duration // of the question for it
	Err     error         // why it did not answer
}

// Nodes asks every node how high its chain is, once and all at the same time. They
// are in the order of the configuration: [Config.Network], then [Config.Fallbacks].
func (c *Client) Nodes(ctx context.Context) []NodeState {
	out := make([]NodeState, len(c.nodes.members))
	errs := c.nodes.each(ctx, func(ctx context.Context, i int, node rpc.JSONRPCClient) (err error) {
		began := time.Now()
		out[i].Height, err = rpc.NewWithCustomRPCClient(&retryingRPC{node, 1}).GetBlockHeight(ctx, c.cfg.Commitment)
		out[i].Latency = time.Since(began)
		return err
	})
	for i, m := range c.nodes.members {
		out[i].Host, out[i].Err = m.host, errs[i]
	}
	return out
}
