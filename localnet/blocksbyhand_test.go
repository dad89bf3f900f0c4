package localnet_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// Nothing ends a slot of such a chain but a call.
var byHand = []localnet.Option{localnet.WithSlotTransactions(-1), localnet.WithSlotTime(-1)}

func TestBlocksByHand(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, slot := w.wallet(t), w.lasting(t)
		var sent []solana.Signature
		for i := range 3 {
			sig, err := w.client.SendTransaction(t.Context(), w.transferOf(t, from, newKey(t).PublicKey(), sol+uint64(i)))
			require.NoError(t, err)
			sent = append(sent, sig)
		}
		_, err := w.client.GetBlock(t.Context(), slot)
		require.Equal(t, -32004, rpcError(t, err, nil).Code, "it may get more")
		require.Equal(t, slot, w.net.ProduceBlock())
		require.Equal(t, slot+1, w.net.ProduceBlock())

		block, err := w.client.GetBlockWithOpts(t.Context(), slot, &rpc.GetBlockOpts{TransactionDetails: rpc.TransactionDetailsSignatures})
		require.NoError(t, err)
		require.Equal(t, sent, block.Signatures[1:], "after the airdrop of the wallet")
		block, err = w.client.GetBlock(t.Context(), slot+1)
		require.NoError(t, err)
		require.Empty(t, block.Transactions)
	}, byHand...)
}

// Equal airdrops in one slot are two, as in two slots.
func TestAirdropsInOneSlot(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		to := newKey(t).PublicKey()
		for range 3 {
			_, err := w.client.RequestAirdrop(t.Context(), to, sol, "")
			require.NoError(t, err)
		}
		require.Equal(t, 3*sol, w.balance(t, to))
	}, byHand...)
}

func TestSlotTransactions(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.InProcess(), localnet.WithSlotTransactions(2), localnet.WithSlotTime(-1))
	w := world{n, n.RPC()}
	slot := w.lasting(t)
	for _, want := range []uint64{slot, slot + 1, slot + 1, slot + 2} {
		require.NoError(t, n.Fund(newKey(t).PublicKey(), sol))
		require.Equal(t, want, w.lasting(t))
	}
}

// The timer ends slots of many transactions, too.
func TestSlotsByTimer(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	n := localnet.New(t, localnet.Empty(), localnet.InProcess(), localnet.WithSlotTransactions(-1), localnet.WithClock(func() time.Time { return now }))
	w := world{n, n.RPC()}
	w.wallet(t)
	w.wallet(t)
	slot := w.lasting(t)
	now = now.Add(400 * time.Millisecond)
	block, err := w.client.GetBlock(t.Context(), slot)
	require.NoError(t, err)
	require.Len(t, block.Transactions, 2)
}

func TestSkippedSlots(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		w.net.WarpSlots(4 - w.lasting(t))
		w.net.SkipSlots(3) // after the block of slot 4: 5, 6, 7
		w.skips5to7(t)
		w.net.Restore(w.net.Snapshot())
		w.skips5to7(t)
	}, byHand...)
}

// current is the slot of the next transaction, which may be more than one after the last
// block's.
func (w world) current(t testing.TB) uint64 {
	t.Helper()
	latest, err := w.client.GetLatestBlockhash(t.Context(), "")
	require.NoError(t, err)
	return latest.Context.Slot
}

