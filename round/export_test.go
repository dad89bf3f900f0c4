package round

import (
	"context"
	"net"
	"net/http"

	"github.com/gagliardetto/solana-go"
)

// WithTransport puts a test between the client and the network.
func (c Config) WithTransport(t http.RoundTripper) Config { c.transport = t; return c }

// WithDialWS does the same for websockets.
func (c Config) WithDialWS(dial func(ctx context.Context, network, address string) (net.Conn, error)) Config {
	c.dialWS = dial
	return c
}

// ParseNote reads what a websocket reports of an account.
func ParseNote(raw []byte, program solana.PublicKey) (address solana.PublicKey, data []byte, ok bool) {
	n, ok := parseNote(raw, program)
	return n.address, n.data, ok
}
