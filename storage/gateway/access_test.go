package gateway_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

const gatewayKey = "s3cr3t & key=1"

// dedicated is a gateway that wants a key and may answer with something else first.
func dedicated(t *testing.T, keyed func(r *http.Request) bool, first http.HandlerFunc) (base string, client *http.Client, served *[]*http.Request) {
	t.Helper()
	s, _ := published(t)
	served = &[]*http.Request{}
	full := gateway.Handler(s)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*served = append(*served, r)
		switch {
		case first != nil && len(*served) == 1:
			first(w, r)
		case !keyed(r):
			http.Error(w, "no key in "+r.URL.RawQuery+r.Header.Get("X-Key"), http.StatusUnauthorized)
		default:
			full.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String()) // whatever the host's name
	}}}
	t.Cleanup(client.CloseIdleConnections)
	return "http://gateway.test", client, served
}

// A dedicated gateway takes its key from the query of its address or from a header of its own.
func TestDedicatedGateways(t *testing.T) {
	_, root := published(t)
	query := func(r *http.Request) bool { return r.URL.Query().Get("pinataGatewayToken") == gatewayKey }
	header := func(r *http.Request) bool { return r.Header.Get("X-Pinata-Gateway-Token") == gatewayKey }
	inQuery := "?pinataGatewayToken=s3cr3t%20%26%20key%3D1"
	inHeader := gateway.Options{Header: map[string]storage.Secret{"x-pinata-gateway-token": storage.NewSecret(gatewayKey)}}
	for name, c := range map[string]struct {
		keyed   func(*http.Request) bool
		query   string
		options gateway.Options
	}{
		"in the query": {query, inQuery, gateway.Options{}},
		"in a header":  {header, "", inHeader},
	} {
		t.Run(name, func(t *testing.T) {
			base, client, served := dedicated(t, c.keyed, nil)
			c.options.Client = client
			g, err := gateway.New(base+c.query, c.options)
			require.NoError(t, err)
			fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{g}}).Fetch(context.Background(), root)
			require.NoError(t, err)
			requireTree(t, fsys)
			require.Contains(t, (*served)[0].URL.RawQuery, "format=car", "the request's own query is there too")
			require.NotContains(t, g.String(), "s3cr3t")
		})
	}
	base, client, _ := dedicated(t, func(*http.Request) bool { return false }, nil)
	g, err := gateway.New(base+inQuery, gateway.Options{Client: client, Header: map[string]storage.Secret{"X-Key": storage.NewSecret(gatewayKey)}})
	require.NoError(t, err)
	_, err = g.Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrUnauthorized)
	require.NotContains(t, err.Error(), "s3cr3t", "the gateway has echoed both")
}

// A redirect takes neither the key nor the address that holds it to another place.
func TestRedirectsCarryNoKey(t *testing.T) {
	_, root := published(t)
	for _, c := range []struct {
		to             string
		keyed, refused bool
	}{
		{"http://gateway.test/ipfs/" + root.String() + "?format=car", true, false},
		{"http://bafy.ipfs.gateway.test/ipfs/" + root.String() + "?format=car", false, false},
		{"http://evil.test/", false, true},
		{"http://evilgateway.test/", false, true},
		{"http://gateway.test.evil.test/", false, true},
		{"http://user:word@gateway.test/", false, true},
		{"http://127.0.0.1:5001/api/v0/shutdown", false, true},
	} {
		t.Run(c.to, func(t *testing.T) {
			base, client, served := dedicated(t, func(*http.Request) bool { return true }, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, c.to, http.StatusFound)
			})
			g, err := gateway.New(base+"?key=s3cr3t-query", gateway.Options{Client: client, Token: storage.NewSecret("s3cr3t-token"),
				Header: map[string]storage.Secret{"x-key": storage.NewSecret("s3cr3t-header")}})
			require.NoError(t, err)
			body, err := g.Fetch(context.Background(), root)
			if c.refused {
				require.ErrorIs(t, err, storage.ErrUnsupported)
				require.NotContains(t, err.Error(), "s3cr3t")
				require.Len(t, *served, 1)
				return
			}
			require.NoError(t, err)
			require.NoError(t, body.Close())
			second := (*served)[1]
			require.Empty(t, second.Referer())
			var sent strings.Builder
			require.NoError(t, second.Header.Write(&sent))
			require.Equal(t, c.keyed, strings.Contains(sent.String(), "s3cr3t"), sent.String())
		})
	}
}

// Plain http is for the local network, unless told otherwise.
func TestPlainHTTP(t *testing.T) {
	for base, public := range map[string]bool{
		"http://ipfs.io": true, "http://8.8.8.8:8080": true, "http://[2001:4860:4860::8888]": true, "http://ipfs.io.": true,
		"http://localhost.example.com": true, "http://172.32.0.1": true, "https://ipfs.io": false, "http://localhost:8080": false,
		"http://127.0.0.1": false, "http://[::1]:8080": false, "http://10.1.2.3": false, "http://172.16.0.1": false, "http://192.168.1.1": false,
		"http://[fd00::1]": false, "http://169.254.1.1": false, "http://100.64.0.1": false, "http://kubo:8080": false, "http://nas.local": false,
		"http://a.localhost": false, "http://[::ffff:10.0.0.1]": false, "http://[::ffff:8.8.8.8]": true,
	} {
		_, err := gateway.New(base, gateway.Options{})
		require.Equal(t, public, err != nil, base)
		if public {
			require.ErrorContains(t, err, "PlainHTTP")
		}
		_, err = gateway.New(base, gateway.Options{PlainHTTP: true})
		require.NoError(t, err)
	}
}
