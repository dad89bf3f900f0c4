package pubsub

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
)

// maxGreeting bounds the bytes of a handshake, TLS certificates included.
const maxGreeting = 256 << 10

var errGreeting = errors.New("pubsub: the answer to the handshake has no end")

// greeting bounds what is read until the handshake is over: the websocket library
// reads headers for as long as a server sends any.
type greeting struct {
	next  func(ctx context.Context, network, address string) (net.Conn, error)
	over  atomic.Bool
	proxy string // host name of a proxy that is reached over TLS; empty: none is
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
	conn = &greetingConn{Conn: conn, over: &g.over, left: maxGreeting}
	if g.proxy == "" {
		return conn, nil
	}
	secure := tls.Client(conn, &tls.Config{ServerName: g.proxy})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("pubsub: proxy: %w", err)
	}
	return secure, nil
}

// via is choose for the websocket library, which knows fewer kinds of proxies than
// package net/http: it is told of a plain one in place of one over TLS, and dial
// encrypts the connection to that. Its socks5 has the proxy look up names, as
// socks5h means.
func (g *greeting) via(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	if choose == nil {
		return nil
	}
	return func(r *http.Request) (*url.URL, error) {
		u, err := choose(r)
		if err != nil || u == nil {
			return nil, err
		}
		known := *u
		switch u.Scheme {
		case "https":
			g.proxy = u.Hostname()
			known.Scheme, known.Host = "http", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443"))
		case "socks5h":
			known.Scheme = "socks5"
		}
		return &known, nil
	}
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
