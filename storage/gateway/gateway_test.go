package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func tree() fstest.MapFS {
	return fstest.MapFS{
		"config.json":       {Data: []byte(`{"version":2}`)},
		"sub/weights.bin":   {Data: numbers(800_000)},
		"sub/ü & 100% #.md": {Data: []byte("<script>")},
		"empty":             {Data: nil},
	}
}

// numbers returns n bytes of text in which no two blocks are equal.
func numbers(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "%d ", i)
	}
	return b[:n]
}

func open(t *testing.T, cfg storage.Config) *storage.Store {
	t.Helper()
	cfg.Dir, cfg.NoSync = t.TempDir(), true
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func serve(t *testing.T, h http.Handler) (*httptest.Server, *gateway.Gateway) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	g, err := gateway.New(srv.URL, gateway.Options{Client: srv.Client()})
	require.NoError(t, err)
	return srv, g
}

func published(t *testing.T) (*storage.Store, cid.Cid) {
	t.Helper()
	s := open(t, storage.Config{})
	root, err := s.Add(context.Background(), tree())
	require.NoError(t, err)
	return s, root
}

func requireTree(t *testing.T, fsys fs.FS) {
	t.Helper()
	for p, f := range tree() {
		got, err := fs.ReadFile(fsys, p)
		require.NoError(t, err)
		require.True(t, bytes.Equal(f.Data, got), p)
	}
}

// The conformance suite over HTTP, hostile contents included.
func TestConformance(t *testing.T) {
	storagetest.TestFetcher(t, storagetest.FetcherOptions{}, func(t *testing.T, content storagetest.Source) storage.Fetcher {
		_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			root, err := storage.ParseCID(strings.TrimPrefix(r.URL.Path, "/ipfs/"))
			if err != nil || r.URL.Query().Get("format") != "car" || content[root] == nil {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/vnd.ipld.car")
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			body := content[root]()
			stop := context.AfterFunc(r.Context(), func() { body.Close() })
			defer stop()
			io.Copy(w, body)
		}))
		return g
	})
}

// Each way to read from a gateway alone is enough to fetch the package.
func TestEachMethodAlone(t *testing.T) {
	s, root := published(t)
	full := gateway.Handler(s)
	for name, allow := range map[string]func(format string) bool{
		"everything": func(string) bool { return true },
		"car only":   func(f string) bool { return f == "car" },
		"raw only":   func(f string) bool { return f == "raw" },
		"plain only": func(f string) bool { return f == "" },
	} {
		t.Run(name, func(t *testing.T) {
			_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !allow(r.URL.Query().Get("format")) {
					w.Header().Set("Content-Type", "text/html")
					w.Write([]byte("<html>a page about IPFS</html>"))
					return
				}
				full.ServeHTTP(w, r)
			}))
			files := []string{"config.json", "sub/weights.bin", "sub/ü & 100% #.md", "empty", "absent"}
			fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{g}, Files: files}).Fetch(context.Background(), root)
			require.NoError(t, err)
			requireTree(t, fsys)
		})
	}
}

// After a cut connection the fetch resumes with single blocks.
func TestResumeAfterCut(t *testing.T) {
	s, root := published(t)
	full := gateway.Handler(s)
	var cars, raws atomic.Int32
	_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("format") == "raw" {
			raws.Add(1)
			full.ServeHTTP(w, r)
			return
		}
		cars.Add(1)
		rec := httptest.NewRecorder()
		full.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/vnd.ipld.car")
		w.Write(rec.Body.Bytes()[:300_000])
		panic(http.ErrAbortHandler)
	}))
	cfg := storage.Config{Fetchers: []storage.Fetcher{g}, Retry: storage.Retry{Attempts: 1}}
	fsys, err := open(t, cfg).Fetch(context.Background(), root)
	require.NoError(t, err)
	requireTree(t, fsys)
	require.EqualValues(t, 1, cars.Load())
	require.Positive(t, raws.Load())
	require.Less(t, raws.Load(), int32(9), "only what was missing")
}

func TestStatuses(t *testing.T) {
	_, root := published(t)
	for status, want := range map[int]error{
		401: storage.ErrUnauthorized, 403: storage.ErrUnauthorized, 404: storage.ErrNotFound, 410: storage.ErrNotFound,
		406: storage.ErrUnsupported, 413: storage.ErrTooLarge, 429: storage.ErrRateLimited, 500: nil, 502: nil, 503: nil, 504: nil,
	} {
		_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			http.Error(w, "my words", status)
		}))
		_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{g}, Retry: storage.Retry{Attempts: 1}}).Fetch(context.Background(), root)
		var e *storage.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, status, e.Status)
		require.Equal(t, time.Hour, e.RetryAfter)
		require.ErrorContains(t, err, "my words")
		require.ErrorContains(t, err, root.String())
		if want != nil {
			require.ErrorIs(t, err, want)
		}
	}
}

// Redirects lead to the gateway itself or to a subdomain of it, never to
// another host, a loopback port included.
func TestRedirects(t *testing.T) {
	s, root := published(t)
	var touched atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { touched.Store(true) }))
	defer other.Close()
	full := gateway.Handler(s)
	for name, to := range map[string]string{"loopback": other.URL, "elsewhere": "http://example.com", "metadata": "http://169.254.169.254/latest", "file": "file:///etc/passwd"} {
		t.Run(name, func(t *testing.T) {
			_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusFound)
			}))
			_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{g}, Retry: storage.Retry{Attempts: 1}}).Fetch(context.Background(), root)
			require.Error(t, err)
			require.ErrorContains(t, err, root.String())
		})
	}
	require.False(t, touched.Load())
	t.Run("itself", func(t *testing.T) {
		_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if rest, ok := strings.CutPrefix(r.URL.Path, "/new"); ok {
				r.URL.Path = rest
				full.ServeHTTP(w, r)
				return
			}
			http.Redirect(w, r, "/new"+r.URL.RequestURI(), http.StatusMovedPermanently)
		}))
		fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{g}}).Fetch(context.Background(), root)
		require.NoError(t, err)
		requireTree(t, fsys)
	})
	t.Run("in circles", func(t *testing.T) {
		_, g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		}))
		_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{g}}).Fetch(context.Background(), root)
		require.ErrorContains(t, err, "redirect")
	})
}

// A compressed answer must not be decompressed.
func TestNoTransparentCompression(t *testing.T) {
	_, root := published(t)
	var asked atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept-Encoding"))
		http.NotFound(w, r)
	}))
	defer srv.Close()
	own, err := gateway.New(srv.URL, gateway.Options{})
	require.NoError(t, err)
	_, err = own.Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrNotFound)
	require.Equal(t, "", asked.Load())
	own.CloseIdle()
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "ipfs.io", "ftp://ipfs.io", "http://", "https://user:h1dden@ipfs.io", "https://ipfs.io/?key=h1dden#part", "http://ipfs.io/?key=h1dden", "http://8.8.8.8", "http://[::1", "://"} {
		_, err := gateway.New(bad, gateway.Options{})
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "h1dden")
	}
	require.NotEmpty(t, gateway.Public(gateway.Options{}))
}

func TestTokenStaysSecret(t *testing.T) {
	_, root := published(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "bad credentials: "+r.Header.Get("Authorization"), http.StatusForbidden)
	}))
	defer srv.Close()
	g, err := gateway.New(srv.URL, gateway.Options{Client: srv.Client(), Token: storage.NewSecret("s3cr3t-token")})
	require.NoError(t, err)
	_, err = g.Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrUnauthorized)
	require.NotContains(t, err.Error(), "s3cr3t")
}
