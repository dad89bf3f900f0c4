package localnet_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
)

// node returns the chain's only node.
func (w world) node(t testing.TB) solana.PublicKey {
	t.Helper()
	got, err := w.client.GetIdentity(t.Context())
	require.NoError(t, err)
	require.False(t, got.Identity.IsZero())
	return got.Identity
}

func TestClusterOfOneNode(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		ctx, node := t.Context(), w.node(t)
		nodes, err := w.client.GetClusterNodes(ctx)
		require.NoError(t, err)
		version, features := "4.0.0", uint32(0)
		require.Equal(t, []*rpc.GetClusterNodesResult{{Pubkey: node, Version: &version, FeatureSet: &features}}, nodes)

		votes, err := w.client.GetVoteAccounts(ctx, &rpc.GetVoteAccountsOpts{Commitment: rpc.CommitmentConfirmed, VotePubkey: &node})
		require.NoError(t, err)
		require.Equal(t, &rpc.GetVoteAccountsResult{Current: []rpc.VoteAccountsResult{}, Delinquent: []rpc.VoteAccountsResult{}}, votes)

		samples, err := w.client.GetRecentPerformanceSamples(ctx, new(uint(720)))
		require.NoError(t, err)
		require.NotNil(t, samples, "[] and not null")
		require.Empty(t, samples)

		for _, latest := range []func() (uint64, error){
			func() (uint64, error) { return w.client.GetMaxRetransmitSlot(ctx) },
			func() (uint64, error) { return w.client.GetMaxShredInsertSlot(ctx) },
		} {
			slot, err := latest()
			require.NoError(t, err)
			require.Equal(t, w.slot(t), slot)
		}
		_, err = w.client.GetHighestSnapshotSlot(ctx)
		require.Equal(t, -32008, rpcError(t, err, nil).Code)
		require.Equal(t, "No snapshot", rpcError(t, err, nil).Message)
	}, frozenClock())
}

// The epoch schedule, the epoch's info and the Clock sysvar say the same.
func TestEpochs(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		schedule, err := w.client.GetEpochSchedule(t.Context())
		require.NoError(t, err)
		require.Equal(t, &rpc.GetEpochScheduleResult{
			SlotsPerEpoch: 432_000, LeaderScheduleSlotOffset: 432_000, Warmup: true, FirstNormalEpoch: 14, FirstNormalSlot: 524_256,
		}, schedule)
		for _, c := range []struct{ slot, epoch, index, length uint64 }{
			{31, 0, 31, 32},
			{32, 1, 0, 64},
			{96, 2, 0, 128},
			{524_255, 13, 262_143, 262_144},
			{524_256, 14, 0, 432_000},
			{524_256 + 432_001, 15, 1, 432_000},
		} {
			w.net.WarpSlots(c.slot - w.slot(t))
			got, err := w.client.GetEpochInfo(t.Context(), rpc.CommitmentConfirmed)
			require.NoError(t, err)
			require.Equal(t, c.epoch, got.Epoch, c.slot)
			require.Equal(t, c.index, got.SlotIndex, c.slot)
			require.Equal(t, c.length, got.SlotsInEpoch, c.slot)
		}
	}, frozenClock())
}

