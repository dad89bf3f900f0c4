package chain

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/gagliardetto/solana-go"
)

const (
	// feeAccounts is how many accounts a node may be asked about at once.
	feeAccounts = 128
	// raisedFee is what is offered at least when a transaction is signed again, before
	// it is doubled each time.
	raisedFee = 1000
)

// MaxFee is the most lamports that one transaction of a few instructions, signed
// by the wallet alone, costs in fees: the chain's, and [Config.PriorityFee]
// or [Config.MaxPriorityFee].
func (c *Client) MaxFee() uint64 { return lamportsPerSignature + c.priority() }

// budget returns the instructions of the compute budget program that the config
// asks for, with that price.
func (c *Client) budget(price uint64) []solana.Instruction {
	const setLimit, setPrice = 2, 3
	var out []solana.Instruction
	if n := c.cfg.ComputeUnits; n > 0 {
		out = append(out, solana.NewInstruction(solana.ComputeBudget, nil, binary.LittleEndian.AppendUint32([]byte{setLimit}, n)))
	}
	if price > 0 || c.cfg.MaxPriorityFee > 0 {
		out = append(out, solana.NewInstruction(solana.ComputeBudget, nil, binary.LittleEndian.AppendUint64([]byte{setPrice}, price)))
	}
	return out
}

// price is the priority fee to offer when a transaction is signed for the nth time,
// counted from 0. Automatically it is what three in four of the last blocks asked for
// at most from who wrote the same accounts, and more each time that a transaction was
// too late.
func (c *Client) price(ctx context.Context, written []solana.PublicKey, n int) uint64 {
	least, most := c.cfg.PriorityFee, c.cfg.MaxPriorityFee
	if most == 0 {
		return least
	}
	price := max(least, c.recentPrice(ctx, written))
	for range n {
		price = min(max(price, raisedFee/2)*2, most)
	}
	return min(price, most)
}

// recentPrice is what others paid, 0 if the node does not say.
func (c *Client) recentPrice(ctx context.Context, written []solana.PublicKey) uint64 {
	recent, err := c.readRPC.GetRecentPrioritizationFees(ctx, written[:min(len(written), feeAccounts)])
	if err != nil || len(recent) == 0 {
		return 0
	}
	fees := make([]uint64, len(recent))
	for i, block := range recent {
		fees[i] = block.PrioritizationFee
	}
	slices.Sort(fees)
	return fees[(len(fees)-1)*3/4]
}
