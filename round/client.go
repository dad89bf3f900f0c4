package round

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Client talks to one round program, for the wallet of its chain client or for
// none. It is safe for concurrent use and need not be closed.
type Client struct {
	chain       *chain.Client
	addr        Addresses
	requirePins bool
	pins        []Instruction // in front of every transaction
	shared      *shared
}

// shared is what a client has found out, and those that Pin makes of it with it.
type shared struct {
	lacksPins atomic.Bool // the program does not know AssertTerms

	mu         sync.Mutex
	compatible bool                        // checkProgram has succeeded
	treasury   map[uint64]solana.PublicKey // of rounds of this SDK's version; fixed when they are created
}

// NewClient makes a client, and registers the program's errors with the chain
// client. It does not dial.
func NewClient(cfg Config) (*Client, error) {
	program, err := cfg.program()
	if err != nil {
		return nil, err
	}
	cfg.Chain.Register(chain.Program{ID: program, Name: "round", Errors: programError})
	return &Client{chain: cfg.Chain, addr: Addresses{program}, requirePins: cfg.RequirePins,
		shared: &shared{treasury: map[uint64]solana.PublicKey{}}}, nil
}

// Chain is the chain client that was passed in: use it for the clock, balances and
// other programs. Whoever made it closes it.
func (c *Client) Chain() *chain.Client { return c.chain }

// Addresses derives the addresses of the client's program.
func (c *Client) Addresses() Addresses { return c.addr }

// Wallet is the address that signs and pays, the zero key without one.
func (c *Client) Wallet() solana.PublicKey { return c.chain.Wallet() }

// checkProgram makes sure, once per client, that the program is one that this SDK
// is for: nothing is ever sent to an older one at the same address.
func (c *Client) checkProgram(ctx context.Context) error {
	c.shared.mu.Lock()
	compatible := c.shared.compatible
	c.shared.mu.Unlock()
	if compatible {
		return nil
	}
	if _, err := c.Counter(ctx); err != nil {
		if errors.Is(err, chain.ErrNotFound) {
			return fmt.Errorf("the program was not initialized on %s, or is another one: %w", c.chain.Network(), err)
		}
		return err
	}
	c.shared.mu.Lock()
	c.shared.compatible = true
	c.shared.mu.Unlock()
	return nil
}

// maxTreasuries bounds how many rounds' treasuries a client remembers.
const maxTreasuries = 4096

// roundTreasury returns the treasury of a round. It fails for a round of another
// version, so that nothing is sent to one.
func (c *Client) roundTreasury(ctx context.Context, id uint64) (solana.PublicKey, error) {
	c.shared.mu.Lock()
	known, ok := c.shared.treasury[id]
	c.shared.mu.Unlock()
	if ok {
		return known, nil
	}
	r, err := c.Round(ctx, id)
	if err != nil {
		return solana.PublicKey{}, err
	}
	if err := r.transactable(); err != nil {
		return solana.PublicKey{}, err
	}
	c.shared.mu.Lock()
	defer c.shared.mu.Unlock()
	if len(c.shared.treasury) >= maxTreasuries {
		clear(c.shared.treasury)
	}
	c.shared.treasury[id] = r.Treasury
	return r.Treasury, nil
}
