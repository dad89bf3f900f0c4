package huggingface_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// answer writes v as JSON to requests whose path has part, and lets the hub answer the
// others.
func answer(part string, v any) func(w http.ResponseWriter, r *http.Request, _ bool) bool {
	return func(w http.ResponseWriter, r *http.Request, _ bool) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		if text, ok := v.(string); ok {
			_, _ = io.WriteString(w, text)
			return true
		}
		_ = json.NewEncoder(w).Encode(v)
		return true
	}
}

type entry map[string]any

func fileEntry(path string, size int64) entry {
	return entry{"type": "file", "oid": strings.Repeat("0", 40), "size": size, "path": path}
}

// Listings that lie, leave the directory, or do not end.
func TestHostileListings(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		tree any
		want error
	}{
		"dot dot":             {[]entry{fileEntry("../../etc/passwd", 1)}, storage.ErrUnsafeName},
		"absolute":            {[]entry{fileEntry("/etc/passwd", 1)}, storage.ErrUnsafeName},
		"backslash":           {[]entry{fileEntry(`..\a`, 1)}, storage.ErrUnsafeName},
		"NUL":                 {[]entry{fileEntry("a\x00b", 1)}, storage.ErrUnsafeName},
		"case":                {[]entry{fileEntry("a", 1), fileEntry("A", 1)}, storage.ErrUnsafeName},
		"no path":             {[]entry{fileEntry("", 1)}, storage.ErrCorrupt},
		"a symlink":           {[]entry{{"type": "symlink", "path": "a", "size": 1}}, storage.ErrUnsupported},
		"a submodule":         {[]entry{{"type": "commit", "path": "a", "size": 1}}, storage.ErrUnsupported},
		"huge":                {[]entry{fileEntry("a", 1<<40)}, storage.ErrTooLarge},
		"huge by its pointer": {[]entry{{"type": "file", "path": "a", "size": 1, "lfs": entry{"oid": "x", "size": int64(1 << 40)}}}, storage.ErrTooLarge},
		"negative":            {[]entry{fileEntry("a", -1)}, storage.ErrCorrupt},
		"not a number":        {`[{"type": "file", "path": "a", "size": "1"}]`, storage.ErrUnsupported},
		"beyond 64 bits":      {`[{"type": "file", "path": "a", "size": 99999999999999999999}]`, storage.ErrUnsupported},
		"an object":           {`{"error": "no"}`, storage.ErrUnsupported},
		"a page":              {"<html>", storage.ErrUnsupported},
		"cut off":             {`[{"type": "file", "path": "a", "size": 1},`, storage.ErrIncomplete},
		"nothing":             {"", storage.ErrIncomplete},
		"a bomb":              {`[{"type": "file", "path": "` + strings.Repeat("a", 17<<20) + `"}]`, storage.ErrTooLarge},
		"deep":                {strings.Repeat("[", 20_000), storage.ErrUnsupported},
	} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			commit := h.Put(repo, false, content(rows))
			h.Intercept(answer("/tree/", c.tree))
			err := fetch(t, rows, revision(t, "hf:"+repo+"@"+commit, options(h, reader)))
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, strings.Join(h.Requests(), " "), "/resolve/", "nothing was fetched")
		})
	}
}

