package pinata

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// CAR uploads packages as CAR, on plans that allow it: blocks and CID stay
// unchanged. It implements [storage.Pusher].
type CAR struct {
	c    *httpx.Client
	name string // see Options.Name
}

var _ storage.Pusher = (*CAR)(nil)

// NewCAR returns the driver for CAR uploads.
func NewCAR(o Options) (*CAR, error) {
	c, err := o.client(Uploads)
	if err != nil {
		return nil, err
	}
	return &CAR{c, o.Name}, nil
}

// String names the service in errors.
func (p *CAR) String() string { return p.c.Backend }

// Push uploads to v3/files, publicly. Without network=public Pinata would keep
// the content private and its CID unreachable.
func (p *CAR) Push(ctx context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	form := httpx.NewForm(func(w *multipart.Writer) error {
		for _, f := range [][2]string{{"network", "public"}, {"car", "true"}, {"name", label(p.name, root)}} {
			if err := w.WriteField(f[0], f[1]); err != nil {
				return err
			}
		}
		part, err := w.CreateFormFile("file", root.String()+".car")
		if err != nil {
			return err
		}
		_, err = io.Copy(part, car)
		return err
	})
	defer form.Wait()
	data, err := p.c.Call(ctx, "push", root, httpx.Request{Method: http.MethodPost, Path: "/v3/files", Body: form, ContentType: form.ContentType})
	if err != nil {
		return storage.Receipt{}, err
	}
	type reply struct {
		Data struct{ ID, CID string }
	}
	r, err := decodeOne[reply](data)
	if err != nil {
		return storage.Receipt{}, p.c.Fail("push", root, err)
	}
	c, err := httpx.ReplyCID(r.Data.CID)
	if err == nil && !c.Equals(root) {
		err = storage.Mismatch(root, c)
	}
	if err != nil {
		return storage.Receipt{}, p.c.Fail("push", root, err)
	}
	return storage.Receipt{Backend: p.String(), CID: root, ID: r.Data.ID}, nil
}
