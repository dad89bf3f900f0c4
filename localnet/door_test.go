package localnet_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// knock asks a chain for its health as a browser or a client would, and returns the
// status of the call and of a websocket's handshake, 0 where the host is the client's
// own.
func knock(t *testing.T, n *localnet.Network, host, origin string) (call, socket int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.URL(), strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"getHealth"}`))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	header := http.Header{}
	if origin != "" {
		r.Header.Set("Origin", origin)
		header.Set("Origin", origin)
	}
	if host != "" {
		r.Host = host
		header.Set("Host", host)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	if resp.StatusCode == http.StatusOK {
		require.Equal(t, origin, resp.Header.Get("Access-Control-Allow-Origin"))
	} else {
		require.Contains(t, string(text), "localnet.WithAllowed")
	}
	ws, answer, err := websocket.DefaultDialer.DialContext(t.Context(), n.WSURL(), header)
	if err == nil {
		require.NoError(t, ws.Close())
	}
	require.NotNil(t, answer)
	return resp.StatusCode, answer.StatusCode
}

// A name that leads to this machine, or a page that a browser shows, is not let in,
// unless the chain was told to.
func TestWhoIsLetIn(t *testing.T) {
	plain := localnet.New(t, localnet.Empty())
	open := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("validator", "Chain.Example"), localnet.WithAllowedOrigins("http://localhost:3000"))
	all := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("*"), localnet.WithAllowedOrigins("*"))
	for name, c := range map[string]struct {
		host, origin     string
		plain, open, all bool
	}{
		"a client":                            {"", "", true, true, true},
		"by address":                          {"127.0.0.1:8899", "", true, true, true},
		"by another address":                  {"192.168.0.7", "", true, true, true},
		"by an IPv6 address":                  {"[::1]:8899", "", true, true, true},
		"localhost":                           {"localhost:8899", "", true, true, true},
		"below localhost":                     {"chain.localhost", "", true, true, true},
		"a name that was rebound":             {"evil.example", "", false, false, true},
		"the same, and its page":              {"evil.example", "http://evil.example", false, false, true},
		"a name like localhost":               {"localhost.evil.example", "", false, false, true},
		"a name like an address":              {"127.0.0.1.evil.example", "", false, false, true},
		"a container":                         {"validator:8899", "", false, true, true},
		"a name in other letters":             {"chain.EXAMPLE.", "", false, true, true},
		"another page":                        {"", "https://evil.example", false, false, true},
		"a page of no origin":                 {"", "null", false, false, true},
		"a page of this machine":              {"", "http://localhost:3000", false, true, true},
		"a page at another port":              {"", "http://localhost:3001", false, false, true},
		"an origin that begins as a good one": {"", "http://localhost:3000.evil.example", false, false, true},
		"a page of the chain's own":           {"localhost:8899", "http://localhost:8899", true, true, true},
		"an allowed page, a rebound name":     {"evil.example", "http://localhost:3000", false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			for n, lets := range map[*localnet.Network]bool{plain: c.plain, open: c.open, all: c.all} {
				call, socket := knock(t, n, c.host, c.origin)
				if lets {
					require.Equal(t, http.StatusOK, call)
					require.Equal(t, http.StatusSwitchingProtocols, socket)
				} else {
					require.Equal(t, http.StatusForbidden, call)
					require.Equal(t, http.StatusForbidden, socket)
				}
			}
		})
	}
}

// Before a browser posts JSON for a page, it asks whether the page may.
func TestPreflight(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithAllowedOrigins("http://localhost:3000"))
	for origin, status := range map[string]int{"http://localhost:3000": http.StatusNoContent, "https://evil.example": http.StatusForbidden} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, n.URL(), nil)
		require.NoError(t, err)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "content-type,solana-client")
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, status, resp.StatusCode)
		if status == http.StatusNoContent {
			require.Equal(t, origin, resp.Header.Get("Access-Control-Allow-Origin"))
			require.Contains(t, resp.Header.Get("Access-Control-Allow-Methods"), "POST")
			require.Equal(t, "content-type,solana-client", resp.Header.Get("Access-Control-Allow-Headers"))
		} else {
			require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
		}
	}
}
