package localnet

import (
	"bytes"
	"io"
	"net/http"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// newInProcessClient returns a solana-go client whose HTTP requests go straight
// to the handler, without a socket.
func newInProcessClient(n *Network) *rpc.Client {
	return rpc.NewWithCustomRPCClient(jsonrpc.NewClientWithOpts("http://localnet/", &jsonrpc.RPCClientOpts{HTTPClient: directClient{n}}))
}

// directClient is a jsonrpc.HTTPClient over an http.Handler.
type directClient struct{ n *Network }

func (directClient) CloseIdleConnections() {}

func (c directClient) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if c.n.isClosed() {
		return nil, ErrClosed
	}
	w := &responseRecorder{header: http.Header{}, status: http.StatusOK}
	c.n.rpcHandler.ServeHTTP(w, r)
	return &http.Response{
		Status:        http.StatusText(w.status),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.header,
		Body:          io.NopCloser(&w.body),
		ContentLength: int64(w.body.Len()),
		Request:       r,
	}, nil
}

// responseRecorder is an http.ResponseWriter in memory.
type responseRecorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *responseRecorder) Header() http.Header         { return r.header }
func (r *responseRecorder) WriteHeader(status int)      { r.status = status }
func (r *responseRecorder) Write(p []byte) (int, error) { return r.body.Write(p) }
