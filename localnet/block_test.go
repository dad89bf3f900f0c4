package localnet_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
)

// sent makes a transfer and returns it with the slot that it is in.
func (w world) sent(t testing.TB) (*solana.Transaction, uint64) {
	t.Helper()
	tx, slot := w.transferOf(t, w.wallet(t), newKey(t).PublicKey(), sol), w.lasting(t)
	_, err := w.client.SendTransaction(t.Context(), tx)
	require.NoError(t, err)
	return tx, slot
}

func TestGetBlock(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		tx, slot := w.sent(t)
		for _, encoding := range []solana.EncodingType{"", solana.EncodingJSON, solana.EncodingBase58, solana.EncodingBase64} {
			got, err := w.client.GetBlockWithOpts(t.Context(), slot, &rpc.GetBlockOpts{Encoding: encoding})
			require.NoError(t, err, encoding)
			require.Equal(t, slot-1, got.ParentSlot)
			require.Equal(t, slot, *got.BlockHeight)
			require.Equal(t, int64(1_700_000_000), int64(*got.BlockTime))
			require.Equal(t, tx.Message.RecentBlockhash, got.Blockhash, "the hash that the slot had while it lasted")
			require.NotNil(t, got.Rewards)
			require.Empty(t, got.Rewards)
			require.Nil(t, got.Signatures)
			require.Len(t, got.Transactions, 1)
			back, err := got.Transactions[0].GetTransaction()
			require.NoError(t, err, encoding)
			require.Equal(t, tx.Signatures, back.Signatures)
			require.Equal(t, uint64(5000), got.Transactions[0].Meta.Fee)

			parent, err := w.client.GetBlock(t.Context(), slot-1)
			require.NoError(t, err)
			require.Equal(t, parent.Blockhash, got.PreviousBlockhash)
		}
		parsed, err := w.client.GetParsedBlockWithOpts(t.Context(), slot, nil)
		require.NoError(t, err)
		require.Equal(t, tx.Signatures, parsed.Transactions[0].Transaction.Signatures)
	}, frozenClock())
}

func TestBlockDetails(t *testing.T) {
	common := []string{"previousBlockhash", "blockhash", "parentSlot", "blockTime", "blockHeight"}
	overBoth(t, func(t *testing.T, w world) {
		tx, slot := w.sent(t)
		for _, c := range []struct {
			config any
			more   []string
		}{
			{nil, []string{"rewards", "transactions"}},
			{"base64", []string{"rewards", "transactions"}},
			{rpc.M{"transactionDetails": "full", "rewards": false}, []string{"transactions"}},
			{rpc.M{"transactionDetails": "accounts"}, []string{"rewards", "transactions"}},
			{rpc.M{"transactionDetails": "signatures"}, []string{"rewards", "signatures"}},
			{rpc.M{"transactionDetails": "none", "rewards": false}, nil},
		} {
			raw, err := w.call(t, "getBlock", slot, c.config)
			require.NoError(t, err, c.config)
			require.ElementsMatch(t, append(c.more, common...), membersOf(t, raw), c.config)
		}

		none, err := w.client.GetBlockWithOpts(t.Context(), slot, &rpc.GetBlockOpts{TransactionDetails: rpc.TransactionDetailsSignatures})
		require.NoError(t, err)
		require.Equal(t, tx.Signatures, none.Signatures)

		raw, err := w.call(t, "getBlock", slot, rpc.M{"transactionDetails": "accounts", "maxSupportedTransactionVersion": 0})
		require.NoError(t, err)
		var block struct{ Transactions []json.RawMessage }
		require.NoError(t, json.Unmarshal(raw, &block))
		from, to := tx.Message.AccountKeys[0].String(), tx.Message.AccountKeys[1].String()
		require.JSONEq(t, `{"version":"legacy","transaction":{"signatures":["`+tx.Signatures[0].String()+`"],"accountKeys":[
			{"pubkey":"`+from+`","signer":true,"writable":true,"source":"transaction"},
			{"pubkey":"`+to+`","signer":false,"writable":true,"source":"transaction"},
			{"pubkey":"11111111111111111111111111111111","signer":false,"writable":false,"source":"transaction"}]},
			"meta":{"err":null,"status":{"Ok":null},"fee":5000,"preBalances":[10000000000,0,1],
			"postBalances":[8999995000,1000000000,1],"preTokenBalances":[],"postTokenBalances":[]}}`, string(block.Transactions[0]))
	}, frozenClock())
}

