package round

import (
	"context"
	"net"
	"net/http"
)

// WithTransport puts a test between the client and the network.
func (c Config) WithTransport(t http.RoundTripper) Config { c.transport = t; return c }

// WithDialWS does the same for websockets.
func (c Config) WithDialWS(dial func(ctx context.Context, network, address string) (net.Conn, error)) Config {
	c.dialWS = dial
	return c
}
