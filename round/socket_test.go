package round_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// socket is the websocket of a node, in memory, so that it works within a
// synctest bubble. What it sends is a test's.
type socket struct {
	t *testing.T
	w *world

	mu       sync.Mutex
	conns    []*websocket.Conn // of clients that have subscribed, the latest last
	pipes    []net.Conn        // of all clients, the client's ends
	dials    int
	refuse   bool  // dials fail
	deaf     bool  // subscriptions are never answered
	mute     bool  // pings are not answered
	dropping bool  // the connection is dropped when a subscription is asked for
	filters  []any // of the last subscription to accounts
	group    sync.WaitGroup
}

// dial is the client's way to the socket.
func (s *socket) dial(context.Context, string, string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	if s.refuse {
		return nil, errors.New("refused")
	}
	client, server := net.Pipe()
	s.pipes = append(s.pipes, client)
	s.group.Go(func() { s.serve(server) })
	return client, nil
}

func (s *socket) serve(conn net.Conn) {
	l := &oneConn{conn: conn, done: make(chan struct{})}
	_ = http.Serve(l, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer close(l.done)
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		ws.SetPingHandler(func(data string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.mute {
				return nil
			}
			return ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		})
		for {
			var request struct {
				ID     uint64 `json:"id"`
				Method string `json:"method"`
				Params []any  `json:"params"`
			}
			if ws.ReadJSON(&request) != nil {
				return
			}
			if request.Method == "programSubscribe" {
				asked, _ := request.Params[1].(map[string]any)
				s.set(func() { s.filters, _ = asked["filters"].([]any) })
			}
			if !s.answer(ws, request.ID, request.Method) {
				return
			}
		}
	}))
}

func (s *socket) answer(ws *websocket.Conn, id uint64, method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropping {
		return false
	}
	if s.deaf {
		return true
	}
	if method == "programSubscribe" || method == "signatureSubscribe" {
		s.conns = append(s.conns, ws)
	}
	return ws.WriteJSON(map[string]any{"jsonrpc": "2.0", "id": id, "result": 23}) == nil
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, errors.New("that was all")
}
func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// raw sends a text to the client that subscribed last. Whether it takes it is
// the client's affair.
func (s *socket) raw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conns[len(s.conns)-1].WriteMessage(websocket.TextMessage, []byte(text))
}

// account tells the client of a state of an account.
func (s *socket) account(address solana.PublicKey, data []byte, slot uint64) {
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "programNotification", "params": map[string]any{
		"subscription": 23, "result": map[string]any{"context": map[string]any{"slot": slot}, "value": map[string]any{
			"pubkey": address, "account": map[string]any{"owner": round.LocalProgram, "data": []string{base64.StdEncoding.EncodeToString(data), "base64"}},
		}}}})
	require.NoError(s.t, err)
	s.raw(string(text))
}

// round tells the client of a round's state as it is now.
func (s *socket) round(id uint64) (data []byte, slot uint64) {
	address := round.Addresses{Program: round.LocalProgram}.Round(id)
	account, ok := s.w.net.Account(address)
	require.True(s.t, ok)
	slot, err := s.w.net.RPC().GetSlot(s.t.Context(), "confirmed")
	require.NoError(s.t, err)
	s.account(address, account.Data, slot)
	return account.Data, slot
}

// drop ends the connection of the client that subscribed last.
func (s *socket) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NoError(s.t, s.conns[len(s.conns)-1].Close())
}

func (s *socket) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *socket) subscribed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *socket) lastFilters() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filters
}

func (s *socket) close() {
	s.mu.Lock()
	for _, p := range s.pipes {
		_ = p.Close()
	}
	s.mu.Unlock()
	s.group.Wait()
}

// withSocket makes a world whose clients have a node with faults and such a
// socket.
func withSocket(t *testing.T) (*world, *node, *socket) {
	w, n := viaNode(t)
	s := &socket{t: t, w: w}
	t.Cleanup(s.close)
	via := w.over
	w.over = func(c round.Config) round.Config {
		c = via(c)
		c.Network.WS = "ws://node.test/"
		return c.WithDialWS(s.dial)
	}
	return w, n, s
}

// watcher runs a watch in the background.
type watcher struct {
	*testing.T
	changes chan round.Change
	errs    chan error
	cancel  context.CancelFunc
	done    chan struct{}
}

func watch(t *testing.T, c *round.Client, w round.Watch) *watcher {
	ctx, cancel := context.WithCancel(t.Context())
	out := &watcher{t, make(chan round.Change, 1000), make(chan error, 1000), cancel, make(chan struct{})}
	go func() {
		defer close(out.done)
		for change, err := range c.Watch(ctx, w) {
			if err != nil {
				out.errs <- err
				continue
			}
			out.changes <- change
		}
	}()
	t.Cleanup(out.stop)
	return out
}

func (w *watcher) stop() { w.cancel(); <-w.done }

// next is the next change, and when it came.
func (w *watcher) next() round.Change {
	w.Helper()
	select {
	case c := <-w.changes:
		return c
	case <-time.After(5 * time.Minute):
		require.Fail(w, "nothing was reported")
		return round.Change{}
	}
}

// quiet makes sure that nothing is reported for a while.
func (w *watcher) quiet(d time.Duration) {
	w.Helper()
	select {
	case c := <-w.changes:
		require.Failf(w, "reported", "%+v", c)
	case <-time.After(d):
	}
}