func membersOf(t testing.TB, raw json.RawMessage) (names []string) {
	t.Helper()
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &m))
	for name := range m {
		names = append(names, name)
	}
	return names
}

func TestSlotsWithoutBlocks(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		w.net.WarpSlots(10)
		now := w.lasting(t)
		for _, c := range []struct {
			method string
			params []any
			code   int
			text   string
		}{
			{"getBlock", []any{0}, -32001, "Block 0 cleaned up, does not exist on node. First available block: 1"},
			{"getBlockTime", []any{0}, -32001, "Block 0 cleaned up, does not exist on node. First available block: 1"},
			{"getBlock", []any{now}, -32004, "Block not available for slot"}, // it may still get transactions
			{"getBlock", []any{now + 1}, -32004, "Block not available for slot"},
			{"getBlockTime", []any{now + 1}, -32004, "Block not available for slot"},
			{"getBlock", []any{-1}, -32602, "argument 0"},
			{"getBlock", []any{1, "hex"}, -32602, "unknown variant `hex`"},
			{"getBlock", []any{1, rpc.M{"encoding": "hex"}}, -32602, "unknown variant `hex`"},
			{"getBlock", []any{1, rpc.M{"transactionDetails": "most"}}, -32602, "unknown variant `most`"},
			{"getBlock", []any{1, rpc.M{"commitment": "processed"}}, -32602, "below `confirmed`"},
			{"getBlockTime", []any{"x"}, -32602, "argument 0"},
		} {
			_, err := w.call(t, c.method, c.params...)
			got := rpcError(t, err, nil)
			require.Equal(t, c.code, got.Code, "%s%v", c.method, c.params)
			require.Contains(t, got.Message, c.text, "%s%v", c.method, c.params)
		}
	}, frozenClock())
}

func TestVersionedTransactionsInBlocks(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from := w.wallet(t)
		tx, slot := w.transferOf(t, from, newKey(t).PublicKey(), sol), w.lasting(t)
		tx.Message.SetVersion(solana.MessageVersionV0)
		_, err := tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from })
		require.NoError(t, err)
		_, err = w.client.SendTransaction(t.Context(), tx)
		require.NoError(t, err)

		_, err = w.client.GetBlock(t.Context(), slot)
		require.Equal(t, -32015, rpcError(t, err, nil).Code)
		got, err := w.client.GetBlockWithOpts(t.Context(), slot, &rpc.GetBlockOpts{MaxSupportedTransactionVersion: new(uint64(0))})
		require.NoError(t, err)
		require.Equal(t, rpc.TransactionVersion(0), got.Transactions[0].Version)
	}, frozenClock())
}

func TestBlockTimes(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		start, first := w.net.Now().Unix(), w.lasting(t)
		w.net.Warp(time.Hour)
		_, sent := w.sent(t)
		for _, c := range []struct {
			slot   uint64
			second int64
		}{
			{first, 0}, // lasted 400 ms
			{first + 1, 0},
			{first + 2, 1},
			{first + 749, 300},
			{sent, 3600},
			{w.lasting(t), 3600}, // lasts: the chain's time
		} {
			got, err := w.client.GetBlockTime(t.Context(), c.slot)
			require.NoError(t, err)
			require.Equal(t, start+c.second, int64(*got), c.slot)
		}
	}, frozenClock())
}

