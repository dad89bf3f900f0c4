package round

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// Receipt is what came of a transaction that was processed.
type Receipt struct {
	Signature solana.Signature
	Slot      uint64
	// Fee is what it cost besides what the instructions moved, lamports; Time
	// is when it was processed; Events is what the program said it did. They
	// come from the node's record of the transaction, which may lag: all are
	// zero where it did not show up in time. [Client.Transaction] asks again.
	Fee    uint64
	Time   time.Time
	Events []Event
}

// Transaction looks up a transaction that was sent before. The error wraps
// [ErrNotFound] where the node knows of none, and is the program's refusal
// where it was processed and failed.
func (c *Client) Transaction(ctx context.Context, sig solana.Signature) (Receipt, error) {
	commitment := c.cfg.Commitment
	if commitment == rpc.CommitmentProcessed {
		commitment = rpc.CommitmentConfirmed // the least that this call knows
	}
	newest := uint64(0) // transaction version
	out, err := c.rpc.GetTransaction(ctx, sig, &rpc.GetTransactionOpts{
		Encoding: solana.EncodingBase64, Commitment: commitment, MaxSupportedTransactionVersion: &newest,
	})
	if errors.Is(err, rpc.ErrNotFound) || err == nil && out.Meta == nil {
		return Receipt{}, fmt.Errorf("round: transaction %s: %w", sig, ErrNotFound)
	}
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{Signature: sig, Slot: out.Slot, Fee: out.Meta.Fee}
	if out.BlockTime != nil {
		r.Time = out.BlockTime.Time().UTC()
	}
	if out.Meta.Err != nil {
		err := transactionError(out.Meta.Err, c.addr.Program, programsOf(out), out.Meta.LogMessages)
		return r, withSignature(err, sig)
	}
	r.Events = Events(c.addr.Program, out.Meta.LogMessages)
	return r, nil
}

// programsOf is the program of each instruction of a transaction.
func programsOf(out *rpc.GetTransactionResult) []solana.PublicKey {
	if out.Transaction == nil {
		return nil
	}
	tx, err := out.Transaction.GetTransaction()
	if err != nil || tx == nil {
		return nil
	}
	programs := make([]solana.PublicKey, len(tx.Message.Instructions))
	for i, ix := range tx.Message.Instructions {
		if int(ix.ProgramIDIndex) < len(tx.Message.AccountKeys) {
			programs[i] = tx.Message.AccountKeys[ix.ProgramIDIndex]
		}
	}
	return programs
}

// complete adds to a receipt what the node's record of the transaction says, if
// it shows up soon.
func (c *Client) complete(ctx context.Context, r Receipt) Receipt {
	pause := firstPause
	for range 4 {
		full, err := c.Transaction(ctx, r.Signature)
		if err == nil {
			return full
		}
		if !errors.Is(err, ErrNotFound) || sleep(ctx, pause) != nil {
			break
		}
		pause *= 2
	}
	return r
}
