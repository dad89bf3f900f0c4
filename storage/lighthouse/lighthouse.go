// Package lighthouse publishes CARs to Lighthouse
// (https://docs.lighthouse.storage). [CreateKey] creates an API key from a
// Solana wallet.
package lighthouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Addresses of Lighthouse's services.
const (
	API    = "https://api.lighthouse.storage"
	Upload = "https://upload.lighthouse.storage"
)

// Options configures the service.
type Options struct {
	Key storage.Secret // API key, sent as "Authorization: Bearer …"
	// Client makes the requests. Default: one with connection deadlines.
	Client *http.Client
	// Base replaces [Upload] ([API] in [CreateKey]), for tests and proxies.
	Base string
	// PlainHTTP allows a Base of http that is not in the local network: everybody
	// on the way sees the key.
	PlainHTTP bool
}

// Service is Lighthouse. It implements [storage.Pusher].
type Service struct{ c *httpx.Client }

var _ storage.Pusher = (*Service)(nil)

// New returns the driver. It needs o.Key.
func New(o Options) (*Service, error) {
	if o.Key.IsZero() {
		return nil, errors.New("storage: lighthouse: set Options.Key; CreateKey makes one from a Solana wallet")
	}
	base := Upload
	if o.Base != "" {
		base = o.Base
	}
	c, err := httpx.New("lighthouse", base, httpx.Options{
		HTTP: o.Client, PlainHTTP: o.PlainHTTP, Header: http.Header{"Authorization": {"Bearer " + o.Key.Reveal()}},
	})
	if err != nil {
		return nil, err
	}
	return &Service{c}, nil
}

// String names the service in errors.
func (s *Service) String() string { return s.c.Backend }

// Push imports the CAR. (Lighthouse would pack files under another profile, but
// keeps the blocks of a CAR.) The import may continue after the answer, so the
// receipt alone proves nothing: the store reads the content back.
func (s *Service) Push(ctx context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	form := httpx.NewForm(func(w *multipart.Writer) error {
		part, err := w.CreateFormFile("file", root.String()+".car")
		if err != nil {
			return err
		}
		_, err = io.Copy(part, car)
		return err
	})
	defer form.Wait()
	data, err := s.c.Call(ctx, "push", root, httpx.Request{Method: http.MethodPost, Path: "/api/v0/dag/import", Body: form, ContentType: form.ContentType})
	if err != nil {
		return storage.Receipt{}, err
	}
	if err := s.check(root, data); err != nil {
		return storage.Receipt{}, s.c.Fail("push", root, err)
	}
	return storage.Receipt{Backend: s.String(), CID: root}, nil
}

// entry is one JSON value of an answer. Lighthouse is a proxy in front of Kubo:
// it answers as dag/import or as add does, directly or inside "data".
type entry struct {
	Hash string
	Size size
	Root *struct {
		Cid         map[string]string
		PinErrorMsg string
	}
	Data json.RawMessage
}

// size is a number that may be encoded as a string.
type size string

func (s *size) UnmarshalJSON(b []byte) error {
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*s = size(n)
	return nil
}

// check compares the CID in an answer, the last one if there are several, with
// root. An answer without a CID means that the import continues.
func (s *Service) check(root cid.Cid, data []byte) error {
	lines, err := httpx.Lines[entry](data)
	if err != nil {
		return err
	}
	answered := ""
	for _, l := range lines {
		if len(l.Data) > 0 {
			inner, err := httpx.Lines[entry](l.Data)
			if err == nil && len(inner) == 1 {
				l = inner[0]
			}
		}
		switch {
		case l.Root != nil && l.Root.PinErrorMsg != "":
			return fmt.Errorf("imported, but not pinned: %s", s.c.Sanitize(l.Root.PinErrorMsg))
		case l.Root != nil:
			answered = l.Root.Cid["/"]
		case l.Hash != "":
			answered = l.Hash
		}
	}
	if answered == "" {
		return nil
	}
	c, err := httpx.ReplyCID(answered)
	if err == nil && !c.Equals(root) {
		err = storage.Mismatch(root, c)
	}
	return err
}