// skips5to7 checks the answers about a chain whose slots 5, 6 and 7 are skipped, and
// makes the block of slot 8 if it is not there.
func (w world) skips5to7(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	if w.current(t) == 8 {
		slot, err := w.client.GetSlot(ctx, "")
		require.NoError(t, err)
		require.Equal(t, uint64(4), slot, "the last one with a block")
		w.net.ProduceBlock()
	}
	for _, slot := range []uint64{5, 6, 7} {
		_, err := w.client.GetBlock(ctx, slot)
		require.Equal(t, -32007, rpcError(t, err, nil).Code)
		require.Contains(t, err.Error(), "was skipped, or missing due to ledger jump to recent snapshot")
		_, err = w.client.GetBlockTime(ctx, slot)
		require.Equal(t, -32007, rpcError(t, err, nil).Code)
	}
	before, err := w.client.GetBlock(ctx, 4)
	require.NoError(t, err)
	after, err := w.client.GetBlock(ctx, 8)
	require.NoError(t, err)
	require.Equal(t, uint64(4), after.ParentSlot)
	require.Equal(t, before.Blockhash, after.PreviousBlockhash)
	require.Equal(t, *before.BlockHeight+1, *after.BlockHeight)

	last := uint64(8)
	blocks, err := w.client.GetBlocks(ctx, 3, &last, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	require.Equal(t, rpc.BlocksResult{3, 4, 8}, blocks)
	for start, want := range map[uint64]rpc.BlocksResult{3: {3, 4, 8}, 4: {4, 8}, 6: {8}} {
		limited, err := w.client.GetBlocksWithLimit(ctx, start, 3, rpc.CommitmentConfirmed)
		require.NoError(t, err)
		require.Equal(t, want, *limited)
	}

	node := w.node(t)
	for _, c := range []struct{ first, last, blocks int64 }{{3, 8, 3}, {4, 6, 1}, {5, 7, 0}, {8, 8, 1}} {
		first, last := uint64(c.first), uint64(c.last)
		got, err := w.client.GetBlockProductionWithOpts(ctx, &rpc.GetBlockProductionOpts{Range: &rpc.SlotRangeRequest{FirstSlot: first, LastSlot: &last}})
		require.NoError(t, err)
		require.Equal(t, rpc.IdentityToSlotsBlocks{node: {c.last - c.first + 1, c.blocks}}, got.Value.ByIdentity)
	}
	leaders, err := w.client.GetSlotLeaders(ctx, 4, 5)
	require.NoError(t, err)
	require.Equal(t, []solana.PublicKey{node, node, node, node, node}, leaders, "who led them, though they have no block")
	height, err := w.client.GetBlockHeight(ctx, "")
	require.NoError(t, err)
	require.Equal(t, w.current(t)-3, height)
}

// A blockhash is good for 150 blocks, however many slots are between them.
func TestBlockhashesOfSkippedSlots(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from := w.wallet(t)
		latest, err := w.client.GetLatestBlockhash(t.Context(), "")
		require.NoError(t, err)
		tx := signOn(t, latest.Value.Blockhash, from, transfer(from.PublicKey(), newKey(t).PublicKey(), sol))
		for range 150 {
			w.net.SkipSlots(10)
		}
		height, err := w.client.GetBlockHeight(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, latest.Value.LastValidBlockHeight, height)
		_, err = w.client.SendTransaction(t.Context(), tx)
		require.NoError(t, err)
		w.net.ProduceBlock()
		valid, err := w.client.IsBlockhashValid(t.Context(), latest.Value.Blockhash, "")
		require.NoError(t, err)
		require.False(t, valid.Value)
	}, byHand...)
}

// Skipped slots stay skipped in a chain that is kept, from its changes or its state.
func TestSkippedSlotsAreKept(t *testing.T) {
	opts := append([]localnet.Option{localnet.Empty(), localnet.InProcess(), localnet.WithLedger(t.TempDir())}, byHand...)
	for start := range 3 {
		n, err := localnet.Start(opts...)
		require.NoError(t, err)
		w := world{n, n.RPC()}
		if start == 0 {
			n.WarpSlots(4 - w.lasting(t))
			n.SkipSlots(3)
		}
		w.skips5to7(t)
		require.NoError(t, n.Close())
	}
}

func TestSlotSubscribeOfSkippedSlots(t *testing.T) {
	l := newLive(t, byHand...)
	sub, err := l.ws.SlotSubscribe()
	require.NoError(t, err)
	l.settle(t)
	slot := l.lasting(t)
	l.net.SkipSlots(5)
	first := recv(t, sub.Recv)
	require.Equal(t, slot, first.Slot)
	l.net.ProduceBlock()
	second := recv(t, sub.Recv)
	require.Equal(t, slot+6, second.Slot)
	require.Equal(t, slot, second.Parent)
}
