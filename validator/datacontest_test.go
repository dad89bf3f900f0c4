package validator_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// contest is a series of data rounds with running validators.
type contest struct {
	*roundtest.World
	t       *testing.T
	pkg     *packagefmt.Package
	creator roundtest.Player
	judges  []roundtest.Player
	homes   []string
	stops   []func()
	id      uint64
	rounds  int

	mu     sync.Mutex
	events []judged
	mined  map[trainer.EventKind]int // what miners who run have told
}

// judged is what one of the validators told.
type judged struct {
	judge int
	validator.Event
}

// dataPackage is the tests' package with a task that takes moments.
func dataPackage() *packagefmt.Package {
	p := *roundtest.Package()
	p.Config.Version, p.Config.Task = packagefmt.Version3, &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Pictures}, Rows: packagefmt.TaskRows{Min: 10, Max: 60, Bytes: 1 << 20},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 4, Alpha: 8, Targets: []string{"head"}},
		Training: packagefmt.TaskTraining{Epochs: 20, BatchSize: 20, LearningRate: 3e-2, Optimizer: "adam", Schedule: "constant", Seed: 7},
		Metric:   packagefmt.MetricAccuracy,
	}
	return &p
}

// contestStake is what each of its validators has staked, in lamports.
const contestStake = 2_000_000_000

func newContest(t *testing.T, judges int) *contest {
	t.Helper()
	c := &contest{World: roundtest.New(t), t: t, pkg: dataPackage(), mined: map[trainer.EventKind]int{}}
	c.creator = c.Player(t, "creator")
	for i := range judges {
		p := c.Player(t, fmt.Sprint("judge", i))
		_, err := p.Rounds.AddStake(t.Context(), contestStake)
		require.NoError(t, err)
		c.judges, c.homes, c.stops = append(c.judges, p), append(c.homes, t.TempDir()), append(c.stops, func() {})
	}
	return c
}

// start runs a validator with a store of its own until the test ends.
func (c *contest) start(i int, change ...func(*validator.Config)) {
	test, _ := roundtest.Digits(c.t)
	cars := c.Packages()
	store, err := storage.Open(storage.Config{Dir: filepath.Join(c.homes[i], "blocks"), Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true})
	require.NoError(c.t, err)
	cfg := validator.Config{
		Rounds: c.judges[i].Rounds, Store: store, Dir: c.homes[i], Locks: c.homes[i], Poll: 30 * time.Millisecond,
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: test},
		Observer: func(e validator.Event) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.events = append(c.events, judged{i, e})
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	w, err := validator.NewWorker(cfg)
	require.NoError(c.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	c.stops[i] = sync.OnceFunc(func() { cancel(); require.NoError(c.t, <-done) })
	c.t.Cleanup(c.stops[i])
}

func (c *contest) startAll() {
	for i := range c.judges {
		c.start(i)
	}
}

// open opens the next round.
func (c *contest) open(change ...func(*round.FairOptions)) {
	c.t.Helper()
	c.rounds++
	c.id = c.LaunchSealedAbout(c.t, c.creator, c.pkg, func(o *round.Options) { o.MinValidatorStake = 1_000_000_000 }, func(f *round.FairOptions) {
		f.Task, f.Bond = round.TaskData, 5_000_000+uint64(c.rounds)
		for _, set := range change {
			set(f)
		}
	})
	c.Until(c.t, c.creator, c.id, (*round.Round).SubmissionsOpen)
}

// miner is a player that can submit.
func (c *contest) miner(name string) roundtest.Player {
	c.t.Helper()
	p := c.Player(c.t, name)
	_, err := p.Rounds.CreateTrainerProfile(c.t.Context())
	require.NoError(c.t, err)
	return p
}

// publish publishes rows of a set.
func (c *contest) publish(from dataset.Dataset, indices []int, change ...func(dir string)) string {
	c.t.Helper()
	rows, err := dataset.Subset(from, indices)
	require.NoError(c.t, err)
	schema, err := c.pkg.Submission()
	require.NoError(c.t, err)
	dir := filepath.Join(c.t.TempDir(), "data")
	_, err = submission.Build(dir, rows.(dataset.Described), schema, submission.About{})
	require.NoError(c.t, err)
	for _, f := range change {
		f(dir)
	}
	return c.publishDir(dir)
}

func (c *contest) publishDir(dir string) string {
	c.t.Helper()
	root, err := c.creator.Store.Add(c.t.Context(), os.DirFS(dir))
	require.NoError(c.t, err)
	_, err = c.creator.Store.Push(c.t.Context(), root)
	require.NoError(c.t, err)
	return root.String()
}

func (c *contest) submit(p roundtest.Player, cid string) {
	c.t.Helper()
	_, err := p.Rounds.SubmitSealed(c.t.Context(), c.id, cid)
	require.NoError(c.t, err)
}

// told are the events of a kind of the current round.
func (c *contest) told(kind validator.EventKind) (all []judged) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.Kind == kind && e.RoundID == c.id {
			all = append(all, e)
		}
	}
	return all
}

