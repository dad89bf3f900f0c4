package chain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
)

// ErrConfig is wrapped by every error about a [Config] that cannot work.
var ErrConfig = errors.New("chain: config")

// Config says how a [Client] works. The zero value is a client that reads from
// a local chain; with a Signer it can send as well.
type Config struct {
	// Network is where the chain is. Default: [Localnet].
	Network Network
	// Header is sent to the node that Network names: with every HTTP request, and
	// with the handshake of the websocket. Default: none.
	Header Header
	// Fallbacks are further nodes of the same chain, each with its own headers. Calls
	// go to the first node that works, and most of the nodes must agree before a
	// payment is made again that seemed lost. Default: none.
	Fallbacks []Node
	// Insecure allows http and ws to hosts on the internet, where everybody on the
	// way can read and change what is sent. Default: only to this machine and private
	// networks.
	Insecure bool
	// Signer signs and pays for transactions. Default: none, and what sends
	// fails with [ErrNoSigner].
	Signer Signer
	// Commitment is how final reads and sent transactions must be: processed,
	// confirmed or finalized. Default: confirmed.
	Commitment rpc.CommitmentType
	// PriorityFee is offered on top of the fee, in millionths of a lamport for
	// each compute unit. Default: 0.
	PriorityFee uint64
	// MaxPriorityFee, if not 0, has the client find the priority fee itself: what
	// others paid lately who wrote the same accounts (getRecentPrioritizationFees),
	// twice as much each time that a transaction was too late, at least PriorityFee
	// and at most this. Default: 0, PriorityFee is always offered.
	MaxPriorityFee uint64
	// ComputeUnits bounds what a transaction may use, and so what the priority
	// fee may cost; at most 1,400,000. Default: the chain's, 200,000 for each
	// instruction.
	ComputeUnits uint32
	// DryRun, if set, has the client sign and send nothing: what would have been sent is
	// tried by the node and told here, and [Client.Send] fails with [ErrDryRun], or as it
	// would have failed. It may be called from several goroutines. Default: transactions
	// are sent.
	DryRun func(DryRun)
	// RPCTimeout bounds one attempt of one call to one node. Default: 30 s.
	RPCTimeout time.Duration
	// Attempts is how often a call that fails for a temporary reason is tried, each
	// time at every node until one answers. Default: 5.
	Attempts int
	// PollInterval is the longest pause between two queries for a signature; the
	// first queries come faster. Default: 1 s.
	PollInterval time.Duration
	// ResendInterval is how long to wait for a transaction to show up before the
	// same bytes are sent again. Default: 2 s.
	ResendInterval time.Duration
	// SignAttempts is how often the same instructions are signed in total: again,
	// with a new blockhash, if the last one expired before the transaction landed.
	// Default: 3.
	SignAttempts int
	// MaxResponse bounds one response over HTTP, in bytes. (A message of a
	// websocket is at most 64 KiB.) Default: 64 MiB.
	MaxResponse int64
	// RPC reaches a chain in the same process, such as localnet's, in place of
	// Network.RPC. Its CallWithCallback must work, and its responses are not
	// bounded. Without a Network it counts as local: name the Network of any
	// other chain. Default: a client for Network.RPC.
	RPC *rpc.Client
	// Transport carries the HTTP requests to all nodes. It is not asked to follow
	// redirects, and the client never does. Default: a pool of connections that
	// [Client.Close] closes.
	Transport http.RoundTripper
	// DialWS makes the connections of websockets. Default: a [net.Dialer].
	DialWS func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy returns the proxy for a request, of websockets too (as http or https): an
	// http, https, socks5 or socks5h URL. It does not concern a Transport of your own.
	// Default: [http.ProxyFromEnvironment] (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), with a
	// DialWS of your own none for websockets.
	Proxy func(*http.Request) (*url.URL, error)
}

// maxComputeUnits is the most that a transaction may ask for.
const maxComputeUnits = 1_400_000

// withDefaults fills in what is not set.
func (c Config) withDefaults() Config {
	if c.Network == (Network{}) {
		c.Network = Localnet()
		if c.RPC != nil {
			c.Network.RPC, c.Network.WS = "", "" // those URLs are another chain's
		}
	}
	setDefault(&c.Commitment, rpc.CommitmentConfirmed)
	setDefault(&c.RPCTimeout, 30*time.Second)
	setDefault(&c.Attempts, 5)
	setDefault(&c.PollInterval, time.Second)
	setDefault(&c.ResendInterval, 2*time.Second)
	setDefault(&c.SignAttempts, 3)
	setDefault(&c.MaxResponse, 64<<20)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check says what is wrong, once the defaults are in.
func (c Config) check() error {
	if err := c.checkNodes(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	switch c.Commitment {
	case rpc.CommitmentProcessed, rpc.CommitmentConfirmed, rpc.CommitmentFinalized:
	default:
		return fmt.Errorf("%w: Commitment %q is none of processed, confirmed and finalized", ErrConfig, c.Commitment)
	}
	if c.MaxPriorityFee > 0 && c.MaxPriorityFee < c.PriorityFee {
		return fmt.Errorf("%w: MaxPriorityFee of %d is below PriorityFee of %d", ErrConfig, c.MaxPriorityFee, c.PriorityFee)
	}
	if c.ComputeUnits > maxComputeUnits {
		return fmt.Errorf("%w: ComputeUnits of %d, the most is %d", ErrConfig, c.ComputeUnits, maxComputeUnits)
	}
	for name, negative := range map[string]bool{
		"RPCTimeout": c.RPCTimeout < 0, "Attempts": c.Attempts < 0, "PollInterval": c.PollInterval < 0,
		"ResendInterval": c.ResendInterval < 0, "SignAttempts": c.SignAttempts < 0, "MaxResponse": c.MaxResponse < 0,
	} {
		if negative {
			return fmt.Errorf("%w: %s is negative", ErrConfig, name)
		}
	}
	return nil
}

// nodes are the nodes to use, in order.
func (c Config) nodes() []Node {
	return append([]Node{{RPC: c.Network.RPC, WS: c.Network.WS, Header: c.Header}}, c.Fallbacks...)
}

func (c Config) checkNodes() error {
	if c.RPC != nil {
		c.Network.RPC = "http://localhost" // not used
		if len(c.Fallbacks) > 0 {
			return errors.New("a chain in the same process has no other nodes: set either RPC or Fallbacks")
		}
	}
	for i, n := range c.nodes() {
		if err := n.check(c.Insecure); err != nil {
			return fmt.Errorf("%w %q: node %d: %w", ErrNetwork, c.Network.Name, i+1, err)
		}
	}
	return nil
}