// Pages that go on for ever, lead elsewhere, or are empty.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token went to another host")
		}
		_, _ = io.WriteString(w, "[]")
	}))
	defer other.Close()
	for title, c := range map[string]struct {
		page func(n int64) []entry
		next string
		want error
	}{
		"files without end":       {func(n int64) []entry { return []entry{fileEntry(fmt.Sprintf("f%d", n), 0)} }, "?page=%d", storage.ErrTooLarge},
		"directories without end": {func(int64) []entry { return []entry{{"type": "directory", "path": "d"}} }, "?page=%d", storage.ErrTooLarge},
		"the same page":           {func(int64) []entry { return []entry{fileEntry("a", 1)} }, "?page=1", storage.ErrUnsafeName},
		"empty pages":             {func(int64) []entry { return []entry{} }, "?page=%d", storage.ErrCorrupt},
		"no address":              {func(int64) []entry { return []entry{fileEntry("a", 1)} }, "http://[::1", storage.ErrCorrupt},
		"another host":            {func(int64) []entry { return []entry{fileEntry("a", 1)} }, other.URL, storage.ErrCIDMismatch},
		"another scheme":          {func(int64) []entry { return []entry{fileEntry("a", 1)} }, "file:///etc/passwd", storage.ErrUnsupported},
	} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			commit := h.Put(repo, false, content(rows))
			var n atomic.Int64
			h.Intercept(func(w http.ResponseWriter, r *http.Request, _ bool) bool {
				if !strings.Contains(r.URL.Path, "/tree/") {
					_, _ = io.WriteString(w, "x")
					return true
				}
				next := c.next
				if strings.Contains(next, "%d") {
					next = fmt.Sprintf(next, n.Add(1))
				}
				w.Header().Set("Link", "<"+next+`>; rel="next"`)
				_ = json.NewEncoder(w).Encode(c.page(n.Load()))
				return true
			})
			from := revision(t, "hf:"+repo+"@"+commit, options(h, reader))
			from.AtMost(300)
			s := open(t, storage.Config{MaxNodes: 200, Fetchers: []storage.Fetcher{from}, Retry: storage.Retry{Attempts: 1}})
			_, err := s.Fetch(context.Background(), rootOf(t, rows))
			require.ErrorIs(t, err, c.want)
		})
	}
}

// Files that are not what was listed, redirects that go round or to strange places, and
// answers that do not come.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	redirect := func(to func(h *hubtest.Hub, r *http.Request) string) func(h *hubtest.Hub, w http.ResponseWriter, r *http.Request) {
		return func(h *hubtest.Hub, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to(h, r), http.StatusFound)
		}
	}
	for title, c := range map[string]struct {
		file func(h *hubtest.Hub, w http.ResponseWriter, r *http.Request)
		want error
	}{
		"other bytes": {func(_ *hubtest.Hub, w http.ResponseWriter, r *http.Request) {
			for path, f := range rows {
				if strings.HasSuffix(r.URL.Path, "/"+path) {
					_, _ = w.Write(make([]byte, len(f.Data)))
				}
			}
		}, storage.ErrCIDMismatch},
		"longer":  {func(_ *hubtest.Hub, w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, storage.ErrCorrupt},
		"shorter": {func(_ *hubtest.Hub, w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(nil) }, storage.ErrIncomplete},
		"endless": {func(_ *hubtest.Hub, w http.ResponseWriter, _ *http.Request) {
			for block := make([]byte, 1<<16); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, storage.ErrCorrupt},
		"a redirect to itself":      {redirect(func(_ *hubtest.Hub, r *http.Request) string { return r.URL.String() }), storage.ErrUnsupported},
		"a redirect round and back": {redirect(func(h *hubtest.Hub, r *http.Request) string { return h.API.URL + r.URL.EscapedPath() + "x" }), storage.ErrUnsupported},
		"a redirect to a file":      {redirect(func(*hubtest.Hub, *http.Request) string { return "file:///etc/passwd" }), storage.ErrUnsupported},
		"a redirect with a password": {redirect(func(h *hubtest.Hub, _ *http.Request) string {
			return "http://user:password@" + strings.TrimPrefix(h.Storage.URL, "http://")
		}), storage.ErrUnsupported},
		"a part that was not asked for": {func(_ *hubtest.Hub, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, storage.ErrUnsupported},
		"gone": {func(_ *hubtest.Hub, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Error-Code", "EntryNotFound")
			w.WriteHeader(http.StatusNotFound)
		}, huggingface.ErrEntryNotFound},
	} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			commit := h.Put(repo, false, content(rows))
			h.Intercept(func(w http.ResponseWriter, r *http.Request, _ bool) bool {
				if !strings.Contains(r.URL.Path, "/resolve/") {
					return false
				}
				c.file(h, w, r)
				return true
			})
			err := fetch(t, rows, revision(t, "hf:"+repo+"@"+commit, options(h, reader)))
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), "password")
		})
	}
}

