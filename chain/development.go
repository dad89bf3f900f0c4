package chain

import (
	"context"
	"fmt"
)

// The genesis hashes of Solana's public networks for development.
var developmentGenesis = map[string]bool{
	"EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG": true, // devnet
	"4uhcVJyU9pJkvQyUS88uRDiswHXSCkY3zQawwpjk2NsY": true, // testnet
}

// Development reports whether the chain is one for development, where lamports are free:
// a local one ([Client.Local]), or Solana's devnet or testnet, which the node's genesis
// hash tells whatever the [Network] is called. Every other chain is taken for one where
// they are money.
func (c *Client) Development(ctx context.Context) (bool, error) {
	if c.Local() {
		return true, nil
	}
	genesis, err := c.readRPC.GetGenesisHash(ctx)
	if err != nil {
		return false, fmt.Errorf("chain: which network it is: %w", err)
	}
	return developmentGenesis[genesis.String()], nil
}
