package rpcapi

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

type uiSupply struct {
	Total                  uint64             `json:"total"`
	Circulating            uint64             `json:"circulating"`
	NonCirculating         uint64             `json:"nonCirculating"`
	NonCirculatingAccounts []solana.PublicKey `json:"nonCirculatingAccounts"`
}

// getSupply adds up all accounts. Nothing is locked up, so all of it circulates.
func (a *API) getSupply(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	if err := a.checkContext(p, 0); err != nil {
		return nil, err
	}
	total := uint64(0)
	for _, acc := range a.Bank.Accounts() {
		total += min(acc.Lamports, math.MaxUint64-total) // tests may store any balance
	}
	return a.respond(uiSupply{total, total, 0, []solana.PublicKey{}}), nil
}

// largestAccounts is how many accounts getLargestAccounts returns.
const largestAccounts = 20

type uiLargest struct {
	Address  solana.PublicKey `json:"address"`
	Lamports uint64           `json:"lamports"`
}

func (a *API) getLargestAccounts(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	var cfg struct {
		contextConfig
		Filter *string `json:"filter"`
	}
	if err := p.Decode(0, &cfg); err != nil {
		return nil, err
	}
	if err := a.check(cfg.contextConfig); err != nil {
		return nil, err
	}
	switch filter := cfg.Filter; {
	case filter == nil, *filter == "circulating":
		return a.respond(a.largest()), nil
	case *filter == "nonCirculating":
		return a.respond([]uiLargest{}), nil
	}
	return nil, jsonrpc.InvalidParams("Invalid params: unknown variant `%.20s`, expected `circulating` or `nonCirculating`", *cfg.Filter)
}

// largest returns the accounts with the most lamports, the largest first.
func (a *API) largest() []uiLargest {
	var all []uiLargest
	for key, acc := range a.Bank.Accounts() {
		all = append(all, uiLargest{key, acc.Lamports})
	}
	slices.SortFunc(all, func(x, y uiLargest) int {
		return cmp.Or(cmp.Compare(y.Lamports, x.Lamports), bytes.Compare(x.Address[:], y.Address[:]))
	})
	return all[:min(largestAccounts, len(all))]
}
