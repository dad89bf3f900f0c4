package localnet_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// reads are requests about everything that has happened to a wallet.
func (w world) reads(t *testing.T, wallet solana.PublicKey) map[string]string {
	t.Helper()
	out := map[string]string{}
	ask := func(method string, params ...any) {
		raw, err := w.call(t, method, params...)
		if err != nil {
			raw = json.RawMessage(rpcError(t, err, nil).Message)
		}
		name, err := json.Marshal([]any{method, params})
		require.NoError(t, err)
		out[string(name)] = string(raw)
	}
	for _, method := range []string{"getSlot", "getBlockHeight", "getEpochInfo", "getLatestBlockhash", "getTransactionCount", "getSupply", "getFirstAvailableBlock", "getLargestAccounts", "getGenesisHash", "getIdentity"} {
		ask(method)
	}
	ask("getAccountInfo", wallet, rpc.M{"encoding": "base64"})
	ask("getSignaturesForAddress", wallet)
	ask("getProgramAccounts", round.LocalProgram, rpc.M{"encoding": "base64"})
	for slot := range w.slot(t) + 2 {
		ask("getBlock", slot, rpc.M{"encoding": "jsonParsed", "maxSupportedTransactionVersion": 0})
		ask("getBlockTime", slot)
	}
	sigs, err := w.client.GetSignaturesForAddress(t.Context(), wallet)
	require.NoError(t, err)
	for _, s := range sigs {
		for _, encoding := range []string{"json", "jsonParsed", "base64"} {
			ask("getTransaction", s.Signature, rpc.M{"encoding": encoding, "maxSupportedTransactionVersion": 0})
		}
		ask("getSignatureStatuses", []any{s.Signature}, rpc.M{"searchTransactionHistory": true})
	}
	return out
}

// A chain on disk answers as the one in memory that it was, before and after it is
// opened again.
func TestLedgerAnswersAsMemory(t *testing.T) {
	dir := t.TempDir()
	start := func() world {
		n := localnet.New(t, localnet.InProcess(), frozenClock(), localnet.WithLedger(dir))
		return world{n, n.RPC()}
	}
	w := start()
	wallet := w.wallet(t)
	w.send(t, wallet, transfer(wallet.PublicKey(), newKey(t).PublicKey(), sol))
	tx := w.sign(t, wallet, transfer(wallet.PublicKey(), newKey(t).PublicKey(), 100*sol))
	_, err := w.client.SendTransactionWithOpts(t.Context(), tx, rpc.TransactionOpts{SkipPreflight: true})
	require.NoError(t, err)
	w.net.Warp(10 * time.Second)
	w.lookupTable(t, wallet.PublicKey())
	authority := w.net.Authority().PublicKey()
	want := w.reads(t, wallet.PublicKey())

	_, err = localnet.Start(localnet.InProcess(), localnet.WithLedger(dir))
	require.ErrorIs(t, err, dirlock.ErrLocked)
	require.NoError(t, w.net.Close())
	require.ErrorIs(t, w.net.Fund(wallet.PublicKey(), 1), localnet.ErrClosed)

	again := start()
	require.Equal(t, want, again.reads(t, wallet.PublicKey()))
	require.Equal(t, authority, again.net.Authority().PublicKey())
	require.Equal(t, round.LocalProgram, again.net.ProgramID())
	again.send(t, wallet, transfer(wallet.PublicKey(), newKey(t).PublicKey(), sol))
	require.NoError(t, again.net.Fund(newKey(t).PublicKey(), sol), "the faucet is the same")
	require.NoError(t, again.net.Close())

	_, err = localnet.Start(localnet.InProcess(), localnet.WithLedger(dir), localnet.WithProgramID(newKey(t).PublicKey()))
	require.ErrorContains(t, err, "has no program")
	require.NoError(t, os.Remove(filepath.Join(dir, "authority-keypair.json")))
	_, err = localnet.Start(localnet.InProcess(), localnet.WithLedger(dir))
	require.ErrorContains(t, err, "authority")
	localnet.New(t, localnet.InProcess(), localnet.WithLedger(dir), localnet.Empty())
}

