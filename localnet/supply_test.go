package localnet_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestGetSupply(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		supply := func() *rpc.SupplyResult {
			got, err := w.client.GetSupplyWithOpts(t.Context(), &rpc.GetSupplyOpts{ExcludeNonCirculatingAccountsList: true})
			require.NoError(t, err)
			require.NotNil(t, got.Value.NonCirculatingAccounts, "[] and not null")
			require.Empty(t, got.Value.NonCirculatingAccounts)
			require.Zero(t, got.Value.NonCirculating)
			require.Equal(t, got.Value.Total, got.Value.Circulating)
			return got.Value
		}
		before := supply().Total
		require.Greater(t, before, 500_000_000*sol, "the faucet has so much")
		w.sent(t)
		require.Equal(t, before-2*5000, supply().Total, "transfers cost their fees, which nobody gets")
		require.NoError(t, w.net.SetAccount(newKey(t).PublicKey(), localnet.Account{Lamports: 7}))
		require.Equal(t, before-2*5000+7, supply().Total)
		require.NoError(t, w.net.SetAccount(newKey(t).PublicKey(), localnet.Account{Lamports: 1<<64 - 1}))
		require.Equal(t, uint64(1<<64-1), supply().Total, "no more than fits")
	})
}

func TestGetLargestAccounts(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		var rich []solana.PublicKey
		for i := range uint64(30) {
			rich = append(rich, newKey(t).PublicKey())
			require.NoError(t, w.net.SetAccount(rich[i], localnet.Account{Lamports: 1e18 + i}))
		}
		got, err := w.client.GetLargestAccounts(t.Context(), rpc.CommitmentConfirmed, rpc.LargestAccountsFilterCirculating)
		require.NoError(t, err)
		require.Len(t, got.Value, 20)
		for i, acc := range got.Value {
			require.Equal(t, rpc.LargestAccountsResult{Address: rich[29-i], Lamports: 1e18 + 29 - uint64(i)}, acc)
		}
		none, err := w.client.GetLargestAccounts(t.Context(), "", rpc.LargestAccountsFilterNonCirculating)
		require.NoError(t, err)
		require.NotNil(t, none.Value, "[] and not null")
		require.Empty(t, none.Value)
		_, err = w.client.GetLargestAccounts(t.Context(), "", "most")
		require.Contains(t, rpcError(t, err, nil).Message, "unknown variant `most`")
	})
}

func TestInflation(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		ctx, key := t.Context(), newKey(t).PublicKey()
		w.net.WarpSlots(100 - w.slot(t)) // in epoch 2, slots 96 to 223
		governor, err := w.client.GetInflationGovernor(ctx, rpc.CommitmentConfirmed)
		require.NoError(t, err)
		require.Equal(t, &rpc.GetInflationGovernorResult{}, governor)
		rate, err := w.client.GetInflationRate(ctx)
		require.NoError(t, err)
		require.Equal(t, &rpc.GetInflationRateResult{Epoch: 2}, rate)
		minimum, err := w.client.GetStakeMinimumDelegation(ctx, rpc.CommitmentConfirmed)
		require.NoError(t, err)
		require.Equal(t, uint64(1), minimum.Value)

		for _, c := range []struct {
			opts *rpc.GetInflationRewardOpts
			err  string
		}{
			{nil, ""},
			{&rpc.GetInflationRewardOpts{Epoch: new(uint64(0)), Commitment: rpc.CommitmentConfirmed}, ""},
			{&rpc.GetInflationRewardOpts{Epoch: new(uint64(2))}, "Block not available for slot 224"},
			{&rpc.GetInflationRewardOpts{Epoch: new(uint64(3))}, "Block not available for slot 480"},
			{&rpc.GetInflationRewardOpts{Epoch: new(uint64(1<<64 - 1))}, "Block not available for slot 18446744073709551615"},
		} {
			rewards, err := w.client.GetInflationReward(ctx, []solana.PublicKey{key, key}, c.opts)
			if c.err != "" {
				require.Equal(t, -32004, rpcError(t, err, nil).Code)
				require.Equal(t, c.err, rpcError(t, err, nil).Message)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, []*rpc.GetInflationRewardResult{nil, nil}, rewards, "one null per address")
		}
	}, frozenClock())
}

func TestNoRewardsInTheFirstEpoch(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		_, err := w.client.GetInflationReward(t.Context(), nil, nil)
		require.Equal(t, -32602, rpcError(t, err, nil).Code, "null are no addresses")
		_, err = w.client.GetInflationReward(t.Context(), []solana.PublicKey{}, nil)
		require.Equal(t, "Block not available for slot 32", rpcError(t, err, nil).Message)
		_, err = w.call(t, "getInflationReward", []string{"x"})
		require.Equal(t, -32602, rpcError(t, err, nil).Code)
		_, err = w.call(t, "getInflationReward", []string{}, rpc.M{"commitment": "processed"})
		require.Contains(t, rpcError(t, err, nil).Message, "below `confirmed`")
	}, frozenClock())
}
