package pubsub

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// Deadlines of a connection. A client that sends nothing for readTimeout, not
// even a pong, is disconnected.
const (
	writeTimeout = 10 * time.Second
	closeTimeout = 100 * time.Millisecond // for the close frame
	pingInterval = 30 * time.Second
	readTimeout  = 75 * time.Second
)

// conn is one client.
type conn struct {
	hub        *Hub
	ws         *websocket.Conn
	out        *outbox
	dispatcher *jsonrpc.Dispatcher
	ctx        context.Context // ends with the connection
	cancel     context.CancelFunc

	// mu makes the answer to a subscribe come before its first notification.
	mu          sync.Mutex
	subs        []*subscription
	afterAnswer []func() // called after the current request's answer, without mu
}

func newConn(h *Hub, ws *websocket.Conn) *conn {
	c := &conn{hub: h, ws: ws, out: newOutbox(h.limits.OutboxMessages, h.limits.OutboxBytes)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.dispatcher = jsonrpc.NewDispatcher(c.methods(), h.limits.Calls)
	return c
}

// stop ends the connection without waiting; a write in progress gets
// closeTimeout to finish. Any goroutine may call it, any number of times.
func (c *conn) stop() {
	c.cancel()
	_ = c.ws.NetConn().SetWriteDeadline(time.Now().Add(closeTimeout))
}

// run serves the connection until either side ends it.
func (c *conn) run() {
	var writer sync.WaitGroup
	writer.Go(c.write)
	c.read()
	c.cancel()
	writer.Wait()
	c.forgetAll()
}

func (c *conn) read() {
	c.ws.SetReadLimit(int64(c.hub.limits.MessageBytes))
	extendDeadline := func(string) error { return c.ws.SetReadDeadline(time.Now().Add(readTimeout)) }
	_ = extendDeadline("")
	c.ws.SetPongHandler(extendDeadline)
	for {
		_, message, err := c.ws.ReadMessage()
		if err != nil || c.ctx.Err() != nil {
			return
		}
		_ = extendDeadline("")
		c.serve(message)
	}
}

// serve answers one message.
func (c *conn) serve(message []byte) {
	c.mu.Lock()
	if answer := c.dispatcher.Serve(c.ctx, message); answer != nil {
		c.send(answer)
	}
	after := c.afterAnswer
	c.afterAnswer = nil
	c.mu.Unlock()
	for _, f := range after {
		f()
	}
}

// send queues a message, or drops the client if its outbox is full.
func (c *conn) send(message []byte) {
	if !c.out.put(message) {
		c.stop()
	}
}

// write sends the messages of the outbox and closes the connection at the end,
// which ends the reader too.
func (c *conn) write() {
	defer func() { _ = c.ws.Close() }()
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		select {
		case <-c.ctx.Done():
			frame := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
			_ = c.ws.WriteControl(websocket.CloseMessage, frame, time.Now().Add(closeTimeout))
			return
		case <-ping.C:
			if c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) != nil {
				return
			}
		case <-c.out.ready:
			message := c.out.take()
			_ = c.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
			if message != nil && c.ws.WriteMessage(websocket.TextMessage, message) != nil {
				return
			}
		}
	}
}

// notify sends the notifications of this client's subscriptions for an event.
func (c *conn) notify(ev svm.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range append([]*subscription(nil), c.subs...) {
		c.deliver(s, s.results(ev))
	}
}

// deliver sends results to a subscription. c.mu must be held.
func (c *conn) deliver(s *subscription, results []any) {
	for _, result := range results {
		message, err := jsonrpc.Notification(s.kind+"Notification", s.id, result)
		if err == nil && c.ctx.Err() == nil {
			c.send(message)
		}
	}
	if s.once && len(results) > 0 {
		c.forget(s.id)
	}
}
