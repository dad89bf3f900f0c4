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
	cfg       Config
	readRPC   *rpc.Client      // repeats calls that fail for a temporary reason
	sendRPC   *rpc.Client      // for transactions: every call is one attempt
	ownWrites *minContextSlot  // beneath both
	closeIdle func()           // closes idle connections; nil: the client has none of its own
	socket    *socket          // nil: no websocket
	signed    recentSignatures // of transactions that are on chain or may get there
	programs  registry
}

// NewClient makes a client. It does not dial: only the first call shows whether the
// node answers.
func NewClient(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg}
	c.ownWrites = &minContextSlot{next: c.transport()}
	c.readRPC = rpc.NewWithCustomRPCClient(&retryingRPC{c.ownWrites, cfg.Attempts, cfg.RPCTimeout, cfg.Network.RPC})
	c.sendRPC = rpc.NewWithCustomRPCClient(&retryingRPC{c.ownWrites, 1, cfg.RPCTimeout, cfg.Network.RPC})
	if cfg.Network.WS != "" {
		c.socket = newSocket(cfg.Network.WS, c.pubsub())
	}
	c.Register(systemProgram, tokenProgram)
	return c, nil
}

// transport carries the client's calls to the node.
func (c *Client) transport() rpc.JSONRPCClient {
	if c.cfg.RPC != nil {
		return adapter{c.cfg.RPC}
	}
	next := c.cfg.Transport
	if next == nil {
		pool := &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
		}
		c.closeIdle = pool.CloseIdleConnections
		next = pool
	}
	return jsonrpc.NewClientWithOpts(c.cfg.Network.RPC, &jsonrpc.RPCClientOpts{
		HTTPClient: &http.Client{Transport: &boundedTransport{next: next, max: c.cfg.MaxResponse}},
	})
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

func (c *Client) pubsub() pubsub.Options {
	return pubsub.Options{MaxMessage: min(maxMessage, c.cfg.MaxResponse), Dial: c.cfg.DialWS}
}

// Network says where the client's chain is.
func (c *Client) Network() Network { return c.cfg.Network }

// Local reports whether the chain is in this process or at this machine's own
// address, where neither money nor other people's programs are expected. It does
// not check what is behind the address: a tunnel or proxy to another network counts
// as local, and so does a Config.RPC that leads there without a Config.Network.
func (c *Client) Local() bool {
	if c.cfg.RPC != nil && c.cfg.Network.RPC == "" {
		return true
	}
	return c.cfg.Network.Local()
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
