package difftest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// replica is a Surfpool that repeats the transactions of the local chain, through its ports.
type replica struct {
	t      testing.TB
	bank   *svm.Bank
	client *rpc.Client
	unix   int64
}

func newReplica(t testing.TB, bank *svm.Bank) *replica {
	r := &replica{t: t, bank: bank, client: rpc.New(surfpool.Start(t).RPC)}
	t.Cleanup(func() { r.client.Close() })
	r.do("surfnet_pauseClock")
	return r
}

func (r *replica) do(method string, params ...any) {
	r.t.Helper()
	var out any
	require.NoError(r.t, r.client.RPCCallForInto(context.Background(), &out, method, params), method)
}

// own reports whether an account is specific to each chain.
func own(a svm.Account) bool {
	return a.Owner == svm.SysvarOwnerID || a.Owner == svm.NativeLoaderID || a.Owner == svm.UpgradeableLoaderID
}

// differing returns the accounts that are not the same on both chains.
func (r *replica) differing(keys []solana.PublicKey) map[solana.PublicKey]string {
	r.t.Helper()
	found, err := r.client.GetMultipleAccountsWithOpts(context.Background(), keys, &rpc.GetMultipleAccountsOpts{
		Encoding: solana.EncodingBase64, Commitment: rpc.CommitmentConfirmed})
	require.NoError(r.t, err)
	out := map[solana.PublicKey]string{}
	for i, k := range keys {
		a, ok := r.bank.Account(k)
		if own(a) {
			continue
		}
		var there svm.Account
		if v := found.Value[i]; v != nil {
			there = svm.Account{Lamports: v.Lamports, Data: v.Data.GetBinary(), Owner: v.Owner, Executable: v.Executable}
		}
		if there.Lamports == 0 && !ok {
			continue
		}
		if there.Lamports != a.Lamports || there.Owner != a.Owner || there.Executable != a.Executable || !bytes.Equal(there.Data, a.Data) {
			out[k] = fmt.Sprintf("account %s:\nlocal %+v\nthere %+v", k, a, there)
		}
	}
	return out
}

// put copies an account from the local chain to the replica.
func (r *replica) put(k solana.PublicKey) {
	r.t.Helper()
	a, ok := r.bank.Account(k)
	if !ok {
		a.Owner = solana.SystemProgramID
	}
	r.do("surfnet_setAccount", k.String(), map[string]any{
		"lamports": a.Lamports, "data": hex.EncodeToString(a.Data), "owner": a.Owner.String(), "executable": a.Executable,
	})
}

// before copies the clock, and accounts that changed without a transaction, from the local chain. Changes by
// transactions have been compared right after them.
func (r *replica) before(keys []solana.PublicKey) {
	r.t.Helper()
	if now := r.bank.UnixTime(); now != r.unix {
		r.do("surfnet_timeTravel", map[string]any{"absoluteTimestamp": now * 1000})
		r.unix = now
	}
	for k := range r.differing(keys) {
		r.put(k)
	}
}

// repeat sends a transaction that the local chain has processed, and compares the results.
func (r *replica) repeat(where string, tx *solana.Transaction, keys []solana.PrivateKey, want svm.Result) {
	r.t.Helper()
	latest, err := r.client.GetLatestBlockhash(context.Background(), rpc.CommitmentConfirmed)
	require.NoError(r.t, err)
	tx.Message.RecentBlockhash = latest.Value.Blockhash
	message, err := tx.Message.MarshalBinary()
	require.NoError(r.t, err)
	for i, k := range tx.Message.AccountKeys[:tx.Message.Header.NumRequiredSignatures] {
		for _, w := range keys {
			if w.PublicKey() == k {
				copy(tx.Signatures[i][:], ed25519.Sign(ed25519.PrivateKey(w), message))
			}
		}
	}
	sig, err := r.client.SendTransactionWithOpts(context.Background(), tx, rpc.TransactionOpts{SkipPreflight: true})
	if want.Fee == 0 { // refused before processing, so there is no record of it
		require.Error(r.t, err, "%s: should be refused: %v", where, want.Err)
		return
	}
	require.NoError(r.t, err, where)
	var got *rpc.GetTransactionResult
	require.Eventually(r.t, func() bool {
		got, err = r.client.GetTransaction(context.Background(), sig, &rpc.GetTransactionOpts{
			Encoding: solana.EncodingBase64, Commitment: rpc.CommitmentConfirmed})
		return err == nil
	}, 10*time.Second, 2*time.Millisecond, "%s: %s: never seen", debug(want.Err), where)
	gotErr, err := json.Marshal(got.Meta.Err)
	require.NoError(r.t, err)
	wantErr, err := json.Marshal(want.Err)
	require.NoError(r.t, err)
	require.JSONEq(r.t, string(wantErr), string(gotErr), "%s\n%q\n%q", where, want.Logs, got.Meta.LogMessages)
	require.Equal(r.t, want.Logs, got.Meta.LogMessages, where)
	require.Equal(r.t, want.Fee, got.Meta.Fee, where)
	require.Equal(r.t, want.ComputeUnits, *got.Meta.ComputeUnitsConsumed, where)
	for i, k := range tx.Message.AccountKeys {
		if a, _ := r.bank.Account(k); own(a) { // whatever it has there
			got.Meta.PreBalances[i], got.Meta.PostBalances[i] = want.PreBalances[i], want.PostBalances[i]
		}
	}
	require.Equal(r.t, want.PreBalances, got.Meta.PreBalances, where)
	require.Equal(r.t, want.PostBalances, got.Meta.PostBalances, where)
	require.Empty(r.t, r.differing(tx.Message.AccountKeys), where)
}

// TestRoundOnSurfpool repeats the generator's transactions on a third chain, through its ports.
func TestRoundOnSurfpool(t *testing.T) {
	g := newRoundGen(t, 6)
	r := newReplica(t, g.bank)
	g.bank.Warp(time.Duration(time.Now().Unix()+86_400-g.bank.UnixTime()) * time.Second) // its clock only moves forward
	r.put(svm.ProgramDataAddress(programID))
	r.put(programID)
	ended := map[bool]int{}
	n := transactions(t, 400)
	for range n {
		s := g.next()
		if g.rng.IntN(3) == 0 {
			s = g.spoil(s)
		}
		g.between()
		tx := g.prepare(s)
		r.before(tx.Message.AccountKeys)
		res := g.finish(s, tx)
		r.repeat(fmt.Sprintf("transaction %d: %s: %v", g.count, s.name, describe(tx)), tx, append(g.all, s.by), res)
		ended[res.Err == nil]++
	}
	t.Logf("%d succeeded, %d failed, all equal", ended[true], ended[false])
	require.Greater(t, ended[true], n*3/20)
	require.Greater(t, ended[false], n*3/20)
}
