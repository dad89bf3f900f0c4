// Package pinning asks a pinning service to keep content, over the IPFS Pinning
// Service API (https://ipfs.github.io/pinning-services-api-spec/), which Pinata,
// Filebase and others offer. Such a service is sent no content: it fetches it
// from the network, so something has to provide it, a Kubo node or
// storage/node, until it is pinned.
package pinning

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// maxOrigins is how many addresses the API takes.
const maxOrigins = 20

// Options configures a [Service]. Token is required.
type Options struct {
	Token storage.Secret // sent as "Authorization: Bearer …"
	// Upload, if set, receives the content first: usually a kubo.Node. Without it
	// something else must provide the content to the network.
	Upload storage.Pusher
	// Origins are the addresses (multiaddrs with /p2p/…) of the nodes that have
	// the content, at most 20, such as node.Node.Addrs: the service then need not
	// search for it. Default: it searches.
	Origins []string
	// Connect, if set, is called with the addresses at which the service waits
	// for the content, to connect a node that is behind a firewall: see
	// node.Node.Connect. Its error fails the push.
	Connect func(ctx context.Context, delegates []string) error
	// Name is shown in the service's list of pins. Default: the CID.
	Name string
	// Wait is how long to wait for the service to have everything. After it the
	// pin counts as accepted, and the store looks whether the content can be
	// read back. Default 2 minutes.
	Wait time.Duration
	// Poll is the pause between two questions about a pin. Default 2 s.
	Poll time.Duration
	// Client makes the requests. Default: one with connection deadlines.
	Client *http.Client
	// PlainHTTP allows a service at http that is not in the local network:
	// everybody on the way sees the token.
	PlainHTTP bool
}

// Service is a pinning service. It implements [storage.Pusher].
type Service struct {
	c *httpx.Client
	o Options // without the token
}

var _ storage.Pusher = (*Service)(nil)

