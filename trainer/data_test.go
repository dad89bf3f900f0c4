package trainer_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// mining is a worker that submits a directory to data rounds about digits.
func mining(t *testing.T, p roundtest.Player, w *watcher, dir string) trainer.Config {
	return trainer.Config{
		Rounds: p.Rounds, Store: p.Store, Dir: t.TempDir(), Poll: 10 * time.Millisecond, Observer: w.observe, Locks: t.TempDir(),
		Submit: map[dataset.ID]trainer.Submissions{dataset.Mnist: trainer.Directory(dir)},
	}
}

// requireSubmitted requires that what a player has submitted to a round is a directory, and that others can fetch it.
func requireSubmitted(t *testing.T, anybody, p roundtest.Player, id uint64, dir string) {
	t.Helper()
	g, err := p.Rounds.Gradient(t.Context(), id, p.Wallet.PublicKey())
	require.NoError(t, err)
	root, err := anybody.Store.CID(t.Context(), os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, root.String(), g.CID)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	files, err := anybody.Store.Fetch(ctx, root)
	require.NoError(t, err)
	schema, err := roundtest.DataPackage().Submission()
	require.NoError(t, err)
	_, err = submission.Read(files, schema)
	require.NoError(t, err)
}

// Data of an open round is published and submitted, scored and paid for, and what was kept of it goes.
func TestWorkerSubmitsDataAndClaims(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	id := world.LaunchOpenData(t, creator, nil)
	judges := world.Prevalidate(t, id, 1000, 3)
	dir := roundtest.Rows(t, 0, 10)
	cfg := mining(t, p, w, dir)
	start(t, cfg)

	copied := w.await(t, trainer.EventCopied)
	require.Equal(t, 10, copied.Rows)
	submitted := w.await(t, trainer.EventSubmitted)
	require.Equal(t, copied.CID, submitted.CID)
	require.NotEmpty(t, submitted.Published)
	requireSubmitted(t, creator, p, id, dir)

	for _, j := range judges {
		_, err := j.Rounds.Postvalidate(t.Context(), id, p.Wallet.PublicKey(), 2000)
		require.NoError(t, err)
	}
	_, err := creator.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
	require.EqualValues(t, 882_000_000, w.await(t, trainer.EventClaimed).Lamports)
	require.Empty(t, w.find(trainer.EventFailed))
	require.Empty(t, w.find(trainer.EventTrained))
	kept, err := filepath.Glob(filepath.Join(cfg.Dir, "round-*"))
	require.NoError(t, err)
	require.Len(t, kept, 1, "a mark, for nodes that lag: %v", kept)
}

// Data of a sealed round is submitted by its CID, and published once submissions close: what was submitted, though the
// directory has something else by then. The next round gets that.
func TestSealedDataIsWhatWasSubmitted(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	id := world.LaunchData(t, creator, nil)
	dir, before := roundtest.Rows(t, 0, 10), roundtest.Rows(t, 0, 10)
	cfg := mining(t, p, w, dir)
	stop := start(t, cfg)
	submitted := w.await(t, trainer.EventSubmitted)
	require.Empty(t, submitted.Published)
	require.False(t, fetches(t, creator, submitted.CID))
	stop()

	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.Rename(roundtest.Rows(t, 20, 10), dir))
	world.Until(t, p, id, (*round.Round).SubmissionsClose)
	w = newWatcher()
	cfg.Observer = w.observe
	start(t, cfg)
	require.Equal(t, submitted.CID, w.await(t, trainer.EventPublished).CID)
	requireSubmitted(t, creator, p, id, before)

	next := world.LaunchData(t, creator, nil)
	require.NotEqual(t, submitted.CID, w.await(t, trainer.EventSubmitted).CID)
	world.Until(t, p, next, (*round.Round).SubmissionsClose)
	require.Eventually(t, func() bool { return len(w.find(trainer.EventPublished)) == 2 }, time.Minute, time.Millisecond)
	requireSubmitted(t, creator, p, next, dir)

	var judges []roundtest.Player
	for _, name := range []string{"ann", "bea", "cid"} {
		judges = append(judges, world.Player(t, name))
	}
	world.JudgeSealed(t, next, creator, judges, map[solana.PublicKey]uint32{round.BaseModel: 5000, p.Wallet.PublicKey(): 6000})
	require.EqualValues(t, 882_000_000, w.await(t, trainer.EventClaimed).Lamports)
	require.Empty(t, w.find(trainer.EventFailed))
}

