package chain

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"
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
	tx, err := solana.NewTransaction(instructions, solana.Hash{}, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return Simulation{}, fmt.Errorf("chain: make transaction: %w", err)
	}
	out, err := c.simulate(ctx, tx, nil)
	if err != nil {
		return Simulation{}, err
	}
	s := simulationOf(out)
	return s, c.refusal(out.Err, programIDs(instructions), s.Logs)
}

// programIDs is the program of each instruction.
func programIDs(instructions []solana.Instruction) []solana.PublicKey {
	out := make([]solana.PublicKey, len(instructions))
	for i, ix := range instructions {
		out[i] = ix.ProgramID()
	}
	return out
}
