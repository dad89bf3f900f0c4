package localnet_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestFork(t *testing.T) {
	n := localnet.New(t, localnet.InProcess(), frozenClock())
	w := world{n, n.RPC()}
	who, to := w.wallet(t), newKey(t).PublicKey()
	past := w.send(t, who, transfer(who.PublicKey(), to, sol))
	n.Warp(time.Hour)

	forked, err := n.Fork(frozenClock())
	require.NoError(t, err)
	t.Cleanup(func() { _ = forked.Close() })
	f := world{forked, rpc.New(forked.URL())}
	require.Equal(t, n.Now(), forked.Now())
	require.Equal(t, w.slot(t), f.slot(t))
	require.Equal(t, n.ProgramID(), forked.ProgramID())
	_, err = f.client.GetTransaction(t.Context(), past, nil)
	require.NoError(t, err)

	f.send(t, who, transfer(who.PublicKey(), to, sol))
	require.NoError(t, forked.Fund(to, sol))
	require.Equal(t, []uint64{sol, 3 * sol}, []uint64{w.balance(t, to), f.balance(t, to)})
	w.send(t, who, transfer(who.PublicKey(), to, 5*sol))
	require.Equal(t, []uint64{6 * sol, 3 * sol}, []uint64{w.balance(t, to), f.balance(t, to)})

	for _, opt := range []localnet.Option{localnet.WithLedger(t.TempDir()), localnet.WithPorts(-1, 0)} {
		_, err = n.Fork(opt)
		require.Error(t, err)
	}
}

func BenchmarkFork(b *testing.B) {
	n := localnet.New(b, localnet.InProcess())
	for range b.N {
		f, err := n.Fork(localnet.InProcess())
		require.NoError(b, err)
		require.NoError(b, f.Close())
	}
}

func TestAddIDL(t *testing.T) {
	n := localnet.New(t, localnet.InProcess(), localnet.Empty())
	program := newKey(t).PublicKey()
	require.ErrorContains(t, n.AddIDL(program, []byte("{")), "not JSON")
	require.NoError(t, n.AddIDL(program, []byte("{}")))
	acc, ok := n.Account(localnet.IDLAddress(program))
	require.True(t, ok)
	require.Equal(t, program, acc.Owner)
	require.NotEqual(t, solana.PublicKey{}, localnet.IDLAddress(program))
}
