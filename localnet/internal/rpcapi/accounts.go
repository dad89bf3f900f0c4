package rpcapi

import (
	"context"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// accountConfig is the configuration object of the methods that show accounts.
type accountConfig struct {
	contextConfig
	View
}

func (a *API) accountConfig(p jsonrpc.Params, i int) (accountConfig, error) {
	var cfg accountConfig
	if err := p.Decode(i, &cfg); err != nil {
		return cfg, err
	}
	if err := cfg.Check(); err != nil {
		return cfg, err
	}
	return cfg, a.check(cfg.contextConfig)
}

func (a *API) getAccountInfo(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	key, err := KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	cfg, err := a.accountConfig(p, 1)
	if err != nil {
		return nil, err
	}
	acc, ok := a.Bank.Account(key)
	if !ok {
		return a.respond(nil), nil
	}
	shown, err := a.Encode(cfg.View, acc)
	if err != nil {
		return nil, err
	}
	return a.respond(shown), nil
}

func (a *API) getBalance(_ context.Context, p jsonrpc.Params) (any, error) {
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
	acc, _ := a.Bank.Account(key)
	return a.respond(acc.Lamports), nil
}

func (a *API) getMultipleAccounts(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var texts []string
	if err := p.Require(0, &texts); err != nil {
		return nil, err
	}
	if len(texts) > maxMultipleAccounts {
		return nil, jsonrpc.InvalidParams("Too many inputs provided; max %d", maxMultipleAccounts)
	}
	keys, err := parseKeys(texts)
	if err != nil {
		return nil, err
	}
	cfg, err := a.accountConfig(p, 1)
	if err != nil {
		return nil, err
	}
	if cfg.Encoding == "" { // getAccountInfo defaults to base58 instead
		cfg.Encoding = "base64"
	}
	shown := make([]any, len(keys))
	scan := scan{left: a.MaxScanBytes}
	for i, key := range keys {
		acc, ok := a.Bank.Account(key)
		if !ok {
			continue
		}
		if shown[i], err = a.show(&scan, cfg.View, acc); err != nil {
			return nil, err
		}
	}
	return a.respond(shown), nil
}

func (a *API) getProgramAccounts(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	owner, err := KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	var cfg struct {
		Filters     []Filter `json:"filters"`
		WithContext bool     `json:"withContext"`
	}
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	view, err := a.accountConfig(p, 1)
	if err != nil {
		return nil, err
	}
	if err := CheckFilters(cfg.Filters); err != nil {
		return nil, err
	}
	shown := []KeyedAccount{} // not nil: no accounts are [] in JSON, not null
	scan := scan{left: a.MaxScanBytes}
	for _, found := range a.Bank.ProgramAccounts(owner) {
		if !Matches(cfg.Filters, found.Account.Data) {
			continue
		}
		acc, err := a.show(&scan, view.View, found.Account)
		if err != nil {
			return nil, err
		}
		shown = append(shown, KeyedAccount{found.Key, acc})
	}
	if cfg.WithContext {
		return a.respond(shown), nil
	}
	return shown, nil
}

// scan bounds the account data that one call returns.
type scan struct{ left int }

// accountCost is roughly how many bytes an account takes in addition to its
// data.
const accountCost = 256

// show encodes an account and counts it.
func (a *API) show(s *scan, v View, acc svm.Account) (any, error) {
	s.left -= len(v.slice(acc.Data)) + accountCost
	if s.left < 0 {
		return nil, &jsonrpc.Error{Code: codeScan, Message: "the account data exceeds what this server returns in one call; use filters or dataSlice"}
	}
	return a.Encode(v, acc)
}

// Encode is View.Encode with the parsers of jsonParsed; that of tokens needs their
// mints.
func (a *API) Encode(v View, acc svm.Account) (any, error) {
	if v.Encoding == "jsonParsed" {
		for _, parse := range []func(svm.Account) (any, bool){a.parseToken, parseLookupTable} {
			if parsed, ok := parse(acc); ok {
				return EncodeWith(acc, parsed), nil
			}
		}
	}
	return v.Encode(acc)
}

func (a *API) getMinimumBalanceForRentExemption(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var size uint64
	if err := p.Require(0, &size); err != nil {
		return nil, err
	}
	if size > svm.MaxAccountData {
		return nil, jsonrpc.InvalidParams("account data of %d bytes is larger than any account (at most %d)", size, svm.MaxAccountData)
	}
	return svm.RentExempt(int(size)), a.checkContext(p, 1)
}
