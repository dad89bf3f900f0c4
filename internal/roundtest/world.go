// Package roundtest sets up what tests of the workers need: a local chain, funded
// wallets with stores of their own, and a small model over real digits. Tests
// only.
package roundtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// World is a chain and a directory of CARs.
type World struct {
	Net *localnet.Network
	Dir string
}

// New starts a chain that is reached in process.
func New(t testing.TB, opts ...localnet.Option) *World {
	return Served(t, append(opts, localnet.InProcess())...)
}

// Served starts a chain with ports for other processes.
func Served(t testing.TB, opts ...localnet.Option) *World {
	return &World{Net: localnet.New(t, opts...), Dir: t.TempDir()}
}

// Player is a wallet with a client and a store of its own.
type Player struct {
	Wallet *chain.Keypair
	Round  *round.Client
	Store  *storage.Store
	Dir    string
}

// Player makes a funded player.
func (w *World) Player(t testing.TB, name string) Player {
	t.Helper()
	p := w.Poor(t, name)
	require.NoError(t, w.Net.Fund(p.Wallet.PublicKey(), 10_000_000_000))
	return p
}

// Poor makes a player without a lamport.
func (w *World) Poor(t testing.TB, name string) Player {
	t.Helper()
	wallet, err := chain.NewKeypair()
	require.NoError(t, err)
	onChain, err := chain.NewClient(chain.Config{RPC: w.Net.RPC(), Signer: wallet})
	require.NoError(t, err)
	client, err := round.NewClient(round.Config{Chain: onChain, Program: w.Net.ProgramID()})
	require.NoError(t, err)
	dir := filepath.Join(w.Dir, name)
	store, err := storage.Open(storage.Config{
		Dir:      filepath.Join(dir, "blocks"),
		Fetchers: []storage.Fetcher{w.Cars()}, Pushers: []storage.Pusher{w.Cars()},
	})
	require.NoError(t, err)
	return Player{wallet, client, store, dir}
}

// Cars is the directory that all players share.
func (w *World) Cars() *storage.CARDir { return storage.NewCARDir(filepath.Join(w.Dir, "cars")) }

// Digits are the test split and the train pool of the built-in digits, a few of
// each so that tests are fast.
func Digits(t testing.TB) (test, train dataset.Dataset) {
	t.Helper()
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	return First(t, sets.Test, 100), First(t, sets.Train, 200)
}

// First are the first n samples of a set.
func First(t testing.TB, ds dataset.Dataset, n int) dataset.Dataset {
	t.Helper()
	indices := make([]int, n)
	for i := range indices {
		indices[i] = i
	}
	sub, err := dataset.Subset(ds, indices)
	require.NoError(t, err)
	return sub
}

// Package is a small model over the digits, with random weights that never
// change: 784 → 16 → 10.
var Package = sync.OnceValue(func() *packagefmt.Package {
	rng := rand.New(rand.NewPCG(1, 2))
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	weight := func(shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = (rng.Float32() - 0.5) / 8
		}
		return safetensors.Tensor{Shape: shape, Data: data}
	}
	model := packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, linear(784, 16), {Type: "ReLU"}, linear(16, 10)},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": weight(16, 784), "layers.1.bias": weight(16),
			"layers.3.weight": weight(10, 16), "layers.3.bias": weight(10),
		},
	}}
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		panic(err)
	}
	indices := make([]int, 100)
	for i := range indices {
		indices[i] = i
	}
	test, err := dataset.Subset(sets.Test, indices)
	if err != nil {
		panic(err)
	}
	pkg, _, err := packagefmt.Build(context.Background(), model, test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{Ratio: 0.01},
	})
	if err != nil {
		panic(err)
	}
	return pkg
})

// Terms change a round's options before it is created.
type Terms func(*round.Options)

// Quorum asks for n validations of the base and of each gradient.
func Quorum(n uint8) Terms {
	return func(o *round.Options) { o.MinPrevalidations, o.MinPostvalidations = n, n }
}

// Launch publishes the package and creates a round about it with quorums of 3.
func (w *World) Launch(t testing.TB, creator Player, terms ...Terms) uint64 {
	t.Helper()
	ctx := t.Context()
	files, err := Package().FS()
	require.NoError(t, err)
	root, err := creator.Store.Add(ctx, files)
	require.NoError(t, err)
	_, err = creator.Store.Push(ctx, root)
	require.NoError(t, err)
	parameters, err := creator.Round.Parameters(ctx)
	require.NoError(t, err)
	options := parameters.Options(w.Net.Now())
	for _, set := range append([]Terms{Quorum(3)}, terms...) {
		set(&options)
	}
	id, _, err := creator.Round.CreateRound(ctx, round.Spec{
		ModelCID: root.String(), Dataset: round.Dataset(dataset.Mnist), Reward: 1_000_000_000, Options: &options,
	})
	require.NoError(t, err)
	return id
}

// Prevalidate gives the round's base model the same score by n new validators.
func (w *World) Prevalidate(t testing.TB, id uint64, accuracy uint32, n int) []Player {
	t.Helper()
	var all []Player
	for i := range n {
		v := w.Player(t, fmt.Sprintf("judge-%d-%d", id, i))
		_, err := v.Round.Prevalidate(t.Context(), id, accuracy)
		require.NoError(t, err)
		all = append(all, v)
	}
	return all
}
