package localnet_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/ws"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// live is a world with a WebSocket client.
type live struct {
	world
	ws   *ws.Client
	past solana.Signature // of an earlier transaction
}

func newLive(t *testing.T, opts ...localnet.Option) live {
	t.Helper()
	n := localnet.New(t, append([]localnet.Option{localnet.Empty()}, opts...)...)
	client, err := ws.Connect(t.Context(), n.WSURL())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	past, err := n.RPC().RequestAirdrop(t.Context(), newKey(t).PublicKey(), sol, "")
	require.NoError(t, err)
	return live{world{n, n.RPC()}, client, past}
}

// settle returns once the server has handled every request sent before: it
// answers in order, and immediately for a past transaction.
func (l live) settle(t testing.TB) {
	t.Helper()
	sub, err := l.ws.SignatureSubscribe(l.past, "")
	require.NoError(t, err)
	recv(t, sub.Recv)
}

// recv waits for a notification and fails the test after a timeout.
func recv[T any](t testing.TB, from func(context.Context) (T, error)) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := from(ctx)
	require.NoError(t, err)
	return got
}

func (l live) send(t testing.TB, tx *solana.Transaction) solana.Signature {
	t.Helper()
	sig, err := l.client.SendTransactionWithOpts(t.Context(), tx, rpc.TransactionOpts{SkipPreflight: true})
	require.NoError(t, err)
	return sig
}

func TestSignatureSubscribe(t *testing.T) {
	l := newLive(t)
	from, to := l.wallet(t), newKey(t).PublicKey()
	for _, c := range []struct {
		name     string
		lamports uint64
		err      any
	}{
		{"success", sol, nil},
		{"failure", 20 * sol, insufficientFunds},
	} {
		t.Run(c.name+", subscribed before", func(t *testing.T) {
			tx := l.transferOf(t, from, to, c.lamports)
			sub, err := l.ws.SignatureSubscribe(tx.Signatures[0], rpc.CommitmentConfirmed)
			require.NoError(t, err)
			l.settle(t)
			l.send(t, tx)
			got := recv(t, sub.Recv)
			require.Equal(t, c.err, got.Value.Err)
			require.NotZero(t, got.Context.Slot)
		})
		t.Run(c.name+", subscribed after", func(t *testing.T) {
			sig := l.send(t, l.transferOf(t, from, to, c.lamports))
			sub, err := l.ws.SignatureSubscribe(sig, rpc.CommitmentFinalized)
			require.NoError(t, err)
			require.Equal(t, c.err, recv(t, sub.Recv).Value.Err)
		})
	}
	t.Run("received notification", func(t *testing.T) {
		sig := l.send(t, l.transferOf(t, from, to, sol))
		sub, err := l.ws.SignatureSubscribeWithOpts(sig, &ws.SignatureSubscribeOpts{EnableReceivedNotification: true})
		require.NoError(t, err)
		require.True(t, recv(t, sub.Recv).ReceivedSignature)
		require.False(t, recv(t, sub.Recv).ReceivedSignature)
	})
}

func TestAccountSubscribe(t *testing.T) {
	l := newLive(t)
	from, to := l.wallet(t), newKey(t).PublicKey()
	sub, err := l.ws.AccountSubscribe(to, rpc.CommitmentFinalized)
	require.NoError(t, err)
	l.settle(t)

	l.send(t, l.transferOf(t, from, to, sol))
	got := recv(t, sub.Recv)
	require.Equal(t, sol, got.Value.Lamports)
	require.Equal(t, solana.SystemProgramID, got.Value.Owner)
	require.NotZero(t, got.Context.Slot)

	require.NoError(t, l.net.SetAccount(to, localnet.Account{Lamports: 5, Data: []byte("hello"), Owner: solana.TokenProgramID}))
	require.Equal(t, "hello", string(recv(t, sub.Recv).Value.Data.GetBinary()))

	before := l.net.Snapshot()
	require.NoError(t, l.net.SetAccount(to, localnet.Account{}))
	require.Zero(t, recv(t, sub.Recv).Value.Lamports, "it is gone")
	require.NoError(t, l.net.Restore(before))
	require.Equal(t, uint64(5), recv(t, sub.Recv).Value.Lamports, "it is back")
}

