package huggingface

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// pageSize is how many files the hub takes in one request, as its own client sends
// them.
const pageSize = 256

// push publishes the files of one root.
type push struct {
	hub     *hub
	root    cid.Cid
	fsys    fs.FS
	replace bool
}

// changes are what a commit has to do.
type changes struct {
	changed []file
	deleted []string
}

// compare finds what differs between the commit head and files.
func (p *push) compare(ctx context.Context, head string, files []file) (changes, error) {
	there := map[string]treeEntry{}
	for e, err := range p.hub.files(ctx, "push", p.root, head) {
		if err != nil {
			return changes{}, err
		}
		there[e.Path] = e
	}
	c := differ(there, files)
	if len(c.deleted) > 0 && !p.replace {
		return c, p.hub.c.Fail("push", p.root, fmt.Errorf("%w: %s, %d in all: add them to the directory, choose another repository, or set it, and they are deleted",
			ErrOtherFiles, clip(c.deleted[0]), len(c.deleted)))
	}
	return c, nil
}

// differ compares by the hub's hashes.
func differ(there map[string]treeEntry, files []file) (c changes) {
	wanted := map[string]bool{}
	for _, f := range files {
		wanted[f.path] = true
		e, ok := there[f.path]
		same := ok && e.LFS == nil && e.OID == f.git || ok && e.LFS != nil && e.LFS.OID == f.sha256
		if !same {
			c.changed = append(c.changed, f)
		}
	}
	for path := range there {
		if !wanted[path] {
			c.deleted = append(c.deleted, path)
		}
	}
	slices.Sort(c.deleted)
	return c
}

// sampleSize is how many bytes of a file the hub wants to see, to know text from the
// rest.
const sampleSize = 512

type preuploadFile struct {
	Path   string `json:"path"`
	Sample string `json:"sample"` // base64
	Size   int64  `json:"size"`
}

// preupload asks which files belong into the large file storage, and returns their
// paths.
func (p *push) preupload(ctx context.Context, files []file) (large map[string]bool, err error) {
	large = map[string]bool{}
	for page := range slices.Chunk(files, pageSize) {
		list := make([]preuploadFile, len(page))
		for i, f := range page {
			sample, err := p.sample(f)
			if err != nil {
				return nil, p.hub.c.Fail("push", p.root, err)
			}
			list[i] = preuploadFile{f.path, sample, f.size}
		}
		var reply struct {
			Files []struct{ Path, UploadMode string }
		}
		if err := p.hub.call(ctx, p.root, httpx.Request{Path: p.hub.api("preupload", branch)}, map[string]any{"files": list}, &reply); err != nil {
			return nil, err
		}
		modes := map[string]string{}
		for _, f := range reply.Files {
			modes[f.Path] = f.UploadMode
		}
		for _, f := range page {
			switch mode := modes[f.path]; {
			case mode == "lfs":
				large[f.path] = f.size > 0 // the storage does not take empty ones
			case mode != "regular":
				return nil, p.hub.c.Fail("push", p.root, fmt.Errorf("the hub does not say how to upload %s (%q): %w", f.path, clip(mode), storage.ErrUnsupported))
			}
		}
	}
	return large, nil
}

func (p *push) sample(f file) (string, error) {
	in, err := p.fsys.Open(f.path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	head := make([]byte, min(sampleSize, f.size))
	if _, err := io.ReadFull(in, head); err != nil {
		return "", fmt.Errorf("%s: %w", f.path, err)
	}
	return base64.StdEncoding.EncodeToString(head), nil
}

// commit makes the changes to the commit head, and returns the new commit. The hub
// refuses where head is no longer the newest.
func (p *push) commit(ctx context.Context, head string, c changes, large map[string]bool) (string, error) {
	body := httpx.NewBody("application/x-ndjson", func(w io.Writer) error { return p.writeCommit(w, head, c, large) })
	defer body.Wait()
	var reply struct{ CommitOID string }
	err := p.hub.call(ctx, p.root, httpx.Request{Method: http.MethodPost, Path: p.hub.api("commit", branch), Body: body, ContentType: body.ContentType}, nil, &reply)
	if err == nil && !commit.MatchString(reply.CommitOID) {
		err = p.hub.c.Fail("push", p.root, fmt.Errorf("the hub names no commit: %w", storage.ErrUnsupported))
	}
	return reply.CommitOID, err
}

type commitLine struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// writeCommit writes the lines of a commit: a header, what is deleted, and the files,
// of which those in git come with their content.
func (p *push) writeCommit(w io.Writer, head string, c changes, large map[string]bool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err := enc.Encode(commitLine{"header", map[string]string{"summary": "Publish " + p.root.String(), "description": "", "parentCommit": head}})
	for i := 0; err == nil && i < len(c.deleted); i++ {
		err = enc.Encode(commitLine{"deletedFile", map[string]string{"path": c.deleted[i]}})
	}
	for i := 0; err == nil && i < len(c.changed); i++ {
		if f := c.changed[i]; large[f.path] {
			err = enc.Encode(commitLine{"lfsFile", map[string]any{"path": f.path, "algo": "sha256", "oid": f.sha256, "size": f.size}})
		} else {
			err = p.writeContent(w, f)
		}
	}
	return err
}

// writeContent writes the line of a file without holding it in memory.
func (p *push) writeContent(w io.Writer, f file) error {
	path, err := json.Marshal(f.path)
	if err != nil {
		return err
	}
	in, err := p.fsys.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := fmt.Fprintf(w, `{"key":"file","value":{"path":%s,"encoding":"base64","content":"`, path); err != nil {
		return err
	}
	content := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := io.Copy(content, in); err != nil {
		return err
	}
	if err := content.Close(); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\"}}\n")
	return err
}

// tag makes the commit findable by the root. A tag that is there is left alone where it
// names a commit with the same files, as one of an earlier push does.
func (p *push) tag(ctx context.Context, oid string) error {
	err := p.hub.call(ctx, p.root, httpx.Request{Path: p.hub.api("tag", oid)}, map[string]string{"tag": p.root.String()}, nil)
	var e *storage.Error
	if errors.As(err, &e) && e.Status == http.StatusConflict {
		return nil // what it names is compared with root whenever it is read
	}
	return err
}