// A large file stops coming: the source is given up.
func TestStalledFile(t *testing.T) {
	t.Parallel()
	h := start(t)
	commit := h.Put(repo, false, content(rows))
	h.Intercept(func(w http.ResponseWriter, r *http.Request, elsewhere bool) bool {
		if !elsewhere || !strings.HasSuffix(r.URL.Path, sumOf(rows["large.bin"].Data)) {
			return false
		}
		w.Header().Set("Content-Length", "640000")
		_, _ = io.WriteString(w, "0123")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	s := open(t, storage.Config{StallTimeout: 500 * time.Millisecond, Fetchers: []storage.Fetcher{revision(t, "hf:"+repo+"@"+commit, options(h, ""))}, Retry: storage.Retry{Attempts: 1}})
	_, err := s.Fetch(context.Background(), rootOf(t, rows))
	require.ErrorIs(t, err, storage.ErrIncomplete)
	require.ErrorContains(t, err, "stalled")
}

// Uploads go where the hub says, without the token; what it says must make sense.
func TestHostileUploads(t *testing.T) {
	t.Parallel()
	large := rows["large.bin"].Data
	action := func(upload entry) entry {
		return entry{"objects": []entry{{"oid": sumOf(large), "size": len(large), "actions": entry{"upload": upload}}}}
	}
	tree := map[string]any{
		"a relative address":  action(entry{"href": "/objects"}),
		"a file":              action(entry{"href": "file:///tmp/x"}),
		"no such object":      entry{"objects": []entry{}},
		"parts of nothing":    action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": "0"}}),
		"parts of a word":     action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": "many"}}),
		"too many parts":      action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": "1"}}),
		"a part is missing":   action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": 320_000, "00001": "http://127.0.0.1:1/"}}),
		"a part twice":        action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": 640_000, "1": "http://127.0.0.1:1/", "01": "http://127.0.0.1:1/"}}),
		"a part too many":     action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": 640_000, "2": "http://127.0.0.1:1/"}}),
		"a part that is none": action(entry{"href": "http://127.0.0.1:1/", "header": entry{"chunk_size": 640_000, "1": 5}}),
	}
	for title, batch := range tree {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			h.Intercept(answer("/batch", batch))
			_, err := push(t, dataset(t, options(h, writer)), onlyLarge)
			require.ErrorIs(t, err, storage.ErrUnsupported)
		})
	}
	for title, c := range map[string]struct {
		part string
		v    any
		want error
	}{
		"refused":          {"/batch", entry{"objects": []entry{{"oid": sumOf(large), "size": len(large), "error": entry{"code": 413, "message": "too large for your plan"}}}}, storage.ErrTooLarge},
		"no upload mode":   {"/preupload/", entry{"files": []entry{}}, storage.ErrUnsupported},
		"a strange one":    {"/preupload/", entry{"files": []entry{{"path": "large.bin", "uploadMode": "pigeon"}}}, storage.ErrUnsupported},
		"no commit":        {"/commit/", entry{"success": true}, storage.ErrUnsupported},
		"a strange commit": {"/commit/", entry{"commitOid": "../../main"}, storage.ErrUnsupported},
		"a strange head":   {"/revision/", entry{"sha": "main"}, storage.ErrUnsupported},
		"not JSON":         {"/preupload/", "<html>", storage.ErrUnsupported},
	} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			h.Intercept(answer(c.part, c.v))
			_, err := push(t, dataset(t, options(h, writer)), onlyLarge)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// A commit that the hub has made of other files than ours is noticed.
func TestForgedCommit(t *testing.T) {
	t.Parallel()
	h := start(t)
	forged := h.Put(repo, false, map[string][]byte{"large.bin": []byte("another's")})
	h.Intercept(answer("/commit/", entry{"commitOid": forged}))
	_, err := push(t, dataset(t, options(h, writer)), onlyLarge)
	require.ErrorIs(t, err, storage.ErrCIDMismatch)
	require.ErrorContains(t, err, "do not announce it")
}

var onlyLarge = fstest.MapFS{"large.bin": rows["large.bin"]}
