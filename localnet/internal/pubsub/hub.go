// Package pubsub serves Solana's subscriptions over WebSocket: account,
// block, program, logs, signature, slot and root, in the shapes of Agave's PubSub
// service (anza-xyz/agave, rpc/src/rpc_pubsub.rs).
//
// The bank's goroutine never waits for a client: a notification goes into the
// client's outbox, and a client that does not empty its outbox is dropped.
package pubsub

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gorilla/websocket"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
	"github.com/decloud-sdk/decloud-go/localnet/internal/rpcapi"
)

// Limits bound what one client may use. The listener bounds the number of
// clients.
type Limits struct {
	Subscriptions  int // per connection
	MessageBytes   int // of one message from a client
	OutboxMessages int // waiting for one client
	OutboxBytes    int // waiting for one client; a single message may be larger
	Calls          jsonrpc.Limits
}

// Hub is an http.Handler for WebSocket requests.
type Hub struct {
	bank     *svm.Bank
	accounts *rpcapi.API // shows them
	limits   Limits
	upgrader websocket.Upgrader
	nextID   atomic.Uint64 // of subscriptions; 0 is never used

	unsubscribe func()
	running     sync.WaitGroup // of connections, and of slots while a connection uses it
	slots       slotTicker

	mu         sync.Mutex
	conns      map[*conn]struct{}
	interested map[interest]map[*conn]int // numbers of subscriptions
	closed     bool
}

// NewHub returns a Hub that is subscribed to the bank until Close. It takes requests of
// any web page: whom to let in is decided before.
func NewHub(bank *svm.Bank, limits Limits) *Hub {
	h := &Hub{bank: bank, accounts: rpcapi.New(rpcapi.Config{Bank: bank}), limits: limits, conns: map[*conn]struct{}{}, interested: map[interest]map[*conn]int{}}
	h.upgrader.CheckOrigin = func(*http.Request) bool { return true }
	h.slots = slotTicker{tick: bank.Tick, every: bank.SlotTime(), running: &h.running}
	h.unsubscribe = bank.Subscribe(h.notify)
	return h
}

// interest is what a subscription waits for; zero: any event.
type interest struct {
	kind string // "account" or "signature"
	key  [64]byte
}

func inAccount(key solana.PublicKey) interest {
	on := interest{kind: "account"}
	copy(on.key[:], key[:])
	return on
}

func inSignature(sig solana.Signature) interest { return interest{"signature", sig} }

// watch adds subscriptions of a connection for an interest, or removes them if n is
// negative.
func (h *Hub) watch(c *conn, on interest, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	conns := h.interested[on]
	if conns == nil {
		conns = map[*conn]int{}
		h.interested[on] = conns
	}
	if conns[c] += n; conns[c] == 0 {
		delete(conns, c)
	}
	if len(conns) == 0 {
		delete(h.interested, on)
	}
}

// notify passes an event of the bank to the connections that wait for it: thousands
// that wait for something else take no time.
func (h *Hub) notify(ev svm.Event) {
	for c := range h.waitingFor(ev) {
		c.notify(ev)
	}
}

func (h *Hub) waitingFor(ev svm.Event) map[*conn]struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	conns := map[*conn]struct{}{}
	add := func(on interest) {
		for c := range h.interested[on] {
			conns[c] = struct{}{}
		}
	}
	add(interest{})
	for _, change := range ev.Accounts {
		add(inAccount(change.Key))
	}
	if ev.Result != nil {
		add(inSignature(ev.Result.Signature))
	}
	return conns
}

// ServeHTTP upgrades the request and serves the connection until it ends.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.begin() {
		http.Error(w, "this server is closing", http.StatusServiceUnavailable)
		return
	}
	defer h.running.Done()
	ws, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := newConn(h, ws)
	if !h.add(c) {
		_ = ws.Close()
		return
	}
	defer h.remove(c)
	c.run()
}

// begin registers a request that Close will wait for; false after Close.
func (h *Hub) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.running.Add(1)
	}
	return !h.closed
}

func (h *Hub) add(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.conns[c] = struct{}{}
	return true
}

func (h *Hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
}

// Close ends all connections and waits for them, at most for grace. Calling it
// again is harmless.
func (h *Hub) Close(grace time.Duration) error {
	h.mu.Lock()
	h.closed = true
	for c := range h.conns {
		c.stop()
	}
	h.mu.Unlock()
	h.unsubscribe()

	done := make(chan struct{})
	go func() {
		h.running.Wait()
		close(done)
	}()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return errors.New("websocket connections did not close in time")
	}
}
