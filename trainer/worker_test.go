package trainer_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// watcher collects a worker's events and lets a test wait for one.
type watcher struct {
	mu   sync.Mutex
	all  []trainer.Event
	more chan struct{}
}

func newWatcher() *watcher { return &watcher{more: make(chan struct{}, 1000)} }

func (w *watcher) observe(e trainer.Event) {
	w.mu.Lock()
	w.all = append(w.all, e)
	w.mu.Unlock()
	w.more <- struct{}{}
}

func (w *watcher) find(kind trainer.EventKind) []trainer.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []trainer.Event
	for _, e := range w.all {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// await returns the first event of a kind.
func (w *watcher) await(t *testing.T, kind trainer.EventKind) trainer.Event {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		if found := w.find(kind); len(found) > 0 {
			return found[0]
		}
		select {
		case <-w.more:
		case <-timeout:
			t.Fatalf("no event %q, but %v", kind, w.all)
		}
	}
}

// config is a worker on the built-in digits.
func config(t *testing.T, p roundtest.Player, w *watcher) trainer.Config {
	_, train := roundtest.Digits(t)
	return trainer.Config{
		Rounds: p.Rounds, Store: p.Store, Dir: p.Dir, Poll: 10 * time.Millisecond, Observer: w.observe,
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: train},
	}
}

// start runs a worker until the test ends or stop is called.
func start(t *testing.T, cfg trainer.Config) (stop func()) {
	t.Helper()
	worker, err := trainer.NewWorker(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return stop
}

func TestWorkerRefusesRoundsThatOneValidatorDecides(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"), roundtest.Quorum(1))
	world.Prevalidate(t, id, 1000, 1)
	w := newWatcher()
	start(t, config(t, world.Player(t, "trainer"), w))

	refused := w.await(t, trainer.EventRefused)
	require.ErrorContains(t, refused.Err, "quorums of 1 and 1")
	require.True(t, refused.HasRound)
	require.Empty(t, w.find(trainer.EventAccepted))
}

func TestWorkerLeavesOtherDataSetsAlone(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p, w := world.Player(t, "trainer"), newWatcher()
	cfg := config(t, p, w)
	cfg.Data = map[dataset.ID]dataset.Dataset{dataset.Iris: cfg.Data[dataset.Mnist]}
	worker, err := trainer.NewWorker(cfg)
	require.NoError(t, err)

	err = worker.Train(t.Context(), id)
	require.ErrorAs(t, err, new(*round.RefusedError))
	require.ErrorContains(t, err, "no private data for Mnist")
}

func TestRoundThatVanished(t *testing.T) {
	world := roundtest.New(t)
	creator, p := world.Player(t, "creator"), world.Player(t, "trainer")
	id := world.Launch(t, creator)
	_, err := creator.Rounds.CancelRound(t.Context(), id)
	require.NoError(t, err)
	worker, err := trainer.NewWorker(config(t, p, newWatcher()))
	require.NoError(t, err)

	require.ErrorContains(t, worker.Train(t.Context(), id), "it is cancelled")
	require.ErrorIs(t, worker.Train(t.Context(), id+1), chain.ErrNotFound)
	require.ErrorContains(t, worker.Claim(t.Context(), id), "nothing to claim")
}

func TestDeadlineThatPassesWhileTraining(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p, w := world.Player(t, "trainer"), newWatcher()
	cfg := config(t, p, w)
	cfg.Observer = func(e trainer.Event) {
		if e.Kind == trainer.EventTrained && len(w.find(trainer.EventTrained)) == 0 {
			world.Net.Warp(12 * time.Hour)
		}
		w.observe(e)
	}
	start(t, cfg)

	require.ErrorIs(t, w.await(t, trainer.EventFailed).Err, round.ErrDeadlinePassed)
	_, err := p.Rounds.Gradient(t.Context(), id, p.Wallet.PublicKey())
	require.ErrorIs(t, err, chain.ErrNotFound)
}

func TestClockOffByHours(t *testing.T) {
	for name, off := range map[string]time.Duration{"chain ahead": 2 * time.Hour, "chain behind": -2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			world := roundtest.New(t, localnet.WithClock(func() time.Time { return time.Now().Add(off) }))
			deadline := func(o *round.Options) { o.Deadline = world.Net.Now().Add(90 * time.Minute) }
			id := world.Launch(t, world.Player(t, "creator"), deadline)
			world.Prevalidate(t, id, 1000, 3)
			w := newWatcher()
			start(t, config(t, world.Player(t, "trainer"), w))
			w.await(t, trainer.EventSubmitted)
		})
	}
}

