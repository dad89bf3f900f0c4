package validator_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
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
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
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

func newContest(t *testing.T, judges int) *contest {
	t.Helper()
	c := &contest{World: roundtest.New(t), t: t, pkg: dataPackage()}
	c.creator = c.Player(t, "creator")
	for i := range judges {
		p := c.Player(t, fmt.Sprint("judge", i))
		_, err := p.Rounds.AddStake(t.Context(), 2_000_000_000)
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
		Rounds: c.judges[i].Rounds, Store: store, Dir: c.homes[i], Locks: c.homes[i], Poll: 10 * time.Millisecond,
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
func (c *contest) open() {
	c.t.Helper()
	c.rounds++
	c.id = c.LaunchSealedAbout(c.t, c.creator, c.pkg, func(o *round.Options) { o.MinValidatorStake = 1_000_000_000 }, func(f *round.FairOptions) {
		f.Task, f.Bond = round.TaskData, 5_000_000+uint64(c.rounds)
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

// failed are the failures about submissions to the current round. (Before a round's options are set, it is another one.)
func (c *contest) failed() []judged {
	return slices.DeleteFunc(c.told(validator.EventFailed), func(e judged) bool { return e.Trainer.IsZero() })
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

// Two epochs: in the first honest data teaches, the test's rows and what is no data earn nothing; in the second an
// unchanged submission scores what it did, without a training, and a copy of it what the base does. A validator is
// killed on the way.
func TestWorkerScoresAContest(t *testing.T) {
	c := newContest(t, 3)
	test, train := roundtest.Digits(t)
	c.startAll()
	c.open()
	clean, few, leak, junk, bomb, ghost := c.miner("clean"), c.miner("few"), c.miner("leak"), c.miner("junk"), c.miner("bomb"), c.miner("ghost")
	data := c.publish(train, span(0, 60))
	c.submit(clean, data)
	c.submit(few, c.publish(train, span(60, 12)))
	c.submit(leak, c.publish(test, span(0, 60)))
	c.submit(junk, c.publish(train, span(80, 20), func(dir string) { said(t, dir, `"rows": 20`, `"rows": 10000000000`) }))
	c.submit(bomb, c.publish(train, span(80, 20), hugePicture(t)))
	c.submit(ghost, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	c.at(0, false)
	c.await(3, validator.EventBase)
	c.stops[0]()
	c.await(2*5, validator.EventGradient)
	require.Empty(t, c.verdicts(ghost), "it is looked for until half of the time is over")
	c.start(0)
	c.await(3*5, validator.EventGradient)
	c.Net.Warp(roundtest.CommitWindow / 2)
	r := c.play(3 * 7)

	base := c.told(validator.EventBase)[0].Score.Accuracy
	require.Equal(t, base, r.BaseAccuracy)
	best := c.verdict(clean)
	require.Equal(t, validator.Scored, best.Verdict, best.Reason)
	require.Greater(t, best.Accuracy, base+500)
	require.Equal(t, validator.Score{Verdict: validator.Invalid, Reason: "60 of 60 rows are near the test's"}, c.verdict(leak))
	require.Contains(t, c.verdict(junk).Reason, "rows: \"10000000000\" is not a whole number")
	require.Zero(t, c.verdict(junk).Accuracy)
	require.Contains(t, c.verdict(bomb).Reason, "pixels")
	require.Equal(t, validator.Absent, c.verdict(ghost).Verdict)

	for i := range c.judges { // what was learned is in a file, by CID
		c.rewriteScores(i)
	}
	c.open()
	thief := c.miner("thief")
	c.submit(thief, c.publish(train, append(span(0, 40), span(100, 20)...)))
	c.submit(clean, data)
	c.play(3 * 3)
	require.Equal(t, validator.Score{Accuracy: 4321}, c.verdict(clean), "nothing was trained")
	stolen := c.verdict(thief)
	require.Equal(t, validator.Copy, stolen.Verdict, stolen.Reason)
	require.Equal(t, base, stolen.Accuracy)
	require.Contains(t, stolen.Reason, clean.Wallet.PublicKey().String())
}

// rewriteScores puts another score in the place of all that a validator keeps.
func (c *contest) rewriteScores(i int) {
	files, err := filepath.Glob(filepath.Join(c.homes[i], "scores", "*"))
	require.NoError(c.t, err)
	require.NotEmpty(c.t, files)
	for _, name := range files {
		require.NoError(c.t, os.WriteFile(name, []byte(`{"Accuracy": 4321}`), 0o600))
	}
}

// said changes what data.json says.
func said(t *testing.T, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, submission.ManifestFile)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(b), from)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o600))
}

// hugePicture puts a picture of 10^10 pixels, of which there are some bytes, in the place of one.
func hugePicture(t *testing.T) func(dir string) {
	return func(dir string) {
		pictures, err := filepath.Glob(filepath.Join(dir, submission.TrainDir, "*", "*.png"))
		require.NoError(t, err)
		old, err := os.ReadFile(pictures[0])
		require.NoError(t, err)
		huge := slices.Clone(old)
		binary.BigEndian.PutUint32(huge[16:], 100_000)
		binary.BigEndian.PutUint32(huge[20:], 100_000)
		binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
		require.NoError(t, os.WriteFile(pictures[0], huge, 0o600))
		sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
		said(t, dir, sum(old), sum(huge))
	}
}

// A copy of rows of the same round is found in the second sitting, once all know that the first one was there for all; what
// has the same CID in the first one, and what names another trainer is worth nothing.
func TestCopiesWithinARound(t *testing.T) {
	c := newContest(t, 3)
	_, train := roundtest.Digits(t)
	c.startAll()
	c.open()
	first, replay, some, named := c.miner("first"), c.miner("replay"), c.miner("some"), c.miner("named")
	data := c.publish(train, span(0, 60))
	c.submit(first, data)
	c.submit(replay, data)
	c.submit(some, c.publish(train, append(span(0, 40), span(100, 20)...)))
	c.submit(named, c.publish(train, span(60, 20), func(dir string) {
		said(t, dir, `"version"`, `"trainer": "`+first.Wallet.PublicKey().String()+`", "version"`)
	}))
	c.at(0, false)
	c.await(3*3, validator.EventGradient)
	c.until("waits", func() bool { return len(c.failed()) >= 3 })
	for _, e := range c.failed() {
		require.ErrorContains(t, e.Err, "its rows are those of earlier submissions of this round")
	}
	require.Equal(t, validator.Copy, c.verdict(replay).Verdict)
	require.Equal(t, validator.Scored, c.verdict(first).Verdict)
	require.Contains(t, c.verdict(named).Reason, "names the trainer")
	require.Empty(t, c.verdicts(some))
	c.at(0, true)
	c.await(3*4, validator.EventRevealed)
	c.at(1, false)
	c.await(3*4, validator.EventGradient)
	c.at(1, true)
	c.await(3*5, validator.EventRevealed)
	require.Equal(t, validator.Copy, c.verdict(some).Verdict)
	r := c.finish()
	for i, want := range []uint32{c.verdict(first).Accuracy, r.BaseAccuracy, r.BaseAccuracy, 0} {
		got, known := r.GradientConsensus(uint8(i))
		require.True(t, known)
		require.Equal(t, want, got)
	}
}

// Nobody serves a submission of the first epoch any more. Those who have it score as ever; who lacks it says so, and adds
// later only what agrees with them. Where all lack it, all score without it from the second sitting on.
func TestAnEarlierSubmissionThatIsWithheld(t *testing.T) {
	c := newContest(t, 4)
	_, train := roundtest.Digits(t)
	for i := range 3 {
		c.start(i)
	}
	c.open()
	ann := c.miner("ann")
	data := c.publish(train, span(0, 60))
	c.submit(ann, data)
	c.play(3 * 2)
	require.Greater(t, c.verdicts(ann)[0].Accuracy, c.told(validator.EventBase)[0].Score.Accuracy+500)
	require.NoError(t, os.Remove(filepath.Join(c.Dir, "cars", data+".car")))

	c.stops[2]()
	c.start(3)
	c.open()
	thief, bob := c.miner("thief"), c.miner("bob")
	c.submit(thief, c.publish(train, append(span(0, 40), span(100, 20)...)))
	c.submit(bob, c.publish(train, span(120, 60)))
	c.at(0, false)
	c.await(3, validator.EventBase)
	c.await(2*2, validator.EventGradient)
	c.until("told", func() bool { return len(c.failed()) >= 2 })
	for _, e := range c.failed() {
		require.Equal(t, 3, e.judge)
		require.ErrorIs(t, e.Err, validator.ErrEarlier)
		require.ErrorContains(t, e.Err, data)
	}
	c.at(0, true)
	c.await(3+2*2, validator.EventRevealed)
	c.at(1, false)
	c.await(2*2+1, validator.EventGradient)
	c.until("told again", func() bool { return len(c.failed()) >= 3 })
	c.at(1, true)
	c.await(3+2*2+1, validator.EventRevealed)
	honest := c.verdicts(bob)
	require.Len(t, honest, 3)
	require.Equal(t, honest[0], honest[2])
	require.Len(t, c.verdicts(thief), 2, "what the third would say is not what those who have all have said")
	require.Equal(t, validator.Copy, c.verdicts(thief)[0].Verdict)
	c.Until(t, c.creator, c.id, (*round.Round).ScoringEnds)
	c.finish()

	for i := range c.judges {
		c.stops[i]()
		c.homes[i] = t.TempDir()
	}
	c.open()
	c.submit(bob, c.publish(train, span(120, 60)))
	for i := range 3 {
		c.start(i)
	}
	c.at(0, false)
	c.await(3, validator.EventBase)
	c.until("told", func() bool { return len(c.failed()) >= 3 })
	c.at(0, true)
	c.await(3, validator.EventRevealed)
	c.at(1, false)
	c.await(3, validator.EventGradient)
	c.at(1, true)
	c.await(3*2, validator.EventRevealed)
	require.Equal(t, honest[0], c.verdicts(bob)[0])
	c.finish()
}

// What takes more memory or time than was set apart is no score.
func TestDataRoundThatTakesTooMuch(t *testing.T) {
	c := newContest(t, 2)
	_, train := roundtest.Digits(t)
	c.open()
	c.submit(c.miner("clean"), c.publish(train, span(0, 60)))
	c.start(0, func(cfg *validator.Config) { cfg.Memory = 200 << 20 })
	c.start(1, func(cfg *validator.Config) { cfg.ScoreTimeout = time.Nanosecond })
	c.at(0, false)
	c.await(3, validator.EventFailed)
	for _, e := range c.told(validator.EventFailed) {
		require.ErrorAs(t, e.Err, new(*round.RefusedError))
		require.ErrorContains(t, e.Err, []string{"raise Config.Memory", "raise Config.ScoreTimeout"}[e.judge])
	}
	require.Empty(t, c.told(validator.EventGradient))
}
