package localnet_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// put creates an account with data, owned by owner, and returns its address.
func (w world) put(t testing.TB, owner solana.PublicKey, data []byte) solana.PublicKey {
	t.Helper()
	key := newKey(t).PublicKey()
	require.NoError(t, w.net.SetAccount(key, localnet.Account{Lamports: sol, Data: data, Owner: owner}))
	return key
}

func TestGetAccountInfo(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		owner, data := newKey(t).PublicKey(), []byte("0123456789")
		key := w.put(t, owner, data)

		for _, encoding := range []solana.EncodingType{"", solana.EncodingBase58, solana.EncodingBase64, solana.EncodingBase64Zstd, solana.EncodingJSONParsed} {
			got, err := w.client.GetAccountInfoWithOpts(t.Context(), key, &rpc.GetAccountInfoOpts{Encoding: encoding})
			require.NoError(t, err, encoding)
			require.Equal(t, data, got.GetBinary(), encoding)
			require.Equal(t, owner, got.Value.Owner)
			require.Equal(t, sol, got.Value.Lamports)
			require.Equal(t, uint64(len(data)), got.Value.Space)
			require.False(t, got.Value.Executable)
			require.NotZero(t, got.Context.Slot)
			require.NotNil(t, got.Context.ApiVersion)
		}

		_, err := w.client.GetAccountInfo(t.Context(), newKey(t).PublicKey())
		require.ErrorIs(t, err, rpc.ErrNotFound)
	})
}

func TestDataSlice(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		key := w.put(t, solana.SystemProgramID, []byte("0123456789"))
		for _, c := range []struct {
			offset, length uint64
			want           string
		}{
			{0, 3, "012"}, {8, 2, "89"}, {8, 100, "89"}, {10, 1, ""}, {1 << 63, 1 << 63, ""}, {0, 0, ""},
		} {
			got, err := w.client.GetAccountInfoWithOpts(t.Context(), key, &rpc.GetAccountInfoOpts{
				DataSlice: &rpc.DataSlice{Offset: &c.offset, Length: &c.length},
			})
			require.NoError(t, err)
			require.Equal(t, c.want, string(got.GetBinary()))
			require.Equal(t, uint64(10), got.Value.Space, "space is that of the whole account")
		}
	})
}

func TestGetAccountInfoRefuses(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		large := w.put(t, solana.SystemProgramID, make([]byte, 129))
		key := large.String()
		for _, c := range []struct {
			name    string
			params  []any
			code    int
			message string
		}{
			{"no key", nil, -32602, "at least 1 argument"},
			{"short key", []any{"x"}, -32602, "WrongSize"},
			{"not base58", []any{"l" + key[1:]}, -32602, "Invalid"},
			{"endless key", []any{string(bytes.Repeat([]byte("1"), 40_000))}, -32602, "WrongSize"},
			{"key of wrong type", []any{7}, -32602, "argument 0"},
			{"unknown encoding", []any{key, rpc.M{"encoding": "hex"}}, -32602, "unknown variant `hex`"},
			{"unknown commitment", []any{key, rpc.M{"commitment": "maybe"}}, -32602, "unknown variant `maybe`"},
			{"large base58", []any{key, rpc.M{"encoding": "base58"}}, -32600, "please use Base64 encoding"},
			{"slot in the future", []any{key, rpc.M{"encoding": "base64", "minContextSlot": 1 << 40}}, -32016, "Minimum context slot"},
			{"too many arguments", []any{key, rpc.M{}, 1}, -32602, "Got: 3"},
		} {
			_, err := w.call(t, "getAccountInfo", c.params...)
			e := rpcError(t, err, nil)
			require.Equal(t, c.code, e.Code, c.name)
			require.Contains(t, e.Message, c.message, c.name)
		}
	})
}

func TestGetMultipleAccounts(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		one := w.put(t, solana.SystemProgramID, []byte("one"))
		two := w.put(t, solana.SystemProgramID, []byte("two"))
		got, err := w.client.GetMultipleAccounts(t.Context(), one, newKey(t).PublicKey(), two)
		require.NoError(t, err)
		require.Len(t, got.Value, 3)
		require.Equal(t, "one", string(got.Value[0].Data.GetBinary()))
		require.Nil(t, got.Value[1])
		require.Equal(t, "two", string(got.Value[2].Data.GetBinary()))

		_, err = w.client.GetMultipleAccounts(t.Context(), make([]solana.PublicKey, 101)...)
		require.Contains(t, rpcError(t, err, nil).Message, "max 100")
	})
}

