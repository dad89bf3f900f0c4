package huggingface

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Dataset is a data set's repository: a place to publish directories, one after the
// other, and a source of those that were published there. Each push is a commit that
// is tagged with the CID, so that whoever knows the repository finds every CID. It
// implements [storage.DirPusher] and [storage.DirFetcher].
type Dataset struct {
	hub *hub
	o   settings
}

// settings are the options of a push.
type settings struct{ private, replace bool }

var (
	_ storage.DirPusher  = (*Dataset)(nil)
	_ storage.DirFetcher = (*Dataset)(nil)
)

// branch is where pushes go.
const branch = "main"

// New returns the driver for a data set, "owner/name". It does not ask the hub: the
// first push creates a data set that is not there yet.
func New(repo string, o Options) (*Dataset, error) {
	h, err := newHub(strings.TrimPrefix(strings.TrimPrefix(repo, scheme), kind), o)
	if err != nil {
		return nil, err
	}
	return &Dataset{h, settings{o.Private, o.Replace}}, nil
}

// String names the repository: "hf:owner/name".
func (d *Dataset) String() string { return scheme + d.hub.repo }

// Fetch returns ErrUnsupported: the hub has files, and no CAR of them. A store calls
// ListFiles and FetchFileFrom instead.
func (d *Dataset) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	return nil, d.hub.c.Fail("fetch", root, fmt.Errorf("%w: %w", errNoCAR, storage.ErrUnsupported))
}

// ListFiles yields the files of the commit that is tagged with root.
func (d *Dataset) ListFiles(ctx context.Context, root cid.Cid) iter.Seq2[storage.DirFile, error] {
	return d.hub.listFiles(ctx, root, root.String())
}

// FetchFileFrom returns the bytes of a file from offset on.
func (d *Dataset) FetchFileFrom(ctx context.Context, root cid.Cid, path string, offset int64) (io.ReadCloser, error) {
	return d.hub.fetchFile(ctx, root, root.String(), path, offset)
}

// Push returns ErrUnsupported: a commit needs the files, which a store passes to
// PushDir.
func (d *Dataset) Push(_ context.Context, root cid.Cid, _ io.Reader) (storage.Receipt, error) {
	return storage.Receipt{}, d.hub.c.Fail("push", root, fmt.Errorf("%w: %w", errNoCAR, storage.ErrUnsupported))
}

// CloseIdle closes idle connections.
func (d *Dataset) CloseIdle() { d.hub.c.CloseIdle() }

// PushDir makes the files of fsys the content of the repository, in one commit, and
// tags it with root. Files that are there already are not sent again, and if all are,
// the newest commit is the one. The receipt's ID is the [Source] that names the
// commit for good. It can be called again after an end at any point.
func (d *Dataset) PushDir(ctx context.Context, root cid.Cid, fsys fs.FS) (storage.Receipt, error) {
	if !strings.Contains(d.hub.repo, "/") {
		return storage.Receipt{}, d.hub.c.Fail("push", root, fmt.Errorf("%q has no owner: write owner/name: %w", d.hub.repo, storage.ErrUnsupported))
	}
	files, err := scan(ctx, fsys)
	if err != nil {
		return storage.Receipt{}, d.hub.c.Fail("push", root, err)
	}
	p := &push{hub: d.hub, root: root, fsys: fsys, replace: d.o.replace}
	var oid string
	for attempt := 1; ; attempt++ {
		if oid, err = d.publish(ctx, p, files); attempt == 3 || !errors.Is(err, errMoved) {
			break
		}
	}
	if err == nil {
		err = p.tag(ctx, oid)
	}
	if err != nil {
		return storage.Receipt{}, err
	}
	return storage.Receipt{Backend: d.String(), CID: root, ID: Source{d.hub.repo, oid}.String()}, nil
}

// publish commits what differs from the newest commit and returns the commit that has
// files.
func (d *Dataset) publish(ctx context.Context, p *push, files []file) (string, error) {
	head, err := d.head(ctx, p.root)
	if err != nil {
		return "", err
	}
	c, err := p.compare(ctx, head, files)
	if err != nil {
		return "", err
	}
	if len(c.changed) == 0 && len(c.deleted) == 0 {
		return head, nil
	}
	large, err := p.preupload(ctx, c.changed)
	if err != nil {
		return "", err
	}
	if err := p.upload(ctx, c.changed, large); err != nil {
		return "", err
	}
	return p.commit(ctx, head, c, large)
}

// head returns the newest commit of the repository, which it creates if it is not
// there.
func (d *Dataset) head(ctx context.Context, root cid.Cid) (string, error) {
	info, err := d.hub.info(ctx, root)
	if errors.Is(err, ErrRepoNotFound) && d.hub.token {
		if err = d.create(ctx, root); err == nil {
			info, err = d.hub.info(ctx, root)
		}
	}
	switch {
	case err != nil:
		return "", err
	case d.o.private && !info.Private:
		err = fmt.Errorf("the data set is public, and this push is to a private one: make it private in its settings on the hub, or choose another name: %w", storage.ErrUnsupported)
	case !commit.MatchString(info.SHA):
		err = fmt.Errorf("the hub names no commit: %w", storage.ErrUnsupported)
	default:
		return info.SHA, nil
	}
	return "", d.hub.c.Fail("push", root, err)
}

// repoInfo is what the hub says about a repository at a revision.
type repoInfo struct {
	SHA     string `json:"sha"`
	Private bool   `json:"private"`
}

func (h *hub) info(ctx context.Context, root cid.Cid) (info repoInfo, err error) {
	err = h.call(ctx, root, httpx.Request{Path: h.api("revision", branch)}, nil, &info)
	return info, err
}

// create makes the repository. Visibility is said in both of the hub's ways: the older
// one does not know the newer.
func (d *Dataset) create(ctx context.Context, root cid.Cid) error {
	owner, name, _ := strings.Cut(d.hub.repo, "/")
	visibility := "public"
	if d.o.private {
		visibility = "private"
	}
	err := d.hub.call(ctx, root, httpx.Request{Path: "/api/repos/create"}, map[string]any{
		"type": "dataset", "organization": owner, "name": name, "private": d.o.private, "visibility": visibility,
	}, nil)
	var e *storage.Error
	if errors.As(err, &e) && e.Status == http.StatusConflict {
		return nil // somebody, or a lost answer's request, was faster
	}
	return err
}
