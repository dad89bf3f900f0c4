package rpcapi

import (
	"context"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// getInflationGovernor: there is no inflation.
func (a *API) getInflationGovernor(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	return map[string]float64{
		"initial":        0,
		"terminal":       0,
		"taper":          0,
		"foundation":     0,
		"foundationTerm": 0,
	}, a.checkContext(p, 0)
}

type uiInflationRate struct {
	Total      float64 `json:"total"`
	Validator  float64 `json:"validator"`
	Foundation float64 `json:"foundation"`
	Epoch      uint64  `json:"epoch"`
}

func (a *API) getInflationRate(_ context.Context, p jsonrpc.Params) (any, error) {
	return uiInflationRate{Epoch: svm.EpochOf(a.Bank.Slot()).Number}, p.Count(0, 0)
}

// getInflationReward answers null for every address: nobody got a reward. An
// epoch that has not ended yet is an error, as on any chain.
func (a *API) getInflationReward(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var texts []string
	if err := p.Require(0, &texts); err != nil {
		return nil, err
	}
	if _, err := parseKeys(texts); err != nil {
		return nil, err
	}
	var cfg struct {
		contextConfig
		Epoch *uint64 `json:"epoch"`
	}
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	if err := atLeastConfirmed(cfg.Commitment); err != nil {
		return nil, err
	}
	if err := a.check(cfg.contextConfig); err != nil {
		return nil, err
	}
	return make([]any, len(texts)), a.checkEnded(cfg.Epoch)
}

// checkEnded refuses an epoch whose rewards are still to come; nil is the epoch
// before the current one.
func (a *API) checkEnded(epoch *uint64) error {
	now := svm.EpochOf(a.Bank.Slot()).Number
	asked := now - min(now, 1)
	if epoch != nil {
		asked = min(*epoch, math.MaxUint64-1)
	}
	if asked < now {
		return nil
	}
	return a.noBlock(svm.FirstSlot(asked + 1))
}

// minimumDelegation is the least stake in lamports that mainnet's stake program
// accepts.
const minimumDelegation = 1

func (a *API) getStakeMinimumDelegation(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	return a.respond(minimumDelegation), a.checkContext(p, 0)
}
