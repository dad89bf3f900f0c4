package validator_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/validator"
)

const sol = chain.LamportsPerSOL

// ghost is a CID that nobody can fetch.
func ghost(i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "ghost %d", i))
	hash, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil {
		panic(err)
	}
	return cid.NewCidV1(cid.DagProtobuf, hash).String()
}

// drip is a source that has everything and never sends a byte.
type drip struct{ asked atomic.Int32 }

func (*drip) String() string { return "drip" }

func (d *drip) Fetch(ctx context.Context, _ cid.Cid) (io.ReadCloser, error) {
	d.asked.Add(1)
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// dripping is a store whose second source never sends anything: what is not in the
// shared directory of packages takes as long as it may.
func (b *bench) dripping() *storage.Store {
	b.t.Helper()
	s, err := storage.Open(storage.Config{Dir: b.t.TempDir(), Fetchers: []storage.Fetcher{b.Packages(), &drip{}}})
	require.NoError(b.t, err)
	return s
}

// newBench is a chain with a creator and a judge.
func newBench(t *testing.T) *bench {
	world := roundtest.New(t)
	return &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 10_000)}
}

// inBubble runs a test with a bench in a bubble, whose time passes by itself: with
// the workers' own timeouts and polls.
func inBubble(t *testing.T, test func(b *bench)) {
	roundtest.Package() // what bubbles share is made outside of them
	roundtest.Digits(t)
	packagefmt.Speed()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.patience = 24 * time.Hour
		test(b)
	})
}

// defaults are a worker's own settings, but for the store.
func defaults(store *storage.Store) func(*validator.Config) {
	return func(c *validator.Config) { c.Poll, c.Store = 0, store }
}

// Three ghosts used to take three times FetchTimeout from every later gradient, 20
// of them more than a round's window, which is an hour.
func TestDrippingGradientsDoNotTakeTheHonestOnesWindow(t *testing.T) {
	for ghosts, within := range map[int]time.Duration{3: 11 * time.Minute, 20: 12 * time.Minute, 100: 20 * time.Minute} {
		t.Run(fmt.Sprint(ghosts), func(t *testing.T) {
			head := (&bench{t: t}).trained(1)
			inBubble(t, func(b *bench) {
				b.id = b.Launch(b.t, b.creator, roundtest.Quorum(1))
				b.start(defaults(b.dripping()))
				b.await(validator.EventBase)
				for i := range ghosts {
					b.submit(fmt.Sprint("ghost ", i), ghost(i))
				}
				start := time.Now()
				honest := b.submit("honest", b.publish(head))
				require.Equal(b.t, honest, b.await(validator.EventGradient).Trainer)
				require.LessOrEqual(b.t, time.Since(start), within)
			})
		})
	}
}

// Eight rounds that pay a lamport more used to keep an honest one unscored for 33
// times FetchTimeout.
func TestGhostRoundsDoNotStarveAnHonestOne(t *testing.T) {
	for _, ghosts := range []int{8, 100} {
		t.Run(fmt.Sprint(ghosts), func(t *testing.T) {
			inBubble(t, func(b *bench) {
				require.NoError(b.t, b.Net.Fund(b.creator.Wallet.PublicKey(), 1000*sol))
				for i := range ghosts {
					_, _, err := b.creator.Rounds.CreateRound(b.t.Context(), round.Spec{ModelCID: ghost(i), Dataset: round.Dataset(dataset.Mnist), Reward: sol + 1})
					require.NoError(b.t, err)
				}
				b.start(defaults(b.dripping()))
				time.Sleep(3 * time.Hour) // the ghosts are there long before it
				b.id = b.Launch(b.t, b.Player(b.t, "honest"))
				start := time.Now()
				require.Equal(b.t, b.id, b.await(validator.EventBase).RoundID)
				require.LessOrEqual(b.t, time.Since(start), 3*time.Minute)
			})
		})
	}
}

// A round shown with a stake of nothing and reconfigured to 100 SOL used to cost an
// honest validator 10 SOL.
func TestTermsThatChangeAfterTheCheck(t *testing.T) {
	b := newBench(t)
	_, err := b.judge.Rounds.AddStake(t.Context(), 5*sol)
	require.NoError(t, err)
	b.id = b.Launch(t, b.creator)
	r, err := b.judge.Rounds.Round(t.Context(), b.id)
	require.NoError(t, err)
	dear := r.Options
	dear.MinValidatorStake = 5 * sol
	var looks atomic.Int32
	b.start(func(c *validator.Config) {
		c.Poll = time.Hour                  // one look at all rounds, then the one before the score is sent
		c.Policy.MaxStakeAtRisk = 100 * sol // so that the policy takes it either way
		c.Policy.Veto = func(seen *round.Round) error {
			if seen.Options.MinValidatorStake == 0 && looks.Add(1) == 2 {
				_, err := b.creator.Rounds.ConfigureRound(context.Background(), b.id, dear)
				return err
			}
			return nil
		}
	})
	for {
		e := b.await(validator.EventFailed)
		if looks.Load() >= 2 {
			require.ErrorIs(t, e.Err, round.ErrTermsChanged)
			return
		}
	}
}

