package rpcapi

import (
	"cmp"
	"context"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// maxLargest is how many accounts getTokenLargestAccounts lists.
const maxLargest = 20

// isTokenProgram reports whether Agave's token methods know the program. Of
// Token-2022's accounts only those without extensions can be decoded.
func isTokenProgram(id solana.PublicKey) bool {
	return id == solana.TokenProgramID || id == solana.Token2022ProgramID
}

// tokenKey reads the arguments of a method about one account: its key and the
// configuration object.
func (a *API) tokenKey(p jsonrpc.Params) (solana.PublicKey, error) {
	if err := p.Count(1, 2); err != nil {
		return solana.PublicKey{}, err
	}
	key, err := KeyParam(p, 0)
	if err != nil {
		return key, err
	}
	return key, a.checkContext(p, 1)
}

// mint returns a mint and the token program that it belongs to.
func (a *API) mint(key solana.PublicKey) (*chain.Mint, solana.PublicKey, error) {
	acc, ok := a.Bank.Account(key)
	switch {
	case !ok:
		return nil, acc.Owner, jsonrpc.InvalidParams("Invalid param: could not find mint")
	case !isTokenProgram(acc.Owner):
		return nil, acc.Owner, jsonrpc.InvalidParams("Invalid param: not a Token mint")
	}
	mint, err := chain.DecodeMint(acc.Data)
	if err != nil {
		return nil, acc.Owner, jsonrpc.InvalidParams("Invalid param: mint could not be unpacked")
	}
	return mint, acc.Owner, nil
}

func (a *API) getTokenSupply(_ context.Context, p jsonrpc.Params) (any, error) {
	key, err := a.tokenKey(p)
	if err != nil {
		return nil, err
	}
	mint, _, err := a.mint(key)
	if err != nil {
		return nil, err
	}
	return a.respond(showAmount(mint.Supply, mint.Decimals)), nil
}

func (a *API) getTokenAccountBalance(_ context.Context, p jsonrpc.Params) (any, error) {
	key, err := a.tokenKey(p)
	if err != nil {
		return nil, err
	}
	acc, ok := a.Bank.Account(key)
	if !ok {
		return nil, jsonrpc.InvalidParams("Invalid param: could not find account")
	}
	tokens, err := chain.DecodeTokenAccount(acc.Data)
	if err != nil || !isTokenProgram(acc.Owner) {
		return nil, jsonrpc.InvalidParams("Invalid param: not a Token account")
	}
	mint, _, err := a.mint(tokens.Mint)
	if err != nil {
		return nil, err
	}
	return a.respond(showAmount(tokens.Amount, mint.Decimals)), nil
}

type uiHolder struct {
	Address solana.PublicKey `json:"address"`
	uiAmount
}

func (a *API) getTokenLargestAccounts(_ context.Context, p jsonrpc.Params) (any, error) {
	key, err := a.tokenKey(p)
	if err != nil {
		return nil, err
	}
	mint, program, err := a.mint(key)
	if err != nil {
		return nil, err
	}
	held := a.tokenAccounts(program, func(t *chain.TokenAccount) bool { return t.Mint == key })
	slices.SortStableFunc(held, func(x, y tokenAccount) int { return cmp.Compare(y.tokens.Amount, x.tokens.Amount) })
	shown := []uiHolder{}
	for _, h := range held[:min(maxLargest, len(held))] {
		shown = append(shown, uiHolder{h.Key, showAmount(h.tokens.Amount, mint.Decimals)})
	}
	return a.respond(shown), nil
}

// tokenAccount is an account of a token program, decoded.
type tokenAccount struct {
	svm.AccountChange
	tokens *chain.TokenAccount
}

// tokenAccounts lists the token accounts of a program that match, ordered by key.
func (a *API) tokenAccounts(program solana.PublicKey, match func(*chain.TokenAccount) bool) []tokenAccount {
	var out []tokenAccount
	for _, found := range a.Bank.ProgramAccounts(program) {
		if t, err := chain.DecodeTokenAccount(found.Account.Data); err == nil && match(t) {
			out = append(out, tokenAccount{found, t})
		}
	}
	return out
}
