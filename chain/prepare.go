package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
)

// basis is what a transaction is signed on.
type basis struct {
	blockhash solana.Hash
	lastValid uint64    // the last block height at which the transaction can land
	height    uint64    // of the chain then
	at        time.Time // then
}

const (
	// leastLife is how many blocks a new blockhash must be good for at least; honest
	// nodes give 150.
	leastLife = 20
	// longestLife is more than any node gives.
	longestLife = 10_000
)

var errImplausible = errors.New("it lags behind, or does not tell the truth: use another one")

// basis reads the blockhash to sign with, and checks what the node says of it: with
// a last height that is too low, a transaction would be taken for lost while it can
// still land.
func (c *Client) basis(ctx context.Context) (b basis, err error) {
	b.at = time.Now()
	var group sync.WaitGroup
	var failed error
	group.Go(func() { b.height, failed = c.readRPC.GetBlockHeight(ctx, c.cfg.Commitment) })
	latest, err := c.readRPC.GetLatestBlockhash(ctx, c.cfg.Commitment)
	group.Wait()
	switch {
	case err != nil:
		return basis{}, err
	case failed != nil:
		return basis{}, failed
	case latest == nil || latest.Value == nil || latest.Value.LastValidBlockHeight == 0:
		return basis{}, fmt.Errorf("chain: getLatestBlockhash: %w", errMalformedAnswer)
	}
	b.blockhash, b.lastValid = latest.Value.Blockhash, latest.Value.LastValidBlockHeight
	if b.lastValid < b.height+leastLife || b.lastValid-b.height > longestLife {
		return basis{}, fmt.Errorf("chain: the node says that the chain is at block %d and that a new blockhash is good until block %d: %w", b.height, b.lastValid, errImplausible)
	}
	return b, nil
}

// prepared is what it takes to sign instructions.
type prepared struct {
	basis
	price uint64 // to offer, in millionths of a lamport for each compute unit
	trace trace  // of the accounts that the instructions write; empty where nothing is ever signed again
}

// prepare asks for what it takes to sign instructions, for the nth time, all at once.
func (c *Client) prepare(ctx context.Context, instructions []solana.Instruction, n int) (p prepared, err error) {
	written := c.written(instructions)
	var group sync.WaitGroup
	var failed error
	group.Go(func() { p.price = c.price(ctx, slices.Concat(written, []solana.PublicKey{c.Wallet()}), n) })
	if c.cfg.SignAttempts > 1 {
		group.Go(func() { p.trace, failed = c.trace(ctx, instructions) })
	}
	on, err := c.basis(ctx)
	group.Wait()
	if p.basis = on; err == nil {
		err = failed
	}
	return p, err
}

// written are the accounts that the instructions may write, other than the wallet.
func (c *Client) written(instructions []solana.Instruction) (out []solana.PublicKey) {
	for _, ix := range instructions {
		for _, a := range ix.Accounts() {
			if a.IsWritable && a.PublicKey != c.Wallet() && !slices.Contains(out, a.PublicKey) {
				out = append(out, a.PublicKey)
			}
		}
	}
	return out
}