// Data that nobody changes is submitted to every round, once.
func TestUnchangedDataIsSubmittedToEveryRoundOnce(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	start(t, mining(t, p, w, roundtest.Rows(t, 0, 10)))
	rounds := map[uint64]bool{}
	for n := range 3 {
		rounds[world.LaunchData(t, creator, nil)] = true
		require.Eventually(t, func() bool { return len(w.find(trainer.EventSubmitted)) == n+1 }, time.Minute, time.Millisecond)
	}
	for _, e := range w.find(trainer.EventSubmitted) {
		require.True(t, rounds[e.RoundID])
		delete(rounds, e.RoundID)
		require.Equal(t, w.await(t, trainer.EventSubmitted).CID, e.CID)
	}
	require.Empty(t, w.find(trainer.EventFailed))
}

// A worker with data for both takes rounds of heads and of data; with one of them, the other is refused by name.
func TestWorkerTakesWhatItHasDataFor(t *testing.T) {
	world := roundtest.New(t)
	creator, p := world.Player(t, "creator"), world.Player(t, "both")
	heads, data := world.LaunchSealed(t, creator, nil, nil), world.LaunchData(t, creator, nil)
	dir := roundtest.Rows(t, 0, 10)
	of := func(change func(*trainer.Config)) *watcher {
		w := newWatcher()
		cfg := mining(t, p, w, dir)
		cfg.Data = config(t, p, w).Data
		change(&cfg)
		start(t, cfg)
		return w
	}
	w := of(func(c *trainer.Config) { c.Policy.Task = round.TaskData })
	require.ErrorContains(t, w.await(t, trainer.EventRefused).Err, "its task is heads, and this worker submits data")
	require.Equal(t, data, w.await(t, trainer.EventSubmitted).RoundID)

	p = world.Player(t, "miner")
	w = of(func(c *trainer.Config) { c.Data = nil })
	refused := w.await(t, trainer.EventRefused)
	require.Equal(t, heads, refused.RoundID)
	require.ErrorContains(t, refused.Err, "no private data for Mnist: add it to Config.Data")
	require.Equal(t, data, w.await(t, trainer.EventSubmitted).RoundID)

	p = world.Player(t, "trainer")
	w = of(func(c *trainer.Config) { c.Submit = nil })
	refused = w.await(t, trainer.EventRefused)
	require.Equal(t, data, refused.RoundID)
	require.ErrorContains(t, refused.Err, "its task is data, and this worker submits heads")
	require.Equal(t, heads, w.await(t, trainer.EventSubmitted).RoundID)

	p = world.Player(t, "both of them")
	w = of(func(*trainer.Config) {})
	require.Eventually(t, func() bool { return len(w.find(trainer.EventSubmitted)) == 2 }, time.Minute, time.Millisecond)
	require.Empty(t, w.find(trainer.EventRefused))
	require.Empty(t, w.find(trainer.EventFailed))
}

func TestConfigOfAMiner(t *testing.T) {
	_, err := trainer.NewWorker(trainer.Config{Policy: trainer.Policy{Task: round.TaskData}})
	require.ErrorContains(t, err, "Submit is empty")
	_, err = trainer.NewWorker(trainer.Config{Submit: map[dataset.ID]trainer.Submissions{dataset.Mnist: nil}})
	require.ErrorContains(t, err, "Submit has no data for Mnist")
}

// revisions is what a miner has, one after the other; the last one stays.
type revisions struct {
	all   []trainer.Revision
	errs  []error
	asked int
}

