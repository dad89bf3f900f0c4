// Package pubsub speaks the subscription half of Solana's JSON-RPC over a
// websocket: bounded messages, and an end to connections that are only half
// open. Reconnecting, and catching up on what was missed, is for the caller.
package pubsub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Errors that end a connection.
var (
	// ErrClosed: Close was called.
	ErrClosed = errors.New("pubsub: the connection was closed")
	// ErrSlow: notifications came faster than they were received. Some are lost.
	ErrSlow = errors.New("pubsub: notifications were not received in time")
)

// Options say how a connection behaves.
type Options struct {
	MaxMessage int64         // bytes; default 1 MiB
	Ping       time.Duration // pause between pings; twice that without a sign of life ends the connection; default 20 s
	Queue      int           // notifications queued per subscription; default 256
	// Dial replaces the network, for tests. Default: TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy returns the proxy for the handshake, which is a request over http or
	// https: an http, https, socks5 or socks5h URL. Default: none.
	Proxy func(*http.Request) (*url.URL, error)
	// Header is sent with the handshake.
	Header http.Header
}

const (
	handshakeTimeout = 10 * time.Second
	writeTimeout     = 10 * time.Second
)

// Conn is a connection. It is safe for concurrent use.
type Conn struct {
	ws    *websocket.Conn
	opts  Options
	done  chan struct{} // closed when the connection has ended
	group sync.WaitGroup

	mu      sync.Mutex
	writeMu sync.Mutex
	err     error // why it ended
	nextID  uint64
	asked   map[uint64]*Subscription // by request
	live    map[uint64]*Subscription // by subscription
}

// Subscription is a stream of notifications.
type Subscription struct {
	// C has the result of each notification. It is never closed: see
	// [Conn.Done].
	C      <-chan json.RawMessage
	send   chan json.RawMessage
	answer chan error // of the request: nil once it is live
	id     uint64     // once it is live
}

// Dial connects. The context ends the attempt, not the connection.
func Dial(ctx context.Context, address string, o Options) (*Conn, error) {
	if o.MaxMessage <= 0 {
		o.MaxMessage = 1 << 20
	}
	if o.Ping <= 0 {
		o.Ping = 20 * time.Second
	}
	if o.Queue <= 0 {
		o.Queue = 256
	}
	greeting := newGreeting(o.Dial)
	dialer := websocket.Dialer{HandshakeTimeout: handshakeTimeout, NetDialContext: greeting.dial, Proxy: greeting.via(o.Proxy)}
	ws, resp, err := dialer.DialContext(ctx, address, o.Header) //nolint:bodyclose // that of a handshake needs none
	greeting.over.Store(true)
	if err != nil {
		if resp != nil { // the body of a refused handshake is at most 1 kB here, and of no use
			return nil, fmt.Errorf("pubsub: dial: the server answered %d", resp.StatusCode)
		}
		return nil, fmt.Errorf("pubsub: dial: %w", err)
	}
	c := &Conn{ws: ws, opts: o, done: make(chan struct{}), asked: map[uint64]*Subscription{}, live: map[uint64]*Subscription{}}
	ws.SetReadLimit(o.MaxMessage)
	ws.SetPongHandler(func(string) error { return c.alive() })
	if err := c.alive(); err != nil {
		_ = ws.Close()
		return nil, fmt.Errorf("pubsub: dial: %w", err)
	}
	c.group.Add(2)
	go c.read()
	go c.ping()
	return c, nil
}

// alive gives the other side more time.
func (c *Conn) alive() error { return c.ws.SetReadDeadline(time.Now().Add(2 * c.opts.Ping)) }

// Done is closed once the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is why the connection has ended, nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection and waits for its goroutines.
func (c *Conn) Close() {
	c.end(ErrClosed)
	c.group.Wait()
}

func (c *Conn) end(err error) {
	c.mu.Lock()
	first := c.err == nil
	if first {
		c.err = err
		close(c.done)
	}
	c.mu.Unlock()
	if first {
		_ = c.ws.Close()
	}
}

func (c *Conn) read() {
	defer c.group.Done()
	for {
		_, message, err := c.ws.ReadMessage()
		if err != nil {
			c.end(fmt.Errorf("pubsub: read: %w", err))
			return
		}
		if err := errors.Join(c.alive(), c.handle(message)); err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Conn) ping() {
	defer c.group.Done()
	t := time.NewTicker(c.opts.Ping)
	defer t.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-t.C:
			if err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)); err != nil {
				c.end(fmt.Errorf("pubsub: ping: %w", err))
				return
			}
		}
	}
}

// message is anything that a server sends.
type message struct {
	ID     *uint64         `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Params struct {
		Subscription uint64          `json:"subscription"`
		Result       json.RawMessage `json:"result"`
	} `json:"params"`
}

func (c *Conn) handle(raw []byte) error {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("pubsub: malformed message: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.ID == nil {
		s, ok := c.live[m.Params.Subscription]
		if !ok {
			return nil // of a subscription that has ended
		}
		select {
		case s.send <- m.Params.Result:
			return nil
		default:
			return ErrSlow
		}
	}
	s, ok := c.asked[*m.ID]
	if !ok {
		return nil // answer to an unsubscribe, or to nothing
	}
	delete(c.asked, *m.ID)
	if m.Error != nil {
		s.answer <- fmt.Errorf("pubsub: the server answered %q (%d)", m.Error.Message, m.Error.Code)
		return nil
	}
	if err := json.Unmarshal(m.Result, &s.id); err != nil {
		s.answer <- fmt.Errorf("pubsub: malformed subscription id: %w", err)
		return nil
	}
	c.live[s.id] = s
	s.answer <- nil
	return nil
}

// Subscribe calls a method such as "programSubscribe" and waits for its answer.
func (c *Conn) Subscribe(ctx context.Context, method string, params ...any) (*Subscription, error) {
	stream := make(chan json.RawMessage, c.opts.Queue)
	s := &Subscription{C: stream, send: stream, answer: make(chan error, 1)}
	c.mu.Lock()
	c.nextID++
	id := c.nextID
	c.asked[id] = s
	c.mu.Unlock()
	if err := c.write(id, method, params); err != nil {
		c.end(err)
		return nil, err
	}
	select {
	case err := <-s.answer:
		return s, err
	case <-c.done:
		return nil, c.Err()
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.asked, id)
		if c.live[s.id] == s { // the answer came at the same moment
			delete(c.live, s.id)
		}
		c.mu.Unlock()
		return nil, ctx.Err()
	}
}

// Unsubscribe ends a subscription. The method is its counterpart, such as
// "programUnsubscribe"; an empty one means that the server has ended it.
func (c *Conn) Unsubscribe(s *Subscription, method string) {
	c.mu.Lock()
	delete(c.live, s.id)
	c.nextID++
	id := c.nextID
	c.mu.Unlock()
	if method == "" {
		return
	}
	if err := c.write(id, method, []any{s.id}); err != nil {
		c.end(err)
	}
}

func (c *Conn) write(id uint64, method string, params []any) error {
	data, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      uint64 `json:"id"`
		Method  string `json:"method"`
		Params  []any  `json:"params"`
	}{"2.0", id, method, params})
	if err != nil {
		return fmt.Errorf("pubsub: %s: %w", method, err)
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("pubsub: %s: %w", method, err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		return fmt.Errorf("pubsub: %s: %w", method, err)
	}
	return nil
}
