package huggingface

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

const typeLFS = "application/vnd.git-lfs+json"

// maxUploads is how many files are uploaded at once.
const maxUploads = 4

// maxParts is how many parts a file is uploaded in at most: S3 takes no more.
const maxParts = 10_000

type lfsObject struct {
	OID  string `json:"oid"`
	Size int64  `json:"size"`
}

// lfsAnswer says what to do about one object: nothing if there are no actions.
type lfsAnswer struct {
	lfsObject
	Actions *struct {
		Upload *lfsAction
		Verify *lfsAction
	}
	Error *struct {
		Code    int
		Message string
	}
}

type lfsAction struct {
	Href   string
	Header map[string]json.RawMessage // texts; chunk_size may be a number
}

// upload sends what the large file storage lacks.
func (p *push) upload(ctx context.Context, files []file, large map[string]bool) error {
	var todo []file
	seen := map[string]bool{}
	for _, f := range files {
		if large[f.path] && !seen[f.sha256] {
			seen[f.sha256] = true
			todo = append(todo, f)
		}
	}
	for page := range slices.Chunk(todo, pageSize) {
		answers, err := p.batch(ctx, page)
		if err != nil {
			return err
		}
		if err := p.uploadPage(ctx, page, answers); err != nil {
			return err
		}
	}
	return nil
}

// batch asks what to do about the files, by object.
func (p *push) batch(ctx context.Context, files []file) (map[string]lfsAnswer, error) {
	objects := make([]lfsObject, len(files))
	for i, f := range files {
		objects[i] = lfsObject{f.sha256, f.size}
	}
	var reply struct{ Objects []lfsAnswer }
	err := p.hub.call(ctx, p.root, httpx.Request{Path: "/datasets/" + p.hub.repo + ".git/info/lfs/objects/batch", ContentType: typeLFS, Accept: typeLFS}, map[string]any{
		"operation": "upload", "transfers": []string{"basic", "multipart"}, "objects": objects, "hash_algo": "sha256", "ref": map[string]string{"name": branch},
	}, &reply)
	if err != nil {
		return nil, err
	}
	answers := map[string]lfsAnswer{}
	for _, a := range reply.Objects {
		answers[a.OID] = a
	}
	for _, f := range files {
		a, ok := answers[f.sha256]
		switch {
		case !ok:
			err = fmt.Errorf("the hub does not say how to upload %s: %w", f.path, storage.ErrUnsupported)
		case a.Error != nil:
			err = fmt.Errorf("the hub refuses %s: %s (%d)", f.path, p.hub.c.Sanitize(a.Error.Message), a.Error.Code)
			if kind := httpx.Kind(a.Error.Code); kind != nil {
				err = fmt.Errorf("%w: %w", err, kind)
			}
		}
		if err != nil {
			return nil, p.hub.c.Fail("push", p.root, err)
		}
	}
	return answers, nil
}

// uploadPage uploads several files at once; after an error it starts no more.
func (p *push) uploadPage(parent context.Context, files []file, answers map[string]lfsAnswer) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	todo := make(chan file)
	var wg sync.WaitGroup
	for range min(maxUploads, len(files)) {
		wg.Go(func() {
			for f := range todo {
				if err := p.uploadFile(ctx, f, answers[f.sha256]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, f := range files {
		select {
		case todo <- f:
		case <-ctx.Done():
		}
	}
	close(todo)
	wg.Wait()
	return context.Cause(ctx)
}

func (p *push) uploadFile(ctx context.Context, f file, a lfsAnswer) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if a.Actions == nil || a.Actions.Upload == nil {
		return nil // it is there
	}
	in, err := p.fsys.Open(f.path)
	if err != nil {
		return p.hub.c.Fail("push", p.root, err)
	}
	defer in.Close()
	up := a.Actions.Upload
	if up.Header["chunk_size"] == nil {
		_, err = p.put(ctx, up.Href, in, f.size)
	} else {
		err = p.putParts(ctx, *up, in, f)
	}
	if err != nil || a.Actions.Verify == nil {
		return err
	}
	return p.hub.call(ctx, p.root, httpx.Request{URL: a.Actions.Verify.Href, SignedIn: true}, lfsObject{f.sha256, f.size}, nil)
}

// put sends bytes to an address that the hub has signed, and returns their ETag.
func (p *push) put(ctx context.Context, href string, r io.Reader, size int64) (string, error) {
	resp, err := p.hub.c.Do(ctx, "push", p.root, httpx.Request{Method: http.MethodPut, URL: href, Body: io.NopCloser(r), Length: size})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return resp.Header.Get("ETag"), nil
}

type lfsPart struct {
	PartNumber int    `json:"partNumber"` // from 1 on
	ETag       string `json:"etag"`
}

// putParts sends a file in parts, one after the other, and says that it is complete.
func (p *push) putParts(ctx context.Context, up lfsAction, in io.Reader, f file) error {
	chunk, addresses, err := up.parts(f.size)
	if err != nil {
		return p.hub.c.Fail("push", p.root, fmt.Errorf("%s: %w", f.path, err))
	}
	parts := make([]lfsPart, len(addresses))
	for i, href := range addresses {
		size := min(chunk, f.size-int64(i)*chunk)
		etag, err := p.put(ctx, href, io.LimitReader(in, size), size)
		if err == nil && etag == "" {
			err = p.hub.c.Fail("push", p.root, fmt.Errorf("%s: no ETag for part %d: %w", f.path, i+1, storage.ErrUnsupported))
		}
		if err != nil {
			return err
		}
		parts[i] = lfsPart{i + 1, etag}
	}
	body, err := json.Marshal(map[string]any{"oid": f.sha256, "parts": parts})
	if err != nil {
		return err
	}
	return p.hub.call(ctx, p.root, httpx.Request{Method: http.MethodPost, URL: up.Href, Body: bytes.NewReader(body), ContentType: typeLFS, Accept: typeLFS}, nil, nil)
}

// parts returns the size of a part and the addresses of all of them in order: the
// header has them under their numbers, "00001" for example.
func (a lfsAction) parts(size int64) (chunk int64, addresses []string, err error) {
	text := string(bytes.Trim(a.Header["chunk_size"], `"`))
	chunk, err = strconv.ParseInt(text, 10, 64)
	if err != nil || chunk <= 0 || (size-1)/chunk >= maxParts {
		return 0, nil, fmt.Errorf("parts of %q bytes: %w", clip(text), storage.ErrUnsupported)
	}
	addresses = make([]string, (size-1)/chunk+1)
	for key, value := range a.Header {
		number, err := strconv.ParseUint(key, 10, 31)
		if err != nil {
			continue // another header
		}
		if number < 1 || number > uint64(len(addresses)) || addresses[number-1] != "" {
			return 0, nil, fmt.Errorf("%d parts of %d bytes for %d, and an address for part %d: %w", len(addresses), chunk, size, number, storage.ErrUnsupported)
		}
		if err := json.Unmarshal(value, &addresses[number-1]); err != nil {
			return 0, nil, fmt.Errorf("the address of part %d: %w", number, storage.ErrUnsupported)
		}
	}
	if i := slices.Index(addresses, ""); i >= 0 {
		return 0, nil, fmt.Errorf("no address for part %d of %d: %w", i+1, len(addresses), storage.ErrUnsupported)
	}
	return chunk, addresses, nil
}