func TestBlockRanges(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		w.net.WarpSlots(10 - w.lasting(t)) // blocks 1 to 9
		for _, c := range []struct {
			method string
			params []any
			want   []uint64
		}{
			{"getBlocks", []any{6}, []uint64{6, 7, 8, 9}},
			{"getBlocks", []any{6, nil}, []uint64{6, 7, 8, 9}},
			{"getBlocks", []any{6, 7}, []uint64{6, 7}},
			{"getBlocks", []any{0, 2}, []uint64{1, 2}},
			{"getBlocks", []any{9, 1 << 40}, []uint64{9}},
			{"getBlocks", []any{7, 6}, []uint64{}},
			{"getBlocks", []any{10}, []uint64{}},
			{"getBlocks", []any{8, rpc.M{"commitment": "confirmed"}}, []uint64{8, 9}},
			{"getBlocks", []any{8, 8, rpc.M{"commitment": "confirmed"}}, []uint64{8}},
			{"getBlocks", []any{8, nil, rpc.M{"commitment": "finalized"}}, []uint64{8, 9}},
			{"getBlocksWithLimit", []any{6, 2}, []uint64{6, 7}},
			{"getBlocksWithLimit", []any{0, 2}, []uint64{1, 2}},
			{"getBlocksWithLimit", []any{8, 500_000}, []uint64{8, 9}},
			{"getBlocksWithLimit", []any{6, 0}, []uint64{}},
			{"getBlocksWithLimit", []any{10, 3}, []uint64{}},
		} {
			raw, err := w.call(t, c.method, c.params...)
			require.NoError(t, err, "%s%v", c.method, c.params)
			var got []uint64
			require.NoError(t, json.Unmarshal(raw, &got))
			require.Equal(t, c.want, got, "%s%v", c.method, c.params)
		}
		for _, first := range []func() (uint64, error){
			func() (uint64, error) { return w.client.GetFirstAvailableBlock(t.Context()) },
			func() (uint64, error) { return w.client.MinimumLedgerSlot(t.Context()) },
		} {
			slot, err := first()
			require.NoError(t, err)
			require.Equal(t, uint64(1), slot)
		}
		last := uint64(7)
		blocks, err := w.client.GetBlocks(t.Context(), 6, &last, rpc.CommitmentConfirmed)
		require.NoError(t, err)
		require.Equal(t, rpc.BlocksResult{6, 7}, blocks)
		limited, err := w.client.GetBlocksWithLimit(t.Context(), 6, 1, rpc.CommitmentConfirmed)
		require.NoError(t, err)
		require.Equal(t, rpc.BlocksResult{6}, *limited)
	}, frozenClock())
}

func TestBlockRangesAreBounded(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		w.net.WarpSlots(600_000)
		for _, c := range []struct {
			method string
			params []any
			text   string
		}{
			{"getBlocks", []any{1, 500_002}, "Slot range too large; max 500000"},
			{"getBlocks", []any{1, 2, nil, nil}, "parameters"},
			{"getBlocks", []any{1, rpc.M{}, rpc.M{}}, "parameters"},
			{"getBlocks", []any{1, rpc.M{"commitment": "processed"}}, "below `confirmed`"},
			{"getBlocks", []any{1, "x"}, "argument 1"},
			{"getBlocksWithLimit", []any{1}, "at least 2"},
			{"getBlocksWithLimit", []any{1, 500_001}, "Limit too large; max 500000"},
			{"getBlocksWithLimit", []any{1, 2, rpc.M{"commitment": "processed"}}, "below `confirmed`"},
		} {
			_, err := w.call(t, c.method, c.params...)
			got := rpcError(t, err, nil)
			require.Equal(t, -32602, got.Code, "%s%v", c.method, c.params)
			require.Contains(t, got.Message, c.text, "%s%v", c.method, c.params)
		}
		blocks, err := w.client.GetBlocks(t.Context(), 1, nil, "")
		require.NoError(t, err)
		require.Len(t, blocks, 500_001, "the last slot is 500,000 after the first")
	}, frozenClock())
}

func TestTransactionCount(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		count := func() uint64 {
			n, err := w.client.GetTransactionCount(t.Context(), rpc.CommitmentConfirmed)
			require.NoError(t, err)
			return n
		}
		require.Zero(t, count())
		w.sent(t) // an airdrop and a transfer
		require.Equal(t, uint64(2), count())
		epoch, err := w.client.GetEpochInfo(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, uint64(2), *epoch.TransactionCount)
	})
}

func TestGetBlockCommitment(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		got, err := w.client.GetBlockCommitment(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, &rpc.GetBlockCommitmentResult{}, got, "no votes and no stake")
	})
}
