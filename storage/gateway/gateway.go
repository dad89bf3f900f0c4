// Package gateway reads content from IPFS gateways
// (https://specs.ipfs.tech/http-gateways/) and serves a local store as one
// ([Handler]).
package gateway

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

const (
	typeCAR = "application/vnd.ipld.car"
	typeRaw = "application/vnd.ipld.raw"
)

// public lists the public gateways. Any of them may be down: the store races
// its sources and remembers which failed.
var public = []string{
	"https://trustless-gateway.link",
	"https://ipfs.io",
	"https://dweb.link",
	"https://gateway.pinata.cloud",
	"https://gateway.lighthouse.storage",
}

// Gateway reads from one gateway: whole DAGs as CAR, single blocks, or plain
// files. It implements [storage.Fetcher], [storage.BlockFetcher] and
// [storage.FileFetcher].
type Gateway struct{ c *httpx.Client }

var (
	_ storage.Fetcher      = (*Gateway)(nil)
	_ storage.BlockFetcher = (*Gateway)(nil)
	_ storage.FileFetcher  = (*Gateway)(nil)
)

// Options configures a [Gateway]. The zero value is useful.
type Options struct {
	// Client makes the requests. Its redirect policy and cookies are replaced.
	// Default: one with connection deadlines and without compression.
	Client *http.Client
	// Token, if set, is sent as "Authorization: Bearer …", for dedicated
	// gateways.
	Token storage.Secret
	// Header holds further headers to send, for dedicated gateways that want
	// their key in one of their own: {"x-pinata-gateway-token": key}.
	Header map[string]storage.Secret
	// PlainHTTP allows http, instead of https, to a host that is not in the
	// local network. Content is verified all the same, but others can see what
	// is read, and the token.
	PlainHTTP bool
}

func (o Options) header() http.Header {
	h := http.Header{}
	for name, value := range o.Header {
		h.Set(name, value.Reveal())
	}
	if !o.Token.IsZero() {
		h.Set("Authorization", "Bearer "+o.Token.Reveal())
	}
	return h
}

// New returns the gateway at base, for example "https://ipfs.io" or
// "http://127.0.0.1:8080". A query in base is a credential: it is added to every
// request and shown in no error, as in
// "https://example.mypinata.cloud?pinataGatewayToken=KEY".
func New(base string, o Options) (*Gateway, error) {
	c, err := httpx.New("gateway", base, httpx.Options{HTTP: o.Client, Header: o.header(), PlainHTTP: o.PlainHTTP})
	if err != nil {
		return nil, err
	}
	c.Backend = "gateway:" + c.Host()
	return &Gateway{c}, nil
}

// Public returns the well-known public gateways.
func Public(o Options) []storage.Fetcher {
	list := make([]storage.Fetcher, len(public))
	for i, base := range public {
		g, err := New(base, o)
		if err != nil {
			panic(err) // our own constants
		}
		list[i] = g
	}
	return list
}

// String names the gateway in errors.
func (g *Gateway) String() string { return g.c.Backend }

// Fetch requests the whole DAG as CAR.
func (g *Gateway) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	return g.get(ctx, root, httpx.Request{
		Path:   "/ipfs/" + root.String(),
		Query:  url.Values{"format": {"car"}, "dag-scope": {"all"}},
		Accept: typeCAR + "; version=1; order=dfs; dups=n",
	}, typeCAR)
}

// FetchBlock requests one block.
func (g *Gateway) FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error) {
	return g.get(ctx, c, httpx.Request{Path: "/ipfs/" + c.String(), Query: url.Values{"format": {"raw"}}, Accept: typeRaw}, typeRaw)
}

// FetchFile requests the bytes of a file.
func (g *Gateway) FetchFile(ctx context.Context, root cid.Cid, path string) (io.ReadCloser, error) {
	return g.get(ctx, root, httpx.Request{Path: "/ipfs/" + root.String() + "/" + path}, "")
}

// get sends r and refuses web pages if content of type want was requested: a
// gateway that does not know the format answers with a listing.
func (g *Gateway) get(ctx context.Context, c cid.Cid, r httpx.Request, want string) (io.ReadCloser, error) {
	resp, err := g.c.Do(ctx, "fetch", c, r)
	if err != nil {
		return nil, err
	}
	typ, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if want != "" && typ != want && (strings.HasPrefix(typ, "text/") || typ == "application/json") {
		resp.Body.Close()
		return nil, &storage.Error{Backend: g.String(), Op: "fetch", CID: c, Status: resp.StatusCode,
			Err: fmt.Errorf("answered %s instead of %s: %w", typ, want, storage.ErrUnsupported)}
	}
	return resp.Body, nil
}

// CloseIdle closes idle connections.
func (g *Gateway) CloseIdle() { g.c.CloseIdle() }
