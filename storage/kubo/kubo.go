// Package kubo publishes to and reads from a Kubo node (the ipfs daemon) over
// its RPC API (https://docs.ipfs.tech/reference/kubo/rpc/).
package kubo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Node is a Kubo node. It implements [storage.Pusher], [storage.Fetcher] and
// [storage.BlockFetcher].
type Node struct{ c *httpx.Client }

var (
	_ storage.Pusher       = (*Node)(nil)
	_ storage.Fetcher      = (*Node)(nil)
	_ storage.BlockFetcher = (*Node)(nil)
)

// Options configures a [Node]. The zero value is useful.
type Options struct {
	// Client makes the requests. Default: one with connection deadlines.
	Client *http.Client
	// Authorization, if set, is sent as the header of that name (see
	// API.Authorizations in Kubo's configuration), for example "Bearer …".
	Authorization storage.Secret
	// PlainHTTP allows http, instead of https, to a host that is not in the
	// local network: everybody on the way sees Authorization.
	PlainHTTP bool
}

// New returns the node whose RPC listens at base, usually "http://127.0.0.1:5001".
func New(base string, o Options) (*Node, error) {
	header := http.Header{}
	if !o.Authorization.IsZero() {
		header.Set("Authorization", o.Authorization.Reveal())
	}
	c, err := httpx.New("kubo", base, httpx.Options{HTTP: o.Client, Header: header, PlainHTTP: o.PlainHTTP})
	if err != nil {
		return nil, err
	}
	c.Backend = "kubo:" + c.Host()
	return &Node{c}, nil
}

// String names the node in errors.
func (n *Node) String() string { return n.c.Backend }

// Push imports the CAR and pins its root. Blocks are imported unchanged, so the
// CID does not depend on the node's chunking settings.
func (n *Node) Push(ctx context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	form := httpx.NewForm(func(w *multipart.Writer) error {
		part, err := w.CreateFormFile("file", root.String()+".car")
		if err != nil {
			return err
		}
		_, err = io.Copy(part, car)
		return err
	})
	defer form.Wait()
	resp, err := n.call(ctx, "push", root, "dag/import", url.Values{"pin-roots": {"true"}}, form, form.ContentType)
	if err != nil {
		return storage.Receipt{}, err
	}
	defer resp.Body.Close()
	data, err := httpx.ReadReply(resp)
	if err == nil {
		err = n.streamError(resp)
	}
	if err == nil {
		err = n.checkPinned(root, data)
	}
	if err != nil {
		return storage.Receipt{}, n.c.Fail("push", root, err)
	}
	return storage.Receipt{Backend: n.String(), CID: root}, nil
}

// checkPinned checks the answer of dag/import, one line per root.
func (n *Node) checkPinned(root cid.Cid, data []byte) error {
	lines, err := httpx.Lines[struct {
		Root *struct {
			Cid         map[string]string
			PinErrorMsg string
		}
	}](data)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Root == nil {
			continue
		}
		if l.Root.PinErrorMsg != "" {
			return fmt.Errorf("imported, but not pinned: %s", n.c.Sanitize(l.Root.PinErrorMsg))
		}
		c, err := httpx.ReplyCID(l.Root.Cid["/"])
		if err != nil {
			return err
		}
		if !c.Equals(root) {
			return storage.Mismatch(root, c)
		}
		return nil
	}
	return fmt.Errorf("the node's answer names no root: %w", storage.ErrIncomplete)
}

// Fetch exports the DAG as CAR. A node that is online also looks for it on its
// network.
func (n *Node) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	resp, err := n.call(ctx, "fetch", root, "dag/export", url.Values{"arg": {root.String()}, "progress": {"false"}}, nil, "") //nolint:bodyclose // the stream does
	if err != nil {
		return nil, err
	}
	return &stream{ReadCloser: resp.Body, resp: resp, node: n}, nil
}

// FetchBlock reads one block.
func (n *Node) FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error) {
	resp, err := n.call(ctx, "fetch", c, "block/get", url.Values{"arg": {c.String()}}, nil, "") //nolint:bodyclose // the stream does
	if err != nil {
		return nil, err
	}
	return &stream{ReadCloser: resp.Body, resp: resp, node: n}, nil
}

// call sends one command; all of them are POSTs. Kubo answers errors with
// status 500 and {Message, Code, Type}, of which only the message says what is
// wrong.
func (n *Node) call(ctx context.Context, op string, c cid.Cid, command string, args url.Values, body io.Reader, contentType string) (*http.Response, error) {
	resp, err := n.c.Do(ctx, op, c, httpx.Request{Method: http.MethodPost, Path: "/api/v0/" + command, Query: args, Body: body, ContentType: contentType})
	var e *storage.Error
	if errors.As(err, &e) && e.Status == http.StatusInternalServerError && isNotFound(e.Err.Error()) {
		clone := *e
		clone.Err = fmt.Errorf("%w: %w", storage.ErrNotFound, e.Err)
		return nil, &clone
	}
	return resp, err
}

func isNotFound(text string) bool {
	return strings.Contains(text, "not found") || strings.Contains(text, "could not find")
}

// streamError returns the error that Kubo reports in a trailer, after it has
// sent status 200.
func (n *Node) streamError(resp *http.Response) error {
	text := n.c.Sanitize(resp.Trailer.Get("X-Stream-Error"))
	switch {
	case text == "":
		return nil
	case isNotFound(text):
		return fmt.Errorf("%s: %w", text, storage.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", text, storage.ErrIncomplete)
}

// stream returns the trailer's error from Read.
type stream struct {
	io.ReadCloser
	resp *http.Response
	node *Node
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if serr := s.node.streamError(s.resp); serr != nil {
			err = serr
		}
	}
	return n, err
}

// CloseIdle closes idle connections.
func (n *Node) CloseIdle() { n.c.CloseIdle() }
