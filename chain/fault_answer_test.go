package chain_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// Errors that providers report in JSON, under HTTP 200, and that pass.
func TestTemporaryAnswersOfJSONRPC(t *testing.T) {
	for _, code := range []int{-32429, -32007, -32603, -32000, -32005, 429} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			fault := func(c chaintest.Call) (*http.Response, error) { return c.Fail(code, "null") }
			reading(t, first(2, fault), func(t *testing.T, _ time.Duration, calls int, err error) { //nolint:bodyclose // the client closes it
				require.NoError(t, err)
				require.Equal(t, 3, calls)
			})
			reading(t, fault, func(t *testing.T, _ time.Duration, calls int, err error) {
				require.ErrorContains(t, err, fmt.Sprint(code))
				require.Equal(t, 5, calls)
			})
		})
	}
	reading(t, func(c chaintest.Call) (*http.Response, error) { return c.Fail(-32602, "null") }, func(t *testing.T, _ time.Duration, calls int, err error) {
		require.Error(t, err)
		require.Equal(t, 1, calls, "the parameters stay what they are")
	})
}

func TestRetryAfterBesideAnAnswerOfJSONRPC(t *testing.T) {
	fault := func(c chaintest.Call) (*http.Response, error) {
		resp, err := c.Fail(-32429, "null")
		resp.Header.Set("Retry-After", "9")
		return resp, err
	}
	reading(t, first(2, fault), func(t *testing.T, took time.Duration, _ int, err error) { //nolint:bodyclose // the client closes it
		require.NoError(t, err)
		require.Equal(t, 18*time.Second, took)
	})
}

// The URL holds a key, and the request says what the wallet is about to do: neither
// goes to where a node sends its callers.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			calls := 0
			node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				require.Equal(t, "/verysecret", r.URL.Path)
				require.Equal(t, "api-key=topsecret", r.URL.RawQuery)
				http.Redirect(w, r, other.URL, status)
			}))
			defer node.Close()
			c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: node.URL + "/verysecret?api-key=topsecret"}})
			require.NoError(t, err)
			defer c.Close()
			_, err = c.Slot(t.Context())
			require.ErrorContains(t, err, "sends its callers on to 127.0.0.1, which is not followed")
			require.NotContains(t, fmt.Sprintf("%+v %#v", err, err), "secret")
			require.Equal(t, 1, calls)
			require.Zero(t, elsewhere)
		})
	}
}

// Name and password of a URL reach the node, as a header, and nobody else.
func TestAUserInTheURL(t *testing.T) {
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		require.True(t, ok)
		require.Equal(t, "me verysecret", user+" "+password)
		_, _ = w.Write([]byte("no"))
	}))
	defer node.Close()
	c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: strings.Replace(node.URL, "//", "//me:verysecret@", 1)}, Attempts: 1})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Slot(t.Context())
	require.Error(t, err)
	require.NotContains(t, fmt.Sprintf("%+v %#v", err, err), "verysecret")
}

// Everybody on the way can read and change plain http.
func TestPlainHTTPOnTheInternet(t *testing.T) {
	for text, ok := range map[string]bool{
		"http://127.0.0.1:8899": true, "http://localhost:8899": true, "http://[::1]:8899": true, "http://10.1.2.3": true, "http://192.168.1.9:1": true,
		"http://172.16.0.1": true, "http://[fd00::1]": true, "http://100.100.1.1": true, "http://169.254.1.1": true, "http://validator:8899": true,
		"http://node.internal": true, "http://nas.local": true, "https://api.devnet.solana.com": true, "https://8.8.8.8": true,
		"http://api.devnet.solana.com": false, "http://8.8.8.8": false, "http://172.32.0.1": false, "http://[2001:db8::1]": false,
		"http://localhost.example.com": false, "http://127.0.0.1.example.com": false, "http://[::ffff:8.8.8.8]": false, "http://node.internal.": true,
	} {
		t.Run(text, func(t *testing.T) {
			ws := "ws" + strings.TrimPrefix(text, "http")
			for _, c := range []chain.Config{
				{Network: chain.Network{RPC: text}},
				{Network: chain.Network{RPC: "https://a.com", WS: ws}},
				{Network: chain.Devnet(), Fallbacks: []chain.Node{{RPC: text}}},
				{Network: chain.Devnet(), Fallbacks: []chain.Node{{RPC: "https://a.com", WS: ws}}},
			} {
				_, err := chain.NewClient(c)
				c.Insecure = true
				_, told := chain.NewClient(c)
				require.NoError(t, told)
				if ok {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, chain.ErrConfig)
				require.ErrorContains(t, err, "Config.Insecure")
				u, _ := url.Parse(text)
				require.ErrorContains(t, err, u.Hostname())
			}
		})
	}
}
