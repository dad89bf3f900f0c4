package pubsub

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that answers the handshake with headers and no end to them.
func TestEndlessHandshake(t *testing.T) {
	sent := make(chan int, 1)
	_, err := Dial(t.Context(), "ws://node.test/", Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		go func() {
			n, err := io.WriteString(server, "HTTP/1.1 101 Switching Protocols\r\n")
			for more := 0; err == nil; n += more {
				more, err = io.WriteString(server, strings.Repeat("A: b\r\n", 100))
			}
			sent <- n
		}()
		return client, nil
	}})
	require.ErrorIs(t, err, errGreeting)
	require.Less(t, <-sent, 2*maxGreeting)
}
