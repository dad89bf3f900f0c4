package localnet_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// BenchmarkSendAndConfirm measures transactions per second of one client that
// signs and sends a transfer (with preflight) and asks for its status.
func BenchmarkSendAndConfirm(b *testing.B) {
	b.Run("in process", func(b *testing.B) {
		n := localnet.New(b, localnet.Empty(), localnet.InProcess())
		sendAndConfirm(b, world{n, n.RPC()})
	})
	b.Run("over HTTP", func(b *testing.B) {
		n := localnet.New(b, localnet.Empty())
		client := rpc.New(n.URL())
		defer client.Close()
		sendAndConfirm(b, world{n, client})
	})
}

func sendAndConfirm(b *testing.B, w world) {
	from := w.wallet(b)
	for b.Loop() {
		tx := w.sign(b, from, transfer(from.PublicKey(), from.PublicKey(), 1))
		sig, err := w.client.SendTransaction(b.Context(), tx)
		require.NoError(b, err)
		status, err := w.client.GetSignatureStatuses(b.Context(), false, sig)
		require.NoError(b, err)
		require.NotNil(b, status.Value[0])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

// BenchmarkStart measures what a fresh chain per test costs.
func BenchmarkStart(b *testing.B) {
	for _, c := range []struct {
		name string
		opts []localnet.Option
	}{
		{"in process", []localnet.Option{localnet.InProcess()}},
		{"served", nil},
		{"empty, in process", []localnet.Option{localnet.Empty(), localnet.InProcess()}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				n, err := localnet.Start(c.opts...)
				require.NoError(b, err)
				require.NoError(b, n.Close())
			}
		})
	}
}

// BenchmarkGetProgramAccounts scans 10,000 accounts with a filter that matches
// one of them.
func BenchmarkGetProgramAccounts(b *testing.B) {
	n := localnet.New(b, localnet.Empty(), localnet.InProcess())
	w := world{n, n.RPC()}
	owner := newKey(b).PublicKey()
	data := make([]byte, 200)
	for i := range 10_000 {
		data[0], data[1] = byte(i), byte(i>>8)
		var key solana.PublicKey
		copy(key[:], data)
		require.NoError(b, n.SetAccount(key, localnet.Account{Lamports: sol, Data: data, Owner: owner}))
	}
	opts := &rpc.GetProgramAccountsOpts{Filters: []rpc.RPCFilter{{Memcmp: &rpc.RPCFilterMemcmp{Bytes: []byte{7, 7}}}}}
	for b.Loop() {
		found, err := w.client.GetProgramAccountsWithOpts(b.Context(), owner, opts)
		require.NoError(b, err)
		require.Len(b, found, 1)
	}
}
