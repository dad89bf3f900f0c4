package rpccompat

import (
	"encoding/json"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// live is a subscription that both chains get.
type live struct {
	method string
	what   string
	params func(n node, tx *solana.Transaction) []any // tx is what is sent next
}

func (l live) name() string { return l.method + "Subscribe " + l.what + " " }

func always(params ...any) func(node, *solana.Transaction) []any {
	return func(node, *solana.Transaction) []any { return params }
}

func ofTokenAccount(encoding string) func(node, *solana.Transaction) []any {
	return func(n node, _ *solana.Transaction) []any {
		return []any{n.theirs, object{"encoding": encoding, "commitment": "confirmed"}}
	}
}

var subscriptions = []live{
	{"account", "base64", ofTokenAccount("base64")},
	{"account", "jsonParsed", ofTokenAccount("jsonParsed")},
	{"account", "of no key", always("x")},
	{"program", "of a mint's accounts", func(n node, _ *solana.Transaction) []any {
		return []any{solana.TokenProgramID, object{"encoding": "jsonParsed", "commitment": "confirmed", "filters": []any{
			object{"dataSize": 165}, object{"memcmp": object{"offset": 0, "bytes": n.mint.PublicKey()}},
		}}}
	}},
	{"logs", "of all", always("all", object{"commitment": "confirmed"})},
	{"logs", "of an account", func(n node, _ *solana.Transaction) []any {
		return []any{object{"mentions": []any{n.theirs}}, object{"commitment": "confirmed"}}
	}},
	{"signature", "", func(_ node, tx *solana.Transaction) []any {
		return []any{tx.Signatures[0], object{"commitment": "confirmed"}}
	}},
	{"slot", "", always()},
	{"root", "", always()},
	{"block", "", always("all", object{"encoding": "json", "transactionDetails": "full", "showRewards": false, "maxSupportedTransactionVersion": 0})},
	{"nonsense", "", always()},
}

// attempts is how often tokens are moved until a notification comes: some of Surfpool's never do.
const attempts = 8

// listen sends transactions until a subscriber is notified of one, and returns the notification without the number of
// the subscription; or the answer that refuses the subscription.
func (l live) listen(n node) map[string]any {
	n.t.Helper()
	for amount := range uint64(attempts) {
		if got := l.once(n, n.sign(n.moveTokens(amount+1))); got != nil {
			return got
		}
	}
	return object{"silent": true}
}

// once is one attempt; nil if no notification comes.
func (l live) once(n node, tx *solana.Transaction) map[string]any {
	n.t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(n.t.Context(), n.ws, nil)
	require.NoError(n.t, err)
	defer resp.Body.Close()
	defer conn.Close()
	require.NoError(n.t, conn.WriteJSON(object{"jsonrpc": "2.0", "id": 1, "method": l.method + "Subscribe", "params": l.params(n, tx)}))
	answer := read(n.t, conn, 10*time.Second)
	require.NotNil(n.t, answer, "%s: no answer", l.name())
	if answer["error"] != nil {
		delete(answer, "id")
		return answer
	}
	n.send(tx)
	got := read(n.t, conn, 2*time.Second)
	if params, ok := got["params"].(map[string]any); ok {
		delete(params, "subscription")
	}
	return got
}

// read returns the next message, nil if none comes in time.
func read(t *testing.T, conn *websocket.Conn, within time.Duration) (m map[string]any) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(within)))
	_, raw, err := conn.ReadMessage()
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return nil
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &m), "%s", raw)
	return m
}

func TestNotifications(t *testing.T) {
	a, b := both(t)
	differences := map[string]string{}
	for _, l := range subscriptions {
		compare(differences, l.name(), shape, l.listen(a), l.listen(b))
	}
	requireAccepted(t, acceptedLive, differences)
}
