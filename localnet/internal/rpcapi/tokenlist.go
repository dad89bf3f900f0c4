package rpcapi

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

func (a *API) getTokenAccountsByOwner(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.listTokens(p, func(t *chain.TokenAccount) solana.PublicKey { return t.Owner })
}

func (a *API) getTokenAccountsByDelegate(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.listTokens(p, func(t *chain.TokenAccount) solana.PublicKey { return t.Delegate })
}

// listTokens lists the token accounts of which holder is the first argument.
func (a *API) listTokens(p jsonrpc.Params, holder func(*chain.TokenAccount) solana.PublicKey) (any, error) {
	if err := p.Count(2, 3); err != nil {
		return nil, err
	}
	key, err := KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	mint, program, err := a.tokenFilter(p, 1)
	if err != nil {
		return nil, err
	}
	cfg, err := a.accountConfig(p, 2)
	if err != nil {
		return nil, err
	}
	found := a.tokenAccounts(program, func(t *chain.TokenAccount) bool {
		return holder(t) == key && (mint.IsZero() || t.Mint == mint)
	})
	shown := []KeyedAccount{} // not nil: no accounts are [] in JSON, not null
	scan := scan{left: a.MaxScanBytes}
	for _, f := range found {
		acc, err := a.show(&scan, cfg.View, f.Account)
		if err != nil {
			return nil, err
		}
		shown = append(shown, KeyedAccount{f.Key, acc})
	}
	return a.respond(shown), nil
}

// tokenFilter reads argument i: {"mint":…} or {"programId":…}. The mint is zero if
// the program was given.
func (a *API) tokenFilter(p jsonrpc.Params, i int) (mint, program solana.PublicKey, err error) {
	var filter struct {
		Mint      *string `json:"mint"`
		ProgramID *string `json:"programId"`
	}
	if err := p.Require(i, &filter); err != nil {
		return mint, program, err
	}
	switch {
	case (filter.Mint == nil) == (filter.ProgramID == nil):
		return mint, program, jsonrpc.InvalidParams("Invalid params: exactly one of mint and programId is expected")
	case filter.Mint != nil:
		if mint, err = ParseKey(*filter.Mint); err == nil {
			_, program, err = a.mint(mint)
		}
		return mint, program, err
	}
	program, err = ParseKey(*filter.ProgramID)
	if err == nil && !isTokenProgram(program) {
		err = jsonrpc.InvalidParams("Invalid param: unrecognized Token program id")
	}
	return mint, program, err
}
