package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// maxRequest and maxAnswer bound what a node passes on, in bytes.
const (
	maxRequest = 1 << 20
	maxAnswer  = 64 << 20
)

// node is an RPC node between workers and the chain, with faults.
type node struct {
	switchable
	answers
	srv    *http.Server
	client *http.Client
	url    string // of both HTTP and the websocket, but for the scheme

	targetMu sync.Mutex
	target   string // the chain's host and port
	sockets  sockets
}

func newNode() (*node, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &node{url: ln.Addr().String(), client: &http.Client{Timeout: time.Minute}}
	n.srv = &http.Server{Handler: n, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = n.srv.Serve(ln) }() // until Close
	return n, nil
}

func (n *node) close() error {
	n.sockets.cut()
	n.client.CloseIdleConnections()
	return n.srv.Close()
}

// lead sends everything to a chain from now on.
func (n *node) lead(chainURL string) error {
	u, err := url.Parse(chainURL)
	if err != nil {
		return err
	}
	n.targetMu.Lock()
	n.target = u.Host
	n.targetMu.Unlock()
	n.answers.forget()
	n.sockets.cut()
	return nil
}

// inject sets the fault. The websockets do not live through the beginning of one.
func (n *node) inject(kind Kind, lasts time.Duration) {
	n.set(kind, lasts)
	n.sockets.cut()
}

// ServeHTTP implements http.Handler.
func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := n.fault()
	if kind == NodeDown {
		panic(http.ErrAbortHandler)
	}
	if r.Header.Get("Upgrade") != "" {
		n.socket(w, r, kind)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return
	}
	switch kind {
	case NodeErrors:
		if rand.IntN(4) > 0 {
			fail(w, body)
			return
		}
	case NodeSlow:
		select {
		case <-time.After(time.Duration(rand.IntN(5000)) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	case NodeLags:
		if answer := n.recall(body); answer != nil {
			send(w, answer)
			return
		}
	}
	answer, err := n.ask(r, body)
	if err != nil || kind == NodeLoses && rand.IntN(2) == 0 {
		panic(http.ErrAbortHandler)
	}
	if kind != NodeLags {
		n.keep(body, answer)
	}
	send(w, answer)
}

func send(w http.ResponseWriter, answer []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// ask passes a request on to the chain.
func (n *node) ask(r *http.Request, body []byte) ([]byte, error) {
	n.targetMu.Lock()
	target := n.target
	n.targetMu.Unlock()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://"+target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := n.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
}

// fail answers with one of the errors that nodes have.
func fail(w http.ResponseWriter, body []byte) {
	var call struct{ ID json.RawMessage }
	_ = json.Unmarshal(body, &call) // of a batch: no id
	inJSON := func(code, message string) {
		send(w, []byte(`{"jsonrpc":"2.0","id":`+string(orNull(call.ID))+`,"error":{"code":`+code+`,"message":"`+message+`"}}`))
	}
	switch rand.IntN(6) {
	case 0:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests", http.StatusTooManyRequests)
	case 1:
		http.Error(w, "no backend", http.StatusServiceUnavailable)
	case 2:
		inJSON("-32005", "Node is behind by 300 slots")
	case 3:
		inJSON("-32603", "Internal error")
	case 4:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>Just a moment…</html>")
	case 5:
		send(w, []byte(`{"jsonrpc":"2.0","id":1,"result":{"cont`))
	}
}

func orNull(id json.RawMessage) json.RawMessage {
	if id == nil {
		return json.RawMessage("null")
	}
	return id
}
