package chain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
	// Signer signs and pays for transactions. Default: none, and what sends
	// fails with [ErrNoSigner].
	Signer Signer
	// Commitment is how final reads and sent transactions must be: processed,
	// confirmed or finalized. Default: confirmed.
	Commitment rpc.CommitmentType
	// PriorityFee is offered on top of the fee, in millionths of a lamport for
	// each compute unit. Default: 0.
	PriorityFee uint64
	// ComputeUnits bounds what a transaction may use, and so what the priority
	// fee may cost; at most 1,400,000. Default: the chain's, 200,000 for each
	// instruction.
	ComputeUnits uint32
	// RPCTimeout bounds one attempt of one call. Default: 30 s.
	RPCTimeout time.Duration
	// Attempts is how often a call that fails for a temporary reason is tried.
	// Default: 5.
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
	// Transport carries the HTTP requests to Network.RPC, for headers or proxies
	// of your own. Default: a pool of connections that [Client.Close] closes.
	Transport http.RoundTripper
	// DialWS makes the connection for Network.WS. Default: a [net.Dialer].
	DialWS func(ctx context.Context, network, address string) (net.Conn, error)
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
	if c.RPC != nil {
		c.Network.RPC = "http://in-process" // not used
	}
	if err := c.Network.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	switch c.Commitment {
	case rpc.CommitmentProcessed, rpc.CommitmentConfirmed, rpc.CommitmentFinalized:
	default:
		return fmt.Errorf("%w: Commitment %q is none of processed, confirmed and finalized", ErrConfig, c.Commitment)
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
