package localnet_test

import (
	"encoding/json"
	"testing"

	"github.com/gagliardetto/solana-go"
	associated "github.com/gagliardetto/solana-go/programs/associated-token-account"
	"github.com/gagliardetto/solana-go/programs/token"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// amounts maps accounts to what they held, as text in units of the mint.
func amounts(tx *solana.Transaction, balances []rpc.TokenBalance) map[solana.PublicKey]string {
	out := map[solana.PublicKey]string{}
	for _, b := range balances {
		out[tx.Message.AccountKeys[b.AccountIndex]] = b.UiTokenAmount.UiAmountString
	}
	return out
}

// Tokens move: a new account has no balance before, a failed transfer changes
// none.
func TestTokenBalancesOfTransactions(t *testing.T) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := world{net: localnet.New(t, localnet.InProcess(), localnet.Empty(), localnet.WithToken(dir))}
		w.client = w.net.RPC()
		me := w.wallet(t)
		friend := newKey(t).PublicKey()
		mint := w.putMint(t, 1000, 2)
		mine := w.putTokens(t, token.Account{Mint: mint, Owner: me.PublicKey(), Amount: 150})
		theirs, _, err := solana.FindAssociatedTokenAddress(friend, mint)
		require.NoError(t, err)
		move := func(amount uint64) solana.Instruction {
			return token.NewTransferInstruction(amount, mine, theirs, me.PublicKey(), nil).Build()
		}
		run := func(instructions ...solana.Instruction) (pre, post map[solana.PublicKey]string) {
			tx := w.sign(t, me, instructions...)
			sig, err := w.client.SendTransactionWithOpts(t.Context(), tx, rpc.TransactionOpts{SkipPreflight: true})
			require.NoError(t, err)
			got, err := w.client.GetTransaction(t.Context(), sig, nil)
			require.NoError(t, err)
			return amounts(tx, got.Meta.PreTokenBalances), amounts(tx, got.Meta.PostTokenBalances)
		}
		pre, post := run(associated.NewCreateInstruction(me.PublicKey(), friend, mint).Build(), move(50))
		require.Equal(t, map[solana.PublicKey]string{mine: "1.5"}, pre)
		require.Equal(t, map[solana.PublicKey]string{mine: "1", theirs: "0.5"}, post)

		pre, post = run(move(101))
		require.Equal(t, map[solana.PublicKey]string{mine: "1", theirs: "0.5"}, pre)
		require.Equal(t, pre, post, "more than there is")

		tx := w.sign(t, me, move(100))
		simulated, err := w.client.SimulateTransaction(t.Context(), tx)
		require.NoError(t, err)
		require.Equal(t, pre, amounts(tx, simulated.Value.PreTokenBalances))
		require.Equal(t, map[solana.PublicKey]string{mine: "0", theirs: "1.5"}, amounts(tx, simulated.Value.PostTokenBalances))
	})
}

// touch returns the meta of a transaction that names the accounts.
func (w world) touch(t testing.TB, accounts ...solana.PublicKey) (meta struct {
	PreTokenBalances, PostTokenBalances json.RawMessage
}) {
	t.Helper()
	from := w.wallet(t)
	inner := transfer(from.PublicKey(), from.PublicKey(), 1)
	metas := inner.Accounts()
	for _, key := range accounts {
		metas = append(metas, solana.Meta(key))
	}
	data, err := inner.Data()
	require.NoError(t, err)
	sig, err := w.client.SendTransaction(t.Context(), w.sign(t, from, solana.NewInstruction(solana.SystemProgramID, metas, data)))
	require.NoError(t, err)
	raw, err := w.call(t, "getTransaction", sig, "jsonParsed")
	require.NoError(t, err)
	var got struct{ Meta json.RawMessage }
	require.NoError(t, json.Unmarshal(raw, &got))
	require.NoError(t, json.Unmarshal(got.Meta, &meta))
	return meta
}

func TestTokenBalanceShape(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		mint, owner := w.putMint(t, 1000, 2), newKey(t).PublicKey()
		tokens := token.Account{Mint: mint, Owner: owner, Amount: 150}
		account := w.putTokens(t, tokens)
		tokens.Mint = newKey(t).PublicKey()
		noMint := w.putTokens(t, tokens)
		blank := w.put(t, solana.TokenProgramID, make([]byte, 165))
		foreign := w.put(t, newKey(t).PublicKey(), make([]byte, 165))

		got := w.touch(t, account, solana.TokenProgramID, noMint, blank, foreign, mint)
		var list []map[string]any
		require.NoError(t, json.Unmarshal(got.PreTokenBalances, &list))
		require.Len(t, list, 1)
		require.Contains(t, list[0], "accountIndex")
		delete(list[0], "accountIndex") // the keys are in an order of solana-go's
		text, err := json.Marshal(list)
		require.NoError(t, err)
		require.JSONEq(t, `[{"mint":"`+mint.String()+`","owner":"`+owner.String()+`","programId":"`+solana.TokenProgramID.String()+`",
			"uiTokenAmount":{"amount":"150","decimals":2,"uiAmount":1.5,"uiAmountString":"1.5"}}]`, string(text))
		require.JSONEq(t, string(got.PreTokenBalances), string(got.PostTokenBalances))

		without := w.touch(t, account)
		require.JSONEq(t, `[]`, string(without.PreTokenBalances), "no token program is named, so nothing can move")
	})
}

// Accounts of Token-2022 have their extensions behind a byte that says what they are.
func TestTokenBalanceOfToken2022(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		const kind, ofMint, ofAccount = 165, 1, 2
		mintData := make([]byte, 170)
		mintData[44], mintData[45], mintData[kind] = 2, 1, ofMint
		mint := w.put(t, solana.Token2022ProgramID, mintData)
		data := make([]byte, 170)
		copy(data, mint[:])
		data[64], data[108], data[kind] = 7, 1, ofAccount
		account := w.put(t, solana.Token2022ProgramID, data)

		var got []struct {
			ProgramID     solana.PublicKey
			UITokenAmount struct{ UIAmountString string }
		}
		require.NoError(t, json.Unmarshal(w.touch(t, account, mint, solana.Token2022ProgramID).PostTokenBalances, &got))
		require.Len(t, got, 1)
		require.Equal(t, solana.Token2022ProgramID, got[0].ProgramID)
		require.Equal(t, "0.07", got[0].UITokenAmount.UIAmountString)
	})
}
