package chain_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// proxy is an HTTP proxy that leads to one address, whatever is asked for.
type proxy struct {
	*httptest.Server
	to string

	mu    sync.Mutex
	asked []string // method and host
}

func newProxy(t *testing.T, to string) *proxy {
	p := &proxy{to: strings.TrimPrefix(to, "http://")}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Method == http.MethodConnect {
		p.tunnel(w)
		return
	}
	r.URL.Host, r.RequestURI, r.Host = p.to, "", p.to
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

func (p *proxy) tunnel(w http.ResponseWriter) {
	out, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	w.WriteHeader(http.StatusOK)
	in, rest, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(out, rest); _ = out.(*net.TCPConn).CloseWrite() }()
	_, _ = io.Copy(in, out)
	in.Close()
	<-done
}

// seen are the requests so far.
func (p *proxy) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, ", ")
}

// reaches reads through a client, and waits for its websocket.
func reaches(t *testing.T, c *chain.Client) {
	_, err := c.Slot(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c.Subscribe(ctx, records, func(n chain.Notice) {
		if n.Connected {
			cancel()
		}
	})
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

// Calls and websocket go through a proxy, to hosts that only the proxy knows.
func TestProxy(t *testing.T) {
	node := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("node.test"))
	p := newProxy(t, node.URL())
	u, err := url.Parse(p.URL)
	require.NoError(t, err)
	c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://node.test", WS: "ws://node.test"}, Proxy: http.ProxyURL(u)})
	require.NoError(t, err)
	defer c.Close()
	reaches(t, c)
	require.Contains(t, p.seen(), "POST node.test")
	require.Contains(t, p.seen(), "CONNECT node.test:80")
}

// The same with the environment's HTTP_PROXY, which a process reads once.
func TestProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("CHAIN_TEST_PROXY") != "" {
		c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://node.test", WS: "ws://node.test"}})
		require.NoError(t, err)
		defer c.Close()
		reaches(t, c)
		return
	}
	node := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("node.test"))
	p := newProxy(t, node.URL())
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestProxyOfTheEnvironment$")
	cmd.Env = append(os.Environ(), "CHAIN_TEST_PROXY=1", "HTTP_PROXY="+p.URL, "http_proxy="+p.URL, "NO_PROXY=", "no_proxy=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, p.seen(), "POST node.test")
	require.Contains(t, p.seen(), "CONNECT node.test:80")
}

// Each node gets its own headers, over HTTP and with the websocket's handshake, and
// no other node's.
func TestHeaders(t *testing.T) {
	var mu sync.Mutex
	got := map[string][]string{}
	node := func(name string, answers bool) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			kind := "http "
			if websocket.IsWebSocketUpgrade(r) {
				kind = "ws "
			}
			mu.Lock()
			got[kind+name] = append(got[kind+name], r.Header.Get("Authorization")+" "+r.Header.Get("X-Tier"))
			mu.Unlock()
			if !answers || kind == "ws " {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":7}`))
		}))
		t.Cleanup(s.Close)
		return s
	}
	one, two := node("one", false), node("two", true)
	header := func(token string) chain.Header {
		return chain.NewHeader(http.Header{"Authorization": {"Bearer " + token}, "x-tier": {token + "-tier"}})
	}
	c, err := chain.NewClient(chain.Config{
		Network: chain.Network{RPC: one.URL, WS: "ws" + one.URL[4:]}, Header: header("first"),
		Fallbacks: []chain.Node{{RPC: two.URL, WS: "ws" + two.URL[4:], Header: header("second")}},
	})
	require.NoError(t, err)
	defer c.Close()
	slot, err := c.Slot(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 7, slot)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		assert.Eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(got["ws two"]) > 0 }, 10*time.Second, time.Millisecond)
		cancel()
	}()
	c.Subscribe(ctx, records, func(chain.Notice) {})
	mu.Lock()
	defer mu.Unlock()
	for from, token := range map[string]string{"one": "first", "two": "second"} {
		for _, kind := range []string{"http ", "ws "} {
			require.NotEmpty(t, got[kind+from])
			for _, h := range got[kind+from] {
				require.Equal(t, "Bearer "+token+" "+token+"-tier", h)
			}
		}
	}
}