func TestLeaders(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		ctx, node, other := t.Context(), w.node(t), newKey(t).PublicKey()
		leader, err := w.client.GetSlotLeader(ctx, rpc.CommitmentConfirmed)
		require.NoError(t, err)
		require.Equal(t, node, leader)

		w.net.WarpSlots(40 - w.slot(t)) // epoch 1: slots 32 to 95; epoch 2 ends with slot 223
		for _, c := range []struct {
			start, limit uint64
			want         int
			err          string
		}{
			{0, 3, 3, ""},
			{40, 184, 184, ""},
			{1 << 60, 0, 0, ""},
			{40, 185, 0, "Invalid slot range: leader schedule for epoch 3 is unavailable"},
			{480, 1, 0, "Invalid slot range: leader schedule for epoch 4 is unavailable"},
			{40, 5001, 0, "Invalid limit; max 5000"},
		} {
			leaders, err := w.client.GetSlotLeaders(ctx, c.start, c.limit)
			if c.err != "" {
				require.Equal(t, -32602, rpcError(t, err, nil).Code)
				require.Equal(t, c.err, rpcError(t, err, nil).Message)
				continue
			}
			require.NoError(t, err)
			require.NotNil(t, leaders)
			require.Len(t, leaders, c.want)
			for _, leader := range leaders {
				require.Equal(t, node, leader)
			}
		}

		for _, c := range []struct {
			opts  *rpc.GetLeaderScheduleOpts
			slots int
		}{
			{nil, 64},
			{&rpc.GetLeaderScheduleOpts{Epoch: new(uint64(0))}, 32}, // a slot, despite its name
			{&rpc.GetLeaderScheduleOpts{Epoch: new(uint64(223))}, 128},
			{&rpc.GetLeaderScheduleOpts{Epoch: new(uint64(40)), Identity: &node}, 64},
			{&rpc.GetLeaderScheduleOpts{Identity: &node, Commitment: rpc.CommitmentConfirmed}, 64},
		} {
			schedule, err := w.client.GetLeaderScheduleWithOpts(ctx, c.opts)
			require.NoError(t, err)
			require.Len(t, schedule, 1)
			require.Len(t, schedule[node], c.slots)
			require.Equal(t, []uint64{0, 1, 2}, schedule[node][:3])
		}
		nobody, err := w.client.GetLeaderScheduleWithOpts(ctx, &rpc.GetLeaderScheduleOpts{Identity: &other})
		require.NoError(t, err)
		require.Empty(t, nobody)
		_, err = w.client.GetLeaderScheduleWithOpts(ctx, &rpc.GetLeaderScheduleOpts{Epoch: new(uint64(224))})
		require.ErrorIs(t, err, rpc.ErrNotFound, "not yet scheduled: null")
	}, frozenClock())
}

func TestBlockProduction(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		node, other := w.node(t), newKey(t).PublicKey()
		w.net.WarpSlots(40 - w.slot(t)) // epoch 1 started with slot 32
		for _, c := range []struct {
			opts        *rpc.GetBlockProductionOpts
			first, last uint64
			want        rpc.IdentityToSlotsBlocks
		}{
			{nil, 32, 40, rpc.IdentityToSlotsBlocks{node: {9, 9}}},
			{&rpc.GetBlockProductionOpts{Range: &rpc.SlotRangeRequest{FirstSlot: 38}}, 38, 40, rpc.IdentityToSlotsBlocks{node: {3, 3}}},
			{&rpc.GetBlockProductionOpts{Range: &rpc.SlotRangeRequest{FirstSlot: 5, LastSlot: new(uint64(5))}, Identity: &node}, 5, 5, rpc.IdentityToSlotsBlocks{node: {1, 1}}},
			{&rpc.GetBlockProductionOpts{Identity: &other}, 32, 40, rpc.IdentityToSlotsBlocks{}},
		} {
			got, err := w.client.GetBlockProductionWithOpts(t.Context(), c.opts)
			require.NoError(t, err)
			require.Equal(t, w.lasting(t), got.Context.Slot, "the slot that lasts")
			require.Equal(t, rpc.BlockProductionResult{ByIdentity: c.want, Range: rpc.SlotRangeResponse{FirstSlot: c.first, LastSlot: c.last}}, got.Value)
		}
	}, frozenClock())
}

func TestClusterMethodsRefuse(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		for _, c := range []struct {
			method string
			params []any
			text   string
		}{
			{"getBlockProduction", []any{rpc.M{"range": rpc.M{"firstSlot": 1, "lastSlot": 0}}}, "lastSlot, 0, cannot be less than firstSlot, 1"},
			{"getBlockProduction", []any{rpc.M{"range": rpc.M{"firstSlot": 1, "lastSlot": 9}}}, "lastSlot, 9, is too large; max 0"},
			{"getBlockProduction", []any{rpc.M{"range": rpc.M{}}}, "missing field `firstSlot`"},
			{"getBlockProduction", []any{rpc.M{"identity": "x"}}, "WrongSize"},
			{"getLeaderSchedule", []any{rpc.M{"identity": "x"}}, "WrongSize"},
			{"getLeaderSchedule", []any{rpc.M{}, rpc.M{}}, "parameters"},
			{"getLeaderSchedule", []any{-1}, "argument 0"},
			{"getSlotLeaders", []any{1}, "at least 2"},
			{"getVoteAccounts", []any{rpc.M{"votePubkey": "x"}}, "WrongSize"},
			{"getRecentPerformanceSamples", []any{721}, "Invalid limit; max 720"},
			{"getHighestSnapshotSlot", []any{1}, "No parameters"},
		} {
			_, err := w.call(t, c.method, c.params...)
			got := rpcError(t, err, nil)
			require.Equal(t, -32602, got.Code, "%s%v", c.method, c.params)
			require.Contains(t, got.Message, c.text, "%s%v", c.method, c.params)
		}
	}, frozenClock())
}
