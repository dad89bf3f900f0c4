package rpcapi

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

func (a *API) getIdentity(_ context.Context, p jsonrpc.Params) (any, error) {
	return map[string]solana.PublicKey{"identity": a.Identity}, p.Count(0, 0)
}

// uiNode is a node as gossip knows it. Here is no gossip, so the addresses are
// null, as for a node that does not publish them.
type uiNode struct {
	Pubkey          solana.PublicKey `json:"pubkey"`
	Gossip          *string          `json:"gossip"`
	TVU             *string          `json:"tvu"`
	TPU             *string          `json:"tpu"`
	TPUQUIC         *string          `json:"tpuQuic"`
	TPUForwards     *string          `json:"tpuForwards"`
	TPUForwardsQUIC *string          `json:"tpuForwardsQuic"`
	TPUVote         *string          `json:"tpuVote"`
	ServeRepair     *string          `json:"serveRepair"`
	RPC             *string          `json:"rpc"`
	PubSub          *string          `json:"pubsub"`
	Version         string           `json:"version"`
	FeatureSet      uint32           `json:"featureSet"`
	ShredVersion    uint16           `json:"shredVersion"`
}

func (a *API) getClusterNodes(_ context.Context, p jsonrpc.Params) (any, error) {
	return []uiNode{{Pubkey: a.Identity, Version: Version}}, p.Count(0, 0)
}

// getVoteAccounts lists nobody: nobody votes.
func (a *API) getVoteAccounts(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	var cfg struct {
		contextConfig
		Vote *string `json:"votePubkey"`
	}
	if err := p.Decode(0, &cfg); err != nil {
		return nil, err
	}
	if cfg.Vote != nil {
		if _, err := ParseKey(*cfg.Vote); err != nil {
			return nil, err
		}
	}
	return map[string][]any{"current": {}, "delinquent": {}}, a.check(cfg.contextConfig)
}

// maxSamples is how many performance samples one call may ask for.
const maxSamples = 720

// getRecentPerformanceSamples lists none: none are taken.
func (a *API) getRecentPerformanceSamples(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	var limit uint64
	if err := p.Decode(0, &limit); err != nil {
		return nil, err
	}
	if limit > maxSamples {
		return nil, jsonrpc.InvalidParams("Invalid limit; max %d", maxSamples)
	}
	return []any{}, nil
}

// getMaxSlot is the latest slot that the node got from others (shreds inserted)
// or passed on to them (retransmitted): alone, it has and gives all.
func (a *API) getMaxSlot(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.ended(), p.Count(0, 0)
}

func (a *API) getHighestSnapshotSlot(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 0); err != nil {
		return nil, err
	}
	return nil, &jsonrpc.Error{Code: codeNoSnapshot, Message: "No snapshot"}
}

type uiEpochSchedule struct {
	SlotsPerEpoch            uint64 `json:"slotsPerEpoch"`
	LeaderScheduleSlotOffset uint64 `json:"leaderScheduleSlotOffset"`
	Warmup                   bool   `json:"warmup"`
	FirstNormalEpoch         uint64 `json:"firstNormalEpoch"`
	FirstNormalSlot          uint64 `json:"firstNormalSlot"`
}

func (a *API) getEpochSchedule(_ context.Context, p jsonrpc.Params) (any, error) {
	return uiEpochSchedule(svm.Schedule()), p.Count(0, 0)
}