func TestTooFewLamports(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p, w := world.Poor(t, "trainer"), newWatcher()
	start(t, config(t, p, w))

	require.ErrorIs(t, w.await(t, trainer.EventFailed).Err, chain.ErrInsufficientFunds)
	requirePinnedUntilRoundEnds(t, p, id, w.await(t, trainer.EventTrained).CID)
	require.NoError(t, world.Net.Fund(p.Wallet.PublicKey(), 1_000_000_000))
	w.await(t, trainer.EventSubmitted)
	require.Len(t, w.find(trainer.EventAccepted), 1, "the finished training run is not repeated")
}

// requirePinnedUntilRoundEnds requires that a gradient that was never submitted
// does not stay in the store for good.
func requirePinnedUntilRoundEnds(t *testing.T, p roundtest.Player, id uint64, gradient cid.Cid) {
	t.Helper()
	r, err := p.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	roots, err := p.Store.Roots()
	require.NoError(t, err)
	i := slices.IndexFunc(roots, func(root storage.Root) bool { return root.CID == gradient })
	require.True(t, roots[i].Pinned)
	require.Equal(t, r.Options.Deadline.Add(24*time.Hour).Unix(), roots[i].PinnedUntil.Unix())
}

func TestTwoProcessesWithOneDirectory(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p, w := world.Player(t, "trainer"), newWatcher()
	stop := start(t, config(t, p, w))
	w.await(t, trainer.EventSubmitted) // so it holds the lock

	other, err := trainer.NewWorker(config(t, p, newWatcher()))
	require.NoError(t, err)
	require.ErrorIs(t, other.Run(t.Context()), trainer.ErrDirInUse)
	require.ErrorIs(t, other.Train(t.Context(), id+1), trainer.ErrDirInUse)
	stop()
	require.ErrorIs(t, other.Train(t.Context(), id+1), chain.ErrNotFound, "the directory is free again")
}

func TestTwoWorkersWithOneWalletOnOneMachine(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "trainer")
	locks := t.TempDir()
	first, second := config(t, p, newWatcher()), config(t, p, newWatcher())
	first.Locks, second.Locks, second.Dir = locks, locks, t.TempDir()
	stop := start(t, first)
	held := func() bool { all, _ := os.ReadDir(locks); return len(all) == 1 }
	require.Eventually(t, held, time.Minute, time.Millisecond)
	worker, err := trainer.NewWorker(second)
	require.NoError(t, err)
	require.ErrorIs(t, worker.Run(t.Context()), trainer.ErrWalletInUse)
	stop()
	require.False(t, held(), "nothing stays behind")
	start(t, second)
	require.Eventually(t, held, time.Minute, time.Millisecond)
}

func TestTwoWorkersWithOneWalletSubmitOnce(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	p := world.Player(t, "trainer")
	var both sync.WaitGroup
	both.Add(2)
	submits := func(w *watcher, dir string) trainer.Config {
		cfg := config(t, p, w)
		cfg.Dir, cfg.Locks = dir, dir // as on two machines
		meet := sync.OnceFunc(func() { both.Done(); both.Wait() })
		cfg.Observer = func(e trainer.Event) {
			if e.Kind == trainer.EventTrained {
				meet() // so that both are about to submit
			}
			w.observe(e)
		}
		return cfg
	}
	first, second := newWatcher(), newWatcher()
	start(t, submits(first, t.TempDir()))
	start(t, submits(second, t.TempDir()))
	world.Prevalidate(t, id, 1000, 3)

	require.Eventually(t, func() bool {
		return len(first.find(trainer.EventSubmitted))+len(second.find(trainer.EventSubmitted)) == 1 &&
			len(first.find(trainer.EventFailed))+len(second.find(trainer.EventFailed)) == 1
	}, time.Minute, time.Millisecond)
	r, err := p.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	require.EqualValues(t, 1, r.Gradients)
	for _, e := range append(first.find(trainer.EventFailed), second.find(trainer.EventFailed)...) {
		require.ErrorIs(t, e.Err, trainer.ErrRival, "the slower one stands by")
	}
}

// oneClass is a data set that nothing can be learnt from.
type oneClass struct{ dataset.Dataset }

func (o oneClass) Sample(i int, dst []float32) (int, error) {
	_, err := o.Dataset.Sample(i, dst)
	return 3, err
}

