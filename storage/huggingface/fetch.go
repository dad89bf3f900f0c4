package huggingface

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Revision reads one revision of a data set: whatever root it is asked for, it
// serves its files, and the store compares. It implements [storage.Fetcher] and
// [storage.DirFetcher].
type Revision struct {
	hub    *hub
	source Source
}

var _ storage.DirFetcher = (*Revision)(nil)

// Open returns the source that a text names, see [ParseSource]. It does not ask the
// hub.
func Open(source string, o Options) (*Revision, error) {
	s, err := ParseSource(source)
	if err != nil {
		return nil, err
	}
	h, err := newHub(s.Repo, o)
	if err != nil {
		return nil, err
	}
	h.c.Backend = s.String()
	return &Revision{h, s}, nil
}

// String is the source, see [Source.String].
func (r *Revision) String() string { return r.source.String() }

// Fetch returns ErrUnsupported: the hub has files, and no CAR of them. A store calls
// ListFiles and FetchFileFrom instead.
func (r *Revision) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	return nil, r.hub.c.Fail("fetch", root, fmt.Errorf("%w: %w", errNoCAR, storage.ErrUnsupported))
}

// ListFiles yields the revision's files, except .gitattributes, which is the hub's.
func (r *Revision) ListFiles(ctx context.Context, root cid.Cid) iter.Seq2[storage.DirFile, error] {
	return r.hub.listFiles(ctx, root, r.source.Revision)
}

// FetchFileFrom returns the bytes of a file from offset on.
func (r *Revision) FetchFileFrom(ctx context.Context, root cid.Cid, path string, offset int64) (io.ReadCloser, error) {
	return r.hub.fetchFile(ctx, root, r.source.Revision, path, offset)
}

// CloseIdle closes idle connections.
func (r *Revision) CloseIdle() { r.hub.c.CloseIdle() }

// fetchFile requests a file from offset on. The hub sends large ones by redirecting
// to where it keeps them.
func (h *hub) fetchFile(ctx context.Context, root cid.Cid, revision, path string, offset int64) (io.ReadCloser, error) {
	req := httpx.Request{Path: "/datasets/" + h.repo + "/resolve/" + revision + "/" + path}
	if offset > 0 {
		req.Range = fmt.Sprintf("bytes=%d-", offset)
	}
	resp, err := h.c.Do(ctx, "fetch", root, req)
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("bytes %d-", offset)
	whole := resp.StatusCode == http.StatusOK && offset == 0
	part := resp.StatusCode == http.StatusPartialContent && offset > 0 && strings.HasPrefix(resp.Header.Get("Content-Range"), from)
	if !whole && !part {
		resp.Body.Close()
		return nil, h.c.Fail("fetch", root, fmt.Errorf("%s: asked for the bytes from %d on, the answer has others: %w", clip(path), offset, storage.ErrUnsupported))
	}
	return resp.Body, nil
}
