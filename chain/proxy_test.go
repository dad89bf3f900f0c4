package chain_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
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

func newProxy(t *testing.T, to string, start func(http.Handler) *httptest.Server) *proxy {
	p := &proxy{to: strings.TrimPrefix(to, "http://")}
	p.Server = start(p)
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
	p := newProxy(t, node.URL(), httptest.NewServer)
	u, err := url.Parse(p.URL)
	require.NoError(t, err)
	c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://node.test", WS: "ws://node.test"}, Proxy: http.ProxyURL(u)})
	require.NoError(t, err)
	defer c.Close()
	reaches(t, c)
	require.Contains(t, p.seen(), "POST node.test")
	require.Contains(t, p.seen(), "CONNECT node.test:80")
}

// The same with the environment's HTTP_PROXY, which a process reads once, as it does
// the certificates that it believes.
func TestProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("CHAIN_TEST_PROXY") != "" {
		c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://node.test", WS: "ws://node.test"}})
		require.NoError(t, err)
		defer c.Close()
		reaches(t, c)
		return
	}
	for name, start := range map[string]func(http.Handler) *httptest.Server{"http": httptest.NewServer, "https": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			node := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("node.test"))
			p := newProxy(t, node.URL(), start)
			require.True(t, strings.HasPrefix(p.URL, name+"://"))
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestProxyOfTheEnvironment$")
			cmd.Env = append(os.Environ(), "CHAIN_TEST_PROXY=1", "HTTP_PROXY="+p.URL, "http_proxy="+p.URL, "NO_PROXY=", "no_proxy=", "SSL_CERT_FILE="+certificate(t, p.Server))
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, p.seen(), "POST node.test")
			require.Contains(t, p.seen(), "CONNECT node.test:80")
		})
	}
}

// certificate writes that of a server to a file, if it has one.
func certificate(t *testing.T, s *httptest.Server) string {
	if s.Certificate() == nil {
		return ""
	}
	path := filepath.Join(t.TempDir(), "cert.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	return path
}

// A proxy whose certificate is not believed is no way to a node, for the websocket
// either.
func TestProxyWithAnotherCertificate(t *testing.T) {
	node := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("node.test"))
	refused := make(complaints, 100)
	p := newProxy(t, node.URL(), func(h http.Handler) *httptest.Server {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(refused, "", 0)
		s.StartTLS()
		return s
	})
	u, err := url.Parse(p.URL)
	require.NoError(t, err)
	c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://node.test", WS: "ws://node.test"}, Proxy: http.ProxyURL(u), Attempts: 1})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Slot(t.Context())
	require.ErrorAs(t, err, new(*tls.CertificateVerificationError))
	require.Contains(t, <-refused, "bad certificate")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		assert.Contains(t, <-refused, "bad certificate", "the websocket's")
		cancel()
	}()
	c.Subscribe(ctx, records, func(n chain.Notice) { assert.False(t, n.Connected) })
	require.Empty(t, p.seen())
}

// complaints receive the lines of a log.
type complaints chan string

func (l complaints) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// A SOCKS proxy looks up the names.
func TestSOCKSProxy(t *testing.T) {
	for _, scheme := range []string{"socks5", "socks5h"} {
		t.Run(scheme, func(t *testing.T) {
			node := localnet.New(t, localnet.Empty(), localnet.WithAllowedHosts("node.test"))
			u := &url.URL{Scheme: scheme, Host: socks(t, strings.TrimPrefix(node.URL(), "http://"))}
			c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: "http://node.test", WS: "ws://node.test"}, Proxy: http.ProxyURL(u)})
			require.NoError(t, err)
			defer c.Close()
			reaches(t, c)
		})
	}
}

// socks is the address of a SOCKS5 proxy that leads names to one address.
func socks(t *testing.T, to string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { defer conn.Close(); speakSOCKS(conn, to) })
		}
	})
	return listener.Addr().String()
}

func speakSOCKS(conn net.Conn, to string) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(conn, head); err != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, conn, int64(head[1])) // ways to log in
	_, _ = conn.Write([]byte{5, 0})
	request := make([]byte, 5)
	if _, err := io.ReadFull(conn, request); err != nil || request[3] != 3 { // a name
		return
	}
	_, _ = io.CopyN(io.Discard, conn, int64(request[4])+2)
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(out, conn); _ = out.(*net.TCPConn).CloseWrite() }()
	_, _ = io.Copy(conn, out)
	conn.Close()
	<-done
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
