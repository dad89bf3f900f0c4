package chain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"

	"github.com/decloud-sdk/decloud-go/chain/internal/pubsub"
)

// Client talks to one chain, for one wallet or for none. Any number of programs
// can be used through it. Use one client for all that a wallet does: it remembers
// what the wallet signed and which slot it last wrote, whichever program that was
// for. It is safe for concurrent use.
type Client struct {
	cfg       Config           // without URLs and headers
	network   func() Network   // with them: in a closure, where no printing by reflection finds it
	nodes     *pool            // beneath both
	readRPC   *rpc.Client      // repeats calls that fail for a temporary reason
	sendRPC   *rpc.Client      // for transactions: every call is one attempt
	ownWrites *lastWrite       // of both
	closeIdle func()           // closes idle connections; nil: the client has none of its own
	socket    *socket          // nil: no websocket
	signed    recentSignatures // of transactions that are on chain or may get there
	busy      counter          // of what is being sent
	programs  registry
	spent     outlay // by transactions
}

// NewClient makes a client. It does not dial: only the first call shows whether the
// node answers.
func NewClient(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	network := cfg.Network
	c := &Client{network: func() Network { return network }, ownWrites: &lastWrite{}}
	dialers, err := c.connect(cfg)
	if err != nil {
		return nil, err
	}
	c.cfg = cfg
	c.cfg.Network, c.cfg.Header, c.cfg.Fallbacks = Network{Name: network.Name}, Header{}, nil
	c.readRPC = rpc.NewWithCustomRPCClient(&retryingRPC{&minContextSlot{c.nodes, c.ownWrites}, cfg.Attempts})
	c.sendRPC = rpc.NewWithCustomRPCClient(&retryingRPC{&minContextSlot{c.nodes.alone(), c.ownWrites}, 1})
	if len(dialers) > 0 {
		c.socket = newSocket(dialers)
	}
	c.Register(systemProgram, tokenProgram)
	return c, nil
}

// connect makes the pool of nodes, and returns what dials their websockets.
func (c *Client) connect(cfg Config) ([]dialer, error) {
	c.nodes = &pool{timeout: cfg.RPCTimeout}
	transport := cfg.Transport
	if transport == nil && cfg.RPC == nil {
		own := cfg.httpTransport()
		c.closeIdle = own.CloseIdleConnections
		transport = own
	}
	if cfg.RPC != nil {
		c.nodes.members = []*member{{host: "in this process", rpc: adapter{cfg.RPC}}}
	}
	var dialers []dialer
	for _, n := range cfg.nodes() {
		e, err := n.endpoint()
		if err != nil {
			return nil, err
		}
		if cfg.RPC == nil {
			c.nodes.members = append(c.nodes.members, &member{host: e.host, rpc: jsonrpc.NewClientWithOpts(placeholder, &jsonrpc.RPCClientOpts{
				HTTPClient: &http.Client{Transport: &nodeTransport{transport, cfg.MaxResponse, e.rpc}},
			})})
		}
		if e.ws != nil {
			dialers = append(dialers, dialer{e.ws, cfg.pubsub()})
		}
	}
	return dialers, nil
}

// httpTransport is a pool of connections.
func (c Config) httpTransport() *http.Transport {
	proxy := c.Proxy
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	return &http.Transport{
		Proxy: proxy, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
	}
}

// Close closes the client's connections. A closed client can still be used, but
// dials again.
func (c *Client) Close() error {
	if c.socket != nil {
		c.socket.close()
	}
	if c.closeIdle != nil {
		c.closeIdle()
	}
	return nil
}

// maxMessage bounds a message of a websocket, in bytes. Some hundred of them may be
// queued.
const maxMessage = 64 << 10

func (c Config) pubsub() pubsub.Options {
	proxy := c.Proxy
	if proxy == nil && c.DialWS == nil {
		proxy = http.ProxyFromEnvironment
	}
	return pubsub.Options{MaxMessage: min(maxMessage, c.MaxResponse), Dial: c.DialWS, Proxy: proxy}
}

// Network says where the client's chain is.
func (c *Client) Network() Network { return c.network() }

// String returns the names of the network and the wallet.
func (c *Client) String() string {
	return fmt.Sprintf("chain.Client(%s, wallet %s)", c.cfg.Network.Name, c.Wallet())
}

// Local reports whether the chain is in this process or at this machine's own
// address, where neither money nor other people's programs are expected. It does
// not check what is behind the address: a tunnel or proxy to another network counts
// as local, and so does a Config.RPC that leads there without a Config.Network.
func (c *Client) Local() bool {
	n := c.network()
	if c.cfg.RPC != nil && n.RPC == "" {
		return true
	}
	return n.Local()
}

// Wallet is the address of the client's signer, the zero key without one.
func (c *Client) Wallet() solana.PublicKey {
	if c.cfg.Signer == nil {
		return solana.PublicKey{}
	}
	return c.cfg.Signer.PublicKey()
}

// SignMessage has the wallet sign a message that is no transaction, and checks
// the signature.
func (c *Client) SignMessage(ctx context.Context, message []byte) (solana.Signature, error) {
	if c.cfg.Signer == nil {
		return solana.Signature{}, ErrNoSigner
	}
	return verifiedSignature(ctx, c.cfg.Signer, message)
}

// verifiedSignature has signer sign a message and checks the signature.
func verifiedSignature(ctx context.Context, signer Signer, message []byte) (solana.Signature, error) {
	sig, err := signer.Sign(ctx, message)
	if err != nil {
		return solana.Signature{}, fmt.Errorf("chain: sign: %w", err)
	}
	if !sig.Verify(signer.PublicKey(), message) {
		return solana.Signature{}, errors.New("chain: sign: the Signer's signature does not match its key")
	}
	return sig, nil
}
