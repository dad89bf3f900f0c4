package chain

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// ErrTooLarge: a response is larger than [Config.MaxResponse]. Ask for less, in
// several calls, or set a larger bound.
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

// boundedTransport bounds what a node may send and turns refusals for a temporary
// reason into a [statusError], since their body is no JSON-RPC.
type boundedTransport struct {
	next http.RoundTripper
	max  int64
}

// RoundTrip implements http.RoundTripper.
func (t *boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if status := (&statusError{code: resp.StatusCode}); status.temporary() {
		// A little of the body is read so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 4096)
		_ = resp.Body.Close()
		status.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		return nil, status
	}
	over, _ := r.Context().Value(overKey{}).(*atomic.Bool)
	resp.Body = &boundedBody{resp.Body, t.max, over}
	return resp, nil
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

// overKey is the key of an *atomic.Bool in a call's context, which is set if the
// response is too large: the JSON decoder hides errors of its reader.
type overKey struct{}

// boundedBody fails once more than the remaining bytes were read.
type boundedBody struct {
	io.ReadCloser
	remaining int64
	over      *atomic.Bool // may be nil
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p))-1 > b.remaining {
		p = p[:b.remaining+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.remaining -= int64(n); b.remaining < 0 {
		if b.over != nil {
			b.over.Store(true)
		}
		return 0, ErrTooLarge
	}
	return n, err
}
