package pubsub

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// maxGreeting bounds the bytes of a handshake, TLS certificates included.
const maxGreeting = 256 << 10

var errGreeting = errors.New("pubsub: the answer to the handshake has no end")

// greeting bounds what is read until the handshake is over: the websocket library
// reads headers for as long as a server sends any.
type greeting struct {
	next func(ctx context.Context, network, address string) (net.Conn, error)
	over atomic.Bool
}

func newGreeting(next func(ctx context.Context, network, address string) (net.Conn, error)) *greeting {
	if next == nil {
		next = new(net.Dialer).DialContext
	}
	return &greeting{next: next}
}

func (g *greeting) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := g.next(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &greetingConn{Conn: conn, over: &g.over, left: maxGreeting}, nil
}

// greetingConn is read by one goroutine at a time, as websockets are.
type greetingConn struct {
	net.Conn
	over *atomic.Bool
	left int
}

// Read implements net.Conn.
func (c *greetingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.over.Load() {
		return n, err
	}
	if c.left -= n; c.left < 0 {
		return 0, errGreeting
	}
	return n, err
}
