package localnet

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/ledger"
	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
	"github.com/decloud-sdk/decloud-go/localnet/internal/pubsub"
	"github.com/decloud-sdk/decloud-go/localnet/internal/rpcapi"
)

// ErrClosed is returned by what changes a chain, and by Network.RPC's client, after
// Close.
var ErrClosed = errors.New("localnet: the network is closed")

// Network is a running chain. All methods are safe for concurrent use.
type Network struct {
	bank       *svm.Bank
	faucet     *faucet
	client     *rpc.Client
	rpcHandler http.Handler
	hub        *pubsub.Hub  // nil in process
	server     *server      // nil in process
	ledger     *ledger.File // nil without WithLedger
	programID  solana.PublicKey
	authority  *chain.Keypair

	closing  sync.Once
	closeErr error
	closed   chan struct{}
}

// Start makes a chain and serves it, or goes on with one (WithLedger). Close it when
// done.
func Start(opts ...Option) (*Network, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	n := newNetwork(cfg)
	if err := n.start(cfg); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func newNetwork(cfg config) *Network {
	n := &Network{closed: make(chan struct{})}
	n.bank = svm.NewBank(svm.Config{Clock: cfg.clock, SlotTime: cfg.slotTime, SlotTransactions: cfg.slotTxs, MaxRecords: cfg.history})
	n.rpcHandler = newRPCHandler(n, cfg.limits)
	n.client = newInProcessClient(n)
	return n
}

func (n *Network) start(cfg config) error {
	found, err := n.openLedger(cfg.ledgerDir)
	if err != nil {
		return err
	}
	if found {
		err = n.resume(cfg)
	} else {
		err = n.create(cfg)
	}
	if err != nil {
		return err
	}
	if n.ledger != nil {
		if err := n.bank.Keep(n.ledger); err != nil {
			return err
		}
	}
	if cfg.inProcess {
		return nil
	}
	return n.serve(cfg)
}

// create makes what a new chain has.
func (n *Network) create(cfg config) (err error) {
	if n.faucet, err = newFaucet(n.bank, cfg.ledgerDir); err != nil {
		return err
	}
	for _, p := range cfg.programs {
		if err := n.AddProgram(p.id, p.elf); err != nil {
			return err
		}
	}
	if cfg.tokenDir != "" {
		if err := n.addToken(cfg.tokenDir); err != nil {
			return err
		}
	}
	for _, a := range cfg.accounts {
		if err := n.SetAccount(a.key, a.account); err != nil {
			return err
		}
	}
	if cfg.empty {
		return nil
	}
	if err := n.deploy(cfg.programID, cfg.ledgerDir); err != nil {
		return err
	}
	return n.deployRuns()
}

func newRPCHandler(n *Network, l Limits) http.Handler {
	api := rpcapi.New(rpcapi.Config{
		Bank:     n.bank,
		Genesis:  sha256.Sum256([]byte("decloud localnet")),
		Identity: sha256.Sum256([]byte("decloud localnet node")),
		Airdrop: func(to solana.PublicKey, lamports uint64) (solana.Signature, error) {
			return n.faucet.pay(to, lamports)
		},
		MaxScanBytes: l.ResponseBytes / 2, // base64 and JSON make it larger
	})
	return jsonrpc.HTTP{
		Dispatcher: jsonrpc.NewDispatcher(api.Methods(), callLimits(l)),
		MaxBody:    int64(l.RequestBytes),
	}
}

func callLimits(l Limits) jsonrpc.Limits {
	return jsonrpc.Limits{Batch: l.Batch, ResponseBytes: l.ResponseBytes}
}

// serve opens the ports.
func (n *Network) serve(cfg config) error {
	l := cfg.limits
	hub := pubsub.NewHub(n.bank, pubsub.Limits{
		Subscriptions:  l.Subscriptions,
		MessageBytes:   l.RequestBytes,
		OutboxMessages: l.QueueMessages,
		OutboxBytes:    l.QueueBytes,
		Calls:          callLimits(l),
	})
	srv, err := listen(cfg, door{route(n.rpcHandler, hub), cfg.host, cfg.hosts, cfg.origins})
	if err != nil {
		return errors.Join(err, hub.Close(socketGrace))
	}
	n.hub, n.server = hub, srv
	return nil
}

// Close ends all connections and frees the ports. It takes a few seconds at
// most, leaves no goroutine behind, and may be called several times.
func (n *Network) Close() error {
	n.closing.Do(func() {
		close(n.closed)
		if n.server != nil {
			n.closeErr = errors.Join(n.hub.Close(socketGrace), n.server.close())
		}
		n.closeErr = errors.Join(n.closeErr, n.closeLedger())
	})
	return n.closeErr
}

func (n *Network) isClosed() bool {
	select {
	case <-n.closed:
		return true
	default:
		return false
	}
}

// RPC returns a solana-go client that calls the chain in process. It needs no
// port; requests and responses are the same bytes as over HTTP.
func (n *Network) RPC() *rpc.Client { return n.client }

// URL returns the address of JSON-RPC over HTTP, "" with InProcess.
func (n *Network) URL() string {
	if n.server == nil {
		return ""
	}
	return "http://" + n.server.rpc.String()
}

// WSURL returns the address of the WebSocket, "" with InProcess.
func (n *Network) WSURL() string {
	if n.server == nil {
		return ""
	}
	return "ws://" + n.server.sock.String()
}

// Fund transfers lamports (1e-9 SOL) from the faucet to key. A new account
// needs at least the rent-exempt minimum, 890,880 lamports.
func (n *Network) Fund(key solana.PublicKey, lamports uint64) error {
	if n.isClosed() {
		return ErrClosed
	}
	_, err := n.faucet.pay(key, lamports)
	return err
}

// AddProgram deploys an sBPF ELF at an address. The error says what is wrong
// with the ELF.
func (n *Network) AddProgram(id solana.PublicKey, elf []byte) error {
	if id.IsZero() {
		return errors.New("localnet: a program needs a non-zero address: that one is the system program's")
	}
	if err := n.bank.AddProgram(id, elf); err != nil {
		return fmt.Errorf("localnet: program %s: %w", id, err)
	}
	return nil
}

// Warp moves the chain's clock forward by d and adds the slots that would have
// passed, so that blockhashes expire as well. A negative d moves the clock back
// and leaves the slots as they are.
func (n *Network) Warp(d time.Duration) { n.bank.Warp(d) }

// WarpSlots advances the chain by slots and leaves its clock alone: after 151
// slots every blockhash that clients hold has expired.
func (n *Network) WarpSlots(slots uint64) { n.bank.WarpSlots(slots) }

// ProduceBlock ends the current slot and returns it: its block has the transactions since
// the slot before (WithSlotTransactions), or none. The clock stays as it is.
func (n *Network) ProduceBlock() (slot uint64) { return n.bank.EndSlot(0) }

// SkipSlots ends the current slot, as ProduceBlock does, and leaves out the next slots, as
// on a cluster whose leader was away: they have no block, and blockhashes age by blocks.
func (n *Network) SkipSlots(slots uint64) { n.bank.EndSlot(slots) }

// Now returns the chain's time: the clock plus all warps, in whole seconds.
func (n *Network) Now() time.Time { return time.Unix(n.bank.UnixTime(), 0) }
