package httpx

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

func parse(t *testing.T, text string) *url.URL {
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

// A service may send us where everybody can go, and not into our own network.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		base, to string
		ok       bool
	}{
		{"https://hub.example", "https://hub.example/x", true}, {"https://hub.example", "https://cdn.hub.example/x", true},
		{"https://hub.example", "https://store.example:444/x", true}, {"https://hub.example", "http://store.example/x", false},
		{"https://hub.example", "https://127.0.0.1/x", false}, {"https://hub.example", "https://localhost/x", false}, {"https://hub.example", "https://10.0.0.1/x", false},
		{"https://hub.example", "https://user:word@store.example/x", false}, {"https://hub.example", "https://user@hub.example/x", false},
		{"https://hub.example", "/x", false}, {"https://hub.example", "file:///x", false}, {"https://hub.example", "ftp://store.example", false},
		{"http://127.0.0.1:1", "http://127.0.0.1:2/x", true}, {"http://127.0.0.1:1", "https://store.example/x", true},
	} {
		a := access{base: parse(t, c.base), elsewhere: true}
		err := a.checkPlace(parse(t, c.to))
		if c.ok {
			require.NoError(t, err, c)
		} else {
			require.ErrorIs(t, err, storage.ErrUnsupported, c)
		}
		a.elsewhere = false
		require.Equal(t, c.ok && a.own(parse(t, c.to)), a.checkPlace(parse(t, c.to)) == nil, c)
	}
}

// The credentials reach the service alone, even where another host sends us back.
func TestCredentialsStay(t *testing.T) {
	seen := map[string]string{} // path: what was sent
	record := func(w http.ResponseWriter, r *http.Request) { seen[r.URL.Path] = r.Header.Get("Authorization") }
	var service, other *httptest.Server
	service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record(w, r)
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/away":
			http.Redirect(w, r, other.URL+"/other", http.StatusFound)
		case "/round":
			http.Redirect(w, r, other.URL+"/back", http.StatusFound)
		}
	}))
	defer service.Close()
	other = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record(w, r)
		if r.URL.Path == "/back" {
			http.Redirect(w, r, service.URL+"/returned", http.StatusFound)
		}
	}))
	defer other.Close()
	c, err := New("service", service.URL, Options{Header: http.Header{"Authorization": {"Bearer s3cret"}}, Elsewhere: true})
	require.NoError(t, err)
	defer c.CloseIdle()
	for _, r := range []Request{
		{Path: "/moved"}, {Path: "/away"}, {Path: "/round"}, {URL: service.URL + "/unsigned"}, {URL: service.URL + "/signed", SignedIn: true}, {URL: other.URL + "/signed-elsewhere", SignedIn: true},
	} {
		resp, err := c.Do(context.Background(), "fetch", cid.Undef, r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	for path, want := range map[string]string{
		"/moved": "Bearer s3cret", "/here": "Bearer s3cret", "/away": "Bearer s3cret", "/other": "", "/round": "Bearer s3cret", "/back": "", "/returned": "",
		"/unsigned": "", "/signed": "Bearer s3cret", "/signed-elsewhere": "",
	} {
		got, asked := seen[path]
		require.True(t, asked, path)
		require.Equal(t, want, got, path)
	}
}
