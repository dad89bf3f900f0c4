package rpcapi

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

func (a *API) getHealth(_ context.Context, p jsonrpc.Params) (any, error) {
	if a.Bank.Err() != nil {
		return nil, &jsonrpc.Error{Code: codeUnhealthy, Message: "Node is unhealthy: its ledger cannot be written. " + MendLedger}
	}
	return "ok", p.Count(0, 0)
}

func (a *API) getVersion(_ context.Context, p jsonrpc.Params) (any, error) {
	return map[string]any{"solana-core": Version + " decloud-localnet (a test ledger)", "feature-set": 0}, p.Count(0, 0)
}

func (a *API) getGenesisHash(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.Genesis.String(), p.Count(0, 0)
}

// ended is the slot of the last block, which is the one that Agave tells clients:
// they ask for its block, or name it to the lookup table program as a recent one.
func (a *API) ended() uint64 {
	slot, _ := a.Bank.LastBlock()
	return slot
}

func (a *API) getSlot(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	return a.ended(), a.checkContext(p, 0)
}

func (a *API) getBlockHeight(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	return a.Bank.BlockHeight(), a.checkContext(p, 0)
}

func (a *API) getEpochInfo(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	slot, height := a.Bank.LastBlock()
	epoch := svm.EpochOf(slot)
	return map[string]uint64{
		"absoluteSlot":     slot,
		"blockHeight":      height + 1, // blockhashes are those of slots that last
		"epoch":            epoch.Number,
		"slotIndex":        slot - epoch.First,
		"slotsInEpoch":     epoch.Slots,
		"transactionCount": a.Bank.TransactionCount(),
	}, a.checkContext(p, 0)
}

func (a *API) getLatestBlockhash(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	if err := a.checkContext(p, 0); err != nil {
		return nil, err
	}
	return a.respond(a.latestBlockhash()), nil
}

type uiBlockhash struct {
	Blockhash            solana.Hash `json:"blockhash"`
	LastValidBlockHeight uint64      `json:"lastValidBlockHeight"`
}

func (a *API) latestBlockhash() uiBlockhash {
	hash, last := a.Bank.LatestBlockhash()
	return uiBlockhash{hash, last}
}

func (a *API) isBlockhashValid(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	key, err := KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	if err := a.checkContext(p, 1); err != nil {
		return nil, err
	}
	return a.respond(a.Bank.IsBlockhashValid(solana.Hash(key))), nil
}

// getRecentPrioritizationFees answers with the last slot and no fee: every
// transaction is processed at once.
func (a *API) getRecentPrioritizationFees(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	var texts []string
	if err := p.Decode(0, &texts); err != nil {
		return nil, err
	}
	if len(texts) > maxPriorityFeeKeys {
		return nil, jsonrpc.InvalidParams("Too many inputs provided; max %d", maxPriorityFeeKeys)
	}
	if _, err := parseKeys(texts); err != nil {
		return nil, err
	}
	return []map[string]uint64{{"slot": a.ended(), "prioritizationFee": 0}}, nil
}