func TestWithHistory(t *testing.T) {
	_, err := localnet.Start(localnet.InProcess(), localnet.WithHistory(999))
	require.ErrorContains(t, err, "at least 1000")
	n := localnet.New(t, localnet.InProcess(), localnet.Empty(), frozenClock(), localnet.WithHistory(1000))
	w := world{n, n.RPC()}
	first, err := w.client.RequestAirdrop(t.Context(), newKey(t).PublicKey(), sol, "")
	require.NoError(t, err)
	slot := w.slot(t)
	for range 1000 {
		require.NoError(t, n.Fund(newKey(t).PublicKey(), sol))
	}
	_, err = w.client.GetTransaction(t.Context(), first, nil)
	require.ErrorIs(t, err, rpc.ErrNotFound)
	_, err = w.client.GetBlock(t.Context(), slot)
	require.Contains(t, rpcError(t, err, nil).Message, "cleaned up")
}

func TestReadAccount(t *testing.T) {
	key, owner := newKey(t).PublicKey(), newKey(t).PublicKey()
	path := filepath.Join(t.TempDir(), "account.json")
	text := `{"pubkey":"` + key.String() + `","account":{"lamports":1000000000,"data":["AQID","base64"],"owner":"` + owner.String() + `","executable":false,"rentEpoch":18446744073709551615,"space":3}}`
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	got, acc, err := localnet.ReadAccount(path)
	require.NoError(t, err)
	require.Equal(t, key, got)
	require.Equal(t, localnet.Account{Lamports: sol, Data: []byte{1, 2, 3}, Owner: owner}, acc)
	n := localnet.New(t, localnet.InProcess(), localnet.Empty(), localnet.WithAccount(got, acc))
	there, ok := n.Account(key)
	require.True(t, ok)
	require.Equal(t, acc, there)

	file := func(data string) string {
		return `{"pubkey":"` + key.String() + `","account":{"lamports":1000000000,"owner":"` + owner.String() + `","data":` + data + `}}`
	}
	for _, data := range []string{`["Ldp","base58"]`, `"Ldp"`, `["` + zstdBase64(t, []byte{1, 2, 3}) + `","base64+zstd"]`} {
		require.NoError(t, os.WriteFile(path, []byte(file(data)), 0o600))
		_, acc, err := localnet.ReadAccount(path)
		require.NoError(t, err, data)
		require.Equal(t, []byte{1, 2, 3}, acc.Data, data)
	}

	for want, text := range map[string]string{
		"unexpected end":      `{`,
		"pubkey":              `{"account":{"owner":"` + owner.String() + `","data":["","base64"]}}`,
		`"hex", not in base6`: file(`["","hex"]`),
		"unmarshal object":    file(`{"parsed":{}}`),
		"illegal base64":      file(`["!","base64"]`),
		"illegal base64 data": file(`["!","base64+zstd"]`),
		"invalid base58":      file(`["0","base58"]`),
		"more than 16384":     file(`"` + strings.Repeat("1", 16<<10+1) + `"`),
		"zstd: ":              file(`["AQID","base64+zstd"]`),
		"at most 10485760":    file(`["` + zstdBase64(t, make([]byte, 10<<20+1)) + `","base64+zstd"]`),
		"cannot unmarshal":    `{"pubkey":"` + key.String() + `","account":{"lamports":-1}}`,
		"solana account":      `[]`,
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, _, err := localnet.ReadAccount(path)
		require.ErrorContains(t, err, want)
	}
	_, _, err = localnet.ReadAccount(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func zstdBase64(t *testing.T, data []byte) string {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, enc.Close()) }()
	return base64.StdEncoding.EncodeToString(enc.EncodeAll(data, nil))
}

// TestAirdropSaysWhyNothingIsKept: whoever asks for lamports learns what is wrong.
func TestAirdropSaysWhyNothingIsKept(t *testing.T) {
	n := localnet.New(t, localnet.InProcess(), localnet.Empty())
	localnet.Break(n, errors.New("no space left on device"))
	require.ErrorContains(t, n.Fund(newKey(t).PublicKey(), sol), "no space left on device")
}
