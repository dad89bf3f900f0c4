package localnet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// socket is a WebSocket client that sends raw messages.
type socket struct{ *websocket.Conn }

func dial(t testing.TB, n *localnet.Network) socket {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), n.WSURL(), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	t.Cleanup(func() { _ = conn.Close() })
	return socket{conn}
}

// tryDial connects and disconnects; status is the HTTP status of a refusal.
func tryDial(t testing.TB, n *localnet.Network, header http.Header) (status int, err error) {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), n.WSURL(), header)
	if resp != nil {
		defer resp.Body.Close()
		status = resp.StatusCode
	}
	if conn != nil {
		_ = conn.Close()
	}
	return status, err
}

func (s socket) write(t testing.TB, message string) {
	t.Helper()
	require.NoError(t, s.WriteMessage(websocket.TextMessage, []byte(message)))
}

func (s socket) read(t testing.TB) string {
	t.Helper()
	require.NoError(t, s.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, message, err := s.ReadMessage()
	require.NoError(t, err)
	return string(message)
}

// readEnd reads until the server ends the connection.
func (s socket) readEnd(t testing.TB) error {
	t.Helper()
	require.NoError(t, s.SetReadDeadline(time.Now().Add(10*time.Second)))
	for {
		if _, _, err := s.ReadMessage(); err != nil {
			return err
		}
	}
}

func TestSocketMessages(t *testing.T) {
	n := localnet.New(t, localnet.Empty())
	key := solana.SystemProgramID.String()
	for _, c := range []struct{ name, in, want string }{
		{"subscribe", `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`, `{"jsonrpc":"2.0","result":1,"id":1}`},
		{"parse error", `{`, `"code":-32700`},
		{"empty", ``, `"code":-32700`},
		{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"getSlot"}`, `"code":-32601,"message":"Method not found"`},
		{"unknown id", `{"jsonrpc":"2.0","id":1,"method":"slotUnsubscribe","params":[999]}`, `"code":-32602,"message":"Invalid subscription id."`},
		{"negative id", `{"jsonrpc":"2.0","id":1,"method":"slotUnsubscribe","params":[-1]}`, `"code":-32602`},
		{"no id", `{"jsonrpc":"2.0","id":1,"method":"slotUnsubscribe"}`, `"code":-32602`},
		{"bad key", `{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["x"]}`, `"code":-32602`},
		{"bad signature", `{"jsonrpc":"2.0","id":1,"method":"signatureSubscribe","params":["x"]}`, `"code":-32602`},
		{"bad encoding", `{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["` + key + `",{"encoding":"hex"}]}`, `"code":-32602`},
		{"bad commitment", `{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["` + key + `",{"commitment":"x"}]}`, `"code":-32602`},
		{"bad filter", `{"jsonrpc":"2.0","id":1,"method":"programSubscribe","params":["` + key + `",{"filters":[{}]}]}`, `"code":-32602`},
		{"logs without a filter", `{"jsonrpc":"2.0","id":1,"method":"logsSubscribe"}`, `"code":-32602`},
		{"logs with an unknown filter", `{"jsonrpc":"2.0","id":1,"method":"logsSubscribe","params":["some"]}`, `"code":-32602`},
		{"logs with two mentions", `{"jsonrpc":"2.0","id":1,"method":"logsSubscribe","params":[{"mentions":["` + key + `","` + key + `"]}]}`, `Only 1 address supported`},
		{"blocks without a filter", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe"}`, `"code":-32602`},
		{"blocks with an unknown filter", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":["some"]}`, `"code":-32602`},
		{"blocks with an empty filter", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":[{}]}`, `mentionsAccountOrProgram`},
		{"blocks of a bad key", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":[{"mentionsAccountOrProgram":"x"}]}`, `"code":-32602`},
		{"blocks too early", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":["all",{"commitment":"processed"}]}`, `below`},
		{"blocks in hex", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":["all",{"encoding":"hex"}]}`, `"code":-32602`},
		{"blocks in little detail", `{"jsonrpc":"2.0","id":1,"method":"blockSubscribe","params":["all",{"transactionDetails":"few"}]}`, `"code":-32602`},
		{"too many arguments", `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe","params":[1]}`, `"code":-32602`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := dial(t, n)
			s.write(t, c.in)
			require.Contains(t, s.read(t), c.want)
		})
	}
}

func TestNotificationShapes(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), frozenClock())
	s := dial(t, n)
	key := newKey(t).PublicKey()
	ask := func(id int, method, params string) {
		s.write(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params))
		require.JSONEq(t, fmt.Sprintf(`{"jsonrpc":"2.0","result":%d,"id":%d}`, id, id), s.read(t))
	}
	ask(1, "accountSubscribe", `["`+key.String()+`",{"encoding":"base64"}]`)
	ask(2, "accountSubscribe", `["`+key.String()+`"]`)
	ask(3, "programSubscribe", `["`+solana.TokenProgramID.String()+`",{"encoding":"base64","dataSlice":{"offset":1,"length":3}}]`)
	data := make([]byte, 200)
	require.NoError(t, n.SetAccount(key, localnet.Account{Lamports: 7, Data: data, Owner: solana.TokenProgramID}))

	account := `"executable":false,"lamports":7,"owner":"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA","rentEpoch":18446744073709551615,"space":200`
	notification := func(kind string, id int, value string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"%sNotification","params":{"result":{"context":{"slot":1},"value":%s},"subscription":%d}}`, kind, value, id)
	}
	require.JSONEq(t, notification("account", 1, `{`+account+`,"data":["`+strings.Repeat("A", 267)+`=","base64"]}`), s.read(t))
	require.JSONEq(t, notification("account", 2, `{`+account+`,"data":"error: data too large for bs58 encoding"}`), s.read(t))
	require.JSONEq(t, notification("program", 3, `{"pubkey":"`+key.String()+`","account":{`+account+`,"data":["AAAA","base64"]}}`), s.read(t))
}

func TestSocketBatch(t *testing.T) {
	n := localnet.New(t, localnet.Empty())
	s := dial(t, n)
	s.write(t, `[{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"},{"jsonrpc":"2.0","id":2,"method":"slotUnsubscribe","params":[1]}]`)
	require.JSONEq(t, `[{"jsonrpc":"2.0","result":1,"id":1},{"jsonrpc":"2.0","result":true,"id":2}]`, s.read(t))
}

func TestTooManySubscriptions(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithLimits(localnet.Limits{Subscriptions: 2}))
	s := dial(t, n)
	for i := range 3 {
		s.write(t, `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`)
		if answer := s.read(t); i < 2 {
			require.Contains(t, answer, `"result"`)
		} else {
			require.Contains(t, answer, "limit reached")
		}
	}
	s.write(t, `{"jsonrpc":"2.0","id":1,"method":"slotUnsubscribe","params":[1]}`)
	require.Contains(t, s.read(t), "true")
	s.write(t, `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`)
	require.Contains(t, s.read(t), `"result":3`)
}

func TestLargeSocketMessage(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithLimits(localnet.Limits{RequestBytes: 1000}))
	s := dial(t, n)
	s.write(t, strings.Repeat(" ", 1001))
	require.True(t, websocket.IsCloseError(s.readEnd(t), websocket.CloseMessageTooBig))
}

func TestTooManyConnections(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithLimits(localnet.Limits{Connections: 2}))
	first, second := dial(t, n), dial(t, n)
	_, err := tryDial(t, n, nil)
	require.Error(t, err)
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool {
		_, err := tryDial(t, n, nil)
		return err == nil
	}, 10*time.Second, time.Millisecond, "a slot is free again")
	second.write(t, `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`)
	require.Contains(t, second.read(t), "result")
}

