package rpcapi

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// sendTransaction simulates (unless skipPreflight) and then processes the
// transaction before it answers. As on a real node, the answer is the signature
// even if the transaction failed after preflight; getSignatureStatuses has the
// outcome.
func (a *API) sendTransaction(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	cfg := struct {
		Encoding            string  `json:"encoding"`
		SkipPreflight       bool    `json:"skipPreflight"`
		PreflightCommitment *string `json:"preflightCommitment"`
		MaxRetries          *uint64 `json:"maxRetries"`
		MinContextSlot      *uint64 `json:"minContextSlot"`
	}{Encoding: "base58"}
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	wire, err := wireParam(p, cfg.Encoding)
	if err != nil {
		return nil, err
	}
	if err := a.check(contextConfig{cfg.PreflightCommitment, cfg.MinContextSlot}); err != nil {
		return nil, err
	}
	if !cfg.SkipPreflight {
		if err := preflight(a.Bank.Simulate(wire, svm.SimulateOptions{SigVerify: true})); err != nil {
			return nil, err
		}
	}
	res := a.Bank.Process(wire)
	if err := refusal(res); err != nil && res.Err.Kind != svm.ErrSignatureFailure.Kind {
		return nil, err
	}
	return res.Signature.String(), nil
}

func preflight(res svm.Result) error {
	if res.Err == nil {
		return nil
	}
	if err := refusal(res); err != nil {
		return err
	}
	return &jsonrpc.Error{
		Code:    codePreflightFailure,
		Message: fmt.Sprintf("Transaction simulation failed: %v", res.Err),
		Data:    outcome(res),
	}
}
