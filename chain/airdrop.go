package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"
)

// airdropPatience is how long an airdrop is waited for: about as long as its
// blockhash lives.
const airdropPatience = 90 * time.Second

// Airdrop asks the network's faucet to pay lamports to an address, and waits until
// they are there. Localnet and devnet have a faucet, which may limit how much it
// gives; the main network has none. It asks once, and one node only. The error wraps
// [ErrUnconfirmed] if the payment was promised and did not show.
func (c *Client) Airdrop(ctx context.Context, to solana.PublicKey, lamports uint64) (Receipt, error) {
	if c.cfg.DryRun != nil {
		return Receipt{}, ErrDryRun
	}
	signature, err := c.sendRPC.RequestAirdrop(ctx, to, lamports, c.cfg.Commitment)
	if err != nil {
		return Receipt{}, err
	}
	r, done, err := c.await(ctx, &signedTx{signature: signature}, airdropPatience)
	if done || err != nil {
		return r, err
	}
	return Receipt{Signature: signature}, errors.Join(ctx.Err(), fmt.Errorf("chain: airdrop %s: %w", signature, ErrUnconfirmed))
}