// waiting are the failures about submissions to the current round. (Before a round's options are set, it is another one.) What
// waits is told of once, with its first reason.
func (c *contest) waiting() []judged {
	return slices.DeleteFunc(c.told(validator.EventFailed), func(e judged) bool { return e.Trainer.IsZero() })
}

// failed are those of them whose submission is here. One that did not come at the first try, as where many tests run, is
// no failure: it is looked for again.
func (c *contest) failed() []judged {
	return slices.DeleteFunc(c.waiting(), func(e judged) bool { return strings.Contains(e.Err.Error(), ": looking for it until ") })
}

func (c *contest) until(what string, is func() bool) {
	c.t.Helper()
	if !waitFor(is) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, e := range c.events {
			c.t.Logf("%d %+v", e.judge, e.Event)
		}
		c.t.Fatalf("not: %s", what)
	}
}

// waitFor waits for a condition: for minutes, since trainings take their time where other tests run beside them.
func waitFor(is func() bool) bool {
	for range 30_000 {
		if is() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func (c *contest) await(n int, kind validator.EventKind) {
	c.t.Helper()
	c.until(fmt.Sprint(n, " ", kind), func() bool { return len(c.told(kind)) >= n })
}

// at moves the clock into a sitting of the round, or into its second half.
func (c *contest) at(sitting int, reveals bool) {
	c.t.Helper()
	c.Until(c.t, c.creator, c.id, func(r *round.Round) time.Time {
		at := r.SittingStarts(sitting)
		if reveals {
			at = at.Add(r.Options.CommitWindow)
		}
		return at
	})
}

// play has all validators commit to so many scores in the first sitting, reveals them and ends the round.
func (c *contest) play(scores int) *round.Round {
	c.t.Helper()
	c.at(0, false)
	c.until(fmt.Sprint(scores, " scores"), func() bool { return len(c.told(validator.EventBase))+len(c.told(validator.EventGradient)) >= scores })
	c.at(0, true)
	c.await(scores, validator.EventRevealed)
	return c.finish()
}

// finish ends the round.
func (c *contest) finish() *round.Round {
	c.t.Helper()
	c.Until(c.t, c.creator, c.id, func(r *round.Round) time.Time { return r.EarliestFinalize })
	c.until("finalized", func() bool {
		_, err := c.creator.Rounds.FinalizeRound(c.t.Context(), c.id)
		r, gone := c.creator.Rounds.Round(c.t.Context(), c.id)
		return err == nil || gone == nil && r.Status == round.Finalized
	})
	r, err := c.creator.Rounds.Round(c.t.Context(), c.id)
	require.NoError(c.t, err)
	return r
}

// verdicts are those of all validators about a miner's submission to the current round.
func (c *contest) verdicts(p roundtest.Player) (all []validator.Score) {
	for _, e := range c.told(validator.EventGradient) {
		if e.Trainer == p.Wallet.PublicKey() {
			all = append(all, e.Score)
		}
	}
	return all
}

// verdict is that of all of them.
func (c *contest) verdict(p roundtest.Player) validator.Score {
	c.t.Helper()
	all := c.verdicts(p)
	require.Len(c.t, all, len(c.judges))
	for _, s := range all {
		require.Equal(c.t, all[0], s, "all validators say the same")
	}
	return all[0]
}

// span are n whole numbers.
func span(from, n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = from + i
	}
	return s
}

// pruned reaches the chain through a node that keeps no transactions.
func (c *contest) pruned(p roundtest.Player) *round.Client {
	c.t.Helper()
	route := chaintest.InProcess(c.Net.RPC())
	route.ViaNode().Inject(func(call chaintest.Call) (*http.Response, error) {
		if call.Method == "getSignaturesForAddress" {
			return call.Result("[]")
		}
		return nil, nil
	})
	rounds, err := round.NewClient(round.Config{Chain: route.Client(c.t, p.Wallet), Program: c.Net.ProgramID()})
	require.NoError(c.t, err)
	return rounds
}
