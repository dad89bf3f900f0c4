package chain

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// Simulation describes what a transaction would do.
type Simulation struct {
	ComputeUnits uint64   // that it would use
	Logs         []string // that its programs would write
}

// Simulate has the node try the instructions as one transaction of the wallet,
// without signing or sending anything. The error is the one that sending them would
// return; the Simulation has what was used and logged until then.
func (c *Client) Simulate(ctx context.Context, instructions ...solana.Instruction) (Simulation, error) {
	if c.cfg.Signer == nil {
		return Simulation{}, ErrNoSigner
	}
	instructions, err := copied(instructions)
	if err != nil {
		return Simulation{}, err
	}
	instructions = append(c.budget(c.cfg.PriorityFee), instructions...)
	// The node puts in a blockhash of its own.
	tx, err := solana.NewTransaction(instructions, solana.Hash{}, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return Simulation{}, fmt.Errorf("chain: make transaction: %w", err)
	}
	tx.Signatures = make([]solana.Signature, tx.Message.Header.NumRequiredSignatures)
	out, err := c.readRPC.SimulateTransactionWithOpts(ctx, tx, &rpc.SimulateTransactionOpts{
		ReplaceRecentBlockhash: true, Commitment: c.cfg.Commitment,
	})
	if err != nil {
		return Simulation{}, err
	}
	if out == nil || out.Value == nil {
		return Simulation{}, fmt.Errorf("chain: simulateTransaction: %w", errMalformedAnswer)
	}
	s := Simulation{Logs: out.Value.Logs}
	if out.Value.UnitsConsumed != nil {
		s.ComputeUnits = *out.Value.UnitsConsumed
	}
	return s, c.refusal(out.Value.Err, programIDs(instructions), s.Logs)
}

// programIDs is the program of each instruction.
func programIDs(instructions []solana.Instruction) []solana.PublicKey {
	out := make([]solana.PublicKey, len(instructions))
	for i, ix := range instructions {
		out[i] = ix.ProgramID()
	}
	return out
}
