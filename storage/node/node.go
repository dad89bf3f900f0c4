// Package node is an embedded peer-to-peer node: a creator and a trainer
// exchange packages over Bitswap, the protocol of IPFS, without any service
// between them. It is a module of its own because it depends on libp2p.
//
//	creator, err := node.Start(node.Config{Listen: []string{"/ip4/0.0.0.0/tcp/4001"}})
//	creator.Serve(creatorStore)
//	fmt.Println(creator.Addrs()) // what the trainer needs to know
//
//	trainer, err := node.Start(node.Config{Peers: addrs})
//	store, err := storage.Open(storage.Config{Dir: dir, Fetchers: []storage.Fetcher{trainer}})
//	fsys, err := store.Fetch(ctx, root)
//
// There is no peer discovery: a node connects to the peers in its Config and
// accepts connections from others. It serves everything in the served store to
// all of them.
package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/exchange"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	"github.com/multiformats/go-multiaddr"

	"github.com/decloud-sdk/decloud-go/storage"
)

// Config configures a [Node]. The zero value is a node that only fetches.
type Config struct {
	// Listen lists the addresses to accept peers on, as multiaddrs over TCP or
	// WebSocket, for example "/ip4/0.0.0.0/tcp/4001" and
	// "/ip4/0.0.0.0/tcp/4002/ws". Default: none.
	Listen []string
	// Peers are the addresses of peers to fetch from, as [Node.Addrs] returns
	// them. The node connects when it fetches and none of them is connected.
	Peers []string
	// Key is the seed of the node's ed25519 identity, which is part of its
	// address: storage.NewSecret of 32 random bytes. Default: a new one at every
	// start.
	Key storage.Secret
	// BlockTimeout is how long to wait for a block before the peers are assumed
	// not to have it; Bitswap itself would wait forever. Default 15 s.
	BlockTimeout time.Duration
}

// Node implements [storage.Fetcher] and [storage.BlockFetcher]. Close it.
type Node struct {
	in func() *inner // a closure: printing by reflection would find the key in the host's store of keys
}

type inner struct {
	cfg     Config
	host    host.Host
	swap    *bitswap.Bitswap
	session exchange.Fetcher
	stop    context.CancelFunc
	served  *served
	peers   []peer.AddrInfo
	closed  atomic.Bool
}

var (
	_ storage.Fetcher      = (*Node)(nil)
	_ storage.BlockFetcher = (*Node)(nil)
)

