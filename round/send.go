package round

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Receipt describes a transaction that was processed.
type Receipt struct {
	chain.Receipt
	// Events is what the program reported, nil if the node's record of the
	// transaction did not show up in time: [Client.Transaction] asks again.
	Events []Event
}

func (c *Client) receipt(r chain.Receipt, err error) (Receipt, error) {
	if err != nil {
		return Receipt{Receipt: r}, err
	}
	return Receipt{r, Events(c.addr.Program, r.Logs)}, nil
}

// Send signs the instructions as one transaction, sends it and waits until it is
// confirmed, as [chain.Client.Send] does: what may have landed is never sent a
// second time. Either all of them happen or none.
func (c *Client) Send(ctx context.Context, instructions ...Instruction) (Receipt, error) {
	if c.Wallet().IsZero() {
		return Receipt{}, chain.ErrNoSigner
	}
	if err := c.checkProgram(ctx); err != nil {
		return Receipt{}, err
	}
	return c.sendPinned(ctx, instructions)
}

// send does not check what program it is for.
func (c *Client) send(ctx context.Context, instructions ...Instruction) (Receipt, error) {
	if c.Wallet().IsZero() {
		return Receipt{}, chain.ErrNoSigner
	}
	built, err := c.build(instructions)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(c.chain.Send(ctx, built))
}

// build makes the transaction's instructions.
func (c *Client) build(instructions []Instruction) ([]solana.Instruction, error) {
	if len(instructions) == 0 {
		return nil, fmt.Errorf("%w: nothing to send", ErrArgument)
	}
	built := make([]solana.Instruction, len(instructions))
	for i, instruction := range instructions {
		if instruction == nil {
			return nil, fmt.Errorf("%w: instruction %d is nil", ErrArgument, i)
		}
		var err error
		if built[i], err = instruction.Build(c.addr.Program); err != nil {
			return nil, err
		}
	}
	return built, nil
}

// Transaction looks up a transaction that was sent before, as
// [chain.Client.Transaction] does, with its events.
func (c *Client) Transaction(ctx context.Context, sig solana.Signature) (Receipt, error) {
	return c.receipt(c.chain.Transaction(ctx, sig))
}

// Simulation describes what a transaction would do.
type Simulation struct {
	chain.Simulation
	Events []Event // that the program would report
}

// Simulate has the node try the instructions as one transaction of the wallet,
// without signing or sending anything. The error is the one that sending them
// would return.
func (c *Client) Simulate(ctx context.Context, instructions ...Instruction) (Simulation, error) {
	var s Simulation
	err := c.withPins(instructions, func(all []Instruction) error {
		built, err := c.build(all)
		if err != nil {
			return err
		}
		s.Simulation, err = c.chain.Simulate(ctx, built...)
		return err
	})
	if err == nil {
		s.Events = Events(c.addr.Program, s.Logs)
	}
	return s, err
}
