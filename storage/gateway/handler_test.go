package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

func TestHandler(t *testing.T) {
	s, root := published(t)
	srv, _ := serve(t, gateway.Handler(s))
	var car bytes.Buffer
	require.NoError(t, s.Export(context.Background(), root, &car))
	rootBlock, err := s.Block(root)
	require.NoError(t, err)
	absent := "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
	base := "/ipfs/" + root.String()
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		status             int
		body               string // exact, if not empty
		contains           string
		typ                string
	}{
		{name: "file", path: base + "/config.json", status: 200, body: `{"version":2}`, typ: "application/json"},
		{name: "file in a directory", path: base + "/sub/weights.bin", status: 200, contains: "0 1 2 3 4"},
		{name: "range", path: base + "/config.json", header: map[string]string{"Range": "bytes=2-8"}, status: 206, body: "version"},
		{name: "etag", path: base + "/config.json", header: map[string]string{"If-None-Match": `"bafkreigcnctcvvdkfvtmetwkdcn34rs7ir5xfixnmihj7mrpsdpitegcga"`}, status: 200},
		{name: "empty file", path: base + "/empty", status: 200},
		{name: "listing", path: base, status: 200, contains: "config.json", typ: "text/html; charset=utf-8"},
		{name: "listing escapes", path: base + "/sub/", status: 200, contains: "/sub/%C3%BC%20&amp;%20100%25%20%23.md"},
		{name: "car by format", path: base + "?format=car", status: 200, body: car.String(), typ: "application/vnd.ipld.car; version=1; order=dfs; dups=n"},
		{name: "car by accept", path: base, header: map[string]string{"Accept": "application/vnd.ipld.car"}, status: 200, body: car.String()},
		{name: "raw", path: base + "?format=raw", status: 200, body: string(rootBlock), typ: "application/vnd.ipld.raw"},
		{name: "head of a car", method: "HEAD", path: base + "?format=car", status: 200},
		{name: "unknown format", path: base + "?format=tar", status: 406},
		{name: "no such file", path: base + "/absent", status: 404},
		{name: "climbing out", path: base + "/sub/%2e%2e/%2e%2e/etc/passwd", status: 400},
		{name: "absent", path: "/ipfs/" + absent, status: 404},
		{name: "absent car", path: "/ipfs/" + absent + "?format=car", status: 404},
		{name: "absent raw", path: "/ipfs/" + absent + "?format=raw", status: 404},
		{name: "no CID", path: "/ipfs/hello", status: 400},
		{name: "post", method: "POST", path: base, status: 405},
		{name: "elsewhere", path: "/api/v0/add", status: 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest(c.method, srv.URL+c.path, nil)
			require.NoError(t, err)
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			resp, err := srv.Client().Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, c.status, resp.StatusCode, "%s", body)
			if c.body != "" {
				require.True(t, c.body == string(body))
			}
			require.Contains(t, string(body), c.contains)
			if c.typ != "" {
				require.Equal(t, c.typ, resp.Header.Get("Content-Type"))
			}
		})
	}
}

// If a block is missing the handler cuts the connection instead of ending the
// CAR cleanly.
func TestHandlerCutsBrokenCAR(t *testing.T) {
	s, root := published(t)
	dir := t.TempDir()
	var car bytes.Buffer
	require.NoError(t, s.Export(context.Background(), root, &car))
	part, err := storage.Open(storage.Config{Dir: dir})
	require.NoError(t, err)
	_, err = part.Import(context.Background(), root, bytes.NewReader(car.Bytes()[:400_000]))
	require.ErrorIs(t, err, storage.ErrIncomplete)
	srv, _ := serve(t, gateway.Handler(part))
	resp, err := srv.Client().Get(srv.URL + "/ipfs/" + root.String() + "?format=car")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	require.Error(t, err)
}

// A request for a few bytes reads what holds them, not the whole package: it succeeds though another part is damaged,
// and one for that part breaks off.
func TestHandlerReadsWhatIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	s, err := storage.Open(storage.Config{Dir: dir})
	require.NoError(t, err)
	root, err := s.Add(t.Context(), fstest.MapFS{"big": {Data: numbers(3 << 20)}})
	require.NoError(t, err)
	at, block := "", numbers(3 << 20)[2<<20:][:256<<10]
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "blocks"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, rerr := os.ReadFile(path)
			require.NoError(t, rerr)
			if bytes.Equal(data, block) {
				at = path
			}
		}
		return err
	}))
	require.NotEmpty(t, at)
	require.NoError(t, os.WriteFile(at, make([]byte, len(block)), 0o644))

	srv, _ := serve(t, gateway.Handler(s))
	get := func(from int) (int, error) {
		req, err := http.NewRequest(http.MethodGet, srv.URL+"/ipfs/"+root.String()+"/big", nil)
		require.NoError(t, err)
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from))
		resp, err := srv.Client().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return resp.StatusCode, err
	}
	code, err := get(1 << 20)
	require.NoError(t, err)
	require.Equal(t, http.StatusPartialContent, code)
	_, err = get(2 << 20)
	require.Error(t, err)
}
