package localnet_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// checkAnswer fails if answer is not JSON-RPC or reports a panic.
func checkAnswer(t *testing.T, answer []byte) {
	t.Helper()
	answer = bytes.TrimSpace(answer)
	if len(answer) == 0 {
		return
	}
	require.True(t, json.Valid(answer), "%q", answer)
	require.NotContains(t, string(answer), "panicked")
}

// Whatever body arrives, the answer is JSON-RPC and the chain keeps working.
func FuzzRPC(f *testing.F) {
	n := localnet.New(f, localnet.Empty(), localnet.InProcess(), frozenClock())
	key := solana.SysVarClockPubkey.String()
	from := newKey(f)
	require.NoError(f, n.Fund(from.PublicKey(), sol))
	wire, err := world{n, n.RPC()}.transferOf(f, from, from.PublicKey(), 1).MarshalBinary()
	require.NoError(f, err)
	tx := base64.StdEncoding.EncodeToString(wire)
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"getAccountInfo","params":["` + key + `",{"encoding":"base64+zstd","dataSlice":{"offset":1,"length":2}}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"getProgramAccounts","params":["` + key + `",{"filters":[{"memcmp":{"offset":0,"bytes":[1,2]}},{"dataSize":5}]}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"sendTransaction","params":["` + tx + `",{"encoding":"base64","skipPreflight":true}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"simulateTransaction","params":["` + tx + `",{"encoding":"base64","replaceRecentBlockhash":true,"accounts":{"addresses":["` + key + `"]}}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"getFeeForMessage","params":["` + base64.StdEncoding.EncodeToString(wire[65:]) + `"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"getTransaction","params":["` + solana.Signature{1}.String() + `","base64"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"getSignaturesForAddress","params":["` + key + `",{"limit":1}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"requestAirdrop","params":["` + key + `",1e9]}`,
		`[{"jsonrpc":"2.0","id":1,"method":"getMultipleAccounts","params":[["` + key + `"]]},{"jsonrpc":"2.0","id":2,"method":"getSignatureStatuses","params":[[]]}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkAnswer(t, postInProcess(t, n, body)) })
}

// Whatever wire bytes arrive, both methods answer.
func FuzzTransactionBytes(f *testing.F) {
	n := localnet.New(f, localnet.Empty(), localnet.InProcess(), frozenClock())
	from := newKey(f)
	require.NoError(f, n.Fund(from.PublicKey(), sol))
	wire, err := world{n, n.RPC()}.transferOf(f, from, from.PublicKey(), 1).MarshalBinary()
	require.NoError(f, err)
	f.Add(wire)
	f.Add(wire[65:])
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, wire []byte) {
		text := base64.StdEncoding.EncodeToString(wire)
		for _, call := range []string{
			`"sendTransaction","params":["` + text + `",{"encoding":"base64"}]`,
			`"sendTransaction","params":["` + text + `",{"encoding":"base64","skipPreflight":true}]`,
			`"simulateTransaction","params":["` + text + `",{"encoding":"base64","replaceRecentBlockhash":true,"innerInstructions":true}]`,
			`"getFeeForMessage","params":["` + text + `"]`,
		} {
			checkAnswer(t, postInProcess(t, n, []byte(`{"jsonrpc":"2.0","id":1,"method":`+call+`}`)))
		}
	})
}

func postInProcess(t *testing.T, n *localnet.Network, body []byte) (answer []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localnet", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := localnet.Direct(n).Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer
}

// Whatever a WebSocket client sends, it is answered or dropped, and the next
// client is served.
func FuzzSocket(f *testing.F) {
	n := localnet.New(f, localnet.Empty(), frozenClock())
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`,
		`{"jsonrpc":"2.0","id":1,"method":"logsSubscribe","params":[{"mentions":["` + solana.SystemProgramID.String() + `"]}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"programSubscribe","params":["` + solana.SystemProgramID.String() + `",{"filters":[{"dataSize":0}],"encoding":"jsonParsed"}]}`,
		`[{"jsonrpc":"2.0","id":1,"method":"signatureSubscribe","params":["` + solana.Signature{1}.String() + `"]},{"jsonrpc":"2.0","id":1,"method":"slotUnsubscribe","params":[1]}]`,
	} {
		f.Add([]byte(s))
	}
	key := newKey(f).PublicKey()
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) > 50<<10 {
			t.Skip("dropped by the size limit")
		}
		s := dial(t, n)
		s.write(t, string(message))
		s.write(t, `{"jsonrpc":"2.0","id":"last","method":"rootSubscribe"}`)
		for i := range uint64(2) {
			require.NoError(t, n.SetAccount(key, localnet.Account{Lamports: i + 1}))
		}
		for {
			answer := []byte(s.read(t))
			checkAnswer(t, answer)
			if bytes.HasSuffix(answer, []byte(`"id":"last"}`)) {
				return
			}
		}
	})
}