func (r *revisions) Newest(context.Context, *round.Round) (trainer.Revision, error) {
	i := min(r.asked, len(r.all)-1)
	r.asked++
	return r.all[i], r.errs[i]
}

// Data that validators would refuse is never submitted: the worker says which file and row is wrong, costs nothing, and
// takes the data as soon as it was mended.
func TestDataThatIsWrongIsNotSubmitted(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	id := world.LaunchData(t, creator, nil)
	before, err := p.Rounds.Chain().Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	whole := os.DirFS(roundtest.Rows(t, 0, 10))
	gone := trainer.Directory(filepath.Join(t.TempDir(), "nowhere"))
	_, missing := gone.Newest(t.Context(), nil)
	wrong := fstest.MapFS{"data.json": {Data: []byte(`{"version": 1`)}}
	from := &revisions{
		all:  []trainer.Revision{{}, {Files: wrong}, {Files: whole}},
		errs: []error{missing, nil, nil},
	}
	cfg := mining(t, p, w, "")
	cfg.Submit[dataset.Mnist] = from
	checked := false
	cfg.Observer = func(e trainer.Event) {
		if e.Kind == trainer.EventCopied {
			now, err := p.Rounds.Chain().Balance(t.Context(), p.Wallet.PublicKey())
			checked = err == nil && now == before
		}
		w.observe(e)
	}
	start(t, cfg)
	require.Equal(t, id, w.await(t, trainer.EventSubmitted).RoundID)
	require.True(t, checked, "nothing was paid for until the data was right")
	failed := w.find(trainer.EventFailed)
	require.Len(t, failed, 2)
	require.ErrorIs(t, failed[0].Err, os.ErrNotExist)
	var invalid *submission.Invalid
	require.ErrorAs(t, failed[1].Err, &invalid)
	require.Equal(t, submission.ManifestFile, invalid.File)
	for _, e := range failed {
		require.NotZero(t, e.Retry)
	}
}

// One round by hand: the copy is published before Train returns.
func TestSubmittingToADataRoundByHand(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	id := world.LaunchOpenData(t, creator, nil)
	world.Prevalidate(t, id, 1000, 3)
	dir, copied := roundtest.Rows(t, 0, 10), roundtest.Rows(t, 0, 10)
	for _, tools := range []string{".git", ".cache"} { // as in a clone
		require.NoError(t, os.MkdirAll(filepath.Join(dir, tools, "objects"), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".gitattributes"), []byte("*.png filter=lfs"), 0o600))
	worker, err := trainer.NewWorker(mining(t, p, w, dir))
	require.NoError(t, err)
	require.NoError(t, worker.Train(t.Context(), id))
	requireSubmitted(t, creator, p, id, copied)
	require.ErrorContains(t, worker.Train(t.Context(), id), "submitted already")
	require.Len(t, w.find(trainer.EventCopied), 1)

	heads := world.Launch(t, creator)
	world.Prevalidate(t, heads, 1000, 3)
	require.ErrorContains(t, worker.Train(t.Context(), heads), "no private data for Mnist")
}

// Data that names another wallet would score 0: it is not submitted until it names this one.
func TestDataOfAnotherWalletIsNotSubmitted(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	dir := roundtest.Rows(t, 0, 10)
	manifest := filepath.Join(dir, submission.ManifestFile)
	before, err := os.ReadFile(manifest)
	require.NoError(t, err)
	names := func(wallet solana.PublicKey) {
		said := strings.Replace(string(before), `"version"`, `"trainer": "`+wallet.String()+`", "version"`, 1)
		require.NoError(t, os.WriteFile(manifest, []byte(said), 0o600))
	}
	names(creator.Wallet.PublicKey())
	id := world.LaunchData(t, creator, nil)
	start(t, mining(t, p, w, dir))
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "names the trainer")
	require.Empty(t, w.find(trainer.EventSubmitted))
	names(p.Wallet.PublicKey())
	require.Equal(t, id, w.await(t, trainer.EventSubmitted).RoundID)
}
