package huggingface

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// attributes is the file in which the hub keeps which files are in its large file
// storage. It is in every repository, and never part of what was published.
const attributes = ".gitattributes"

// maxEntries is how many files and directories of a repository are looked at: twice as
// many as a store takes by default.
const maxEntries = 1 << 18

// treeEntry is an entry of a repository's listing.
type treeEntry struct {
	Type string   `json:"type"` // "file" or "directory"
	OID  string   `json:"oid"`  // git's name of the blob
	Size int64    `json:"size"`
	Path string   `json:"path"`
	LFS  *lfsInfo `json:"lfs,omitempty"` // of files in the large file storage
}

type lfsInfo struct {
	OID  string `json:"oid"` // SHA-256
	Size int64  `json:"size"`
}

// bytes is the file's size.
func (e treeEntry) bytes() int64 {
	if e.LFS != nil {
		return e.LFS.Size
	}
	return e.Size
}

// files yields the files of a revision, without those that are the hub's own.
func (h *hub) files(ctx context.Context, op string, root cid.Cid, revision string) iter.Seq2[treeEntry, error] {
	return func(yield func(treeEntry, error) bool) {
		next, left := "", h.most
		for {
			page := httpx.Request{Path: h.api("tree", revision), Query: url.Values{"recursive": {"true"}, "expand": {"false"}}, Accept: typeJSON}
			if next != "" {
				page = httpx.Request{URL: next, SignedIn: true, Accept: typeJSON}
			}
			before, more := left, true
			var err error
			next, err = h.page(ctx, op, root, page, func(e treeEntry) bool {
				if left--; left >= 0 && e.Type == "file" && e.Path != attributes {
					more = yield(e, nil)
				}
				return more && left >= 0
			})
			switch {
			case !more:
				return
			case err == nil && left < 0:
				err = h.c.Fail(op, root, fmt.Errorf("more than %d entries: %w", h.most, storage.ErrTooLarge))
			case err == nil && next != "" && left == before:
				err = h.c.Fail(op, root, fmt.Errorf("an empty page of the listing names another one: %w", storage.ErrCorrupt))
			}
			if err != nil {
				yield(treeEntry{}, err)
				return
			}
			if next == "" {
				return
			}
		}
	}
}

// page reads one page of a listing and returns the address of the next, "" if there
// is none.
func (h *hub) page(ctx context.Context, op string, root cid.Cid, r httpx.Request, each func(treeEntry) bool) (next string, err error) {
	resp, err := h.c.Do(ctx, op, root, r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if err := readTree(resp.Body, each); err != nil {
		return "", h.c.Fail(op, root, err)
	}
	next = nextPage(resp.Header.Get("Link"))
	if next == "" {
		return "", nil
	}
	u, err := resp.Request.URL.Parse(next)
	if err != nil {
		return "", h.c.Fail(op, root, fmt.Errorf("the next page has no address: %w", storage.ErrCorrupt))
	}
	return u.String(), nil
}

// readTree reads one page of a listing, entry by entry, until each returns false.
func readTree(r io.Reader, each func(treeEntry) bool) error {
	limited := &io.LimitedReader{R: r, N: maxReply}
	dec := json.NewDecoder(limited)
	bad := func(err error) error {
		switch {
		case limited.N <= 0:
			return fmt.Errorf("a page of the listing has more than %d bytes: %w", maxReply, storage.ErrTooLarge)
		case err == nil || isSyntax(err):
			return fmt.Errorf("the listing is not the expected JSON: %w", storage.ErrUnsupported)
		}
		return fmt.Errorf("the listing was cut off: %w: %w", storage.ErrIncomplete, err)
	}
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return bad(err)
	}
	for dec.More() {
		var e treeEntry
		if err := dec.Decode(&e); err != nil {
			return bad(err)
		}
		if err := e.check(); err != nil {
			return err
		}
		if !each(e) {
			return nil
		}
	}
	if _, err := dec.Token(); err != nil {
		return bad(err)
	}
	return nil
}

func (e treeEntry) check() error {
	switch {
	case e.Type != "file" && e.Type != "directory":
		return fmt.Errorf("%q is neither file nor directory: %w", clip(e.Path), storage.ErrUnsupported)
	case e.Path == "" || e.bytes() < 0:
		return fmt.Errorf("an entry of the listing has no path, or a negative size: %w", storage.ErrCorrupt)
	}
	return nil
}

// nextPage returns the address of rel="next" in a header Link.
func nextPage(header string) string {
	for link := range strings.SplitSeq(header, ",") {
		target, params, ok := strings.Cut(link, ">")
		target = strings.TrimSpace(target)
		if !ok || !strings.HasPrefix(target, "<") {
			continue
		}
		for param := range strings.SplitSeq(params, ";") {
			if strings.ReplaceAll(strings.TrimSpace(param), `"`, "") == "rel=next" {
				return target[1:]
			}
		}
	}
	return ""
}

// listFiles is files for a store. A revision that is not there is an unknown root.
func (h *hub) listFiles(ctx context.Context, root cid.Cid, revision string) iter.Seq2[storage.DirFile, error] {
	return func(yield func(storage.DirFile, error) bool) {
		for e, err := range h.files(ctx, "fetch", root, revision) {
			if !yield(storage.DirFile{Path: e.Path, Size: e.bytes()}, err) || err != nil {
				return
			}
		}
	}
}

// errNoCAR is why Fetch and Push of a repository fail.
var errNoCAR = errors.New("the hub has files, not CARs: use it through a storage.Store")
