package chaintest

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
)

// Socket is the websocket of a node, in memory, so that it works within a
// synctest bubble. What it sends is a test's.
type Socket struct {
	t testing.TB

	mu      sync.Mutex
	conns   []*websocket.Conn // of clients that have subscribed, the latest last
	pipes   []net.Conn        // of all clients, the client's ends
	dials   int
	faults  SocketFaults
	filters []any // of the last subscription to accounts
	group   sync.WaitGroup
}

// SocketFaults are what a socket does wrong.
type SocketFaults struct {
	Refuse bool // dials fail
	Deaf   bool // subscriptions are never answered
	Mute   bool // pings are not answered
	Drop   bool // the connection is dropped when a subscription is asked for
}

// NewSocket is a socket without faults. It is closed when the test ends.
func NewSocket(t testing.TB) *Socket {
	s := &Socket{t: t}
	t.Cleanup(s.close)
	return s
}

// Dial is the client's way to the socket.
func (s *Socket) Dial(context.Context, string, string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	if s.faults.Refuse {
		return nil, errors.New("refused")
	}
	client, server := net.Pipe()
	s.pipes = append(s.pipes, client)
	s.group.Go(func() { s.serve(server) })
	return client, nil
}

func (s *Socket) serve(conn net.Conn) {
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
			if s.faults.Mute {
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
				s.mu.Lock()
				s.filters, _ = asked["filters"].([]any)
				s.mu.Unlock()
			}
			if !s.answer(ws, request.ID, request.Method) {
				return
			}
		}
	}))
}

func (s *Socket) answer(ws *websocket.Conn, id uint64, method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.Drop {
		return false
	}
	if s.faults.Deaf {
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

// Raw sends a text to the client that subscribed last. Whether it takes it is
// the client's affair.
func (s *Socket) Raw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conns[len(s.conns)-1].WriteMessage(websocket.TextMessage, []byte(text))
}

// Account tells the client of a state of an account.
func (s *Socket) Account(address, owner solana.PublicKey, data []byte, slot uint64) {
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "programNotification", "params": map[string]any{
		"subscription": 23, "result": map[string]any{"context": map[string]any{"slot": slot}, "value": map[string]any{
			"pubkey": address, "account": map[string]any{"owner": owner, "data": []string{base64.StdEncoding.EncodeToString(data), "base64"}},
		}}}})
	require.NoError(s.t, err)
	s.Raw(string(text))
}

// Drop ends the connection of the client that subscribed last.
func (s *Socket) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NoError(s.t, s.conns[len(s.conns)-1].Close())
}

// SetFaults replaces what the socket does wrong.
func (s *Socket) SetFaults(f SocketFaults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Subscribed is how many subscriptions there were so far.
func (s *Socket) Subscribed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Dials is how often the socket was dialled so far.
func (s *Socket) Dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// Filters are those of the last subscription to accounts.
func (s *Socket) Filters() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filters
}

func (s *Socket) close() {
	s.mu.Lock()
	for _, p := range s.pipes {
		_ = p.Close()
	}
	s.mu.Unlock()
	s.group.Wait()
}
