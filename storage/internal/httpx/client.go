// Package httpx is what the HTTP drivers share: one request, an error that
// says what a caller needs to know, and nothing that trusts the other side.
package httpx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
)

// maxReply bounds what is read of an answer that is not content.
const maxReply = 64 << 10

// Client talks to one service.
type Client struct {
	Backend string // names the service in errors
	base    *url.URL
	http    *http.Client
	header  http.Header
	secrets []string
}

// New returns a client for the service at base (http or https, with an
// optional path). hc may be nil. header goes with every request; its
// values are kept out of errors.
func New(backend, base string, hc *http.Client, header http.Header) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("storage: %s: %q is no http or https address", backend, redactURL(u))
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("storage: %s: %q: credentials and queries do not belong into the address", backend, redactURL(u))
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	if hc == nil {
		hc = &http.Client{Transport: transport()}
	}
	own := *hc
	own.CheckRedirect = checkRedirect
	own.Jar = nil
	c := &Client{Backend: backend, base: u, http: &own, header: header}
	for _, values := range header {
		for _, v := range values {
			c.secrets = append(c.secrets, v)
			if _, token, ok := strings.Cut(v, " "); ok { // "Bearer …", "Basic …"
				c.secrets = append(c.secrets, token)
			}
		}
	}
	return c, nil
}

// Host returns the host of the service.
func (c *Client) Host() string { return c.base.Host }

// transport has deadlines for connecting only: how long an answer may take is
// the store's to say, which knows about stalls. Transparent compression is off,
// since it would let a small answer unfold.
func transport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

// checkRedirect follows a service to itself and to its subdomains (gateways
// give each CID one), nowhere else: a gateway must not make us knock at other
// doors, least of all those of this machine.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from, to := via[0].URL, req.URL
	same := to.Host == from.Host || strings.HasSuffix(to.Host, "."+from.Host) && net.ParseIP(from.Hostname()) == nil
	switch {
	case len(via) > 3:
		return fmt.Errorf("too many redirects: %w", storage.ErrUnsupported)
	case !same || from.Scheme == "https" && to.Scheme != "https" || to.User != nil:
		return fmt.Errorf("redirect to another host (%s) is not followed: %w", to.Host, storage.ErrUnsupported)
	}
	return nil
}

// Request is one call.
type Request struct {
	Method      string // default GET
	Path        string // unescaped, appended to the base's path
	Query       url.Values
	Accept      string
	ContentType string
	Body        io.Reader
}

// Do sends r. The caller closes the body of the answer, which has status 200
// to 299; every other one comes back as a *storage.Error.
func (c *Client) Do(ctx context.Context, op string, root cid.Cid, r Request) (*http.Response, error) {
	fail := func(err error) error { return c.Fail(op, root, c.clean(err)) }
	u := *c.base
	u.Path += r.Path
	u.RawQuery = r.Query.Encode()
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), r.Body)
	if err != nil {
		return nil, fail(err)
	}
	for k, v := range c.header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "decloud-go")
	for k, v := range map[string]string{"Accept": r.Accept, "Content-Type": r.ContentType} {
		if v != "" {
			req.Header.Set(k, v)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fail(err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	return nil, &storage.Error{
		Backend: c.Backend, Op: op, CID: root, Status: resp.StatusCode,
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now()),
		Err:        c.explain(resp.StatusCode, text),
	}
}

// clean drops the address from transport errors: it may be long and its query
// is nobody's business.
func (c *Client) clean(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s %s: %w", u.Op, c.base.Host, u.Err)
	}
	return err
}

// explain gives an answer that is an error its kind and its own words.
func (c *Client) explain(status int, body []byte) error {
	text := c.Words(message(body))
	kind := Kind(status)
	switch {
	case kind == nil:
		return errors.New(text)
	case text == "":
		return kind
	}
	return fmt.Errorf("%s: %w", text, kind)
}

// Kind returns the sentinel for an HTTP status, nil where there is none.
func Kind(status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired:
		return storage.ErrUnauthorized
	case http.StatusNotFound, http.StatusGone:
		return storage.ErrNotFound
	case http.StatusRequestEntityTooLarge:
		return storage.ErrTooLarge
	case http.StatusTooManyRequests:
		return storage.ErrRateLimited
	case http.StatusNotAcceptable, http.StatusNotImplemented, http.StatusUnsupportedMediaType:
		return storage.ErrUnsupported
	}
	return nil
}

// Redact removes the client's credentials from text, should a service echo them.
func (c *Client) Redact(text string) string {
	for _, s := range c.secrets {
		if len(s) > 3 {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	return text
}

// Fail returns the error of an operation. Credentials that a service has
// echoed, whatever of its answer is quoted, are taken out.
func (c *Client) Fail(op string, root cid.Cid, err error) error {
	if text := err.Error(); c.Redact(text) != text {
		err = redacted{c.Redact(text), err}
	}
	return &storage.Error{Backend: c.Backend, Op: op, CID: root, Err: err}
}

// redacted keeps an error's kind, and its words from everybody.
type redacted struct {
	text string
	err  error
}

func (r redacted) Error() string        { return r.text }
func (r redacted) Is(target error) bool { return errors.Is(r.err, target) }

// Words makes a service's own words fit to be shown: one line without
// credentials, of bounded length, that no terminal takes for commands.
func (c *Client) Words(text string) string {
	text, _, _ = strings.Cut(c.Redact(text), "\n") // first of all: half a key is no longer found
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// message finds the words in an error body: JSON of the services we know, or
// text; web pages are left out.
func message(body []byte) string {
	var v struct {
		Message string
		Error   json.RawMessage
	}
	text := strings.TrimSpace(string(body))
	if json.Unmarshal(body, &v) == nil {
		text = v.Message
		var plain string
		var nested struct{ Reason, Details, Message string }
		if json.Unmarshal(v.Error, &plain) == nil && plain != "" {
			text = plain
		} else if json.Unmarshal(v.Error, &nested) == nil {
			text = strings.TrimSpace(strings.Join([]string{nested.Reason, nested.Details, nested.Message}, " "))
		}
	}
	if strings.HasPrefix(text, "<") {
		return ""
	}
	return text
}

func redactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// CloseIdle closes connections that wait for another request.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }
