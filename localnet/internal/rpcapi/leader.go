package rpcapi

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// maxSlotLeaders is how many leaders one call may ask for.
const maxSlotLeaders = 5_000

func (a *API) getSlotLeader(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	return a.Identity, a.checkContext(p, 0)
}

// lastScheduled returns the last slot whose leader is known: a schedule is made
// one epoch ahead.
func (a *API) lastScheduled() uint64 {
	now := svm.EpochOf(a.Bank.Slot())
	next := svm.EpochOf(now.First + now.Slots)
	return next.First + next.Slots - 1
}

func (a *API) getSlotLeaders(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(2, 2); err != nil {
		return nil, err
	}
	start, limit, err := startAndLimit(p)
	if err != nil {
		return nil, err
	}
	if limit > maxSlotLeaders {
		return nil, jsonrpc.InvalidParams("Invalid limit; max %d", maxSlotLeaders)
	}
	if last := a.lastScheduled(); limit > 0 && (start > last || limit-1 > last-start) {
		epoch := svm.EpochOf(max(start, last+1)).Number
		return nil, jsonrpc.InvalidParams("Invalid slot range: leader schedule for epoch %d is unavailable", epoch)
	}
	leaders := make([]solana.PublicKey, limit)
	for i := range leaders {
		leaders[i] = a.Identity
	}
	return leaders, nil
}

// getLeaderSchedule returns the slots of every leader, counted from the epoch's
// first; null if the epoch has no schedule yet.
func (a *API) getLeaderSchedule(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 2); err != nil {
		return nil, err
	}
	slot, config := a.Bank.Slot(), 1
	if isObject(p, 0) {
		config = 0
		if err := p.Count(0, 1); err != nil {
			return nil, err
		}
	} else if err := p.Decode(0, &slot); err != nil {
		return nil, err
	}
	asked, err := a.identityConfig(p, config)
	if err != nil {
		return nil, err
	}
	if slot > a.lastScheduled() {
		return nil, nil
	}
	schedule := map[string][]uint64{}
	if asked {
		schedule[a.Identity.String()] = upTo(svm.EpochOf(slot).Slots)
	}
	return schedule, nil
}

func upTo(n uint64) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i)
	}
	return list
}

// identityConfig reads a configuration object that may name a validator, and
// reports whether the answer includes this node.
func (a *API) identityConfig(p jsonrpc.Params, i int) (bool, error) {
	var cfg struct {
		contextConfig
		Identity *string `json:"identity"`
	}
	if err := p.Decode(i, &cfg); err != nil {
		return false, err
	}
	if err := a.check(cfg.contextConfig); err != nil || cfg.Identity == nil {
		return true, err
	}
	key, err := ParseKey(*cfg.Identity)
	return key == a.Identity, err
}

type slotRange struct {
	First uint64 `json:"firstSlot"`
	Last  uint64 `json:"lastSlot"`
}

// getBlockProduction counts slots and blocks: those slots less the skipped ones.
func (a *API) getBlockProduction(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(0, 1); err != nil {
		return nil, err
	}
	asked, err := a.identityConfig(p, 0)
	if err != nil {
		return nil, err
	}
	in, err := productionRange(p, a.ended())
	if err != nil {
		return nil, err
	}
	produced := map[string][2]uint64{}
	if n := in.Last - in.First + 1; asked {
		produced[a.Identity.String()] = [2]uint64{n, n - a.Bank.Skipped(in.First, in.Last)}
	}
	return a.respond(map[string]any{"byIdentity": produced, "range": in}), nil
}

// productionRange reads the range of slots in argument 0; the default is the
// current epoch up to now.
func productionRange(p jsonrpc.Params, now uint64) (in slotRange, err error) {
	var cfg struct {
		Range *struct {
			First *uint64 `json:"firstSlot"`
			Last  *uint64 `json:"lastSlot"`
		} `json:"range"`
	}
	in = slotRange{svm.EpochOf(now).First, now}
	if err := p.Decode(0, &cfg); err != nil || cfg.Range == nil {
		return in, err
	}
	if cfg.Range.First == nil {
		return in, jsonrpc.InvalidParams("Invalid params: missing field `firstSlot`")
	}
	in.First = *cfg.Range.First
	if cfg.Range.Last != nil {
		in.Last = *cfg.Range.Last
	}
	switch {
	case in.Last < in.First:
		err = jsonrpc.InvalidParams("lastSlot, %d, cannot be less than firstSlot, %d", in.Last, in.First)
	case in.Last > now:
		err = jsonrpc.InvalidParams("lastSlot, %d, is too large; max %d", in.Last, now)
	}
	return in, err
}
