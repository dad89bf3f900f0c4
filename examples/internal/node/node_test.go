package node

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

func TestAddressesAreShownWithoutKeys(t *testing.T) {
	for text, want := range map[string]string{
		"https://rpc.example.com/v2/KEY":   "https://rpc.example.com/[redacted]",
		"https://rpc.example.com/?k=KEY":   "https://rpc.example.com/[redacted]",
		"https://user:KEY@rpc.example.com": "https://rpc.example.com/[redacted]",
		"http://127.0.0.1:8899":            "http://127.0.0.1:8899",
		"http://127.0.0.1:8899/":           "http://127.0.0.1:8899",
		"none":                             "none",
	} {
		require.Equal(t, want, ShowURL(text))
	}
}

func TestHeadersOfTheEnvironment(t *testing.T) {
	env := func(text string) func(string) string {
		return func(name string) string { return map[string]string{"DECLOUD_RPC_HEADER": text}[name] }
	}
	h, err := Header(env(""))
	require.NoError(t, err)
	require.True(t, h.IsZero())
	h, err = Header(env("Authorization: Bearer verysecret\nX-Tier: 2"))
	require.NoError(t, err)
	require.Equal(t, "Header(2)", h.String())
	_, err = Header(env("verysecret"))
	require.ErrorIs(t, err, chain.ErrArgument)
	require.ErrorContains(t, err, "DECLOUD_RPC_HEADER")
	require.NotContains(t, err.Error(), "verysecret")
}
