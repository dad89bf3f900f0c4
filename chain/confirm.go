package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// await looks for the transaction until it is as final as Config.Commitment asks,
// or limit has passed.
func (c *Client) await(ctx context.Context, tx *signedTx, limit time.Duration) (r Receipt, done bool, err error) {
	if r, done, err := c.look(ctx, tx); done {
		return r, true, err
	}
	wake, stop := c.notified(ctx, tx.signature)
	defer stop()
	end := time.NewTimer(limit)
	defer end.Stop()
	pause := firstPause / 2
	for {
		next := time.NewTimer(pause)
		pause = min(2*pause, c.cfg.PollInterval)
		select {
		case <-ctx.Done():
			next.Stop()
			return Receipt{}, false, nil
		case <-end.C:
			next.Stop()
			return Receipt{}, false, nil
		case <-wake:
			next.Stop()
		case <-next.C:
		}
		if r, done, err := c.look(ctx, tx); done {
			return r, true, err
		}
	}
}

// look asks for the transaction's status once. Done means that it is final enough;
// the error says whether it succeeded.
func (c *Client) look(ctx context.Context, tx *signedTx) (r Receipt, done bool, err error) {
	status, err := c.status(ctx, tx.signature, false)
	if err != nil || status == nil || !finalEnough(status, c.cfg.Commitment) {
		return Receipt{}, false, err
	}
	r, err = c.outcome(tx, status)
	return r, true, err
}

// outcome is the result of a transaction that was processed.
func (c *Client) outcome(tx *signedTx, status *rpc.SignatureStatusesResult) (Receipt, error) {
	c.ownWrites.wrote(status.Slot)
	err := c.refusal(status.Err, tx.programs, nil)
	return Receipt{Signature: tx.signature, Slot: status.Slot}, withSignature(err, tx.signature)
}

// status is nil if the node does not know the signature. An answer that is no list
// of one entry is an error: solana-go's own call would take it for an empty one,
// which here decides whether to pay again.
func (c *Client) status(ctx context.Context, sig solana.Signature, everywhere bool) (*rpc.SignatureStatusesResult, error) {
	return statusOf(ctx, c.readRPC, sig, everywhere)
}

func statusOf(ctx context.Context, node *rpc.Client, sig solana.Signature, everywhere bool) (*rpc.SignatureStatusesResult, error) {
	var out *rpc.GetSignatureStatusesResult
	params := []any{[]string{sig.String()}, map[string]any{"searchTransactionHistory": everywhere}}
	if err := node.RPCCallForInto(ctx, &out, "getSignatureStatuses", params); err != nil {
		return nil, err
	}
	if out == nil || len(out.Value) != 1 {
		return nil, fmt.Errorf("chain: getSignatureStatuses: %w", errMalformedAnswer)
	}
	return out.Value[0], nil
}

// finalEnough reports whether a status is at least as final as commitment.
func finalEnough(s *rpc.SignatureStatusesResult, commitment rpc.CommitmentType) bool {
	rank := map[string]int{"processed": 1, "confirmed": 2, "finalized": 3}
	return rank[string(s.ConfirmationStatus)] >= rank[string(commitment)]
}
