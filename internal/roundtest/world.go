// Package roundtest is localtest with what the tests of the workers need besides:
// rounds and scores in one line each. Tests only.
package roundtest

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// World is a chain with players.
type World struct{ *localtest.World }

// Player is one of them.
type Player = *localtest.Player

// New starts a chain that is reached in process.
func New(t testing.TB, opts ...localnet.Option) *World {
	return Served(t, append(opts, localnet.InProcess())...)
}

// Served starts a chain with ports for other processes.
func Served(t testing.TB, opts ...localnet.Option) *World {
	return &World{localtest.New(t, opts...)}
}

// Poor makes a player without a lamport.
func (w *World) Poor(t testing.TB, name string) Player {
	t.Helper()
	p, err := w.NewPlayer(name, 0)
	require.NoError(t, err)
	return p
}

// Digits are the test split that [Package] embeds and a part of the train pool, a
// few of each so that tests are fast.
func Digits(t testing.TB) (test, train dataset.Dataset) {
	t.Helper()
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	return First(t, sets.Test, localtest.Samples), First(t, sets.Train, 200)
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

// Package is the model that rounds are about.
func Package() *packagefmt.Package {
	pkg, err := localtest.Package()
	if err != nil {
		panic(err)
	}
	return pkg
}

// Terms change a round's options before it is created.
type Terms func(*round.Options)

// Quorum asks for n validations of the base and of each gradient.
func Quorum(n uint8) Terms {
	return func(o *round.Options) { o.MinPrevalidations, o.MinPostvalidations = n, n }
}

// Launch publishes the package and creates a round about it with quorums of 3.
func (w *World) Launch(t testing.TB, creator Player, terms ...Terms) uint64 {
	t.Helper()
	parameters, err := creator.Rounds.Parameters(t.Context())
	require.NoError(t, err)
	options := parameters.Options(w.Net.Now())
	for _, set := range append([]Terms{Quorum(3)}, terms...) {
		set(&options)
	}
	launched, err := creator.Client.Launch(t.Context(), decloud.LaunchOptions{Package: Package(), Reward: 1_000_000_000, Options: &options})
	require.NoError(t, err)
	return launched.RoundID
}

// Prevalidate gives the round's base model the same score by n new validators.
func (w *World) Prevalidate(t testing.TB, id uint64, accuracy uint32, n int) []Player {
	t.Helper()
	var all []Player
	for i := range n {
		v := w.Player(t, fmt.Sprintf("judge-%d-%d", id, i))
		_, err := v.Rounds.Prevalidate(t.Context(), id, accuracy)
		require.NoError(t, err)
		all = append(all, v)
	}
	return all
}

// SubmittedHead is the file of weights that a trainer has submitted to a round, as a player
// fetches it. Gradients of two trainers differ in whom they name.
func SubmittedHead(t testing.TB, p Player, id uint64, trainer solana.PublicKey) []byte {
	t.Helper()
	g, err := p.Rounds.Gradient(t.Context(), id, trainer)
	require.NoError(t, err)
	root, err := storage.ParseCID(g.CID)
	require.NoError(t, err)
	files, err := p.Store.Fetch(t.Context(), root)
	require.NoError(t, err)
	head, err := fs.ReadFile(files, packagefmt.HeadFile)
	require.NoError(t, err)
	return head
}
