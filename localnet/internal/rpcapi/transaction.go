package rpcapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

type uiTransaction struct {
	Slot        uint64 `json:"slot"`
	Transaction any    `json:"transaction"`
	Meta        uiMeta `json:"meta"`
	BlockTime   int64  `json:"blockTime"`
	Version     any    `json:"version,omitempty"` // only if the request names the versions it can read
}

type uiMeta struct {
	Err                  *svm.TransactionError `json:"err"`
	Status               map[string]any        `json:"status"`
	Fee                  uint64                `json:"fee"`
	PreBalances          []uint64              `json:"preBalances"`
	PostBalances         []uint64              `json:"postBalances"`
	InnerInstructions    []uiInner             `json:"innerInstructions"`
	LogMessages          []string              `json:"logMessages"`
	PreTokenBalances     []uiTokenBalance      `json:"preTokenBalances"`
	PostTokenBalances    []uiTokenBalance      `json:"postTokenBalances"`
	Rewards              []any                 `json:"rewards"`
	LoadedAddresses      *uiLoadedAddresses    `json:"loadedAddresses,omitempty"` // not with jsonParsed, which marks the keys
	ReturnData           *uiReturnData         `json:"returnData,omitempty"`
	ComputeUnitsConsumed uint64                `json:"computeUnitsConsumed"`
}

type uiLoadedAddresses struct {
	Writable []solana.PublicKey `json:"writable"`
	ReadOnly []solana.PublicKey `json:"readonly"`
}

// transactionConfig is the configuration object, or the encoding alone.
type transactionConfig struct {
	contextConfig
	Encoding   string  `json:"encoding"`
	MaxVersion *uint64 `json:"maxSupportedTransactionVersion"`
}

func (c *transactionConfig) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &c.Encoding)
	}
	type plain transactionConfig
	return json.Unmarshal(raw, (*plain)(c))
}

func (a *API) getTransaction(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	sig, err := SignatureParam(p, 0)
	if err != nil {
		return nil, err
	}
	var cfg transactionConfig
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	if err := atLeastConfirmed(cfg.Commitment); err != nil {
		return nil, err
	}
	record, ok := a.Bank.Transaction(sig)
	if !ok {
		return nil, nil
	}
	return showTransaction(cfg, record)
}

func showTransaction(cfg transactionConfig, r svm.Record) (out uiTransaction, err error) {
	if r.Version >= 0 && (cfg.MaxVersion == nil || *cfg.MaxVersion < uint64(r.Version)) {
		return out, &jsonrpc.Error{Code: codeUnsupportedVersion, Message: fmt.Sprintf(
			"Transaction version (%[1]d) is not supported by the requesting client. "+
				"Please try the request again with the following configuration parameter: "+
				`"maxSupportedTransactionVersion": %[1]d`, r.Version)}
	}
	tx, err := solana.TransactionFromBytes(r.Wire)
	if err != nil {
		return out, fmt.Errorf("transaction %s: %w", r.Signature, err)
	}
	out = uiTransaction{Slot: r.Slot, BlockTime: r.BlockTime, Meta: showMeta(cfg.Encoding, tx, r)}
	if cfg.MaxVersion != nil {
		out.Version = "legacy"
		if r.Version >= 0 {
			out.Version = r.Version
		}
	}
	out.Transaction, err = encodeTransaction(cfg.Encoding, tx, r)
	return out, err
}

func encodeTransaction(encoding string, tx *solana.Transaction, r svm.Record) (any, error) {
	switch encoding {
	case "", "json":
		return showJSON(tx), nil
	case "jsonParsed":
		return showParsed(tx, r.Keys), nil
	case "base58":
		return [2]string{base58.Encode(r.Wire), "base58"}, nil
	case "binary":
		return base58.Encode(r.Wire), nil
	case "base64":
		return [2]string{base64.StdEncoding.EncodeToString(r.Wire), "base64"}, nil
	}
	return nil, checkEncoding(encoding)
}

// checkEncoding refuses encodings that transactions do not have.
func checkEncoding(encoding string) error {
	switch encoding {
	case "", "json", "jsonParsed", "base58", "binary", "base64":
		return nil
	}
	return jsonrpc.InvalidParams("Invalid params: unknown variant `%.20s`, expected one of `binary`, `base64`, `base58`, `json`, `jsonParsed`", encoding)
}

func showMeta(encoding string, tx *solana.Transaction, r svm.Record) uiMeta {
	meta := uiMeta{
		Err:                  r.Err,
		Status:               status(r.Err),
		Fee:                  r.Fee,
		PreBalances:          orEmpty(r.PreBalances),
		PostBalances:         orEmpty(r.PostBalances),
		LogMessages:          orEmpty(r.Logs),
		PreTokenBalances:     showTokenBalances(r.PreTokens),
		PostTokenBalances:    showTokenBalances(r.PostTokens),
		Rewards:              []any{},
		ReturnData:           showReturnData(r.ReturnData),
		ComputeUnitsConsumed: r.ComputeUnits,
	}
	if encoding == "jsonParsed" {
		meta.InnerInstructions = showParsedInner(r.InnerInstructions, r.Keys)
		return meta
	}
	loaded := loadedAddresses(tx, r.Keys)
	meta.InnerInstructions, meta.LoadedAddresses = showInner(r.InnerInstructions), &loaded
	return meta
}

// loadedAddresses splits the keys that follow the message's own: writable ones
// come first.
func loadedAddresses(tx *solana.Transaction, keys []solana.PublicKey) uiLoadedAddresses {
	static := min(len(tx.Message.AccountKeys), len(keys))
	writable := static
	for _, table := range tx.Message.AddressTableLookups {
		writable += len(table.WritableIndexes)
	}
	writable = min(writable, len(keys))
	return uiLoadedAddresses{orEmpty(keys[static:writable]), orEmpty(keys[writable:])}
}

// orEmpty replaces nil by an empty list, which JSON shows as [] and not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
