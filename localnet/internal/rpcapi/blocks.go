package rpcapi

import (
	"bytes"
	"context"
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// maxBlockRange is how many slots getBlocks may span.
const maxBlockRange = 500_000

// noBlock says why a slot has no block: it was dropped with old transactions, skipped,
// or is still to come.
func (a *API) noBlock(slot uint64) error {
	if first, _ := a.Bank.Blocks(); slot < first {
		return &jsonrpc.Error{Code: codeBlockCleanedUp, Message: fmt.Sprintf(
			"Block %d cleaned up, does not exist on node. First available block: %d", slot, first)}
	}
	if a.Bank.Skipped(slot, slot) > 0 {
		return &jsonrpc.Error{Code: codeSlotSkipped, Message: fmt.Sprintf(
			"Slot %d was skipped, or missing due to ledger jump to recent snapshot", slot)}
	}
	return &jsonrpc.Error{Code: codeBlockNotAvailable, Message: fmt.Sprintf("Block not available for slot %d", slot)}
}

// getBlockTime returns when a block was made; for the current slot, which has no
// block yet, the chain's time.
func (a *API) getBlockTime(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 1); err != nil {
		return nil, err
	}
	var slot uint64
	if err := p.Require(0, &slot); err != nil {
		return nil, err
	}
	if clock := a.Bank.Clock(); slot == clock.Slot {
		return clock.UnixTimestamp, nil
	}
	block, ok := a.Bank.Block(slot)
	if !ok {
		return nil, a.noBlock(slot)
	}
	return block.Time, nil
}

// getBlocks lists the slots that have blocks, from the first argument to the
// second (or 500,000 more), both included.
func (a *API) getBlocks(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 3); err != nil {
		return nil, err
	}
	var start uint64
	if err := p.Require(0, &start); err != nil {
		return nil, err
	}
	last, config, err := lastSlot(p, start)
	if err != nil {
		return nil, err
	}
	if err := a.checkHistory(p, config); err != nil {
		return nil, err
	}
	_, end := a.Bank.Blocks()
	last = min(last, end-1)
	if last >= start && last-start > maxBlockRange {
		return nil, jsonrpc.InvalidParams("Slot range too large; max %d", maxBlockRange)
	}
	return a.Bank.BlocksBetween(start, last, math.MaxUint64), nil
}

// lastSlot reads the optional last slot, argument 1, and returns which argument
// may be the configuration: the next one, or this one if it is an object.
func lastSlot(p jsonrpc.Params, start uint64) (last uint64, config int, err error) {
	last = start + min(maxBlockRange, ^uint64(0)-start)
	if isObject(p, 1) {
		return last, 1, p.Count(1, 2)
	}
	err = p.Decode(1, &last) // before last is read
	return last, 2, err
}

func isObject(p jsonrpc.Params, i int) bool {
	return p.Has(i) && bytes.HasPrefix(bytes.TrimSpace(p[i]), []byte("{"))
}

// startAndLimit reads the first slot that is asked for, and how many.
func startAndLimit(p jsonrpc.Params) (start, limit uint64, err error) {
	if err = p.Require(0, &start); err == nil {
		err = p.Require(1, &limit)
	}
	return start, limit, err
}

// getBlocksWithLimit lists at most as many slots as the second argument says.
func (a *API) getBlocksWithLimit(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(2, 3); err != nil {
		return nil, err
	}
	start, limit, err := startAndLimit(p)
	if err != nil {
		return nil, err
	}
	if limit > maxBlockRange {
		return nil, jsonrpc.InvalidParams("Limit too large; max %d", maxBlockRange)
	}
	if err := a.checkHistory(p, 2); err != nil {
		return nil, err
	}
	return a.Bank.BlocksBetween(start, math.MaxUint64, limit), nil
}

// checkHistory is checkContext for the methods that read history.
func (a *API) checkHistory(p jsonrpc.Params, i int) error {
	var c contextConfig
	if err := p.Decode(i, &c); err != nil {
		return err
	}
	if err := atLeastConfirmed(c.Commitment); err != nil {
		return err
	}
	return a.check(c)
}

// getFirstAvailableBlock is minimumLedgerSlot as well: there is no other ledger
// than the blocks.
func (a *API) getFirstAvailableBlock(_ context.Context, p jsonrpc.Params) (any, error) {
	first, _ := a.Bank.Blocks()
	return first, p.Count(0, 0)
}

// getBlockCommitment knows no votes, and nobody has stake.
func (a *API) getBlockCommitment(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 1); err != nil {
		return nil, err
	}
	var slot uint64
	return map[string]any{"commitment": nil, "totalStake": 0}, p.Require(0, &slot)
}

func (a *API) getTransactionCount(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	return a.Bank.TransactionCount(), a.checkContext(p, 0)
}
