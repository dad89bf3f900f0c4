package localnet_test

import (
	"encoding/json"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/ws"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestBlockSubscribe(t *testing.T) {
	l := newLive(t, frozenClock())
	from, to, zero := l.wallet(t), newKey(t).PublicKey(), uint64(0)
	opts := &ws.BlockSubscribeOpts{MaxSupportedTransactionVersion: &zero, TransactionDetails: rpc.TransactionDetailsSignatures}
	all, err := l.ws.BlockSubscribe(ws.NewBlockSubscribeFilterAll(), opts)
	require.NoError(t, err)
	some, err := l.ws.BlockSubscribe(ws.NewBlockSubscribeFilterMentionsAccountOrProgram(to), opts)
	require.NoError(t, err)
	l.settle(t)

	slot := l.lasting(t)
	other := l.send(t, l.transferOf(t, from, newKey(t).PublicKey(), sol))
	mine := l.send(t, l.transferOf(t, from, to, sol))
	l.net.WarpSlots(20)

	first := recv(t, all.Recv)
	require.Equal(t, slot, first.Context.Slot)
	require.Equal(t, slot, first.Value.Slot)
	require.Nil(t, first.Value.Err)
	require.Equal(t, []solana.Signature{other}, first.Value.Block.Signatures)
	require.Equal(t, slot-1, first.Value.Block.ParentSlot)
	require.Equal(t, []solana.Signature{mine}, recv(t, all.Recv).Value.Block.Signatures)
	require.Equal(t, slot+21, recv(t, all.Recv).Value.Slot, "an empty block stands for twenty")

	require.Equal(t, []solana.Signature{mine}, recv(t, some.Recv).Value.Block.Signatures, "no others")
	sig := l.send(t, l.transferOf(t, from, to, sol))
	require.Equal(t, []solana.Signature{sig}, recv(t, some.Recv).Value.Block.Signatures, "no empty blocks")
}

// What getBlock refuses with an error is in the notification.
func TestBlockOfAnUnknownVersion(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), frozenClock())
	w := world{n, n.RPC()}
	s := dial(t, n)
	s.write(t, `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":["all"]}`)
	require.JSONEq(t, `{"jsonrpc":"2.0","result":1,"id":1}`, s.read(t))
	from, to := w.wallet(t), newKey(t).PublicKey()
	table := w.lookupTable(t, to)
	latest, err := w.client.GetLatestBlockhash(t.Context(), "")
	require.NoError(t, err)
	tx, err := solana.NewTransaction([]solana.Instruction{transfer(from.PublicKey(), to, sol)}, latest.Value.Blockhash,
		solana.TransactionPayer(from.PublicKey()), solana.TransactionAddressTables(map[solana.PublicKey]solana.PublicKeySlice{table: {to}}))
	require.NoError(t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from })
	require.NoError(t, err)
	_, err = w.client.SendTransaction(t.Context(), tx)
	require.NoError(t, err)

	var empty, got struct {
		Params struct {
			Result struct {
				Value struct {
					Block, Err json.RawMessage
				}
			}
		}
	}
	s.read(t) // the transaction of the faucet
	require.NoError(t, json.Unmarshal([]byte(s.read(t)), &empty), "the slot that made the table usable")
	require.Equal(t, "null", string(empty.Params.Result.Value.Err))
	require.NoError(t, json.Unmarshal([]byte(s.read(t)), &got))
	require.JSONEq(t, `{"UnsupportedTransactionVersion":0}`, string(got.Params.Result.Value.Err))
	require.Equal(t, "null", string(got.Params.Result.Value.Block))
	s.write(t, `{"jsonrpc":"2.0","id":2,"method":"blockUnsubscribe","params":[1]}`)
	require.JSONEq(t, `{"jsonrpc":"2.0","result":true,"id":2}`, s.read(t))
}
