package localnet_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// frozenClock stops the clock: only transactions and warps make slots.
func frozenClock() localnet.Option {
	at := time.Unix(1_700_000_000, 0)
	return localnet.WithClock(func() time.Time { return at })
}

func TestChainFacts(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		ctx := t.Context()
		health, err := w.client.GetHealth(ctx)
		require.NoError(t, err)
		require.Equal(t, "ok", health)

		version, err := w.client.GetVersion(ctx)
		require.NoError(t, err)
		require.Contains(t, version.SolanaCore, "test ledger")

		genesis, err := w.client.GetGenesisHash(ctx)
		require.NoError(t, err)
		require.False(t, genesis.IsZero())

		slot, err := w.client.GetSlot(ctx, rpc.CommitmentProcessed)
		require.NoError(t, err)
		require.Zero(t, slot, "the first slot lasts")

		epoch, err := w.client.GetEpochInfo(ctx, rpc.CommitmentFinalized)
		require.NoError(t, err)
		require.Equal(t, slot, epoch.AbsoluteSlot)

		fees, err := w.client.GetRecentPrioritizationFees(ctx, []solana.PublicKey{newKey(t).PublicKey()})
		require.NoError(t, err)
		require.Equal(t, []rpc.PriorizationFeeResult{{Slot: slot}}, fees)
	}, frozenClock())
}

func TestBlockhashes(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		ctx := t.Context()
		latest, err := w.client.GetLatestBlockhash(ctx, rpc.CommitmentFinalized)
		require.NoError(t, err)
		height, err := w.client.GetBlockHeight(ctx, rpc.CommitmentFinalized)
		require.NoError(t, err)
		require.Equal(t, height+150, latest.Value.LastValidBlockHeight)

		valid := func() bool {
			out, err := w.client.IsBlockhashValid(ctx, latest.Value.Blockhash, rpc.CommitmentProcessed)
			require.NoError(t, err)
			return out.Value
		}
		require.True(t, valid())
		w.net.WarpSlots(150)
		require.True(t, valid())
		w.net.WarpSlots(1)
		require.False(t, valid())

		unknown, err := w.client.IsBlockhashValid(ctx, solana.Hash{1}, "")
		require.NoError(t, err)
		require.False(t, unknown.Value)
	}, frozenClock())
}

func TestWarpMovesClockAndSlots(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		before, slot := w.net.Now(), w.slot(t)
		w.net.Warp(time.Minute)
		require.Equal(t, before.Add(time.Minute), w.net.Now())
		require.Equal(t, slot+150, w.slot(t), "a slot is 400 ms")
		w.net.Warp(-time.Hour)
		require.Equal(t, before.Add(time.Minute-time.Hour), w.net.Now())
		require.Equal(t, slot+150, w.slot(t), "slots never go back")
	}, frozenClock())
}

func TestSlotTime(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		slot := w.slot(t)
		w.net.Warp(time.Hour)
		require.Equal(t, slot, w.slot(t), "only transactions make slots")
		w.wallet(t)
		require.Equal(t, slot+1, w.slot(t))
	}, frozenClock(), localnet.WithSlotTime(-1))
}

func (w world) slot(t testing.TB) uint64 {
	t.Helper()
	slot, err := w.client.GetSlot(t.Context(), rpc.CommitmentFinalized)
	require.NoError(t, err)
	return slot
}

func TestCommitments(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		for _, level := range []rpc.CommitmentType{rpc.CommitmentProcessed, rpc.CommitmentConfirmed, rpc.CommitmentFinalized} {
			_, err := w.client.GetSlot(t.Context(), level)
			require.NoError(t, err)
		}
		_, err := w.client.GetSlot(t.Context(), "someday")
		require.Equal(t, -32602, rpcError(t, err, nil).Code)
		_, err = w.call(t, "getSlott")
		require.Equal(t, -32601, rpcError(t, err, nil).Code)
	})
}

// lasting is the slot of the next transaction.
func (w world) lasting(t testing.TB) uint64 { return w.slot(t) + 1 }
