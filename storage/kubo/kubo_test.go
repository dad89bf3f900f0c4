package kubo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/kubo"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// node answers as Kubo's RPC documentation says, from a storage.Store.
type node struct{ store *storage.Store }

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "405 - Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	switch r.URL.Path {
	case "/api/v0/dag/import":
		n.load(w, r)
	case "/api/v0/dag/export":
		root, err := cid.Decode(r.URL.Query().Get("arg"))
		if err == nil {
			_, err = n.store.Block(root)
		}
		if err != nil {
			fail(w, "block was not found locally (offline): ipld: could not find "+root.String())
			return
		}
		w.Header().Set("Trailer", "X-Stream-Error")
		w.WriteHeader(http.StatusOK)
		if err := n.store.Export(r.Context(), root, w); err != nil {
			w.Header().Set("X-Stream-Error", err.Error())
		}
	case "/api/v0/block/get":
		c, err := cid.Decode(r.URL.Query().Get("arg"))
		if err == nil {
			var data []byte
			if data, err = n.store.Block(c); err == nil {
				w.Write(data)
				return
			}
		}
		fail(w, "block was not found locally (offline): ipld: could not find "+c.String())
	default:
		http.NotFound(w, r)
	}
}

func (n *node) load(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		fail(w, err.Error())
		return
	}
	part, err := parts.NextPart()
	if err != nil {
		fail(w, err.Error())
		return
	}
	root, err := cid.Decode(strings.TrimSuffix(part.FileName(), ".car"))
	if err == nil {
		_, err = n.store.Import(r.Context(), root, part)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, part)
	}
	if err != nil {
		fail(w, err.Error())
		return
	}
	fmt.Fprintf(w, `{"Root":{"Cid":{"/":%q},"PinErrorMsg":""}}`+"\n", root)
	fmt.Fprintln(w, `{"Stats":{"BlockCount":7,"BlockBytesCount":12345}}`)
}

func fail(w http.ResponseWriter, text string) {
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, `{"Message":%q,"Code":0,"Type":"error"}`, text)
}

func serve(t *testing.T, h http.Handler, auth string) *kubo.Node {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	n, err := kubo.New(srv.URL, kubo.Options{Client: srv.Client(), Authorization: storage.NewSecret(auth)})
	require.NoError(t, err)
	return n
}

func open(t *testing.T, cfg storage.Config) *storage.Store {
	t.Helper()
	cfg.Dir, cfg.NoSync = t.TempDir(), true
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func TestPush(t *testing.T) {
	storagetest.TestPusher(t, func(t *testing.T) (storage.Pusher, storage.Fetcher) {
		n := serve(t, &node{open(t, storage.Config{})}, "")
		return n, n
	})
}

func TestFetch(t *testing.T) {
	storagetest.TestFetcher(t, storagetest.FetcherOptions{}, func(t *testing.T, content storagetest.Source) storage.Fetcher {
		return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			root, err := cid.Decode(r.URL.Query().Get("arg"))
			if err != nil || r.URL.Path != "/api/v0/dag/export" || content[root] == nil {
				fail(w, "ipld: could not find it")
				return
			}
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			body := content[root]()
			defer context.AfterFunc(r.Context(), func() { body.Close() })()
			io.Copy(w, body)
		}), "")
	})
}

func TestPushAnswers(t *testing.T) {
	root, _ := storagetest.Honest()
	other := "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
	for name, c := range map[string]struct {
		status int
		answer string
		want   error
		text   string
	}{
		"pin failed":    {200, `{"Root":{"Cid":{"/":"` + root.String() + `"},"PinErrorMsg":"pin: disk full"}}`, nil, "disk full"},
		"echoes keys":   {200, `{"Root":{"Cid":{"/":"x"},"PinErrorMsg":"got Bearer s3cr3t"}}`, nil, "[redacted]"},
		"keys for CIDs": {200, `{"Root":{"Cid":{"/":"s3cr3t"}}}`, storage.ErrUnsupported, "[redacted]"},
		"another root":  {200, `{"Root":{"Cid":{"/":"` + other + `"},"PinErrorMsg":""}}`, storage.ErrCIDMismatch, other},
		"no root":       {200, `{"Stats":{"BlockCount":1}}`, storage.ErrIncomplete, "names no root"},
		"no CID":        {200, `{"Root":{"Cid":{"/":"hello"}}}`, storage.ErrUnsupported, "hello"},
		"not JSON":      {200, `<html>`, storage.ErrUnsupported, "JSON"},
		"endless":       {200, strings.Repeat(" ", 1<<20), storage.ErrTooLarge, ""},
		"error":         {500, `{"Message":"no space left on device","Code":0,"Type":"error"}`, nil, "no space left"},
		"forbidden":     {403, `403 - Forbidden`, storage.ErrUnauthorized, ""},
		"wrong service": {404, `404 page not found`, storage.ErrNotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.WriteHeader(c.status)
				io.WriteString(w, c.answer)
			}), "Bearer s3cr3t")
			_, err := n.Push(context.Background(), root, strings.NewReader("car"))
			require.Error(t, err)
			require.ErrorContains(t, err, c.text)
			require.ErrorContains(t, err, root.String())
			require.NotContains(t, err.Error(), "s3cr3t")
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			var e *storage.Error
			require.True(t, errors.As(err, &e))
			if c.status != 200 {
				require.Equal(t, c.status, e.Status)
			}
		})
	}
}

// An export that fails halfway reports it only in a trailer.
func TestStreamError(t *testing.T) {
	root, car := storagetest.Honest()
	n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v0/dag/export" {
			fail(w, "ipld: could not find it")
			return
		}
		w.Header().Set("Trailer", "X-Stream-Error")
		w.Write(car[:len(car)/2])
		w.Header().Set("X-Stream-Error", "context deadline exceeded")
	}), "")
	_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{n}, Retry: storage.Retry{Attempts: 1}}).Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrIncomplete)
	require.ErrorContains(t, err, "context deadline exceeded")
}

func TestStoreOverKubo(t *testing.T) {
	n := serve(t, &node{open(t, storage.Config{})}, "")
	s := open(t, storage.Config{Pushers: []storage.Pusher{n}})
	root, err := s.Add(context.Background(), fstest.MapFS{"a": {Data: []byte("a")}, "void": {Mode: 0o755 | 1<<31}})
	require.NoError(t, err)
	receipts, err := s.Push(context.Background(), root)
	require.NoError(t, err)
	require.Equal(t, n.String(), receipts[0].VerifiedBy)
}
