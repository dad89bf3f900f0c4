package localnet_test

import (
	"encoding/json"
	"testing"

	bin "github.com/gagliardetto/binary"
	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/token"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// putMint creates a mint that nobody controls.
func (w world) putMint(t testing.TB, supply uint64, decimals uint8) solana.PublicKey {
	t.Helper()
	data, err := bin.MarshalBin(token.Mint{Supply: supply, Decimals: decimals, IsInitialized: true})
	require.NoError(t, err)
	return w.put(t, solana.TokenProgramID, data)
}

func (w world) putTokens(t testing.TB, a token.Account) solana.PublicKey {
	t.Helper()
	a.State = max(a.State, token.Initialized)
	data, err := bin.MarshalBin(a)
	require.NoError(t, err)
	return w.put(t, solana.TokenProgramID, data)
}

func TestTokenAmounts(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		for _, test := range []struct {
			amount   uint64
			decimals uint8
			text     string
			ui       *float64
		}{
			{0, 0, "0", new(0.0)},
			{7, 0, "7", new(7.0)},
			{0, 6, "0", new(0.0)},
			{1_500_000, 6, "1.5", new(1.5)},
			{20_000_000, 6, "20", new(20.0)},
			{1, 9, "0.000000001", new(1e-9)},
			{1<<64 - 1, 19, "1.8446744073709551615", new(1.8446744073709552)},
			{100, 20, "0.000000000000000001", nil},
		} {
			mint := w.putMint(t, test.amount, test.decimals)
			account := w.putTokens(t, token.Account{Mint: mint, Owner: newKey(t).PublicKey(), Amount: test.amount})
			balance, err := w.client.GetTokenAccountBalance(t.Context(), account, "")
			require.NoError(t, err)
			supply, err := w.client.GetTokenSupply(t.Context(), mint, "")
			require.NoError(t, err)
			require.Equal(t, supply.Value, balance.Value)
			require.Equal(t, test.text, balance.Value.UiAmountString)
			require.Equal(t, test.decimals, balance.Value.Decimals)
			require.Equal(t, test.ui, balance.Value.UiAmount)
		}
	})
}

func TestTokenAccountsOfAnOwner(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		mint, other := w.putMint(t, 100, 2), w.putMint(t, 100, 0)
		me, friend := newKey(t).PublicKey(), newKey(t).PublicKey()
		mine := w.putTokens(t, token.Account{Mint: mint, Owner: me, Amount: 30})
		lent := w.putTokens(t, token.Account{Mint: mint, Owner: friend, Amount: 70, Delegate: &me, DelegatedAmount: 5})
		w.putTokens(t, token.Account{Mint: other, Owner: me, Amount: 100})
		w.put(t, solana.TokenProgramID, make([]byte, 165)) // not initialized

		opts := &rpc.GetTokenAccountsOpts{Encoding: solana.EncodingBase64}
		ofMint := &rpc.GetTokenAccountsConfig{Mint: &mint}
		got, err := w.client.GetTokenAccountsByOwner(t.Context(), me, ofMint, opts)
		require.NoError(t, err)
		require.Len(t, got.Value, 1)
		require.Equal(t, mine, got.Value[0].Pubkey)
		require.Len(t, got.Value[0].Account.Data.GetBinary(), 165)

		all, err := w.client.GetTokenAccountsByOwner(t.Context(), me, &rpc.GetTokenAccountsConfig{ProgramId: &solana.TokenProgramID}, opts)
		require.NoError(t, err)
		require.Len(t, all.Value, 2)

		delegated, err := w.client.GetTokenAccountsByDelegate(t.Context(), me, ofMint, opts)
		require.NoError(t, err)
		require.Len(t, delegated.Value, 1)
		require.Equal(t, lent, delegated.Value[0].Pubkey)

		largest, err := w.client.GetTokenLargestAccounts(t.Context(), mint, "")
		require.NoError(t, err)
		require.Len(t, largest.Value, 2)
		require.Equal(t, lent, largest.Value[0].Address)
		require.Equal(t, "0.7", largest.Value[0].UiAmountString)

		none, err := w.client.GetTokenAccountsByOwner(t.Context(), newKey(t).PublicKey(), ofMint, opts)
		require.NoError(t, err)
		require.NotNil(t, none.Value, "[] and not null")
		require.Empty(t, none.Value)
	})
}

