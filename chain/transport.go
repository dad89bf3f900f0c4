package chain

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ErrTooLarge is wrapped by the error of a call whose response is larger than
// [Config.MaxResponse]. Ask for less, in several calls, or set a larger bound.
var ErrTooLarge = errors.New("the response is larger than Config.MaxResponse")

// statusError is a response by its HTTP status alone.
type statusError struct {
	code  int
	after time.Duration // the server's Retry-After; −1: it gave none
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the node answered %d %s", e.code, http.StatusText(e.code))
}

// temporary reports whether trying again may help.
func (e *statusError) temporary() bool {
	switch e.code {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return true
	}
	return false
}

// redirectError: the node wants to be asked elsewhere. That is never followed: the
// request may hold keys, and says what the wallet is about to do.
type redirectError struct {
	code int
	host string // where to
}

func (e *redirectError) Error() string {
	return fmt.Sprintf("the node answered %d and sends its callers on to %s, which is not followed: if that is right, make it the URL of the node", e.code, e.host)
}

// placeholder is the URL that requests are made with. The real one, which may hold
// a key, comes in right before they are sent, so that it is in no error.
const placeholder = "http://node.invalid/"

// nodeTransport sends requests to a node, bounds what it may send back, and turns
// refusals for a temporary reason into a [statusError], since their body is no
// JSON-RPC.
type nodeTransport struct {
	next   http.RoundTripper
	max    int64
	target func() (*url.URL, http.Header)
}

// RoundTrip implements http.RoundTripper.
func (t *nodeTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(t.aimed(r))
	if err != nil {
		return nil, err
	}
	resp.Request = r
	if failure := failureOf(resp); failure != nil {
		// A little of the body is read so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 4096)
		_ = resp.Body.Close()
		return nil, failure
	}
	about, _ := r.Context().Value(responseKey{}).(*response)
	if about == nil {
		about = new(response)
	}
	about.after.Store(int64(max(0, retryAfter(resp.Header.Get("Retry-After"), time.Now()))))
	resp.Body = &boundedBody{resp.Body, t.max, about}
	return resp, nil
}

// aimed is the request as it is sent.
func (t *nodeTransport) aimed(r *http.Request) *http.Request {
	to, header := t.target()
	r = r.Clone(r.Context())
	r.URL, r.Host = to, ""
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return r
}

// failureOf is nil for an answer that holds JSON-RPC, perhaps.
func failureOf(resp *http.Response) error {
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		host := "another address"
		if to, err := resp.Request.URL.Parse(resp.Header.Get("Location")); err == nil && to.Host != resp.Request.URL.Host {
			host = to.Hostname()
		}
		return &redirectError{resp.StatusCode, host}
	}
	if status := (&statusError{code: resp.StatusCode}); status.temporary() || resp.StatusCode >= 400 && !isJSON(resp) {
		status.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		return status
	}
	return nil
}

// isJSON reports whether the answer says that it holds JSON: some nodes answer errors
// of JSON-RPC so, with a status; a proxy's or a gateway's own are pages.
func isJSON(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// retryAfter reads the header: a number of seconds, or a date; −1 for neither.
func retryAfter(header string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, t.Sub(now))
	}
	return -1
}

// boundedBody fails once more than the remaining bytes were read.
type boundedBody struct {
	io.ReadCloser
	remaining int64
	about     *response
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p))-1 > b.remaining {
		p = p[:b.remaining+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.remaining -= int64(n); b.remaining < 0 {
		b.about.over.Store(true)
		return 0, ErrTooLarge
	}
	return n, err
}
