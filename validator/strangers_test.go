package validator_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
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

// longest is the time for one fetch in these tests; a first try gets a thirtieth.
const longest = 30 * time.Second

// Three ghosts used to take three times FetchTimeout from every later gradient, 20
// of them more than a round's window.
func TestDrippingGradientsDoNotTakeTheHonestOnesWindow(t *testing.T) {
	for _, ghosts := range []int{3, 20} {
		t.Run(fmt.Sprint(ghosts), func(t *testing.T) {
			b := newBench(t)
			b.id = b.Launch(t, b.creator, roundtest.Quorum(1))
			store := b.dripping()
			b.start(func(c *validator.Config) { c.Store, c.FetchTimeout = store, longest })
			b.await(validator.EventBase)
			for i := range ghosts {
				b.submit(fmt.Sprint("ghost ", i), ghost(i))
			}
			honest := b.submit("honest", b.publish(b.trained(1)))
			start := time.Now()
			b.Net.Warp(validator.Grace + time.Second)
			require.Equal(t, honest, b.await(validator.EventGradient).Trainer)
			require.Less(t, time.Since(start), longest/2)
		})
	}
}

// Eight rounds that pay a lamport more used to keep an honest one unscored for 33
// times FetchTimeout.
func TestGhostRoundsDoNotStarveAnHonestOne(t *testing.T) {
	b := newBench(t)
	store := b.dripping()
	require.NoError(t, b.Net.Fund(b.creator.Wallet.PublicKey(), 100*sol))
	for i := range 40 {
		_, _, err := b.creator.Rounds.CreateRound(t.Context(), round.Spec{ModelCID: ghost(i), Dataset: round.Dataset(dataset.Mnist), Reward: sol + 1})
		require.NoError(t, err)
	}
	b.start(func(c *validator.Config) { c.Store, c.FetchTimeout = store, longest })
	b.await(validator.EventFailed) // the ghosts have all places
	b.id = b.Launch(t, b.Player(t, "honest"))
	start := time.Now()
	require.Equal(t, b.id, b.await(validator.EventBase).RoundID)
	require.Less(t, time.Since(start), longest/2)
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
		b.submit(fmt.Sprint("junk ", i), ghost(i))
	}
	before, err := b.judge.Rounds.Chain().Balance(t.Context(), b.judge.Wallet.PublicKey())
	require.NoError(t, err)
	b.start(func(c *validator.Config) { c.NoClaim = true })
	require.ErrorContains(t, b.await(validator.EventRefused).Err, "another score pays 10710 lamports and costs 15000 in fees")
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

func TestPackageThatMustTakeTooLongIsRefusedBeforehand(t *testing.T) {
	b := newBench(t)
	b.id = b.Launch(t, b.creator)
	b.start(func(c *validator.Config) { c.ScoreTimeout = 1 })
	failed := b.await(validator.EventFailed)
	require.ErrorContains(t, failed.Err, "raise Config.ScoreTimeout")
	require.ErrorContains(t, failed.Err, "multiply-adds for each of")
	require.Zero(t, failed.Retry)
}
