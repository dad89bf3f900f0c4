package huggingface

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Endpoint is the public hub.
const Endpoint = "https://huggingface.co"

// Options configures the drivers. The zero value reads public data sets of the
// public hub.
type Options struct {
	// Token is the account's, sent to the endpoint alone. A push needs one that
	// may write, a private data set one that may read it. See [FromEnvironment].
	Token storage.Secret
	// Endpoint is the address of the hub. Default [Endpoint].
	Endpoint string
	// Private makes the data set private where a push creates it, and refuses to
	// push to a public one.
	Private bool
	// Replace lets a push delete files of the repository that the directory lacks.
	// Default: a push that would do that fails with [ErrOtherFiles]. (The commits
	// before it keep them in any case.)
	Replace bool
	// Client makes the requests. Its redirect policy and cookies are replaced.
	// Default: one with connection deadlines and without compression.
	Client *http.Client
	// PlainHTTP allows an Endpoint of http that is not in the local network:
	// everybody on the way sees the token.
	PlainHTTP bool
}

// hub talks to one repository.
type hub struct {
	c     *httpx.Client
	repo  string
	token bool // whether there is one
	most  int  // entries of a listing
}

func newHub(repo string, o Options) (*hub, error) {
	if err := checkRepo(repo); err != nil {
		return nil, fmt.Errorf("huggingface: %w: write owner/name", err)
	}
	header := http.Header{}
	if !o.Token.IsZero() {
		token := o.Token.Reveal()
		if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, errors.New("huggingface: the token has a space, a line break or another character that no token has: copy it again from https://huggingface.co/settings/tokens")
		}
		header.Set("Authorization", "Bearer "+token)
	}
	c, err := httpx.New("huggingface", cmp.Or(o.Endpoint, Endpoint), httpx.Options{HTTP: o.Client, Header: header, PlainHTTP: o.PlainHTTP, Elsewhere: true, Explain: explain})
	if err != nil {
		return nil, err
	}
	c.Backend = scheme + repo
	return &hub{c: c, repo: repo, token: !o.Token.IsZero(), most: maxEntries}, nil
}

// api is the path of the repository in the hub's API.
func (h *hub) api(rest ...string) string {
	return "/api/datasets/" + h.repo + "/" + strings.Join(rest, "/")
}

// maxReply is the most of one answer that is read, in bytes: a page of a listing has
// some 400 kB, and 256 upload addresses of 1,000 parts each rather more.
const maxReply = 16 << 20

const typeJSON = "application/json"

// call sends in as JSON, unless it is nil, and decodes the answer into out. It is part of a push.
func (h *hub) call(ctx context.Context, root cid.Cid, r httpx.Request, in, out any) error {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		r.Method, r.Body, r.ContentType = http.MethodPost, bytes.NewReader(body), cmp.Or(r.ContentType, typeJSON)
	}
	r.Accept = cmp.Or(r.Accept, typeJSON)
	const op = "push"
	resp, err := h.c.Do(ctx, op, root, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := decodeReply(resp.Body, out); err != nil {
		return h.c.Fail(op, root, err)
	}
	return nil
}

// decodeReply decodes an answer that is one JSON value.
func decodeReply(r io.Reader, out any) error {
	limited := &io.LimitedReader{R: r, N: maxReply}
	err := json.NewDecoder(limited).Decode(out)
	switch {
	case err == nil:
		return nil
	case limited.N <= 0:
		return fmt.Errorf("the answer has more than %d bytes: %w", maxReply, storage.ErrTooLarge)
	case isSyntax(err):
		return fmt.Errorf("the answer is not the expected JSON: %w: %w", storage.ErrUnsupported, err)
	}
	return fmt.Errorf("the answer was cut off: %w: %w", storage.ErrIncomplete, err)
}

func isSyntax(err error) bool {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &typ)
}
