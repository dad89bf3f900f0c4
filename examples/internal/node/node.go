// Package node is what all apps share about the RPC node that they use: headers for
// it, and its address without what may be a key.
package node

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
)

// HeaderVariable has HTTP headers for the RPC node and its websocket, "Name: value",
// one a line. They are often secrets, which the environment hides from other users and
// a command line does not.
const HeaderVariable = "DECLOUD_RPC_HEADER"

// Header reads the variable; without one there are none.
func Header(getenv func(string) string) (chain.Header, error) {
	h, err := chain.ParseHeader(getenv(HeaderVariable))
	if err != nil {
		return h, fmt.Errorf("%s: %w", HeaderVariable, err)
	}
	return h, nil
}

// ShowURL is an address without what may be a key in it: user, path, query.
func ShowURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	if rest := strings.Trim(u.EscapedPath(), "/"); rest != "" || u.RawQuery != "" || u.User != nil {
		return u.Scheme + "://" + u.Host + "/[redacted]"
	}
	return u.Scheme + "://" + u.Host
}
