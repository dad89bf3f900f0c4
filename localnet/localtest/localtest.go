// Package localtest sets up what a test of a bot needs: a chain in this process
// with the round program on it, players with wallets, clients and stores of their
// own, and a small model to start a round about.
//
//	func TestMyTrainer(t *testing.T) {
//		world := localtest.New(t, localnet.InProcess())
//		creator, me := world.Player(t, "creator"), world.Player(t, "me")
//		model, err := localtest.Package()
//		require.NoError(t, err)
//		launched, err := creator.Launch(t.Context(), decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
//		…
//		world.Net.Warp(12 * time.Hour) // the deadline passes without waiting
//	}
//
// It is a package of its own so that localnet does not import storage and models.
package localtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Funds is what [World.Player] gives a wallet: 10 SOL.
const Funds = 10 * chain.LamportsPerSOL

// World is a chain and a directory that stands for IPFS: what one player
// publishes, all others can fetch. It is safe for concurrent use.
type World struct {
	Net *localnet.Network // the chain
	Dir string            // of the players and of what they publish

	mu      sync.Mutex
	players []*Player
}

// Start starts a chain for players who keep their files in dir. Close the world
// when done. With [localnet.InProcess] among the options no port is opened, and players
// find changes by polling.
func Start(dir string, options ...localnet.Option) (*World, error) {
	net, err := localnet.Start(options...)
	if err != nil {
		return nil, err
	}
	return &World{Net: net, Dir: dir}, nil
}

// Close closes the players' clients and the chain.
func (w *World) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var failed []error
	for _, p := range w.players {
		failed = append(failed, p.Close())
	}
	return errors.Join(errors.Join(failed...), w.Net.Close())
}

// Packages is where all players publish and fetch.
func (w *World) Packages() *storage.CARDir { return storage.NewCARDir(filepath.Join(w.Dir, "cars")) }

// Player is somebody with a wallet: a creator, a trainer or a validator.
type Player struct {
	*decloud.Client
	Wallet *chain.Keypair // signs for the client
	Dir    string         // the client's
}

// NewPlayer makes a player whose wallet has that many lamports. The name is that
// of the player's directory: use each once.
func (w *World) NewPlayer(name string, lamports uint64) (*Player, error) {
	wallet, err := chain.NewKeypair()
	if err != nil {
		return nil, err
	}
	if lamports > 0 {
		if err := w.Net.Fund(wallet.PublicKey(), lamports); err != nil {
			return nil, fmt.Errorf("localtest: player %s: %w", name, err)
		}
	}
	dir := filepath.Join(w.Dir, name)
	client, err := w.Client(dir, wallet)
	if err != nil {
		return nil, fmt.Errorf("localtest: player %s: %w", name, err)
	}
	p := &Player{Client: client, Wallet: wallet, Dir: dir}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.players = append(w.players, p)
	return p, nil
}

// Client makes a client of this chain for any signer, such as one that fails. The
// caller closes it.
func (w *World) Client(dir string, signer chain.Signer) (*decloud.Client, error) {
	packages := w.Packages()
	return decloud.New(decloud.Config{
		Dir: dir,
		Chain: chain.Config{
			Network: chain.Network{Name: "localnet", RPC: w.Net.URL(), WS: w.Net.WSURL()},
			RPC:     w.Net.RPC(), Signer: signer,
		},
		RoundProgram: w.Net.ProgramID(), RunProgram: w.Net.RunProgramID(),
		Store: storage.Config{Fetchers: []storage.Fetcher{packages}, Pushers: []storage.Pusher{packages}, NoSync: true}, // the chain is gone with the process, too
	})
}

// TB is the part of testing.TB that tests need here; a *testing.T is one.
type TB interface {
	localnet.TB
	TempDir() string
}

// New is [Start] for tests: it ends the test where the chain cannot start, and
// closes the world with the test.
func New(tb TB, options ...localnet.Option) *World {
	tb.Helper()
	w, err := Start(tb.TempDir(), options...)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(func() {
		if err := w.Close(); err != nil {
			tb.Fatalf("localtest: close: %v", err)
		}
	})
	return w
}

// Player is [World.NewPlayer] for tests, with [Funds].
func (w *World) Player(tb TB, name string) *Player {
	tb.Helper()
	p, err := w.NewPlayer(name, Funds)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return p
}
