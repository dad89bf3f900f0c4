package chain

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"

	"github.com/decloud-sdk/decloud-go/internal/netloc"
)

// ErrNetwork is wrapped by every error about a network that cannot be used.
var ErrNetwork = errors.New("chain: network")

// Network says where to reach a chain.
type Network struct {
	Name string // for people, such as "devnet"
	RPC  string // http or https URL
	WS   string // ws or wss URL; empty: changes are found by polling alone
}

// Localnet is a local chain at the usual ports, 8899 and 8900.
func Localnet() Network {
	return Network{Name: "localnet", RPC: "http://127.0.0.1:8899", WS: "ws://127.0.0.1:8900"}
}

// Devnet is Solana's public network for development. Its lamports are free.
func Devnet() Network {
	return Network{Name: "devnet", RPC: "https://api.devnet.solana.com", WS: "wss://api.devnet.solana.com"}
}

// Mainnet is Solana's main network. Its public node limits the rate of calls:
// services need a provider of their own.
func Mainnet() Network {
	return Network{Name: "mainnet", RPC: "https://api.mainnet-beta.solana.com", WS: "wss://api.mainnet-beta.solana.com"}
}

// Local reports whether the chain is reached at this machine's own (loopback)
// address.
func (n Network) Local() bool {
	u, err := url.Parse(n.RPC)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Check says what is wrong with the network's settings. It does not dial.
func (n Network) Check() error {
	if err := (Node{RPC: n.RPC, WS: n.WS}).check(true); err != nil {
		return fmt.Errorf("%w %q: %w", ErrNetwork, n.Name, err)
	}
	return nil
}

func checkURL(text string, insecure bool, scheme, secure string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("not a URL") // the text may hold an API key: not repeated
	}
	switch {
	case u.Scheme != scheme && u.Scheme != secure:
		return fmt.Errorf("a URL that starts with %s:// or %s:// is needed", scheme, secure)
	case u.Host == "":
		return errors.New("the URL has no host")
	case u.Scheme == scheme && !insecure && netloc.IsPublic(u.Hostname()):
		return fmt.Errorf("%s:// would let everybody on the way to %s read and change what is sent, keys and blockhashes included: use %s://, or allow it with Config.Insecure", scheme, u.Hostname(), secure)
	}
	return nil
}

// String returns the name. The URLs stay out: those of a provider often hold an
// API key.
func (n Network) String() string { return n.Name }

// Format prints the name, whatever the verb.
func (n Network) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = io.WriteString(f, n.GoString())
		return
	}
	_, _ = io.WriteString(f, n.Name)
}

// GoString keeps the URLs out of %#v, too.
func (n Network) GoString() string { return fmt.Sprintf("chain.Network{Name: %q}", n.Name) }

// LogValue returns the name.
func (n Network) LogValue() slog.Value { return slog.StringValue(n.Name) }

// MarshalText returns the name: whoever stores the URLs takes the fields.
func (n Network) MarshalText() ([]byte, error) { return []byte(n.Name), nil }

// GobEncode returns the name.
func (n Network) GobEncode() ([]byte, error) { return n.MarshalText() }