// 60 junk gradients used to make a validator pay more than it got.
func TestValidatorStopsWhereScoringNoLongerPays(t *testing.T) {
	b := newBench(t)
	root := b.publishPackage()
	id, _, err := b.creator.Rounds.CreateRound(t.Context(), round.Spec{ModelCID: root, Dataset: round.Dataset(dataset.Mnist), Reward: 20_000_000, Options: b.quorum(3)})
	require.NoError(t, err)
	b.id = id
	stop := b.start(func(c *validator.Config) { c.NoClaim = true })
	b.await(validator.EventBase)
	stop()
	for i := range 2 {
		_, err := b.Player(t, fmt.Sprint("other ", i)).Rounds.Prevalidate(t.Context(), id, 1000)
		require.NoError(t, err)
	}
	for i := range 60 {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, packagefmt.ConfigFile), fmt.Append(nil, "junk ", i), 0o600))
		b.submit(fmt.Sprint("junk ", i), b.publishDir(dir))
	}
	before, err := b.judge.Rounds.Chain().Balance(t.Context(), b.judge.Wallet.PublicKey())
	require.NoError(t, err)
	b.start(func(c *validator.Config) { c.NoClaim = true })
	require.ErrorContains(t, b.await(validator.EventRefused).Err, "another score pays 0.00001071 SOL and costs 0.000015 in fees")
	after, err := b.judge.Rounds.Chain().Balance(t.Context(), b.judge.Wallet.PublicKey())
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func (b *bench) quorum(n uint8) *round.Options {
	b.t.Helper()
	p, err := b.creator.Rounds.Parameters(b.t.Context())
	require.NoError(b.t, err)
	o := p.Options(b.Net.Now())
	o.MinPrevalidations, o.MinPostvalidations = n, n
	return &o
}

func (b *bench) publishPackage() string {
	b.t.Helper()
	dir := filepath.Join(b.t.TempDir(), "package")
	require.NoError(b.t, roundtest.Package().Write(dir))
	return b.publishDir(dir)
}

func TestWalletKeepsItsFloorAndItsCap(t *testing.T) {
	for name, c := range map[string]struct {
		floor, cap uint64
		want       string
	}{
		"floor": {1 << 62, 0, "would fall under its floor"},
		"cap":   {0, 1_000_000, "spending cap of 24 hours"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.id = b.Launch(t, b.creator)
			b.start(func(cfg *validator.Config) { cfg.MinBalance, cfg.MaxSpending, cfg.Dir = c.floor, c.cap, b.judge.Dir })
			require.ErrorContains(t, b.await(validator.EventFailed).Err, c.want)
			r, err := b.judge.Rounds.Round(t.Context(), b.id)
			require.NoError(t, err)
			require.Zero(t, r.Prevalidations)
		})
	}
}

func TestPackageThatNeedsMoreMemoryThanThereIs(t *testing.T) {
	b := newBench(t)
	b.id = b.Launch(t, b.creator)
	b.start(func(c *validator.Config) { c.Memory = 100 << 20 })
	failed := b.await(validator.EventFailed)
	require.ErrorContains(t, failed.Err, "raise Config.Memory")
	require.Zero(t, failed.Retry)
}

// Where there is room for the base alone, it is not scored either: trainers would train in vain.
func TestBaseWhoseSubmissionsNeedMoreMemoryIsNotScored(t *testing.T) {
	pkg := roundtest.Package()
	files, err := pkg.FS()
	require.NoError(t, err)
	bytes, err := packagefmt.DecodedBytes(files)
	require.NoError(t, err)
	cost, err := pkg.Cost()
	require.NoError(t, err)
	b := newBench(t)
	b.id = b.Launch(t, b.creator)
	b.start(func(c *validator.Config) {
		c.Memory = 2*max(bytes, cost.Bytes) + max(128<<20, cost.WorkBytes) + cost.HeadBytes
	})
	require.ErrorContains(t, b.await(validator.EventFailed).Err, "scoring its submissions takes")
	r, err := b.judge.Rounds.Round(t.Context(), b.id)
	require.NoError(t, err)
	require.Zero(t, r.Prevalidations)
}

func TestPackageThatMustTakeTooLongIsRefusedBeforehand(t *testing.T) {
	b := newBench(t)
	b.id = b.Launch(t, b.creator)
	b.start(func(c *validator.Config) { c.ScoreTimeout = 1 })
	failed := b.await(validator.EventFailed)
	require.ErrorContains(t, failed.Err, "raise Config.ScoreTimeout")
	require.ErrorContains(t, failed.Err, "multiply-adds for each of")
	require.Zero(t, failed.Retry)
}

// slow is a test split each of whose samples takes a minute to read.
type slow struct {
	dataset.Dataset
	reads *atomic.Int32
}

func (s slow) Sample(i int, dst []float32) (int, error) {
	time.Sleep(time.Minute)
	s.reads.Add(1)
	return s.Dataset.Sample(i, dst)
}

// What looks as if it could be done in time by its layers, and cannot, ends with
// CheckTimeout, and leaves the place to others.
func TestCheckThatTakesTooLongEnds(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.id = b.Launch(b.t, b.creator)
		test, _ := roundtest.Digits(b.t)
		var reads atomic.Int32
		labels := int32(test.Len())
		b.start(func(c *validator.Config) {
			c.Poll, c.CheckTimeout = 0, 30*time.Minute
			c.Data = map[dataset.ID]dataset.Dataset{dataset.Mnist: slow{test, &reads}}
		})
		failed := b.await(validator.EventFailed)
		require.ErrorContains(b.t, failed.Err, "recomputing its embeddings takes more than 30m0s")
		require.Zero(b.t, failed.Retry)
		require.LessOrEqual(b.t, reads.Load()-labels, int32(64), "the batch that was under way")
	})
}