// Start opens a node.
func Start(cfg Config) (*Node, error) {
	if cfg.BlockTimeout <= 0 {
		cfg.BlockTimeout = 15 * time.Second
	}
	peers, err := parsePeers(cfg.Peers)
	if err != nil {
		return nil, err
	}
	opts := []libp2p.Option{
		libp2p.Transport(tcp.NewTCPTransport), libp2p.Transport(websocket.New),
		libp2p.DisableRelay(), libp2p.DisableMetrics(), libp2p.UserAgent("decloud-go"),
		libp2p.NoListenAddrs,
	}
	if !cfg.Key.IsZero() {
		key, err := identity([]byte(cfg.Key.Reveal()))
		if err != nil {
			return nil, err
		}
		opts = append(opts, libp2p.Identity(key))
	}
	h, err := libp2p.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("storage: node: %w", err)
	}
	// Not as an option of New, which leaks goroutines if it cannot listen.
	if err := listen(h, cfg.Listen); err != nil {
		return nil, errors.Join(fmt.Errorf("storage: node: listen: %w", err), h.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	in := &inner{cfg: cfg, host: h, stop: stop, served: &served{}, peers: peers}
	in.swap = bitswap.New(ctx, bsnet.NewFromIpfsHost(h), nil, in.served)
	in.session = in.swap.NewSession(ctx)
	return &Node{func() *inner { return in }}, nil
}

func listen(h host.Host, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	addrs := make([]multiaddr.Multiaddr, len(texts))
	for i, text := range texts {
		var err error
		if addrs[i], err = multiaddr.NewMultiaddr(text); err != nil {
			return err
		}
	}
	return h.Network().Listen(addrs...)
}

func parsePeers(texts []string) ([]peer.AddrInfo, error) {
	var list []peer.AddrInfo
	for _, text := range texts {
		info, err := peer.AddrInfoFromString(text)
		if err != nil {
			return nil, fmt.Errorf("storage: node: peer %q: want an address like /ip4/…/tcp/…/p2p/…: %w", text, err)
		}
		list = append(list, *info)
	}
	return list, nil
}

// Serve makes the blocks of s available to all peers.
func (n *Node) Serve(s *storage.Store) { n.in().served.store.Store(s) }

// String names the node in errors.
func (n *Node) String() string { return "node:" + n.in().host.ID().String() }

// Addrs returns the addresses at which peers reach this node, each with its
// identity, for their Config.Peers.
func (n *Node) Addrs() []string {
	var list []string
	for _, a := range n.in().host.Addrs() {
		list = append(list, a.Encapsulate(must(multiaddr.NewComponent("p2p", n.in().host.ID().String())).Multiaddr()).String())
	}
	return list
}

// Connect connects to a peer now; Fetch does so by itself only for
// Config.Peers.
func (n *Node) Connect(ctx context.Context, addr string) error {
	infos, err := parsePeers([]string{addr})
	if err != nil {
		return err
	}
	if err := n.in().host.Connect(ctx, infos[0]); err != nil {
		return fmt.Errorf("storage: node: %s: %w", addr, err)
	}
	return nil
}

// Fetch returns ErrUnsupported: Bitswap has no CARs, so the store calls
// FetchBlock.
func (n *Node) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	return nil, n.fail(root, fmt.Errorf("no CAR over Bitswap: %w", storage.ErrUnsupported))
}

// FetchBlock asks the connected peers for a block.
func (n *Node) FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error) {
	if n.in().closed.Load() {
		return nil, n.fail(c, errors.New("the node is closed"))
	}
	if err := n.dial(ctx); err != nil {
		return nil, n.fail(c, err)
	}
	wait, cancel := context.WithTimeout(ctx, n.in().cfg.BlockTimeout)
	defer cancel()
	b, err := n.in().session.GetBlock(wait, c)
	if err != nil && ctx.Err() == nil && wait.Err() != nil {
		err = fmt.Errorf("no peer has sent it within %s: %w", n.in().cfg.BlockTimeout, storage.ErrNotFound)
	}
	if err != nil {
		return nil, n.fail(c, err)
	}
	return newBody(b.RawData()), nil
}

// dial connects to the configured peers if none of them is connected; other
// peers that have connected to us do not count. The first one that answers is
// enough.
func (n *Node) dial(ctx context.Context) error {
	for _, p := range n.in().peers {
		if n.in().host.Network().Connectedness(p.ID) == network.Connected {
			return nil
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan error, len(n.in().peers))
	for _, p := range n.in().peers {
		go func() { answers <- n.in().host.Connect(ctx, p) }()
	}
	errs := []error{fmt.Errorf("no peer is connected: %w", storage.ErrNotFound)}
	for range n.in().peers {
		err := <-answers
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	if len(n.in().host.Network().Peers()) > 0 {
		return nil // a peer that connected to us may have it
	}
	return errors.Join(errs...)
}

func (n *Node) fail(c cid.Cid, err error) error {
	return &storage.Error{Backend: n.String(), Op: "fetch", CID: c, Err: err}
}

// Close stops the node and waits for it. Closing twice is harmless.
func (n *Node) Close() error {
	if n.in().closed.Swap(true) {
		return nil
	}
	n.in().stop()
	return errors.Join(n.in().swap.Close(), n.in().host.Close())
}

func identity(seed []byte) (crypto.PrivKey, error) {
	if len(seed) != 32 {
		return nil, fmt.Errorf("storage: node: Config.Key has %d bytes, want 32", len(seed))
	}
	return crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed))
}
