// Package httpx is the HTTP client that the drivers share. It turns answers
// into errors of package storage, keeps credentials out of them, and does not
// trust the service.
package httpx

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/internal/netloc"
	"github.com/decloud-sdk/decloud-go/storage"
)

// maxReply bounds how much is read of an answer that is not content, in bytes.
const maxReply = 64 << 10

// Client talks to one service.
type Client struct {
	Backend string // names the service in errors
	base    *url.URL
	http    *http.Client
	access  func() access // a closure, where no printing by reflection finds the credentials
	explain func(resp *http.Response) (time.Duration, error)
}

// Options configures a [Client].
type Options struct {
	HTTP *http.Client // default: one with connection deadlines and without compression
	// Header is sent with every request, and kept out of errors.
	Header http.Header
	// PlainHTTP allows http to a public host.
	PlainHTTP bool
	// Elsewhere allows redirects and [Request.URL] to other hosts, for services that
	// keep content in another place. Such a host gets no credentials, and must be
	// public if the service is: it cannot send us to this machine or network.
	Elsewhere bool
	// Explain, if set, returns how long to wait and what an error answer of the service
	// means, where its headers say more than the status: 0 and nil otherwise.
	Explain func(resp *http.Response) (wait time.Duration, kind error)
}

// New returns a client for the service at base: http or https, with an optional
// path, and an optional query, which is taken for a credential and added to
// every request.
func New(backend, base string, o Options) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("storage: %s: %q is not an http or https address, such as https://ipfs.io", backend, redactURL(u))
	}
	if u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("storage: %s: %q: the address must not contain a user, a password or a fragment", backend, redactURL(u))
	}
	if u.Scheme == "http" && !o.PlainHTTP && netloc.IsPublic(u.Hostname()) {
		return nil, fmt.Errorf("storage: %s: %q is a public host, and everybody on the way could read and change what is sent: use https, or set Options.PlainHTTP",
			backend, redactURL(u))
	}
	a := access{base: u, elsewhere: o.Elsewhere, header: o.Header, query: u.Query()}
	u.Path, u.RawQuery = strings.TrimSuffix(u.Path, "/"), ""
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: transport()}
	}
	client := *o.HTTP
	client.CheckRedirect = a.checkRedirect
	client.Jar = nil
	return &Client{Backend: backend, base: u, http: &client, access: func() access { return a }, explain: o.Explain}, nil
}

// Host returns the host of the service.
func (c *Client) Host() string { return c.base.Host }

// transport has deadlines for connecting only: the store's stall timeout bounds
// answers. Transparent compression is off, since a small answer could expand
// without bound.
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

// Request is one call.
type Request struct {
	Method      string // default GET
	Path        string // unescaped, appended to the base's path
	Query       url.Values
	Accept      string
	ContentType string
	Range       string // the header, for a part of the content
	Body        io.Reader
	Length      int64 // of Body in bytes, where it is known: some services want to know it
	// URL is an address that the service named, in place of Path and Query; see
	// Options.Elsewhere. It gets the credentials only with SignedIn, and only if it
	// is one of the service's own.
	URL      string
	SignedIn bool
}

// Do sends r and returns an answer with status 200 to 299, whose body the
// caller closes. Every other answer is returned as a *storage.Error.
func (c *Client) Do(ctx context.Context, op string, root cid.Cid, r Request) (*http.Response, error) {
	fail := func(err error) error { return c.Fail(op, root, c.withoutURL(err)) }
	req, err := c.request(ctx, r)
	if err != nil {
		return nil, fail(err)
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
	wait, kind := c.meaning(resp)
	return nil, &storage.Error{
		Backend: c.Backend, Op: op, CID: root, Status: resp.StatusCode,
		RetryAfter: wait,
		Err:        c.describe(kind, text),
	}
}

// request builds r's request, with the credentials if it goes to the service.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	a, u := c.access(), *c.base
	u.Path += r.Path
	u.RawQuery = a.withQuery(r.Query).Encode()
	signedIn := r.URL == ""
	if r.URL != "" {
		named, err := url.Parse(r.URL)
		if err != nil {
			return nil, fmt.Errorf("the service names an address that is none: %w", storage.ErrUnsupported)
		}
		if err := a.checkPlace(named); err != nil {
			return nil, err
		}
		u, signedIn = *named, r.SignedIn && a.own(named)
	}
	method := cmp.Or(r.Method, http.MethodGet)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), r.Body)
	if err != nil {
		return nil, err
	}
	if r.Length > 0 {
		req.ContentLength = r.Length
	}
	if signedIn {
		maps.Copy(req.Header, a.header)
	}
	req.Header.Set("User-Agent", "decloud-go")
	for k, v := range map[string]string{"Accept": r.Accept, "Content-Type": r.ContentType, "Range": r.Range} {
		if v != "" {
			req.Header.Set(k, v)
		}
	}
	return req, nil
}

// meaning returns how long an answer asks to wait, and the error that it stands for, nil
// if there is none. What another host refuses says nothing about our
// credentials, which it did not get.
func (c *Client) meaning(resp *http.Response) (wait time.Duration, kind error) {
	wait = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	kind = Kind(resp.StatusCode)
	if !c.access().own(resp.Request.URL) {
		if errors.Is(kind, storage.ErrUnauthorized) {
			kind = errRefusedElsewhere
		}
		return wait, kind
	}
	if c.explain != nil {
		longer, better := c.explain(resp)
		if better != nil {
			kind = better
		}
		wait = max(wait, longer)
	}
	return wait, kind
}

var errRefusedElsewhere = errors.New("the place that the service named refuses the request: try again, such addresses expire")

// withoutURL removes the URL from transport errors: it may be long and contain
// secrets in its query.
func (c *Client) withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s %s: %w", u.Op, c.base.Host, u.Err)
	}
	return err
}

// describe returns the error for an answer with an error status: the service's
// message and what it means.
func (c *Client) describe(kind error, body []byte) error {
	text := c.Sanitize(message(body))
	switch {
	case kind == nil:
		return errors.New(text)
	case text == "":
		return kind
	}
	return fmt.Errorf("%s: %w", text, kind)
}

// Kind returns the sentinel error for an HTTP status, nil if there is none.
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

// Redact removes the client's credentials from text, in case a service echoes
// them.
func (c *Client) Redact(text string) string {
	if c.access == nil {
		return text
	}
	return c.access().redact(text)
}

// Fail returns the error of an operation, without the credentials that the
// service may have echoed.
func (c *Client) Fail(op string, root cid.Cid, err error) error {
	if text := err.Error(); c.Redact(text) != text {
		err = redacted{c.Redact(text), err}
	}
	return &storage.Error{Backend: c.Backend, Op: op, CID: root, Err: err}
}

// redacted replaces the text of an error but keeps its kind for errors.Is.
type redacted struct {
	text string
	err  error
}

func (r redacted) Error() string        { return r.text }
func (r redacted) Is(target error) bool { return errors.Is(r.err, target) }

// Sanitize makes a service's message safe to show: one line of bounded length,
// without credentials and control characters.
func (c *Client) Sanitize(text string) string {
	text, _, _ = strings.Cut(c.Redact(text), "\n") // before cutting, which could leave half of a key
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

// message returns the message in an error body: from the JSON of the services
// we know, or plain text; "" for web pages.
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
	if u.Scheme == "" {
		return u.Host + u.Path
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// CloseIdle closes idle connections.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }
