package rpcapi

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// status returns the deprecated form of a transaction's error: {"Ok":null} or
// {"Err":…}.
func status(err *svm.TransactionError) map[string]any {
	if err == nil {
		return map[string]any{"Ok": nil}
	}
	return map[string]any{"Err": err}
}

type uiStatus struct {
	Slot               uint64                `json:"slot"`
	Confirmations      *uint64               `json:"confirmations"` // null: final
	Status             map[string]any        `json:"status"`
	Err                *svm.TransactionError `json:"err"`
	ConfirmationStatus string                `json:"confirmationStatus"`
}

func (a *API) getSignatureStatuses(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var texts []string
	if err := p.Require(0, &texts); err != nil {
		return nil, err
	}
	if len(texts) > maxSignatureStatuses {
		return nil, jsonrpc.InvalidParams("Too many inputs provided; max %d", maxSignatureStatuses)
	}
	statuses := make([]*uiStatus, len(texts))
	for i, text := range texts {
		sig, err := parseSignature(text)
		if err != nil {
			return nil, err
		}
		if slot, txErr, ok := a.Bank.Status(sig); ok {
			statuses[i] = &uiStatus{slot, nil, status(txErr), txErr, "finalized"}
		}
	}
	return a.respond(statuses), nil
}

type uiSignature struct {
	Signature          solana.Signature      `json:"signature"`
	Slot               uint64                `json:"slot"`
	Err                *svm.TransactionError `json:"err"`
	Memo               *string               `json:"memo"`
	BlockTime          int64                 `json:"blockTime"`
	ConfirmationStatus string                `json:"confirmationStatus"`
}

func (a *API) getSignaturesForAddress(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	key, err := KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	var cfg struct {
		contextConfig
		Before *string `json:"before"`
		Until  *string `json:"until"`
		Limit  *int    `json:"limit"`
	}
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	limit := maxSignaturesOf
	if cfg.Limit != nil {
		limit = *cfg.Limit
	}
	if limit < 1 || limit > maxSignaturesOf {
		return nil, jsonrpc.InvalidParams("Invalid limit; max %d", maxSignaturesOf)
	}
	if err := atLeastConfirmed(cfg.Commitment); err != nil {
		return nil, err
	}
	if err := a.check(cfg.contextConfig); err != nil {
		return nil, err
	}
	before, err := optionalSignature(cfg.Before)
	if err != nil {
		return nil, err
	}
	until, err := optionalSignature(cfg.Until)
	if err != nil {
		return nil, err
	}
	return a.signaturesOf(key, before, until, limit), nil
}

func optionalSignature(text *string) (*solana.Signature, error) {
	if text == nil {
		return nil, nil
	}
	sig, err := parseSignature(*text)
	return &sig, err
}

// signaturesOf lists signatures, newest first: those older than before, down to
// until.
func (a *API) signaturesOf(key solana.PublicKey, before, until *solana.Signature, limit int) []uiSignature {
	shown := []uiSignature{}
	skipping := before != nil
	for _, r := range a.Bank.Signatures(key, maxRecords) {
		switch {
		case skipping:
			skipping = r.Signature != *before
			continue
		case until != nil && r.Signature == *until, len(shown) == limit:
			return shown
		}
		shown = append(shown, uiSignature{r.Signature, r.Slot, r.Err, nil, r.BlockTime, "finalized"})
	}
	return shown
}

// maxRecords is more than any bank keeps for one key.
const maxRecords = 1 << 30
