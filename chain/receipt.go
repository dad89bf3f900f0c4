package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// Receipt describes a transaction that was processed.
type Receipt struct {
	Signature solana.Signature // the transaction's id; see [Client.Transaction]
	Slot      uint64           // in which it was processed
	// The node's record of the transaction may lag: Fee, Time and Logs are zero
	// if it did not show up in time. [Client.Transaction] asks again.
	Fee  uint64    // lamports that it cost apart from what the instructions moved
	Time time.Time // when it was processed
	Logs []string  // what its programs logged, cut at 10 kB
	// Expired are earlier signatures of the same instructions that were sent and
	// then given up: their blockhash expired, and the nodes that were asked did
	// not know them. All nodes may have been wrong: if doing something twice would
	// be costly, check the accounts that it changes.
	Expired []solana.Signature
}

// Transaction looks up a transaction that was sent before. The error wraps
// [ErrNotFound] if the node does not know it, and is the refusal if it was
// processed and failed.
func (c *Client) Transaction(ctx context.Context, sig solana.Signature) (Receipt, error) {
	r, err := c.record(ctx, sig)
	if err != nil {
		return Receipt{}, err
	}
	return r.Receipt, r.refusal
}

// record is what a node keeps of a transaction.
type record struct {
	Receipt
	accounts []solana.PublicKey // that it names
	refusal  error              // nil: it succeeded
}

// recorded is the commitment of calls about past transactions: confirmed is the lowest
// that they accept.
func (c *Client) recorded() rpc.CommitmentType {
	if c.cfg.Commitment == rpc.CommitmentProcessed {
		return rpc.CommitmentConfirmed
	}
	return c.cfg.Commitment
}

func (c *Client) record(ctx context.Context, sig solana.Signature) (record, error) {
	newest := uint64(0) // transaction version
	out, err := c.readRPC.GetTransaction(ctx, sig, &rpc.GetTransactionOpts{
		Encoding: solana.EncodingBase64, Commitment: c.recorded(), MaxSupportedTransactionVersion: &newest,
	})
	if errors.Is(err, rpc.ErrNotFound) || err == nil && out.Meta == nil {
		return record{}, fmt.Errorf("chain: transaction %s: %w", sig, ErrNotFound)
	}
	if err != nil {
		return record{}, err
	}
	accounts, programs, err := partsOf(out, sig)
	if err != nil {
		return record{}, err
	}
	r := Receipt{Signature: sig, Slot: out.Slot, Fee: out.Meta.Fee, Logs: out.Meta.LogMessages}
	if out.BlockTime != nil {
		r.Time = out.BlockTime.Time().UTC()
	}
	return record{r, accounts, withSignature(c.refusal(out.Meta.Err, programs, r.Logs), sig)}, nil
}

// partsOf are the accounts that the transaction which was asked for names, and the
// program of each of its instructions.
func partsOf(out *rpc.GetTransactionResult, sig solana.Signature) (accounts, programs []solana.PublicKey, err error) {
	malformed := fmt.Errorf("chain: getTransaction: %w", errMalformedAnswer)
	if out.Transaction == nil {
		return nil, nil, malformed
	}
	tx, err := out.Transaction.GetTransaction()
	if err != nil || tx == nil || !slices.Contains(tx.Signatures, sig) {
		return nil, nil, malformed
	}
	programs = make([]solana.PublicKey, len(tx.Message.Instructions))
	for i, ix := range tx.Message.Instructions {
		if int(ix.ProgramIDIndex) >= len(tx.Message.AccountKeys) {
			return nil, nil, malformed
		}
		programs[i] = tx.Message.AccountKeys[ix.ProgramIDIndex]
	}
	loaded := out.Meta.LoadedAddresses // from lookup tables
	return slices.Concat(tx.Message.AccountKeys, loaded.Writable, loaded.ReadOnly), programs, nil
}

// complete adds to a receipt what the node's record of the transaction says, if it
// shows up soon. For a refusal too: only the record's logs say which program
// refused. It counts the transaction.
func (c *Client) complete(ctx context.Context, r Receipt, refusal error) (full Receipt, err error) {
	defer func() { c.spent.add(full, err) }()
	pause := firstPause
	for range 4 {
		full, err = c.Transaction(ctx, r.Signature)
		if full.Signature == r.Signature && (err == nil) == (refusal == nil) {
			return full, err
		}
		if !errors.Is(err, ErrNotFound) || sleep(ctx, pause) != nil {
			break
		}
		pause *= 2
	}
	return r, refusal
}
