package localnet_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

const sol = solana.LAMPORTS_PER_SOL

// world is a fresh chain and a client of it.
type world struct {
	net    *localnet.Network
	client *rpc.Client
}

// overBoth runs a test twice: in process and over HTTP, each on its own chain.
func overBoth(t *testing.T, test func(t *testing.T, w world), opts ...localnet.Option) {
	t.Helper()
	opts = append([]localnet.Option{localnet.Empty()}, opts...)
	t.Run("in process", func(t *testing.T) {
		n := localnet.New(t, append(opts, localnet.InProcess())...)
		test(t, world{n, n.RPC()})
	})
	t.Run("over HTTP", func(t *testing.T) {
		n := localnet.New(t, opts...)
		client := rpc.New(n.URL())
		t.Cleanup(func() { _ = client.Close() })
		test(t, world{n, client})
	})
}

func newKey(t testing.TB) solana.PrivateKey {
	t.Helper()
	key, err := solana.NewRandomPrivateKey()
	require.NoError(t, err)
	return key
}

// wallet is a key with 10 SOL.
func (w world) wallet(t testing.TB) solana.PrivateKey {
	t.Helper()
	key := newKey(t)
	require.NoError(t, w.net.Fund(key.PublicKey(), 10*sol))
	return key
}

func (w world) balance(t testing.TB, key solana.PublicKey) uint64 {
	t.Helper()
	out, err := w.client.GetBalance(t.Context(), key, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	return out.Value
}

// sign returns a signed transaction on the latest blockhash.
func (w world) sign(t testing.TB, payer solana.PrivateKey, instructions ...solana.Instruction) *solana.Transaction {
	t.Helper()
	latest, err := w.client.GetLatestBlockhash(t.Context(), rpc.CommitmentFinalized)
	require.NoError(t, err)
	return signOn(t, latest.Value.Blockhash, payer, instructions...)
}

func signOn(t testing.TB, hash solana.Hash, payer solana.PrivateKey, instructions ...solana.Instruction) *solana.Transaction {
	t.Helper()
	tx, err := solana.NewTransaction(instructions, hash, solana.TransactionPayer(payer.PublicKey()))
	require.NoError(t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &payer })
	require.NoError(t, err)
	return tx
}

func transfer(from, to solana.PublicKey, lamports uint64) solana.Instruction {
	return system.NewTransferInstruction(lamports, from, to).Build()
}

// transferOf returns a signed transfer on the latest blockhash.
func (w world) transferOf(t testing.TB, from solana.PrivateKey, to solana.PublicKey, lamports uint64) *solana.Transaction {
	t.Helper()
	return w.sign(t, from, transfer(from.PublicKey(), to, lamports))
}

// rpcError returns the JSON-RPC error in err and decodes its data into data.
func rpcError(t testing.TB, err error, data any) *jsonrpc.RPCError {
	t.Helper()
	var e *jsonrpc.RPCError
	require.True(t, errors.As(err, &e), "not a JSON-RPC error: %v", err)
	if data != nil {
		raw, err := json.Marshal(e.Data)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, data))
	}
	return e
}

// call sends a request that solana-go has no method for.
func (w world) call(t testing.TB, method string, params ...any) (json.RawMessage, error) {
	t.Helper()
	var out json.RawMessage
	err := w.client.RPCCallForInto(t.Context(), &out, method, params)
	return out, err
}

func batchOf(methods ...string) jsonrpc.RPCRequests {
	var out jsonrpc.RPCRequests
	for _, method := range methods {
		out = append(out, jsonrpc.NewRequest(method))
	}
	return out
}