// A client that subscribes and never reads is dropped; neither the chain nor
// other clients wait for it.
func TestSlowClientIsDropped(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithLimits(localnet.Limits{QueueBytes: 1 << 20}))
	slow, fast := dial(t, n), dial(t, n)
	for _, s := range []socket{slow, fast} {
		s.write(t, `{"jsonrpc":"2.0","id":1,"method":"programSubscribe","params":["`+solana.TokenProgramID.String()+`",{"encoding":"base64"}]}`)
		require.Contains(t, s.read(t), "result")
	}
	key := newKey(t).PublicKey()
	const changes = 30
	data := make([]byte, 1<<20)
	for i := range changes { // some 40 MB as base64: more than all buffers of a loopback connection
		data[0] = byte(i)
		require.NoError(t, n.SetAccount(key, localnet.Account{Lamports: uint64(i) + 1, Data: data, Owner: solana.TokenProgramID}))
		var got struct {
			Params struct {
				Result struct {
					Value struct{ Account struct{ Lamports int } }
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(fast.read(t)), &got))
		require.Equal(t, i+1, got.Params.Result.Value.Account.Lamports)
	}
	err := slow.readEnd(t)
	require.Error(t, err)
	require.NotErrorIs(t, err, http.ErrHandlerTimeout)
}

func TestForeignOriginIsRefused(t *testing.T) {
	n := localnet.New(t, localnet.Empty())
	status, err := tryDial(t, n, http.Header{"Origin": {"https://evil.example"}})
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, status)
}
