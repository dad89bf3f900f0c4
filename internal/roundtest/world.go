// Package roundtest is localtest with what the tests of the workers need besides:
// rounds and scores in one line each. Tests only.
package roundtest

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

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
	return w.launch(t, creator, Package(), terms...)
}

func (w *World) launch(t testing.TB, creator Player, pkg *packagefmt.Package, terms ...Terms) uint64 {
	t.Helper()
	parameters, err := creator.Rounds.Parameters(t.Context())
	require.NoError(t, err)
	options := parameters.Options(w.Net.Now())
	for _, set := range append([]Terms{Quorum(3)}, terms...) {
		set(&options)
	}
	launched, err := creator.Client.Launch(t.Context(), decloud.LaunchOptions{Package: pkg, Reward: 1_000_000_000, Terms: &decloud.Terms{Options: options}})
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

// Fair changes a round's fair options before it is created.
type Fair func(*round.FairOptions)

// Windows of the rounds that [World.LaunchSealed] creates.
const (
	PublishWindow = 30 * time.Minute
	CommitWindow  = 10 * time.Minute
)

// LaunchSealed publishes the package and creates a sealed round about it, with quorums of 3 and a
// bond of 5,000,000 lamports, that takes submissions for an hour.
func (w *World) LaunchSealed(t testing.TB, creator Player, terms Terms, fair Fair) uint64 {
	t.Helper()
	return w.LaunchSealedAbout(t, creator, Package(), terms, fair)
}

// LaunchSealedAbout is LaunchSealed about another package.
func (w *World) LaunchSealedAbout(t testing.TB, creator Player, pkg *packagefmt.Package, terms Terms, fair Fair) uint64 {
	t.Helper()
	f := round.FairOptions{Sealed: true, OutlierTolerance: 100, PublishWindow: PublishWindow, Bond: 5_000_000}
	id := w.launch(t, creator, pkg, func(o *round.Options) {
		o.CommitReveal, o.CommitWindow, o.ValidationWindow = true, CommitWindow, PublishWindow+2*CommitWindow
		o.Deadline = w.Net.Now().Add(time.Hour + o.ValidationWindow).Truncate(time.Second)
		if terms != nil {
			terms(o)
		}
		f.Deadline = o.Deadline
	})
	if fair != nil {
		fair(&f)
	}
	_, err := creator.Rounds.ConfigureFair(t.Context(), id, f)
	require.NoError(t, err)
	return id
}

// Until moves the chain's clock to a time that a round's accounts give.
func (w *World) Until(t testing.TB, p Player, id uint64, at func(*round.Round) time.Time) *round.Round {
	t.Helper()
	r, err := p.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	if ahead := at(r).Sub(w.Net.Now()); ahead > 0 {
		w.Net.Warp(ahead + time.Second)
	}
	return r
}

// JudgeSealed has judges commit to and reveal scores of a sealed round, in its first sitting, and
// its creator finalize it.
func (w *World) JudgeSealed(t testing.TB, id uint64, creator Player, judges []Player, scores map[solana.PublicKey]uint32) {
	t.Helper()
	w.ScoreSealed(t, id, creator, judges, scores)
	_, err := creator.Rounds.FinalizeRound(t.Context(), id)
	if !errors.Is(err, round.ErrRoundNotActive) { // the worker under test may be faster, since the deadline is over
		require.NoError(t, err)
	}
}

// ScoreSealed is JudgeSealed up to when its creator can finalize it.
func (w *World) ScoreSealed(t testing.TB, id uint64, creator Player, judges []Player, scores map[solana.PublicKey]uint32) {
	t.Helper()
	w.Until(t, creator, id, (*round.Round).ScoringStarts)
	for subject, accuracy := range scores {
		for _, v := range judges {
			_, err := v.Rounds.CommitSealed(t.Context(), id, subject, accuracy)
			require.NoError(t, err)
		}
	}
	w.Until(t, creator, id, func(r *round.Round) time.Time { return r.ScoringStarts().Add(r.Options.CommitWindow) })
	for subject := range scores {
		for _, v := range judges {
			_, err := v.Rounds.Reveal(t.Context(), id, subject)
			require.NoError(t, err)
		}
	}
	w.Until(t, creator, id, func(r *round.Round) time.Time { return r.EarliestFinalize })
}
