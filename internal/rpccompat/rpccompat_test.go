// Package rpccompat replays requests on Surfpool, an Agave runtime with JSON-RPC, and on the local chain, and compares
// the shapes of the answers: the names and types of all members. Every difference is listed here with its reason.
package rpccompat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// node is one of the two chains.
type node struct {
	t    *testing.T
	url  string
	sent string // signature of a transfer
	slot uint64 // of the transfer
}

// call returns the answer without the request's id.
func (n node) call(method string, params ...any) map[string]any {
	n.t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	require.NoError(n.t, err)
	resp, err := http.Post(n.url, "application/json", bytes.NewReader(body))
	require.NoError(n.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	var out map[string]any
	require.NoError(n.t, json.Unmarshal(raw, &out), "%s: %s", method, raw)
	delete(out, "id")
	return out
}

// shape lists the members of a value with their types. Of a list it takes the first element.
func shape(at string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		into[at] = "object"
		for name, member := range v {
			shape(at+"."+name, member, into)
		}
	case []any:
		into[at] = "list"
		if len(v) > 0 {
			shape(at+"[]", v[0], into)
		}
	case nil:
		into[at] = "null"
	default:
		into[at] = fmt.Sprintf("%T", v)
	}
}

// prepare funds a wallet and sends a transfer.
func prepare(t *testing.T, url string, who solana.PrivateKey, to solana.PublicKey) node {
	t.Helper()
	client := rpc.New(url)
	defer client.Close()
	ctx := t.Context()
	_, err := client.RequestAirdrop(ctx, who.PublicKey(), 10*solana.LAMPORTS_PER_SOL, "")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		out, err := client.GetBalance(ctx, who.PublicKey(), rpc.CommitmentConfirmed)
		return err == nil && out.Value > 0
	}, 10*time.Second, 20*time.Millisecond)
	latest, err := client.GetLatestBlockhash(ctx, "")
	require.NoError(t, err)
	ix := system.NewTransferInstruction(solana.LAMPORTS_PER_SOL, who.PublicKey(), to).Build()
	tx, err := solana.NewTransaction([]solana.Instruction{ix}, latest.Value.Blockhash, solana.TransactionPayer(who.PublicKey()))
	require.NoError(t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &who })
	require.NoError(t, err)
	sig, err := client.SendTransaction(ctx, tx)
	require.NoError(t, err)
	n := node{t: t, url: url, sent: sig.String()}
	require.Eventually(t, func() bool {
		got, err := client.GetSignatureStatuses(ctx, true, sig)
		if err != nil || got.Value[0] == nil {
			return false
		}
		n.slot = got.Value[0].Slot
		return true
	}, 10*time.Second, 20*time.Millisecond)
	return n
}

func TestShapes(t *testing.T) {
	peer := surfpool.Start(t)
	ours := localnet.New(t, localnet.Empty())
	who, err := solana.NewRandomPrivateKey()
	require.NoError(t, err)
	to := solana.NewWallet().PublicKey()
	a, b := prepare(t, peer.RPC, who, to), prepare(t, ours.URL(), who, to)
	differences := map[string]string{}
	for _, r := range requests {
		want, got := map[string]string{}, map[string]string{}
		shape("", a.call(r.method, r.params(a, who.PublicKey(), to)...), want)
		shape("", b.call(r.method, r.params(b, who.PublicKey(), to)...), got)
		names := maps.Clone(want)
		maps.Copy(names, got)
		for _, at := range slices.Sorted(maps.Keys(names)) {
			parent := at[:max(0, strings.LastIndexAny(at, ".["))]
			if want[at] != got[at] && want[parent] == got[parent] {
				differences[r.name()+at] = want[at] + "/" + got[at]
			}
		}
	}
	for at, what := range differences {
		if _, ok := accepted[at]; !ok {
			t.Errorf("%s: Surfpool has %s", at, what)
		}
	}
	for at := range accepted {
		if _, ok := differences[at]; !ok {
			t.Errorf("accepted, but not different: %s", at)
		}
	}
}
