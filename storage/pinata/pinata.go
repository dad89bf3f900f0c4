// Package pinata publishes to Pinata (https://docs.pinata.cloud): as a folder
// of files ([Folder]) on every plan, as a CAR ([CAR]) if the plan allows it.
package pinata

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Addresses of Pinata's services.
const (
	API     = "https://api.pinata.cloud"
	Uploads = "https://uploads.pinata.cloud"
)

// Options configures the drivers. Set JWT, or Key and SecretKey.
type Options struct {
	JWT       storage.Secret // sent as "Authorization: Bearer …"
	Key       storage.Secret // sent as pinata_api_key
	SecretKey storage.Secret // sent as pinata_secret_api_key
	// Name is shown in Pinata's list of files. Default: the CID.
	Name string
	// Client makes the requests. Default: one with connection deadlines.
	Client *http.Client
	// Base replaces [API] or [Uploads], for tests and proxies.
	Base string
	// PlainHTTP allows a Base of http that is not in the local network: everybody
	// on the way sees the keys.
	PlainHTTP bool
}

func (o Options) client(base string) (*httpx.Client, error) {
	header := http.Header{}
	switch {
	case !o.JWT.IsZero():
		header.Set("Authorization", "Bearer "+o.JWT.Reveal())
	case !o.Key.IsZero() && !o.SecretKey.IsZero():
		header["pinata_api_key"] = []string{o.Key.Reveal()} // as documented: not canonical
		header["pinata_secret_api_key"] = []string{o.SecretKey.Reveal()}
	default:
		return nil, errors.New("storage: pinata: set Options.JWT, or Options.Key and Options.SecretKey")
	}
	if o.Base != "" {
		base = o.Base
	}
	return httpx.New("pinata", base, httpx.Options{HTTP: o.Client, Header: header, PlainHTTP: o.PlainHTTP})
}

// label is what Pinata's list shows.
func label(name string, root cid.Cid) string { return cmp.Or(name, root.String()) }

// Folder uploads the files of a package. Pinata packs them with CID version 1,
// which should give the computed CID; if it does not, the push fails. Empty
// directories are lost. It implements [storage.DirPusher].
type Folder struct {
	c    *httpx.Client
	name string // see Options.Name
}

var _ storage.DirPusher = (*Folder)(nil)

// NewFolder returns the driver for folder uploads.
func NewFolder(o Options) (*Folder, error) {
	c, err := o.client(API)
	if err != nil {
		return nil, err
	}
	return &Folder{c, o.Name}, nil
}

// String names the service in errors.
func (f *Folder) String() string { return f.c.Backend }

// Push returns ErrUnsupported: a folder upload needs the files, which a store
// passes to PushDir.
func (f *Folder) Push(_ context.Context, root cid.Cid, _ io.Reader) (storage.Receipt, error) {
	return storage.Receipt{}, &storage.Error{Backend: f.String(), Op: "push", CID: root,
		Err: fmt.Errorf("a folder upload takes files, not a CAR: push through a storage.Store, or use pinata.NewCAR: %w", storage.ErrUnsupported)}
}

// PushDir uploads the files of fsys to pinning/pinFileToIPFS.
func (f *Folder) PushDir(ctx context.Context, root cid.Cid, fsys fs.FS) (storage.Receipt, error) {
	form := httpx.NewForm(func(w *multipart.Writer) error {
		err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return addFile(w, fsys, path)
		})
		if err != nil {
			return err
		}
		meta, err := json.Marshal(map[string]string{"name": label(f.name, root)})
		if err != nil {
			return err
		}
		if err := w.WriteField("pinataMetadata", string(meta)); err != nil {
			return err
		}
		return w.WriteField("pinataOptions", `{"cidVersion":1}`)
	})
	defer form.Wait()
	data, err := f.c.Call(ctx, "push", root, httpx.Request{Method: http.MethodPost, Path: "/pinning/pinFileToIPFS", Body: form, ContentType: form.ContentType})
	if err != nil {
		return storage.Receipt{}, err
	}
	type reply struct{ IpfsHash string }
	r, err := decodeOne[reply](data)
	if err == nil {
		err = f.compare(root, r.IpfsHash)
	}
	if err != nil {
		return storage.Receipt{}, f.c.Fail("push", root, err)
	}
	return storage.Receipt{Backend: f.String(), CID: root, ID: r.IpfsHash}, nil
}

func (f *Folder) compare(root cid.Cid, answered string) error {
	c, err := httpx.ReplyCID(answered)
	if err != nil {
		return err
	}
	if !c.Equals(root) {
		return storage.Mismatch(root, c)
	}
	return nil
}

// folder is the directory that all parts must share; it is not part of the
// result.
const folder = "package"

func addFile(w *multipart.Writer, fsys fs.FS, path string) error {
	in, err := fsys.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	part, err := w.CreateFormFile("file", folder+"/"+path)
	if err != nil {
		return err
	}
	_, err = io.Copy(part, in)
	return err
}

// decodeOne decodes an answer that is a single JSON object.
func decodeOne[T any](data []byte) (T, error) {
	var zero T
	list, err := httpx.Lines[T](data)
	if err != nil {
		return zero, err
	}
	if len(list) != 1 {
		return zero, fmt.Errorf("%d JSON values in the answer, want one: %w", len(list), storage.ErrIncomplete)
	}
	return list[0], nil
}