func TestGetProgramAccounts(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		owner := newKey(t).PublicKey()
		a := w.put(t, owner, []byte("aaaa"))
		b := w.put(t, owner, []byte("abbb--"))
		c := w.put(t, owner, []byte("acbb"))
		w.put(t, newKey(t).PublicKey(), []byte("aaaa"))

		memcmp := func(offset uint64, s string) rpc.RPCFilter {
			return rpc.RPCFilter{Memcmp: &rpc.RPCFilterMemcmp{Offset: offset, Bytes: []byte(s)}}
		}
		for _, tc := range []struct {
			name    string
			filters []rpc.RPCFilter
			want    []solana.PublicKey
		}{
			{"none", nil, []solana.PublicKey{a, b, c}},
			{"size", []rpc.RPCFilter{{DataSize: 4}}, []solana.PublicKey{a, c}},
			{"memcmp", []rpc.RPCFilter{memcmp(2, "bb")}, []solana.PublicKey{b, c}},
			{"both", []rpc.RPCFilter{{DataSize: 4}, memcmp(2, "bb")}, []solana.PublicKey{c}},
			{"past the end", []rpc.RPCFilter{memcmp(5, "--")}, nil},
			{"at the end", []rpc.RPCFilter{memcmp(4, "--")}, []solana.PublicKey{b}},
			{"huge offset", []rpc.RPCFilter{memcmp(1<<63, "a")}, nil},
		} {
			got, err := w.client.GetProgramAccountsWithOpts(t.Context(), owner, &rpc.GetProgramAccountsOpts{Filters: tc.filters})
			require.NoError(t, err, tc.name)
			var keys []solana.PublicKey
			for _, acc := range got {
				keys = append(keys, acc.Pubkey)
			}
			require.ElementsMatch(t, tc.want, keys, tc.name)
		}

		zero, two := uint64(0), uint64(2)
		got, err := w.client.GetProgramAccountsWithContext(t.Context(), owner, &rpc.GetProgramAccountsOpts{
			DataSlice: &rpc.DataSlice{Offset: &zero, Length: &two}, Filters: []rpc.RPCFilter{memcmp(0, "ab")},
		})
		require.NoError(t, err)
		require.NotZero(t, got.Context.Slot)
		require.Len(t, got.Value, 1)
		require.Equal(t, "ab", string(got.Value[0].Account.Data.GetBinary()))
	})
}

func TestMemcmpEncodings(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		owner := newKey(t).PublicKey()
		key := w.put(t, owner, []byte{9, 1, 2, 255})
		filter := func(bytes any, encoding any) rpc.M {
			m := rpc.M{"offset": 1, "bytes": bytes}
			if encoding != nil {
				m["encoding"] = encoding
			}
			return rpc.M{"encoding": "base64", "filters": []any{rpc.M{"memcmp": m}}}
		}
		want := []byte{1, 2, 255}
		for _, cfg := range []rpc.M{
			filter(solana.Base58(want).String(), nil),
			filter(solana.Base58(want).String(), "base58"),
			filter(base64.StdEncoding.EncodeToString(want), "base64"),
			filter([]int{1, 2, 255}, nil),
		} {
			raw, err := w.call(t, "getProgramAccounts", owner, cfg)
			require.NoError(t, err)
			require.Contains(t, string(raw), key.String())
		}
		for _, c := range []struct {
			cfg     rpc.M
			message string
		}{
			{filter("!!", "base64"), "memcmp"},
			{filter("0OIl", nil), "memcmp"},
			{filter([]int{256}, nil), "byte 0 is 256"},
			{filter(make([]int, 129), nil), "too large"},
			{filter(base64.StdEncoding.EncodeToString(make([]byte, 129)), "base64"), "too large"},
			{filter("AA", "hex"), "unknown encoding"},
			{filter(nil, nil), "string or an array"},
			{rpc.M{"filters": []any{rpc.M{}}}, "exactly one"},
			{rpc.M{"filters": []any{"tokenAccountState"}}, "filter"},
			{rpc.M{"filters": []any{rpc.M{"dataSize": -1}}}, "filter"},
			{rpc.M{"filters": []any{rpc.M{"dataSize": 1}, rpc.M{"dataSize": 1}, rpc.M{"dataSize": 1}, rpc.M{"dataSize": 1}, rpc.M{"dataSize": 1}}}, "max 4"},
		} {
			_, err := w.call(t, "getProgramAccounts", owner, c.cfg)
			e := rpcError(t, err, nil)
			require.Equal(t, -32602, e.Code, c.message)
			require.Contains(t, e.Message, c.message)
		}
	})
}

func TestAnswersAreBounded(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		owner := newKey(t).PublicKey()
		key := w.put(t, owner, make([]byte, 20_000))
		w.put(t, owner, make([]byte, 20_000))
		_, err := w.client.GetMultipleAccounts(t.Context(), key)
		require.NoError(t, err)
		_, err = w.client.GetMultipleAccounts(t.Context(), key, key)
		require.Equal(t, -32012, rpcError(t, err, nil).Code)
		_, err = w.client.GetProgramAccounts(t.Context(), owner)
		require.Equal(t, -32012, rpcError(t, err, nil).Code)
	}, localnet.WithLimits(localnet.Limits{ResponseBytes: 64_000}))
}

func TestGetBalanceAndRent(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		require.Zero(t, w.balance(t, newKey(t).PublicKey()))
		require.Equal(t, sol, w.balance(t, w.put(t, solana.SystemProgramID, nil)))

		// Values of mainnet: https://solana.com/docs/core/accounts#rent.
		for size, want := range map[uint64]uint64{0: 890_880, 165: 2_039_280, 992: 7_795_200} {
			got, err := w.client.GetMinimumBalanceForRentExemption(t.Context(), size, rpc.CommitmentFinalized)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		_, err := w.client.GetMinimumBalanceForRentExemption(t.Context(), 1<<40, "")
		require.Equal(t, -32602, rpcError(t, err, nil).Code)
	})
}