func TestParsedTokens(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		mint, me := w.putMint(t, 100, 2), newKey(t).PublicKey()
		reserve := uint64(2039280)
		account := w.putTokens(t, token.Account{
			Mint: mint, Owner: me, Amount: 30, Delegate: &me, DelegatedAmount: 5, State: token.Frozen, IsNative: &reserve, CloseAuthority: &me,
		})
		for key, want := range map[solana.PublicKey]string{
			mint: `{"program":"spl-token","space":82,"parsed":{"type":"mint","info":{
				"mintAuthority":null,"supply":"100","decimals":2,"isInitialized":true,"freezeAuthority":null}}}`,
			account: `{"program":"spl-token","space":165,"parsed":{"type":"account","info":{
				"mint":"` + mint.String() + `","owner":"` + me.String() + `","state":"frozen","isNative":true,
				"tokenAmount":{"amount":"30","decimals":2,"uiAmount":0.3,"uiAmountString":"0.3"},
				"delegate":"` + me.String() + `","delegatedAmount":{"amount":"5","decimals":2,"uiAmount":0.05,"uiAmountString":"0.05"},
				"rentExemptReserve":{"amount":"2039280","decimals":2,"uiAmount":20392.8,"uiAmountString":"20392.8"},
				"closeAuthority":"` + me.String() + `"}}}`,
		} {
			got, err := w.client.GetAccountInfoWithOpts(t.Context(), key, &rpc.GetAccountInfoOpts{Encoding: solana.EncodingJSONParsed})
			require.NoError(t, err)
			text, err := json.Marshal(got.Value.Data)
			require.NoError(t, err)
			require.JSONEq(t, want, string(text))
		}
	})
}

// Notifications are parsed as answers are.
func TestParsedSubscriptions(t *testing.T) {
	l := newLive(t)
	mint, me := l.putMint(t, 100, 2), newKey(t).PublicKey()
	account := newKey(t).PublicKey()
	one, err := l.ws.AccountSubscribeWithOpts(account, "", solana.EncodingJSONParsed)
	require.NoError(t, err)
	all, err := l.ws.ProgramSubscribeWithOpts(solana.TokenProgramID, "", solana.EncodingJSONParsed, nil)
	require.NoError(t, err)
	l.settle(t)

	data, err := bin.MarshalBin(token.Account{Mint: mint, Owner: me, Amount: 30, State: token.Initialized})
	require.NoError(t, err)
	put := localnet.Account{Lamports: sol, Data: data, Owner: solana.TokenProgramID}
	require.NoError(t, l.net.SetAccount(account, put))
	want := `{"program":"spl-token","space":165,"parsed":{"type":"account","info":{
		"mint":"` + mint.String() + `","owner":"` + me.String() + `","state":"initialized","isNative":false,
		"tokenAmount":{"amount":"30","decimals":2,"uiAmount":0.3,"uiAmountString":"0.3"}}}}`
	require.JSONEq(t, want, string(recv(t, one.Recv).Value.Data.GetRawJSON()))
	require.JSONEq(t, want, string(recv(t, all.Recv).Value.Account.Data.GetRawJSON()))

	put.Data = []byte("no account")
	require.NoError(t, l.net.SetAccount(account, put))
	require.Equal(t, "no account", string(recv(t, one.Recv).Value.Data.GetBinary()), "not parsed")
}

func TestTokenErrors(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		nobody, plain := newKey(t).PublicKey(), w.put(t, newKey(t).PublicKey(), make([]byte, 165))
		broken := w.put(t, solana.TokenProgramID, []byte("x"))
		byOwner := func(c rpc.GetTokenAccountsConfig) error {
			_, err := w.client.GetTokenAccountsByOwner(t.Context(), nobody, &c, &rpc.GetTokenAccountsOpts{})
			return err
		}
		balance := func(key solana.PublicKey) error {
			_, err := w.client.GetTokenAccountBalance(t.Context(), key, "")
			return err
		}
		supply := func(key solana.PublicKey) error {
			_, err := w.client.GetTokenSupply(t.Context(), key, "")
			return err
		}
		require.ErrorContains(t, balance(nobody), "could not find account")
		require.ErrorContains(t, balance(plain), "not a Token account")
		require.ErrorContains(t, balance(broken), "not a Token account")
		require.ErrorContains(t, supply(nobody), "could not find mint")
		require.ErrorContains(t, supply(plain), "not a Token mint")
		require.ErrorContains(t, supply(broken), "mint could not be unpacked")
		var out any
		neither := w.client.RPCCallForInto(t.Context(), &out, "getTokenAccountsByOwner", []any{nobody, map[string]any{}})
		require.ErrorContains(t, neither, "exactly one of mint and programId")
		require.ErrorContains(t, byOwner(rpc.GetTokenAccountsConfig{ProgramId: &nobody}), "unrecognized Token program id")
		require.ErrorContains(t, byOwner(rpc.GetTokenAccountsConfig{Mint: &nobody}), "could not find mint")
	})
}
