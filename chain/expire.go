package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
)

const (
	// fastBlocks is less than the time that a block takes on any network of Solana. A
	// chain that seems to be faster is shown by a node that lies, or is a local one.
	fastBlocks = 150 * time.Millisecond
	// someBlocks is how far apart the views of honest nodes may be.
	someBlocks = 64
)

// passed reports whether a node says that the chain has moved past the last block
// that could hold the transaction, and may have had the time to.
func (c *Client) passed(ctx context.Context, tx *signedTx) bool {
	height, err := c.readRPC.GetBlockHeight(ctx, c.cfg.Commitment)
	return err == nil && height > tx.lastValid && (c.Local() || tx.reachable(height))
}

// reachable reports whether the chain can have that height by now.
func (b basis) reachable(height uint64) bool {
	blocks := uint64(time.Since(b.at)/fastBlocks) + someBlocks
	return height <= b.height || height-b.height <= blocks
}

// expired finds out whether a transaction that should have expired can still land.
// Done means that it cannot, or that it has landed after all. Otherwise nothing is
// known, and it is sent again.
//
// Behind one address there are often several nodes, and not the one that gave the
// height may answer now: two looks, some time apart, must find nothing.
func (c *Client) expired(ctx context.Context, tx *signedTx) (r Receipt, done bool, err error) {
	for range 2 {
		v := c.search(ctx, tx)
		if v.status != nil {
			r, err = c.outcome(tx, v.status)
			return r, true, err
		}
		if v.seen || v.gone < c.nodes.quorum() {
			return Receipt{}, false, nil
		}
		if err := sleep(ctx, c.cfg.PollInterval); err != nil {
			return Receipt{}, false, err
		}
	}
	return Receipt{}, true, errStale
}

// lastLooks is how often a transaction that seems lost, but whose effects are there, is
// looked for: nodes that are under load show it late.
const lastLooks = 5

// resolve finds out which of the transactions that seemed lost has landed after all,
// since the accounts look as if one of them had.
func (c *Client) resolve(ctx context.Context, lost []*signedTx) (Receipt, error) {
	for i := range lastLooks {
		for _, tx := range lost {
			if v := c.search(ctx, tx); v.status != nil {
				r, err := c.outcome(tx, v.status)
				return c.complete(ctx, r, err)
			}
		}
		if sleep(ctx, min(firstPause<<i, longPause)) != nil {
			break
		}
	}
	last := lost[len(lost)-1].signature
	return Receipt{}, fmt.Errorf("chain: transaction %s seems to be lost, but the accounts look as if it had landed: %w", last, ErrUnconfirmed)
}

// verdict is what the nodes say about a transaction.
type verdict struct {
	status *rpc.SignatureStatusesResult // it has landed: what one of them says
	seen   bool                         // one of them knows it, but it is not final enough yet
	gone   int                          // how many say that it can no longer land and that they do not know it
}

// search looks for the transaction in all of the history of every node.
func (c *Client) search(ctx context.Context, tx *signedTx) (v verdict) {
	found := make([]*rpc.SignatureStatusesResult, len(c.nodes.members))
	late := make([]bool, len(found))
	errs := c.nodes.each(ctx, func(ctx context.Context, i int, node rpc.JSONRPCClient) (err error) {
		own := rpc.NewWithCustomRPCClient(&retryingRPC{node, c.cfg.Attempts})
		height, err := own.GetBlockHeight(ctx, c.cfg.Commitment)
		if err != nil {
			return err
		}
		late[i] = height > tx.lastValid
		found[i], err = statusOf(ctx, own, tx.signature, true)
		return err
	})
	for i, status := range found {
		switch {
		case errs[i] != nil:
		case status != nil && finalEnough(status, c.cfg.Commitment):
			v.status = status
		case status != nil:
			v.seen = true
		case late[i]:
			v.gone++
		}
	}
	return v
}
