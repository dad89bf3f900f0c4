// Package node is what all apps share about the RPC node that they use: headers for
// it, and its address without what may be a key.
package node

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
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

// NoWebSocket as the address of a node's WebSocket means to do without.
const NoWebSocket = "none"

// Reach is a network whose node is at rpc, its WebSocket at ws. Where rpc is empty both are the network's own; where ws is
// empty it is where [WebSocketOf] says.
func Reach(n chain.Network, rpc, ws string) chain.Network {
	if rpc != "" {
		n.RPC, n.WS = rpc, WebSocketOf(rpc)
	}
	switch ws {
	case "":
	case NoWebSocket:
		n.WS = ""
	default:
		n.WS = ws
	}
	return n
}

// WebSocketOf is where the WebSocket of an RPC node is by custom: at the same place, one port up where the RPC's is written out.
func WebSocketOf(rpc string) string {
	u, err := url.Parse(rpc)
	if err != nil {
		return ""
	}
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
	if port, err := strconv.Atoi(u.Port()); err == nil && port < 65535 {
		u.Host = net.JoinHostPort(u.Hostname(), strconv.Itoa(port+1))
	}
	return u.String()
}
