package httpx

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute, "-5": 0, "soon": 0, "1e9": 0, "99999999999": 0,
		now.Add(time.Minute).Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		require.Equal(t, want, retryAfter(in, now), in)
	}
}

func TestMessage(t *testing.T) {
	for in, want := range map[string]string{
		`{"Message":"no space","Code":0,"Type":"error"}`:           "no space",
		`{"error":"too large"}`:                                    "too large",
		`{"error":{"reason":"NO_SCOPES_FOUND","details":"a key"}}`: "NO_SCOPES_FOUND a key",
		`{"error":{"message":"failed"}}`:                           "failed",
		`{}`:                                                       "",
		"one line\nand another":                                    "one line",
		"<html>a page</html>":                                      "",
		"\xff\xfe":                                                 "??",
		"\x1b[2J\u202egone":                                        "?[2J?gone",
		"":                                                         "",
	} {
		require.Equal(t, want, words([]byte(in)), in)
	}
	require.Less(t, len(words([]byte(strings.Repeat("a", 1<<16)))), 210)
}

func words(body []byte) string { return (&Client{}).Sanitize(message(body)) }

// A service may echo what it was sent; cutting a long text must not leave half
// of a key.
func TestRedact(t *testing.T) {
	key := strings.Repeat("secret", 50)
	for _, header := range []string{key, "Bearer " + key, "Basic " + key} {
		c, err := New("service", "http://127.0.0.1:1", Options{Header: http.Header{"Authorization": {header}}})
		require.NoError(t, err)
		for _, text := range []string{key, "you sent " + header, strings.Repeat("x", 150) + " " + key} {
			require.NotContains(t, c.Sanitize(text), "secretsecret")
			err := c.Fail("push", cid.Undef, fmt.Errorf("odd answer %q: %w", text, storage.ErrUnsupported))
			require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err).Error()), "secretsecret")
			require.ErrorIs(t, err, storage.ErrUnsupported)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"error":{"reason":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) { require.Less(t, len(words(body)), 210*3) })
}

// The address is shown as it was given, but for what may be secret.
func TestAddressInErrors(t *testing.T) {
	for given, shown := range map[string]string{
		"ipfs.io":                            `"ipfs.io" is not an http or https address`,
		"ftp://ipfs.io/x":                    `"ftp://ipfs.io/x" is not an http or https address`,
		"https://name:secret@ipfs.io":        `"https://ipfs.io": the address must not contain a user`,
		"http://ipfs.io/x?key=secret":        `"http://ipfs.io/x" is a public host`,
		"https://ipfs.io/?key=secret#part":   `"https://ipfs.io/": the address must not contain`,
		"https://ipfs.io:secret-not-a-port/": `"" is not an http or https address`,
	} {
		_, err := New("service", given, Options{})
		require.ErrorContains(t, err, shown)
		require.NotContains(t, err.Error(), "secret")
	}
}