// New returns the service whose API is at base, for example
// "https://api.pinata.cloud/psa".
func New(base string, o Options) (*Service, error) {
	if o.Token.IsZero() {
		return nil, errors.New("storage: pinning: set Options.Token, the access token that the service has given you")
	}
	if len(o.Origins) > maxOrigins {
		return nil, fmt.Errorf("storage: pinning: %d origins, the API takes %d", len(o.Origins), maxOrigins)
	}
	c, err := httpx.New("pinning", base, httpx.Options{
		HTTP: o.Client, PlainHTTP: o.PlainHTTP, Header: http.Header{"Authorization": {"Bearer " + o.Token.Reveal()}},
	})
	if err != nil {
		return nil, err
	}
	c.Backend = "pinning:" + c.Host()
	o.Token = storage.Secret{}
	if o.Wait <= 0 {
		o.Wait = 2 * time.Minute
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	return &Service{c, o}, nil
}

// String names the service in errors.
func (s *Service) String() string { return s.c.Backend }

// Push uploads the content to [Options.Upload] if there is one, asks the service
// to pin root, and waits until it is pinned.
func (s *Service) Push(ctx context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	if s.o.Upload != nil {
		if _, err := s.o.Upload.Push(ctx, root, car); err != nil {
			return storage.Receipt{}, err
		}
	} else if _, err := io.Copy(io.Discard, car); err != nil { // it is whole, and the store waits for the answer now
		return storage.Receipt{}, s.c.Fail("push", root, err)
	}
	p, err := s.ask(ctx, root)
	if err == nil {
		p, err = s.await(ctx, root, p)
	}
	if err != nil {
		if s.o.Upload != nil { // there it is, and can be read back
			err = fmt.Errorf("%w: %w", err, storage.ErrNotHeld)
		}
		return storage.Receipt{}, err
	}
	return storage.Receipt{Backend: s.String(), CID: root, ID: p.RequestID, Pending: p.Status != "pinned"}, nil
}

// pin is the API's PinStatus.
type pin struct {
	RequestID string `json:"requestid"`
	Status    string // queued, pinning, pinned or failed
	Pin       struct{ CID string }
	Delegates []string
	Info      map[string]any
}

// ask returns the pin that there is already, else requests one.
func (s *Service) ask(ctx context.Context, root cid.Cid) (pin, error) {
	query := url.Values{"cid": {root.String()}, "status": {"queued,pinning,pinned"}, "limit": {"1"}}
	var found struct{ Results []pin }
	if err := s.call(ctx, root, httpx.Request{Path: "/pins", Query: query}, &found); err != nil {
		return pin{}, err
	}
	if len(found.Results) > 0 {
		return found.Results[0], s.check(root, found.Results[0])
	}
	request := map[string]any{"cid": root.String(), "name": s.o.Name}
	if s.o.Name == "" {
		request["name"] = root.String()
	}
	if len(s.o.Origins) > 0 {
		request["origins"] = s.o.Origins
	}
	body, err := json.Marshal(request)
	if err != nil {
		return pin{}, s.c.Fail("push", root, err)
	}
	var p pin
	err = s.call(ctx, root, httpx.Request{Method: http.MethodPost, Path: "/pins", Body: bytes.NewReader(body), ContentType: "application/json"}, &p)
	if err == nil {
		err = s.check(root, p)
	}
	if err == nil && p.Status != "pinned" && s.o.Connect != nil && len(p.Delegates) > 0 {
		if cerr := s.o.Connect(ctx, p.Delegates); cerr != nil {
			err = s.c.Fail("push", root, fmt.Errorf("connecting to the service's nodes: %w", cerr))
		}
	}
	return p, err
}

// await polls until the pin is there, has failed, or Wait has passed.
func (s *Service) await(ctx context.Context, root cid.Cid, p pin) (pin, error) {
	deadline := time.NewTimer(s.o.Wait)
	defer deadline.Stop()
	for p.Status != "pinned" {
		if p.Status == "failed" {
			why := "it does not say why"
			if text, ok := p.Info["status_details"].(string); ok {
				why = s.c.Sanitize(text)
			}
			return p, s.c.Fail("push", root, fmt.Errorf("the service could not pin it: %s; is a node that has it online, and reachable?: %w", why, storage.ErrNotHeld))
		}
		select {
		case <-ctx.Done():
			return p, s.c.Fail("push", root, context.Cause(ctx))
		case <-deadline.C:
			return p, nil
		case <-time.After(s.o.Poll):
		}
		if err := s.call(ctx, root, httpx.Request{Path: "/pins/" + p.RequestID}, &p); err != nil {
			return p, err
		}
		if err := s.check(root, p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// check refuses an answer that is about something else, or out of the contract.
func (s *Service) check(root cid.Cid, p pin) error {
	c, err := httpx.ReplyCID(p.Pin.CID)
	switch {
	case err != nil:
	case !c.Equals(root):
		err = storage.Mismatch(root, c)
	case !validID(p.RequestID):
		err = fmt.Errorf("request id %q: %w", s.c.Sanitize(p.RequestID), storage.ErrUnsupported)
	case p.Status != "queued" && p.Status != "pinning" && p.Status != "pinned" && p.Status != "failed":
		err = fmt.Errorf("status %q of the pin: %w", s.c.Sanitize(p.Status), storage.ErrUnsupported)
	default:
		return nil
	}
	return s.c.Fail("push", root, err)
}

// validID reports whether a request id can stand in a path without leading
// elsewhere.
func validID(id string) bool {
	return id != "" && len(id) <= 256 && id != "." && id != ".." && url.PathEscape(id) == id
}

// call sends r and decodes the answer into out.
func (s *Service) call(ctx context.Context, root cid.Cid, r httpx.Request, out any) error {
	r.Accept = "application/json"
	data, err := s.c.Call(ctx, "push", root, r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return s.c.Fail("push", root, fmt.Errorf("the answer is not the API's JSON: %w", storage.ErrUnsupported))
	}
	return nil
}
