package node_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/internal/secrettest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/node"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, cfg node.Config) *node.Node {
	t.Helper()
	n, err := node.Start(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

func open(t *testing.T, cfg storage.Config) *storage.Store {
	t.Helper()
	cfg.Dir, cfg.NoSync = t.TempDir(), true
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func tree() fstest.MapFS {
	var weights []byte
	for i := 0; len(weights) < 8<<20; i++ {
		weights = fmt.Appendf(weights, "%d ", i)
	}
	return fstest.MapFS{"config.json": {Data: []byte("{}")}, "sub/weights.bin": {Data: weights}, "void": {Mode: fs.ModeDir | 0o755}}
}

// A creator and a trainer exchange a package directly, over TCP and WebSocket.
func TestExchange(t *testing.T) {
	for _, listen := range []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0/ws"} {
		t.Run(listen, func(t *testing.T) {
			ctx := context.Background()
			creator := start(t, node.Config{Listen: []string{listen}})
			served := open(t, storage.Config{})
			root, err := served.Add(ctx, tree())
			require.NoError(t, err)
			creator.Serve(served)
			require.Len(t, creator.Addrs(), 1)
			require.Equal(t, strings.HasSuffix(listen, "/ws"), strings.Contains(creator.Addrs()[0], "/ws/"))

			trainer := start(t, node.Config{Peers: creator.Addrs()})
			require.Empty(t, trainer.Addrs(), "it does not listen")
			fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{trainer}}).Fetch(ctx, root)
			require.NoError(t, err)
			for p, f := range tree() {
				if f.Mode.IsDir() {
					continue
				}
				got, err := fs.ReadFile(fsys, p)
				require.NoError(t, err)
				require.True(t, bytes.Equal(f.Data, got), p)
			}
		})
	}
}

// A package fetched from one peer can be served to the next.
func TestPassOn(t *testing.T) {
	ctx := context.Background()
	a := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	storeA := open(t, storage.Config{})
	root, err := storeA.Add(ctx, tree())
	require.NoError(t, err)
	a.Serve(storeA)

	b := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Peers: a.Addrs()})
	storeB := open(t, storage.Config{Fetchers: []storage.Fetcher{b}})
	b.Serve(storeB)
	_, err = storeB.Fetch(ctx, root)
	require.NoError(t, err)
	require.NoError(t, a.Close())

	c := start(t, node.Config{})
	require.NoError(t, c.Connect(ctx, b.Addrs()[0]))
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{c}}).Fetch(ctx, root)
	require.NoError(t, err)
}

// Neither a connected stranger nor an unreachable configured peer prevents a
// fetch from the other configured peers.
func TestStrangerConnected(t *testing.T) {
	ctx := context.Background()
	creator := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	served := open(t, storage.Config{})
	root, err := served.Add(ctx, tree())
	require.NoError(t, err)
	creator.Serve(served)
	gone := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	peers := append(gone.Addrs(), creator.Addrs()...)
	require.NoError(t, gone.Close())

	trainer := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Peers: peers, BlockTimeout: 5 * time.Second})
	require.NoError(t, start(t, node.Config{}).Connect(ctx, trainer.Addrs()[0]))
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{trainer}, Retry: storage.Retry{Attempts: 1}}).Fetch(ctx, root)
	require.NoError(t, err)
}

func TestFaults(t *testing.T) {
	ctx := context.Background()
	root, _ := storagetest.Honest()
	once := storage.Retry{Attempts: 1}
	empty := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	empty.Serve(open(t, storage.Config{}))
	gone := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	goneAddrs := gone.Addrs()
	require.NoError(t, gone.Close())
	require.NoError(t, gone.Close(), "twice is harmless")
	for name, c := range map[string]struct {
		peers []string
		text  string
	}{
		"no peer":             {nil, "no peer is connected"},
		"the peer is gone":    {goneAddrs, "no peer is connected"},
		"the peer has it not": {empty.Addrs(), "no peer has sent it"},
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t, node.Config{Peers: c.peers, BlockTimeout: 300 * time.Millisecond})
			_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{n}, Retry: once}).Fetch(ctx, root)
			require.ErrorIs(t, err, storage.ErrNotFound)
			require.ErrorContains(t, err, root.String())
			require.ErrorContains(t, err, c.text)
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		n := start(t, node.Config{Peers: empty.Addrs()})
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{n}}).Fetch(ctx, root)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("closed", func(t *testing.T) {
		_, err := gone.FetchBlock(ctx, root)
		require.ErrorContains(t, err, "closed")
	})
}

// Hostile content from a peer is refused as from any other source.
func TestHostileContent(t *testing.T) {
	for _, a := range storagetest.Attacks() {
		if a.Name != "symlink" && a.Name != "10^10 bytes in a kilobyte" && a.Name != `name ".."` {
			continue
		}
		t.Run(a.Name, func(t *testing.T) {
			n := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
			bad := open(t, storage.Config{})
			_, err := bad.Import(context.Background(), a.Root, a.Body())
			require.ErrorIs(t, err, a.Want) // its blocks are served nevertheless
			n.Serve(bad)
			storagetest.Refuses(t, a, start(t, node.Config{Peers: n.Addrs()}))
		})
	}
}

func TestIdentity(t *testing.T) {
	seed := storage.NewSecret(strings.Repeat("7", 32))
	a := start(t, node.Config{Key: seed})
	b := start(t, node.Config{Key: seed})
	require.Equal(t, a.String(), b.String())
	require.NotEqual(t, a.String(), start(t, node.Config{}).String())
}

// Neither the configuration nor a running node shows the key, whatever prints it.
func TestKeyStaysSecret(t *testing.T) {
	const seed = "Zq7wXv9pLm3kRt5yZq7wXv9pLm3kRt5y"
	cfg := node.Config{Key: storage.NewSecret(seed)}
	n := start(t, cfg)
	secrettest.Check(t, seed, cfg)
	secrettest.Check(t, seed, n)
}

func TestBadConfig(t *testing.T) {
	for name, cfg := range map[string]node.Config{
		"peer":     {Peers: []string{"hello"}},
		"no id":    {Peers: []string{"/ip4/127.0.0.1/tcp/4001"}},
		"listen":   {Listen: []string{"hello"}},
		"short":    {Key: storage.NewSecret("short")},
		"protocol": {Listen: []string{"/ip4/127.0.0.1/udp/1/quic-v1"}},
	} {
		_, err := node.Start(cfg)
		require.Error(t, err, name)
	}
	require.Error(t, start(t, node.Config{}).Connect(context.Background(), "hello"))
}
