package round

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
var ErrConfig = errors.New("round: config")

// Config says how a [Client] works. The zero value is a client that reads from
// a local chain; with a Signer it can send as well.
type Config struct {
	// Network is where the chain is and which program on it is meant.
	// Default: [Localnet].
	Network Network
	// RPC replaces the HTTP client for Network.RPC, for chains in the same
	// process and for clients with headers or limits of their own. Its
	// CallWithCallback must work, and its responses are not bounded. Default: a
	// client for Network.RPC.
	RPC *rpc.Client
	// Signer signs and pays for transactions. Default: none, and verbs that
	// send fail with [ErrNoSigner].
	Signer Signer
	// Commitment is how final what is read and sent must be: processed,
	// confirmed or finalized. Default: confirmed.
	Commitment rpc.CommitmentType
	// PriorityFee is what is offered on top of the fee, in millionths of a
	// lamport for each compute unit. Default: 0.
	PriorityFee uint64
	// ComputeUnits bounds what a transaction may use, and so what the priority
	// fee may cost; at most 1,400,000. Default: the chain's, 200,000 for each
	// instruction.
	ComputeUnits uint32
	// RPCTimeout bounds one attempt of one call. Default: 30 s.
	RPCTimeout time.Duration
	// Attempts is how often a call is tried that fails for a passing reason.
	// Default: 5.
	Attempts int
	// PollInterval is the longest pause between two looks for a signature; the
	// first looks come faster. Default: 1 s.
	PollInterval time.Duration
	// ResendInterval is how long a transaction that has not shown up is left
	// alone before the same bytes are sent again. Default: 2 s.
	ResendInterval time.Duration
	// Signatures is how often a transaction is signed anew because its
	// blockhash expired before it landed. Default: 3.
	Signatures int
	// MaxResponse bounds the bytes of one response over HTTP. (A message of a
	// websocket has 64 KiB at most: an account of the program has 1.) Default:
	// 64 MiB.
	MaxResponse int64

	// transport and dialWS replace the network in tests.
	transport http.RoundTripper
	dialWS    func(ctx context.Context, network, address string) (net.Conn, error)
}

// maxComputeUnits is the most that a transaction may ask for.
const maxComputeUnits = 1_400_000

// withDefaults fills in what was left open.
func (c Config) withDefaults() Config {
	if c.Network == (Network{}) {
		c.Network = Localnet()
		if c.RPC != nil {
			c.Network.RPC, c.Network.WS = "", "" // not the ones of that chain
		}
	}
	if c.Commitment == "" {
		c.Commitment = rpc.CommitmentConfirmed
	}
	setDefault(&c.RPCTimeout, 30*time.Second)
	setDefault(&c.Attempts, 5)
	setDefault(&c.PollInterval, time.Second)
	setDefault(&c.ResendInterval, 2*time.Second)
	setDefault(&c.Signatures, 3)
	setDefault(&c.MaxResponse, 64<<20)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check tells what is wrong, once the defaults are in.
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
		"ResendInterval": c.ResendInterval < 0, "Signatures": c.Signatures < 0, "MaxResponse": c.MaxResponse < 0,
	} {
		if negative {
			return fmt.Errorf("%w: %s is negative", ErrConfig, name)
		}
	}
	return nil
}