func TestProgramSubscribe(t *testing.T) {
	l := newLive(t)
	program := newKey(t).PublicKey()
	all, err := l.ws.ProgramSubscribe(program, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	zero, one := uint64(0), uint64(1)
	some, err := l.ws.ProgramSubscribeWithConfig(program, &ws.ProgramSubscribeOpts{
		Filters:   []rpc.RPCFilter{{DataSize: 3}, {Memcmp: &rpc.RPCFilterMemcmp{Offset: 1, Bytes: []byte("b")}}},
		DataSlice: &rpc.DataSlice{Offset: &zero, Length: &one},
	})
	require.NoError(t, err)
	l.settle(t)

	l.put(t, newKey(t).PublicKey(), []byte("abc")) // another program's
	first := l.put(t, program, []byte("axc"))
	second := l.put(t, program, []byte("abc"))

	require.Equal(t, first, recv(t, all.Recv).Value.Pubkey)
	got := recv(t, all.Recv)
	require.Equal(t, second, got.Value.Pubkey)
	require.Equal(t, "abc", string(got.Value.Account.Data.GetBinary()))
	filtered := recv(t, some.Recv)
	require.Equal(t, second, filtered.Value.Pubkey)
	require.Equal(t, "a", string(filtered.Value.Account.Data.GetBinary()))
}

func TestLogsSubscribe(t *testing.T) {
	l := newLive(t)
	from, to := l.wallet(t), newKey(t).PublicKey()
	all, err := l.ws.LogsSubscribe(ws.LogsSubscribeFilterAll, rpc.CommitmentFinalized)
	require.NoError(t, err)
	mentions, err := l.ws.LogsSubscribeMentions(to, "")
	require.NoError(t, err)
	l.settle(t)

	other := l.send(t, l.transferOf(t, from, newKey(t).PublicKey(), sol))
	failed := l.send(t, l.transferOf(t, from, to, 20*sol))

	got := recv(t, all.Recv)
	require.Equal(t, other, got.Value.Signature)
	require.Nil(t, got.Value.Err)
	for _, sub := range []*ws.LogSubscription{all, mentions} {
		got := recv(t, sub.Recv)
		require.Equal(t, failed, got.Value.Signature)
		require.NotNil(t, got.Value.Err)
		require.Equal(t, "Program 11111111111111111111111111111111 failed: custom program error: 0x1", got.Value.Logs[len(got.Value.Logs)-1])
	}
}

func TestSlotAndRootSubscribe(t *testing.T) {
	l := newLive(t, frozenClock())
	slots, err := l.ws.SlotSubscribe()
	require.NoError(t, err)
	roots, err := l.ws.RootSubscribe()
	require.NoError(t, err)
	l.settle(t)
	l.wallet(t)
	first := recv(t, slots.Recv)
	require.Equal(t, first.Slot, first.Root)
	require.Equal(t, first.Slot-1, first.Parent)
	require.Equal(t, first.Slot, uint64(*recv(t, roots.Recv)))
	l.wallet(t)
	require.Equal(t, first.Slot+1, recv(t, slots.Recv).Slot)
}

// A client that waits for a blockhash to expire sends nothing meanwhile.
func TestSlotsOfAnIdleChain(t *testing.T) {
	l := newLive(t, localnet.WithSlotTime(20*time.Millisecond))
	slots, err := l.ws.SlotSubscribe()
	require.NoError(t, err)
	last := uint64(0)
	for range 5 {
		got := recv(t, slots.Recv)
		require.Greater(t, got.Slot, last)
		last = got.Slot
	}
}

func TestSlotsOfAWarp(t *testing.T) {
	l := newLive(t, frozenClock())
	slots, err := l.ws.SlotSubscribe()
	require.NoError(t, err)
	l.settle(t)
	before, err := l.client.GetSlot(t.Context(), "")
	require.NoError(t, err)
	l.net.WarpSlots(151)
	require.Equal(t, before+151, recv(t, slots.Recv).Slot, "the last one that has ended")
	l.net.Warp(time.Minute)
	require.Equal(t, before+301, recv(t, slots.Recv).Slot)
}

func TestUnsubscribe(t *testing.T) {
	l := newLive(t)
	key := newKey(t).PublicKey()
	gone, err := l.ws.AccountSubscribe(key, "")
	require.NoError(t, err)
	stays, err := l.ws.AccountSubscribe(key, "")
	require.NoError(t, err)
	l.settle(t)
	gone.Unsubscribe()
	l.settle(t)
	require.NoError(t, l.net.Fund(key, sol))
	require.Equal(t, sol, recv(t, stays.Recv).Value.Lamports)
	_, err = gone.Recv(t.Context())
	require.Error(t, err)
}

// Many concurrent transactions: every subscriber is notified of each, in slot
// order.
func TestSubscribersMissNothing(t *testing.T) {
	l := newLive(t)
	const senders, each = 4, 25
	logs, err := l.ws.LogsSubscribe(ws.LogsSubscribeFilterAll, "")
	require.NoError(t, err)
	l.settle(t)
	var sending sync.WaitGroup
	defer sending.Wait()
	for range senders {
		from := l.wallet(t)
		var txs []*solana.Transaction
		for i := range each {
			txs = append(txs, l.transferOf(t, from, from.PublicKey(), uint64(i)))
		}
		sending.Go(func() {
			for _, tx := range txs {
				if _, err := l.client.SendTransaction(t.Context(), tx); err != nil {
					t.Errorf("send: %v", err)
				}
			}
		})
	}
	last := uint64(0)
	for range senders + senders*each { // the wallets' and the transfers
		got := recv(t, logs.Recv)
		require.Greater(t, got.Context.Slot, last)
		last = got.Context.Slot
	}
}
