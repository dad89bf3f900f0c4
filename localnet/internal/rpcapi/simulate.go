package rpcapi

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

const whatTransaction = "solana_transaction::versioned::VersionedTransaction"

// simulation is Agave's RpcSimulateTransactionResult; unknown members are null.
type simulation struct {
	Err                    *svm.TransactionError `json:"err"`
	Logs                   []string              `json:"logs"`
	Accounts               []any                 `json:"accounts"`
	UnitsConsumed          uint64                `json:"unitsConsumed"`
	LoadedAccountsDataSize *uint32               `json:"loadedAccountsDataSize"`
	ReturnData             *uiReturnData         `json:"returnData"`
	InnerInstructions      []uiInner             `json:"innerInstructions"`
	ReplacementBlockhash   *uiBlockhash          `json:"replacementBlockhash"`
	Fee                    *uint64               `json:"fee"`
	PreBalances            []uint64              `json:"preBalances"`
	PostBalances           []uint64              `json:"postBalances"`
	PreTokenBalances       []uiTokenBalance      `json:"preTokenBalances"`
	PostTokenBalances      []uiTokenBalance      `json:"postTokenBalances"`
	LoadedAddresses        *uiLoadedAddresses    `json:"loadedAddresses"`
}

type uiReturnData struct {
	ProgramID solana.PublicKey `json:"programId"`
	Data      [2]string        `json:"data"`
}

func showReturnData(r *svm.ReturnData) *uiReturnData {
	if r == nil {
		return nil
	}
	return &uiReturnData{r.ProgramID, [2]string{base64.StdEncoding.EncodeToString(r.Data), "base64"}}
}

// outcome returns the part that a preflight failure and a simulation share.
func outcome(res svm.Result) simulation {
	logs := res.Logs
	if logs == nil {
		logs = []string{}
	}
	return simulation{Err: res.Err, Logs: logs, UnitsConsumed: res.ComputeUnits, ReturnData: showReturnData(res.ReturnData)}
}

// MendLedger is what to do where a ledger could not be written.
const MendLedger = "What was confirmed is kept: mend that, such as by freeing disk space, and start the chain again"

// refusal returns the error for a transaction that Agave does not simulate: one
// that is malformed or lacks a valid signature. A journal that cannot be written
// makes others fail, too.
func refusal(res svm.Result) error {
	if res.Err == nil {
		return nil
	}
	switch res.Err.Kind {
	case svm.ErrSignatureFailure.Kind:
		return &jsonrpc.Error{Code: codeSignatureVerification, Message: "Transaction signature verification failure"}
	case svm.ErrClusterMaintenance.Kind:
		return &jsonrpc.Error{Code: jsonrpc.CodeInternal, Message: "Internal error: the ledger takes no more changes: " + res.Detail + ". " + MendLedger}
	case svm.ErrSanitizeFailure.Kind, svm.ErrUnsupportedVersion.Kind, svm.ErrAddressLookupTableNotFound.Kind,
		svm.ErrInvalidAddressLookupTableOwner.Kind, svm.ErrInvalidAddressLookupTableData.Kind, svm.ErrInvalidAddressLookupTableIndex.Kind:
		if res.Detail != "" {
			return jsonrpc.InvalidParams("invalid transaction: %v (%s)", res.Err, res.Detail)
		}
		return jsonrpc.InvalidParams("invalid transaction: %v", res.Err)
	}
	return nil
}

type simulateConfig struct {
	contextConfig
	SigVerify              bool   `json:"sigVerify"`
	ReplaceRecentBlockhash bool   `json:"replaceRecentBlockhash"`
	InnerInstructions      bool   `json:"innerInstructions"`
	Encoding               string `json:"encoding"`
	Accounts               *struct {
		Encoding  string   `json:"encoding"`
		Addresses []string `json:"addresses"`
	} `json:"accounts"`
}

func (a *API) simulateTransaction(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	cfg := simulateConfig{Encoding: "base58"}
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	wire, err := wireParam(p, cfg.Encoding)
	if err != nil {
		return nil, err
	}
	if err := a.check(cfg.contextConfig); err != nil {
		return nil, err
	}
	if cfg.SigVerify && cfg.ReplaceRecentBlockhash {
		return nil, jsonrpc.InvalidParams("sigVerify may not be used with replaceRecentBlockhash")
	}
	res := a.Bank.Simulate(wire, svm.SimulateOptions{SigVerify: cfg.SigVerify, ReplaceBlockhash: cfg.ReplaceRecentBlockhash})
	if err := refusal(res); err != nil {
		return nil, err
	}
	return a.showSimulation(cfg, wire, res)
}

func (a *API) showSimulation(cfg simulateConfig, wire []byte, res svm.Result) (any, error) {
	out := outcome(res)
	if cfg.ReplaceRecentBlockhash {
		hash := a.latestBlockhash()
		out.ReplacementBlockhash = &hash
	}
	if cfg.InnerInstructions {
		out.InnerInstructions = showParsedInner(res.InnerInstructions, res.Keys)
	}
	if res.PreBalances != nil {
		tx, err := solana.TransactionFromBytes(wire)
		if err != nil {
			return nil, fmt.Errorf("transaction: %w", err)
		}
		loaded := loadedAddresses(tx, res.Keys)
		out.Fee = &res.Fee
		out.PreBalances, out.PostBalances = res.PreBalances, res.PostBalances
		out.PreTokenBalances, out.PostTokenBalances = showTokenBalances(res.PreTokens), showTokenBalances(res.PostTokens)
		out.LoadedAddresses = &loaded
	}
	if cfg.Accounts == nil {
		return a.respond(out), nil
	}
	accounts, err := a.simulatedAccounts(cfg, res)
	if err != nil {
		return nil, err
	}
	out.Accounts = accounts
	return a.respond(out), nil
}

// simulatedAccounts shows accounts as they are after the simulation.
func (a *API) simulatedAccounts(cfg simulateConfig, res svm.Result) ([]any, error) {
	view := View{Encoding: cfg.Accounts.Encoding}
	if view.Encoding == "" {
		view.Encoding = "base64"
	}
	if err := view.Check(); err != nil {
		return nil, err
	}
	if view.Encoding == "binary" || view.Encoding == "base58" {
		return nil, jsonrpc.InvalidParams("base58 encoding not supported")
	}
	if len(cfg.Accounts.Addresses) > len(res.Keys) {
		return nil, jsonrpc.InvalidParams("Too many accounts provided; max %d", len(res.Keys))
	}
	keys, err := parseKeys(cfg.Accounts.Addresses)
	if err != nil {
		return nil, err
	}
	shown := make([]any, len(keys))
	scan := scan{left: a.MaxScanBytes}
	for i, key := range keys {
		acc := a.after(res, key)
		if acc.Lamports == 0 {
			continue
		}
		if shown[i], err = a.show(&scan, view, acc); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// after returns an account as it is after a simulation; empty if the
// transaction failed.
func (a *API) after(res svm.Result, key solana.PublicKey) svm.Account {
	if res.Err != nil {
		return svm.Account{}
	}
	acc, ok := res.PostAccounts[key]
	if !ok {
		acc, _ = a.Bank.Account(key)
	}
	return acc
}

// wireParam reads argument 0 as a transaction.
func wireParam(p jsonrpc.Params, encoding string) ([]byte, error) {
	var text string
	if err := p.Require(0, &text); err != nil {
		return nil, err
	}
	return decodeWire(text, encoding, whatTransaction)
}
