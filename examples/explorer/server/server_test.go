package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/server"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve has a server over a scene, which follows the chain until the test ends.
func serve(t *testing.T, s *scene.Scene) *httptest.Server {
	ctx, stop := context.WithCancel(t.Context())
	srv := server.New(s.Reader)
	var wg sync.WaitGroup
	wg.Go(func() { srv.Run(ctx, time.Hour) })
	ts := httptest.NewServer(srv)
	t.Cleanup(func() {
		stop()
		ts.CloseClientConnections()
		ts.Close()
		wg.Wait()
	})
	return ts
}

func get(t *testing.T, ts *httptest.Server, path string, header http.Header) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+path, nil)
	require.NoError(t, err)
	for k, v := range header {
		r.Header[k] = v
	}
	r.Host = header.Get("Host")
	resp, err := ts.Client().Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, body
}

func TestAnswers(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ts := serve(t, s)
	creator := s.Creator.Rounds.Wallet().String()
	_, _, err := s.Creator.Runs.CreateRun(t.Context(), run.Spec{ID: ".."})
	require.NoError(t, err)
	const maxURL = 60_000 // net/http's limit is above it
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/":                                {200, "<main"},
		"/app.js":                          {200, "import"},
		"/web.go":                          {404, ""},
		"/api/overview":                    {200, `"round_count":3`},
		"/api/rounds/0":                    {200, `"phase":"finalized"`},
		"/api/runs?id=..":                  {200, `"id":".."`},
		"/api/runs?id=digits":              {200, `"id":"digits"`},
		"/api/runs":                        {404, "cannot be the name of a run"},
		"/api/runs/digits":                 {200, `"state":"WaitingForMembers"`},
		"/api/stakes":                      {200, `"count":3`},
		"/api/rounds/9":                    {404, `"error":"round 9: not found"`},
		"/api/rounds/x":                    {400, "a number is expected"},
		"/api/rounds/-1":                   {400, "a number is expected"},
		"/api/runs/%3Cb%3E":                {404, "cannot be the name of a run"},
		"/api/contests/x/y":                {404, "is no address"},
		"/api/contests/x/y/z":              {400, "a number is expected"},
		"/api/rounds/0/scores/x/y":         {404, "is no address"},
		"/api/nothing":                     {404, `"error":"there is nothing to read`},
		"/api/contests/x":                  {404, `"error":"there is nothing to read`}, // a link that was cut
		"/api/contests/x/y/":               {404, `"error":"there is nothing to read`},
		"/api/contests/x%2Fy/z":            {404, "is no address"},
		"/api/rounds/":                     {404, `"error":"there is nothing to read`},
		"/api/rounds/00":                   {400, "a number is expected"}, // each name has one text, and each text one answer
		"/api/overview?before=01":          {400, "a number is expected"},
		"/api/rounds/18446744073709551616": {400, "a number is expected"},
		"/api/rounds/18446744073709551615": {404, "not found"},
		"/api/contests/" + creator + "/" + strings.Repeat("z", 500):        {404, "is no CID"},
		"/api/contests/" + creator + "/" + scene.PackageCID + "/0":         {404, "an epoch of a contest"},
		"/api/contests/" + creator + "/" + scene.PackageCID + "/65536":     {404, "an epoch of a contest"},
		"/api/accounts/" + strings.Repeat("z", maxURL):                     {414, "of this length"},
		"/api/trail/" + creator + "?before=" + strings.Repeat("z", maxURL): {414, "of this length"},
		"/api/rounds/0/scores/base/" + strings.Repeat("z", 100):            {404, "is no address"},
		"/api/rounds/18446744073709551615/scores/base/" + creator:          {404, "a score of round"},
	} {
		resp, body := get(t, ts, path, nil)
		require.Equal(t, want.status, resp.StatusCode, "%s: %s", path, body)
		require.Contains(t, string(body), want.text, path)
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'", path)
	}
	resp, err := ts.Client().Post(ts.URL+"/api/overview", "text/plain", strings.NewReader("x"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
}

// A page of the net whose name leads to this machine is not answered.
func TestForeignHosts(t *testing.T) {
	ts := serve(t, scene.New(t, localnet.InProcess()))
	for host, want := range map[string]int{"localhost:1": 200, "127.0.0.1:80": 200, "[::1]:80": 200, "[::1]": 200, "evil.example": 403, "evil.example:80": 403, "127.0.0.1.evil.example": 403} {
		resp, _ := get(t, ts, "/api/overview", http.Header{"Host": {host}})
		require.Equal(t, want, resp.StatusCode, host)
	}
}

// Other pages cannot have the node asked for anything, nor take the streams; links from them lead to the page.
func TestOtherPages(t *testing.T) {
	ts := serve(t, scene.New(t, localnet.InProcess()))
	for _, c := range []struct {
		path, site, mode string
		want             int
	}{
		{"/api/overview", "same-origin", "cors", 200}, {"/api/overview", "none", "navigate", 200}, {"/api/overview", "cross-site", "no-cors", 403},
		{"/api/overview", "same-site", "cors", 403}, {"/api/overview", "cross-site", "navigate", 403}, {"/api/live", "cross-site", "cors", 403},
		{"/", "cross-site", "navigate", 200}, {"/app.js", "cross-site", "no-cors", 403}, {"/app.js", "same-origin", "cors", 200},
	} {
		resp, _ := get(t, ts, c.path, http.Header{"Sec-Fetch-Site": {c.site}, "Sec-Fetch-Mode": {c.mode}})
		require.Equal(t, c.want, resp.StatusCode, "%+v", c)
	}
}

func TestSameAnswerIsNotSentTwice(t *testing.T) {
	s := scene.New(t, localnet.InProcess(), localnet.WithSlotTime(time.Hour))
	ts := serve(t, s)
	resp, _ := get(t, ts, "/api/stakes", nil)
	tag := resp.Header.Get("ETag")
	require.NotEmpty(t, tag)
	resp, body := get(t, ts, "/api/stakes", http.Header{"If-None-Match": {tag}})
	require.Equal(t, http.StatusNotModified, resp.StatusCode)
	require.Empty(t, body)
}

// What changes on the chain is told to open pages at once: they need not wait for the next poll.
func TestPagesHearOfChanges(t *testing.T) {
	s := scene.New(t)
	ts := serve(t, s)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/api/live", nil)
	require.NoError(t, err)
	resp, err := ts.Client().Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if text, found := strings.CutPrefix(lines.Text(), "data: "); found {
				return text
			}
		}
		return "ended"
	}
	first := next()
	s.Submit(t, 0)
	require.NotEqual(t, first, next())
	_, body := get(t, ts, "/api/rounds/1", nil)
	var v view.Round
	require.NoError(t, json.Unmarshal(body, &struct {
		Submissions *[]view.Subject `json:"submissions"`
	}{&v.Gradients}))
	require.Len(t, v.Gradients, 1)
}
