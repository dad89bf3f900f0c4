package chain_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// sent is what a node gets of headers, over HTTP.
func sent(t testing.TB, h chain.Header) http.Header {
	var got http.Header
	c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://localhost"}, Header: h, Attempts: 1,
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Header
			return nil, http.ErrServerClosed
		})})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Slot(t.Context())
	require.ErrorIs(t, err, http.ErrServerClosed)
	return got
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestParseHeader(t *testing.T) {
	h, err := chain.ParseHeader(" authorization: Bearer a:b\r\n\nX-Tier:2\nX-Tier: 3\n")
	require.NoError(t, err)
	got := sent(t, h)
	require.Equal(t, []string{"Bearer a:b"}, got["Authorization"])
	require.Equal(t, []string{"2", "3"}, got["X-Tier"])
	h, err = chain.ParseHeader(" \n")
	require.NoError(t, err)
	require.True(t, h.IsZero())
	for name, text := range map[string]string{
		"no colon": "Bearer verysecret", "no name": ": verysecret", "no value": "verysecret:", "space in the name": "very secret: x",
		"control character": "A: verysecret\x00", "letters beyond ASCII in the name": "Größe: verysecret", "the second": "A: b\nverysecret",
		"the client's own": "Content-Type: verysecret", "of the websocket": "Sec-WebSocket-Key: verysecret", "host": "host: verysecret",
	} {
		_, err := chain.ParseHeader(text)
		require.ErrorIs(t, err, chain.ErrArgument, name)
		require.NotContains(t, err.Error(), "verysecret", name)
	}
}

// What is accepted is sent, line by line and nothing else; what is not is not shown.
func FuzzParseHeader(f *testing.F) {
	f.Add("Authorization: Bearer x\nx-tier: 2")
	f.Add("a:b\rc:d")
	f.Add("Host: x")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := chain.ParseHeader(text)
		if err != nil {
			if len(text) > 8 {
				require.NotContains(t, err.Error(), text)
			}
			return
		}
		lines := 0
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		for name, values := range sent(t, h) {
			require.Equal(t, http.CanonicalHeaderKey(name), name)
			for _, v := range values {
				require.False(t, strings.ContainsAny(v, "\r\n\x00"))
			}
			if name != "Content-Type" && name != "Accept" { // the client's
				lines -= len(values)
			}
		}
		require.Zero(t, lines)
	})
}
