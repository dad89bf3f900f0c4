package round

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"

	"github.com/decloud-sdk/decloud-go/round/internal/pubsub"
)

// Client talks to one round program, for one wallet or for none. It is safe for
// concurrent use.
type Client struct {
	cfg  Config
	addr Addresses
	rpc  *rpc.Client // repeats what fails for a passing reason
	once *rpc.Client // for transactions: every call is one attempt
	own  *fresh      // beneath both
	idle func()      // drops idle connections; nil: there are none of ours
	feed *feed       // nil: no websocket
	// taken are the signatures that are on chain or may get there.
	taken signatures

	mu       sync.Mutex
	checked  bool                        // the program is one that this SDK is for
	treasury map[uint64]solana.PublicKey // of rounds that are ours; fixed when they are created
}

// NewClient makes a client. It does not dial: whether the node answers shows
// with the first call.
func NewClient(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, addr: Addresses{cfg.Network.Program}, treasury: map[uint64]solana.PublicKey{}}
	c.own = &fresh{next: c.base()}
	c.rpc = rpc.NewWithCustomRPCClient(&retrying{c.own, cfg.Attempts, cfg.RPCTimeout, cfg.Network.RPC})
	if cfg.Network.WS != "" {
		c.feed = newFeed(cfg.Network.WS, c.pubsub())
	}
	c.once = rpc.NewWithCustomRPCClient(&retrying{c.own, 1, cfg.RPCTimeout, cfg.Network.RPC})
	return c, nil
}

// base is what the client's calls go through at the bottom.
func (c *Client) base() rpc.JSONRPCClient {
	if c.cfg.RPC != nil {
		return adapter{c.cfg.RPC}
	}
	next := c.cfg.transport
	if next == nil {
		pool := &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
		}
		c.idle = pool.CloseIdleConnections
		next = pool
	}
	return jsonrpc.NewClientWithOpts(c.cfg.Network.RPC, &jsonrpc.RPCClientOpts{
		HTTPClient: &http.Client{Transport: &transport{next: next, max: c.cfg.MaxResponse}},
	})
}

// Close gives back what the client holds. A client that is closed works on, but
// dials anew.
func (c *Client) Close() error {
	if c.feed != nil {
		c.feed.close()
	}
	if c.idle != nil {
		c.idle()
	}
	return nil
}

// maxMessage bounds a message of a websocket. Some hundred of them may wait to
// be taken.
const maxMessage = 64 << 10

func (c *Client) pubsub() pubsub.Options {
	return pubsub.Options{MaxMessage: min(maxMessage, c.cfg.MaxResponse), Dial: c.cfg.dialWS}
}

// Network is where the client's chain is.
func (c *Client) Network() Network { return c.cfg.Network }

// Addresses derives the addresses of the client's program.
func (c *Client) Addresses() Addresses { return c.addr }

// Wallet is the address of the client's signer, the zero key without one.
func (c *Client) Wallet() solana.PublicKey {
	if c.cfg.Signer == nil {
		return solana.PublicKey{}
	}
	return c.cfg.Signer.PublicKey()
}

// Balance is how many lamports a wallet has.
func (c *Client) Balance(ctx context.Context, wallet solana.PublicKey) (uint64, error) {
	out, err := c.rpc.GetBalance(ctx, wallet, c.cfg.Commitment)
	if err != nil {
		return 0, err
	}
	if out == nil {
		return 0, fmt.Errorf("round: getBalance: %w", errRubbish)
	}
	return out.Value, nil
}

// Now is the chain's clock, by which all deadlines go. It may be off from the
// one on the wall by minutes, on a local chain by any time.
func (c *Client) Now(ctx context.Context) (time.Time, error) {
	data, err := c.account(ctx, "Clock", solana.SysVarClockPubkey, solana.PublicKey{})
	if err != nil {
		return time.Time{}, err
	}
	const unixTimestamp = 32
	if len(data) < unixTimestamp+8 {
		return time.Time{}, &AccountError{"Clock", solana.SysVarClockPubkey, ErrShortAccount}
	}
	return time.Unix(int64(binary.LittleEndian.Uint64(data[unixTimestamp:])), 0).UTC(), nil
}

// account reads an account's data. The owner is checked unless it is the zero
// key.
func (c *Client) account(ctx context.Context, kind string, address, owner solana.PublicKey) ([]byte, error) {
	out, err := c.rpc.GetAccountInfoWithOpts(ctx, address, &rpc.GetAccountInfoOpts{Encoding: solana.EncodingBase64, Commitment: c.cfg.Commitment})
	if errors.Is(err, rpc.ErrNotFound) || err == nil && (out == nil || out.Value == nil) {
		return nil, &AccountError{kind, address, ErrNotFound}
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, address, err)
	}
	if !owner.IsZero() && out.Value.Owner != owner {
		if out.Value.Owner == solana.SystemProgramID {
			// Anybody can send lamports to an address; that makes it no account.
			return nil, &AccountError{kind, address, ErrNotFound}
		}
		return nil, &AccountError{kind, address, ErrWrongOwner}
	}
	return out.Value.Data.GetBinary(), nil
}

// ours makes sure, once a client, that the program is one that this SDK is for:
// an older one that stands at the same address is never sent anything.
func (c *Client) ours(ctx context.Context) error {
	c.mu.Lock()
	checked := c.checked
	c.mu.Unlock()
	if checked {
		return nil
	}
	if _, err := c.Counter(ctx); err != nil {
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("the program was not initialized on %s, or is another one: %w", c.cfg.Network.Name, err)
		}
		return err
	}
	c.mu.Lock()
	c.checked = true
	c.mu.Unlock()
	return nil
}

// maxRemembered bounds what is remembered of rounds.
const maxRemembered = 4096

// roundTreasury is the treasury of a round, once it is known to be one of ours.
func (c *Client) roundTreasury(ctx context.Context, id uint64) (solana.PublicKey, error) {
	c.mu.Lock()
	known, ok := c.treasury[id]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	r, err := c.Round(ctx, id)
	if err != nil {
		return solana.PublicKey{}, err
	}
	if err := r.transactable(); err != nil {
		return solana.PublicKey{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.treasury) >= maxRemembered {
		clear(c.treasury)
	}
	c.treasury[id] = r.Treasury
	return r.Treasury, nil
}
