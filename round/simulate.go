package round

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// Simulation is what would come of a transaction.
type Simulation struct {
	ComputeUnits uint64 // that it would use
	Events       []Event
	Logs         []string
}

// Simulate has the node try the instructions as one transaction of the wallet's
// without signing or sending anything. The error is the refusal that sending
// them would meet; what the simulation used and logged up to there comes with
// it.
func (c *Client) Simulate(ctx context.Context, instructions ...Instruction) (Simulation, error) {
	if c.cfg.Signer == nil {
		return Simulation{}, ErrNoSigner
	}
	built, err := c.build(instructions)
	if err != nil {
		return Simulation{}, err
	}
	// The node puts in a blockhash of its own.
	tx, err := solana.NewTransaction(built, solana.Hash{}, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return Simulation{}, fmt.Errorf("round: make transaction: %w", err)
	}
	tx.Signatures = make([]solana.Signature, tx.Message.Header.NumRequiredSignatures)
	out, err := c.rpc.SimulateTransactionWithOpts(ctx, tx, &rpc.SimulateTransactionOpts{
		ReplaceRecentBlockhash: true, Commitment: c.cfg.Commitment,
	})
	if err != nil {
		return Simulation{}, err
	}
	if out == nil || out.Value == nil {
		return Simulation{}, fmt.Errorf("round: simulateTransaction: %w", errRubbish)
	}
	s := Simulation{Logs: out.Value.Logs}
	if out.Value.UnitsConsumed != nil {
		s.ComputeUnits = *out.Value.UnitsConsumed
	}
	programs := make([]solana.PublicKey, len(built))
	for i, ix := range built {
		programs[i] = ix.ProgramID()
	}
	if err := transactionError(out.Value.Err, c.addr.Program, programs, s.Logs); err != nil {
		return s, err
	}
	s.Events = Events(c.addr.Program, s.Logs)
	return s, nil
}