func TestPermanentErrorsAreNotRetried(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Data[dataset.Mnist] = oneClass{cfg.Data[dataset.Mnist]}
	start(t, cfg)
	failed := w.await(t, trainer.EventFailed)
	require.ErrorIs(t, failed.Err, fit.ErrSamples)
	require.Zero(t, failed.Retry)
	require.True(t, failed.HasRound)
}

// otherClasses is a data set whose labels are something else than digits.
type otherClasses struct{ dataset.Dataset }

func (otherClasses) ClassNames() []string { return []string{"cat", "dog"} }

func TestDataOfOtherClassesIsNotTrainedOn(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Data[dataset.Mnist] = otherClasses{cfg.Data[dataset.Mnist]}
	start(t, cfg)
	failed := w.await(t, trainer.EventFailed)
	require.ErrorIs(t, failed.Err, dataset.ErrClass)
	require.ErrorContains(t, failed.Err, "cat")
	require.Zero(t, failed.Retry)
	require.Empty(t, w.find(trainer.EventTraining))
}

// broken is a data set that panics.
type broken struct{ dataset.Dataset }

func (broken) Sample(int, []float32) (int, error) { panic("disk gone") }

func TestPanicInTheDataSet(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Data[dataset.Mnist] = broken{cfg.Data[dataset.Mnist]}
	start(t, cfg)
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "disk gone")
}

func TestPanicInTheObserver(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Observer = func(e trainer.Event) {
		w.observe(e)
		if e.Kind == trainer.EventTrained && len(w.find(trainer.EventTrained)) == 1 {
			panic("no space on screen")
		}
	}
	start(t, cfg)
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "no space on screen")
	w.await(t, trainer.EventSubmitted)
	require.Len(t, w.find(trainer.EventAccepted), 1, "the finished training run is not repeated")
}

func TestConfigNamesWhatIsMissing(t *testing.T) {
	_, err := trainer.NewWorker(trainer.Config{Parallel: -1})
	for _, want := range []string{"Rounds is nil", "Store is nil", "Data is empty", "Dir is empty", "must not be negative"} {
		require.ErrorContains(t, err, want)
	}
}

func TestWorkerReportsThePrivacyBudget(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p, w := world.Player(t, "trainer"), newWatcher()
	cfg := config(t, p, w)
	cfg.Training.Privacy = &fit.Privacy{MaxNorm: 1, NoiseMultiplier: 2, Releases: 3}
	start(t, cfg)

	got := w.await(t, trainer.EventTrained).Result
	require.Equal(t, &fit.PrivacyBudget{Epsilon: fit.GaussianEpsilon(2, 1e-5, 3), Delta: 1e-5, Releases: 3}, got.Privacy)
	require.Positive(t, got.Samples)

	cfg.Training.WeightNoise = 0.1
	_, err := trainer.NewWorker(cfg)
	require.ErrorIs(t, err, fit.ErrOptions)
}

func TestWorkerRemovesWhatKilledOnesLeft(t *testing.T) {
	world := roundtest.New(t)
	cfg := config(t, world.Player(t, "trainer"), newWatcher())
	cfg.Dir = t.TempDir()
	for _, name := range []string{".round-7-bafy.tmp-123", "round-7-bafy", "notes.tmp-1", ".round-7"} {
		require.NoError(t, os.MkdirAll(filepath.Join(cfg.Dir, name, "inside"), 0o755))
	}
	start(t, cfg)()
	require.NoDirExists(t, filepath.Join(cfg.Dir, ".round-7-bafy.tmp-123"))
	for _, name := range []string{"round-7-bafy", "notes.tmp-1", ".round-7"} {
		require.DirExists(t, filepath.Join(cfg.Dir, name, "inside"))
	}
}

// noRunner is a runner that never gets an encoder: that of the tests' package is of layers.
type noRunner struct{ packagefmt.Runner }

func (noRunner) Speedup() float64 { return 1e9 }

func TestWorkerTellsWhereItsEncoderRuns(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Runner = noRunner{}
	start(t, cfg)
	w.await(t, trainer.EventSubmitted)
	told := w.await(t, trainer.EventEmbedding)
	require.Equal(t, id, told.RoundID)
	require.Equal(t, packagefmt.OwnEngine, told.Ran.Where)
	require.ErrorContains(t, told.Ran.Why, "of layers")
	require.Contains(t, told.LogValue().String(), "encoder on decloud's own engine: this package's encoder is of layers")
}
