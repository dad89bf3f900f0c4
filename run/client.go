package run

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Client talks to one run program, for the wallet of its chain client or for none.
// It is safe for concurrent use and need not be closed.
type Client struct {
	chain *chain.Client
	addr  Addresses
}

// NewClient makes a client, and registers the program's errors with the chain
// client. It does not dial.
func NewClient(cfg Config) (*Client, error) {
	program, err := cfg.program()
	if err != nil {
		return nil, err
	}
	cfg.Chain.Register(chain.Program{ID: program, Name: "run", Errors: programError})
	return &Client{chain: cfg.Chain, addr: Addresses{program}}, nil
}

// Chain is the chain client that was passed in: use it for the clock, balances and
// other programs. Whoever made it closes it.
func (c *Client) Chain() *chain.Client { return c.chain }

// Addresses derives the addresses of the client's program.
func (c *Client) Addresses() Addresses { return c.addr }

// Wallet is the address that signs and pays, the zero key without one.
func (c *Client) Wallet() solana.PublicKey { return c.chain.Wallet() }

// Receipt describes a transaction that was processed.
type Receipt struct {
	chain.Receipt
	// Events is what the program reported, nil if the node's record of the
	// transaction did not show up in time.
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
	built, err := c.build(instructions)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(c.chain.Send(ctx, built))
}

func (c *Client) build(instructions []Instruction) ([]solana.Instruction, error) {
	if c.Wallet().IsZero() {
		return nil, chain.ErrNoSigner
	}
	if len(instructions) == 0 {
		return nil, fmt.Errorf("%w: nothing to send", ErrArgument)
	}
	built := make([]solana.Instruction, len(instructions))
	for i, instruction := range instructions {
		var err error
		if built[i], err = instruction.Build(c.addr.Program); err != nil {
			return nil, err
		}
	}
	return built, nil
}
