package trainer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// asked does something before it gives a directory.
type asked struct {
	trainer.Directory
	before func(n int)
	n      int
}

func (a *asked) Newest(ctx context.Context, r *round.Round) (trainer.Revision, error) {
	a.n++
	a.before(a.n)
	return a.Directory.Newest(ctx, r)
}

// requireNothing requires that a player has submitted nothing to a round.
func requireNothing(t *testing.T, p roundtest.Player, id uint64) {
	t.Helper()
	_, err := p.Rounds.Gradient(t.Context(), id, p.Wallet.PublicKey())
	require.ErrorIs(t, err, chain.ErrNotFound)
}

// Where submissions close while the data is copied, nothing is published.
func TestSubmissionsThatCloseWhileDataIsCopied(t *testing.T) {
	world := roundtest.New(t)
	p, w := world.Player(t, "miner"), newWatcher()
	id := world.LaunchOpenData(t, world.Player(t, "creator"), nil)
	world.Prevalidate(t, id, 1000, 3)
	before := published(t, world)
	cfg := mining(t, p, w, "")
	cfg.Submit[dataset.Mnist] = &asked{Directory: trainer.Directory(roundtest.Rows(t, 0, 10)), before: func(int) { world.Net.Warp(12 * time.Hour) }}
	start(t, cfg)
	require.ErrorIs(t, w.await(t, trainer.EventFailed).Err, round.ErrDeadlinePassed)
	require.Equal(t, before, published(t, world))
	requireNothing(t, p, id)
}

// Whoever's source of revisions panics is told, and asked again.
func TestPanicInTheNewestRevision(t *testing.T) {
	world := roundtest.New(t)
	p, w := world.Player(t, "miner"), newWatcher()
	world.LaunchData(t, world.Player(t, "creator"), nil)
	cfg := mining(t, p, w, "")
	cfg.Submit[dataset.Mnist] = &asked{Directory: trainer.Directory(roundtest.Rows(t, 0, 10)), before: func(n int) {
		if n == 1 {
			panic("no network")
		}
	}}
	start(t, cfg)
	w.await(t, trainer.EventSubmitted)
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "no network")
}

// Where nothing can be published, nothing is submitted; once it can, what was copied is, and the data is not asked for again.
func TestStoreThatIsDown(t *testing.T) {
	world := roundtest.New(t)
	p, w := world.Player(t, "miner"), newWatcher()
	id := world.LaunchOpenData(t, world.Player(t, "creator"), nil)
	world.Prevalidate(t, id, 1000, 3)
	place := filepath.Join(t.TempDir(), "cars")
	require.NoError(t, os.WriteFile(place, []byte("a file where a directory should be"), 0o600))
	cars := storage.NewCARDir(place)
	cfg := mining(t, p, w, "")
	var err error
	cfg.Store, err = storage.Open(storage.Config{Dir: t.TempDir(), Pushers: []storage.Pusher{cars}, Fetchers: []storage.Fetcher{world.Packages(), cars}})
	require.NoError(t, err)
	from := &asked{Directory: trainer.Directory(roundtest.Rows(t, 0, 10)), before: func(int) {}}
	cfg.Submit[dataset.Mnist] = from
	stop := start(t, cfg)
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "publishing the data")
	requireNothing(t, p, id)
	stop()

	require.NoError(t, os.Remove(place))
	w = newWatcher()
	cfg.Observer = w.observe
	start(t, cfg)
	w.await(t, trainer.EventSubmitted)
	require.Equal(t, 1, from.n)
}

// A copy that is not known to be of this round, such as one of a chain that was set up again, is not submitted.
func TestCopyOfAnotherRoundIsRemoved(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	id := world.LaunchData(t, creator, nil)
	r, err := p.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	dir := roundtest.Rows(t, 0, 10)
	cfg := mining(t, p, w, dir)
	old := filepath.Join(cfg.Dir, "round-0-"+r.ModelCID)
	require.NoError(t, os.Rename(roundtest.Rows(t, 10, 10), old))
	require.NoError(t, os.WriteFile(old+".source", []byte("1234567890\n"), 0o600))
	start(t, cfg)
	root, err := p.Store.CID(t.Context(), os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, root, w.await(t, trainer.EventSubmitted).CID)
}

// Rounds whose packages do not say what data they take, or that take more memory than there is, are refused for good.
func TestPackagesThatDataCannotBeSubmittedTo(t *testing.T) {
	large := roundtest.DataPackage()
	large.Config.Task.Rows.Bytes = 256 << 20
	for name, c := range map[string]struct {
		pkg  *packagefmt.Package
		says string
	}{
		"of a round of heads": {roundtest.Package(), "the package has no task"},
		"of large data":       {large, "raise Config.Memory"},
	} {
		t.Run(name, func(t *testing.T) {
			world := roundtest.New(t)
			p, w := world.Player(t, "miner"), newWatcher()
			id := world.LaunchSealedAbout(t, world.Player(t, "creator"), c.pkg, nil, func(f *round.FairOptions) { f.Task = round.TaskData })
			cfg := mining(t, p, w, roundtest.Rows(t, 0, 10))
			cfg.Memory = 512 << 20
			start(t, cfg)
			failed := w.await(t, trainer.EventFailed)
			require.ErrorContains(t, failed.Err, c.says)
			require.Zero(t, failed.Retry)
			requireNothing(t, p, id)
		})
	}
}

// The slots of an epoch count as its time does.
func TestRoundThatTakesSubmissionsInFewSlots(t *testing.T) {
	world := roundtest.New(t)
	p, w := world.Player(t, "miner"), newWatcher()
	few := world.LaunchData(t, world.Player(t, "creator"), func(f *round.FairOptions) { f.SubmissionSlots = 50 }) // 20 s
	many := world.LaunchData(t, world.Player(t, "another"), func(f *round.FairOptions) { f.SubmissionSlots = 3000 })
	start(t, mining(t, p, w, roundtest.Rows(t, 0, 10)))
	require.Equal(t, many, w.await(t, trainer.EventSubmitted).RoundID)
	refused := w.await(t, trainer.EventRefused)
	require.Equal(t, few, refused.RoundID)
	require.ErrorContains(t, refused.Err, "less than 30s")
}
