package chain

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
)

// Node is a node of a chain. However it is printed, logged or marshalled, only its
// host shows: URLs of providers often hold an API key.
type Node struct {
	RPC    string // http or https URL
	WS     string // ws or wss URL; empty: none
	Header Header // sent with every HTTP request, and with the handshake of the websocket
}

// String returns the host.
func (n Node) String() string { return "node " + hostOf(n.RPC) }

// Format prints the host, whatever the verb.
func (n Node) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, n.String()) }

// GoString returns the host.
func (n Node) GoString() string { return n.String() }

// LogValue returns the host.
func (n Node) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalText returns the host.
func (n Node) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// GobEncode returns the host.
func (n Node) GobEncode() ([]byte, error) { return n.MarshalText() }

// hostOf is the host of a URL, with its port.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "(unknown)"
	}
	return u.Host
}

// endpoint is a node as the client keeps it: its URLs and headers are in a closure,
// where no printing by reflection finds them.
type endpoint struct {
	host string // for people
	rpc  func() (*url.URL, http.Header)
	ws   func() (string, http.Header) // nil: it has no websocket
}

// endpoint makes one of a node that was checked.
func (n Node) endpoint() (endpoint, error) {
	u, err := url.Parse(n.RPC)
	if err != nil {
		return endpoint{}, fmt.Errorf("%w: RPC: not a URL", ErrNetwork)
	}
	header := takeUser(u, n.Header.header())
	e := endpoint{host: u.Host, rpc: func() (*url.URL, http.Header) { return u, header }}
	if n.WS == "" {
		return e, nil
	}
	ws, err := url.Parse(n.WS)
	if err != nil {
		return endpoint{}, fmt.Errorf("%w: WS: not a URL", ErrNetwork)
	}
	greeting := takeUser(ws, n.Header.header())
	e.ws = func() (string, http.Header) { return ws.String(), greeting }
	return e, nil
}

// takeUser moves name and password from a URL to the headers, where net/http puts
// them, too.
func takeUser(u *url.URL, h http.Header) http.Header {
	if u.User == nil {
		return h
	}
	r := http.Request{Header: http.Header{}}
	maps.Copy(r.Header, h)
	password, _ := u.User.Password()
	r.SetBasicAuth(u.User.Username(), password)
	u.User = nil
	return r.Header
}

// check says what is wrong with the node's settings.
func (n Node) check(insecure bool) error {
	if err := checkURL(n.RPC, insecure, "http", "https"); err != nil {
		return fmt.Errorf("RPC: %w", err)
	}
	if n.WS == "" {
		return nil
	}
	if err := checkURL(n.WS, insecure, "ws", "wss"); err != nil {
		return fmt.Errorf("WS: %w", err)
	}
	return nil
}
