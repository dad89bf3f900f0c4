package validator_test

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// bench is a round with one running validator, and two judges who complete the
// quorum by hand.
type bench struct {
	*roundtest.World
	t       *testing.T
	id      uint64
	creator roundtest.Player
	judge   roundtest.Player
	events  chan validator.Event
	base    uint32
	stop    func() // the validator that [judging] has started

	patience time.Duration // how long to wait for an event; default: a minute
}

// judging starts a validator and waits for its score of the base head.
func judging(t *testing.T) *bench {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	b.id = world.Launch(t, b.creator, roundtest.Quorum(1))
	b.stop = b.start()
	b.base = b.await(validator.EventBase).Score.Accuracy
	return b
}

// config configures a validator whose events the bench collects.
func (b *bench) config(change ...func(*validator.Config)) validator.Config {
	test, _ := roundtest.Digits(b.t)
	cfg := validator.Config{
		Rounds: b.judge.Rounds, Store: b.judge.Store, Poll: 10 * time.Millisecond, Locks: b.t.TempDir(),
		Data:     map[dataset.ID]dataset.Dataset{dataset.Mnist: test},
		Observer: func(e validator.Event) { b.events <- e },
	}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

func (b *bench) start(change ...func(*validator.Config)) (stop func()) {
	w, err := validator.NewWorker(b.config(change...))
	require.NoError(b.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); require.NoError(b.t, <-done) })
	b.t.Cleanup(stop)
	return stop
}

// await drops events until one of a kind comes.
func (b *bench) await(kind validator.EventKind) validator.Event {
	b.t.Helper()
	timeout := time.After(max(b.patience, time.Minute))
	for {
		select {
		case e := <-b.events:
			if e.Kind == kind {
				return e
			}
		case <-timeout:
			b.t.Fatalf("no event %q", kind)
		}
	}
}

// submit has a new trainer submit a head under the text of a CID.
func (b *bench) submit(name, cid string) solana.PublicKey {
	b.t.Helper()
	return b.submitAs(b.Player(b.t, name), cid)
}

func (b *bench) submitAs(p roundtest.Player, cid string) solana.PublicKey {
	b.t.Helper()
	_, err := p.Rounds.CreateTrainerProfile(b.t.Context())
	require.NoError(b.t, err)
	_, err = p.Rounds.SubmitGradient(b.t.Context(), b.id, cid)
	require.NoError(b.t, err)
	return p.Wallet.PublicKey()
}

// publish puts a gradient package into the shared directory.
func (b *bench) publish(head packagefmt.Network) string {
	b.t.Helper()
	dir := filepath.Join(b.t.TempDir(), "gradient")
	require.NoError(b.t, packagefmt.WriteGradient(dir, head, roundtest.Package()))
	return b.publishDir(dir)
}

func (b *bench) publishDir(dir string) string {
	b.t.Helper()
	root, err := b.creator.Store.Add(b.t.Context(), os.DirFS(dir))
	require.NoError(b.t, err)
	_, err = b.creator.Store.Push(b.t.Context(), root)
	require.NoError(b.t, err)
	return root.String()
}

// trained is an honest head.
func (b *bench) trained(seed uint64) packagefmt.Network {
	b.t.Helper()
	_, train := roundtest.Digits(b.t)
	x, y, err := roundtest.Package().Embed(b.t.Context(), train)
	require.NoError(b.t, err)
	head, _, err := fit.Train(b.t.Context(), roundtest.Package().Head, x, y, fit.Options{Epochs: 10, LearningRate: 0.01, Seed: seed})
	require.NoError(b.t, err)
	return head
}

// changed is a head with every weight put through f.
func changed(head packagefmt.Network, f func(float32) float32) packagefmt.Network {
	out := packagefmt.Network{Layers: head.Layers, Weights: maps.Clone(head.Weights)}
	for name, w := range out.Weights {
		data := slices.Clone(w.Data)
		for i, v := range data {
			data[i] = f(v)
		}
		out.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
	}
	return out
}

func TestWorkerScoresHonestWorkAboveEveryAttack(t *testing.T) {
	b := judging(t)
	base := roundtest.Package().Head
	honest := b.trained(1)

	b.submit("honest", b.publish(honest))
	score := b.await(validator.EventGradient).Score
	require.Equal(t, validator.Scored, score.Verdict)
	require.Greater(t, score.Accuracy, b.base)

	for name, head := range map[string]packagefmt.Network{
		"replays the base head": base,
		"copies another's":      honest,
		"copies with noise":     changed(honest, func(v float32) float32 { return v * (1 + 5e-7) }),
	} {
		b.submit(name, b.publish(head))
		got := b.await(validator.EventGradient).Score
		require.Equal(t, validator.Copy, got.Verdict, name)
		require.Equal(t, b.base, got.Accuracy, name)
	}
	for name, head := range map[string]packagefmt.Network{
		"flips the signs": changed(honest, func(v float32) float32 { return -v }),
		"zeros":           changed(honest, func(float32) float32 { return 0 }),
	} {
		b.submit(name, b.publish(head))
		require.Less(t, b.await(validator.EventGradient).Score.Accuracy, score.Accuracy, name)
	}
	for name, spoil := range map[string]func(dir string){
		"NaN bomb":        func(dir string) { poison(t, dir, float32(math.NaN())) },
		"infinite weight": func(dir string) { poison(t, dir, float32(math.Inf(1))) },
		"no weights":      func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, packagefmt.HeadFile))) },
		"truncated":       func(dir string) { require.NoError(t, os.Truncate(filepath.Join(dir, packagefmt.HeadFile), 100)) },
		"junk beside the head": func(dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "junk"), make([]byte, 8<<20), 0o600))
		},
		"not JSON": func(dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, packagefmt.ConfigFile), []byte("<html>"), 0o600))
		},
	} {
		dir := filepath.Join(t.TempDir(), "gradient")
		require.NoError(t, packagefmt.WriteGradient(dir, honest, roundtest.Package()))
		spoil(dir)
		b.submit(name, b.publishDir(dir))
		got := b.await(validator.EventGradient).Score
		require.Equal(t, validator.Invalid, got.Verdict, name)
		require.Zero(t, got.Accuracy, name)
		require.NotEmpty(t, got.Reason, name)
	}
}

// poison overwrites the last weight of a gradient package's head.
func poison(t *testing.T, dir string, with float32) {
	t.Helper()
	path := filepath.Join(dir, packagefmt.HeadFile)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	bits := math.Float32bits(with)
	for i := range 4 {
		data[len(data)-4+i] = byte(bits >> (8 * i))
	}
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

func TestGradientThatIsNotACIDScoresZero(t *testing.T) {
	b := judging(t)
	trainer := b.submit("vandal", "../../../../etc/passwd-and-so-on-until-it-is-46-chars-long")
	got := b.await(validator.EventGradient)
	require.Equal(t, trainer, got.Trainer)
	require.Equal(t, validator.Invalid, got.Score.Verdict)
	require.Zero(t, got.Score.Accuracy)
}

func TestUnavailableGradientDelaysOthersForGraceOnly(t *testing.T) {
	b := judging(t)
	before := b.submit("before", b.publish(b.trained(1)))
	require.Equal(t, before, b.await(validator.EventGradient).Trainer)
	ghost := b.submit("ghost", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	failed := b.await(validator.EventFailed)
	require.ErrorIs(t, failed.Err, storage.ErrNotFound)
	require.Equal(t, ghost, failed.Trainer)
	require.Positive(t, failed.Retry, "it is looked for again")

	after := b.submit("after", b.publish(b.trained(2)))
	waiting := b.await(validator.EventFailed)
	for waiting.Trainer != after {
		waiting = b.await(validator.EventFailed)
	}
	require.ErrorContains(t, waiting.Err, "waiting for the earlier gradient of "+ghost.String())
	b.Net.Warp(validator.Grace + time.Second)
	require.Equal(t, after, b.await(validator.EventGradient).Trainer)
}

func TestCopyOfAGradientThatCouldNotBeFetchedAtFirst(t *testing.T) {
	b := judging(t)
	root := b.publish(b.trained(1))
	car := filepath.Join(b.Dir, "cars", root+".car")
	require.NoError(t, os.Rename(car, car+".hidden"))
	first := b.submit("first", root)
	require.Equal(t, first, b.await(validator.EventFailed).Trainer)
	noisy := b.publish(changed(b.trained(1), func(v float32) float32 { return v * (1 + 5e-7) }))
	thief := b.submit("thief", noisy)
	require.NoError(t, os.Rename(car+".hidden", car))

	verdicts := map[solana.PublicKey]validator.Verdict{}
	for range 2 {
		e := b.await(validator.EventGradient)
		verdicts[e.Trainer] = e.Score.Verdict
	}
	require.Equal(t, map[solana.PublicKey]validator.Verdict{first: validator.Scored, thief: validator.Copy}, verdicts)
}

func TestGradientWithAFlippedBlockIsNotScored(t *testing.T) {
	b := judging(t)
	root := b.publish(b.trained(1))
	car := filepath.Join(b.Dir, "cars", root+".car")
	data, err := os.ReadFile(car)
	require.NoError(t, err)
	data[len(data)/2] ^= 1
	require.NoError(t, os.WriteFile(car, data, 0o600))
	b.submit("unlucky", root)

	failed := b.await(validator.EventFailed)
	require.ErrorIs(t, failed.Err, storage.ErrCorrupt)
	require.ErrorContains(t, failed.Err, root)
	gradients, err := b.judge.Rounds.Gradients(t.Context(), b.id)
	require.NoError(t, err)
	require.Empty(t, gradients[0].Scores)
}

func TestModelThatIsBroken(t *testing.T) {
	world := roundtest.New(t)
	creator, judge := world.Player(t, "creator"), world.Player(t, "judge")
	b := &bench{World: world, t: t, creator: creator, judge: judge, events: make(chan validator.Event, 1000)}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, packagefmt.ConfigFile), []byte(`{"layers":[{"type":"Mystery"}]}`), 0o600))
	root := b.publishDir(dir)
	_, _, err := creator.Rounds.CreateRound(t.Context(), round.Spec{ModelCID: root, Dataset: round.Dataset(dataset.Mnist), Reward: 1e9})
	require.NoError(t, err)
	b.start()

	failed := b.await(validator.EventFailed)
	require.ErrorContains(t, failed.Err, root)
	require.Zero(t, failed.Retry, "no repetition mends it")
}

func TestModelThatTakesTooLongToCheck(t *testing.T) {
	world := roundtest.New(t)
	creator, judge := world.Player(t, "creator"), world.Player(t, "judge")
	id := world.Launch(t, creator)
	test, _ := roundtest.Digits(t)
	w, err := validator.NewWorker(validator.Config{Rounds: judge.Rounds, Store: judge.Store, CheckTimeout: time.Nanosecond,
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: test}})
	require.NoError(t, err)
	err = w.Validate(t.Context(), id)
	require.ErrorAs(t, err, new(*round.RefusedError))
	require.ErrorContains(t, err, "raise Config.CheckTimeout")
}

// otherClasses is a test split whose labels are something else than digits.
type otherClasses struct{ dataset.Dataset }

func (otherClasses) ClassNames() []string { return []string{"cat", "dog"} }

func TestTestSplitOfOtherClassesIsNotScoredOn(t *testing.T) {
	world := roundtest.New(t)
	creator, judge := world.Player(t, "creator"), world.Player(t, "judge")
	id := world.Launch(t, creator)
	test, _ := roundtest.Digits(t)
	w, err := validator.NewWorker(validator.Config{Rounds: judge.Rounds, Store: judge.Store,
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: otherClasses{test}}})
	require.NoError(t, err)
	err = w.Validate(t.Context(), id)
	require.ErrorIs(t, err, dataset.ErrClass)
	require.ErrorContains(t, err, "cat")
	r, err := judge.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	require.Zero(t, r.Validations)
}

func TestModelWhoseEmbeddingsLie(t *testing.T) {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	lie := *roundtest.Package()
	lie.Embeddings.Data = slices.Clone(lie.Embeddings.Data)
	slices.Reverse(lie.Embeddings.Data)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, lie.Write(dir))
	root := b.publishDir(dir)
	id, _, err := b.creator.Rounds.CreateRound(t.Context(), round.Spec{ModelCID: root, Dataset: round.Dataset(dataset.Mnist), Reward: 1e9})
	require.NoError(t, err)
	b.start()

	failed := b.await(validator.EventFailed)
	require.ErrorContains(t, failed.Err, root)
	require.ErrorContains(t, failed.Err, "not those of this test split")
	require.Zero(t, failed.Retry)
	r, err := b.judge.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	require.Zero(t, r.Validations, "nobody scores it")
}

func TestWorkerThatIsStartedAgainScoresAndClaimsOnce(t *testing.T) {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	b.id = world.Launch(t, b.creator, roundtest.Quorum(1))
	stop := b.start()
	b.await(validator.EventBase)
	stop()
	stop = b.start()
	trainer := b.submit("honest", b.publish(b.trained(1)))
	require.Equal(t, trainer, b.await(validator.EventGradient).Trainer)
	stop()
	_, err := b.creator.Rounds.FinalizeRound(t.Context(), b.id)
	require.NoError(t, err)

	stop = b.start()
	first, second := b.await(validator.EventClaimed), b.await(validator.EventClaimed)
	require.NotEqual(t, first.Trainer, second.Trainer)
	require.EqualValues(t, 49_000_000, first.Lamports, "half of the validators' 10 %, less 2 %")
	stop()
	vault, err := b.judge.Rounds.Vault(t.Context(), b.id)
	require.NoError(t, err)
	require.EqualValues(t, 2, vault.ValidatorClaims)
	r, err := b.judge.Rounds.Round(t.Context(), b.id)
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Validations)
}

func TestCommitRevealRound(t *testing.T) {
	b, _ := committed(t)
	world := b.World
	r, err := b.judge.Rounds.Round(t.Context(), b.id)
	require.NoError(t, err)
	require.Zero(t, r.Prevalidations, "nobody sees the score yet")
	world.Net.Warp(time.Minute)
	b.await(validator.EventRevealed)
	world.Net.Warp(time.Minute)

	trainer := b.submit("honest", b.publish(b.trained(1)))
	score := b.await(validator.EventGradient)
	require.Equal(t, trainer, score.Trainer)
	world.Net.Warp(time.Minute)
	require.Equal(t, trainer, b.await(validator.EventRevealed).Trainer)
	world.Net.Warp(time.Minute)
	g, err := b.judge.Rounds.Gradient(t.Context(), b.id, trainer)
	require.NoError(t, err)
	require.Equal(t, score.Score.Accuracy, g.Consensus)

	_, err = b.creator.Rounds.FinalizeRound(t.Context(), b.id)
	require.NoError(t, err)
	b.await(validator.EventClaimed)
	b.await(validator.EventClaimed)
}

// committed starts a commit-reveal round and waits for the commitment to the base
// head; stop stops the validator.
func committed(t *testing.T, change ...func(*validator.Config)) (b *bench, stop func()) {
	world := roundtest.New(t)
	b = &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	b.id = world.Launch(t, b.creator, roundtest.Quorum(1), func(o *round.Options) { o.CommitReveal, o.CommitWindow = true, time.Minute })
	stop = b.start(change...)
	require.True(t, b.await(validator.EventBase).Committed)
	return b, stop
}

func TestCommitmentOfAnEndedRoundIsClosed(t *testing.T) {
	b, stop := committed(t)
	stop()
	b.Net.Warp(13 * time.Hour)
	_, err := b.creator.Rounds.ForceFinalize(t.Context(), b.id)
	require.NoError(t, err)
	b.start()
	require.Eventually(t, func() bool {
		_, err := b.judge.Rounds.Commitment(t.Context(), b.id, round.BaseModel, b.judge.Wallet.PublicKey())
		return errors.Is(err, chain.ErrNotFound)
	}, time.Minute, time.Millisecond)
}

func TestNoClaimStillReveals(t *testing.T) {
	b, _ := committed(t, func(c *validator.Config) { c.NoClaim = true })
	b.Net.Warp(time.Minute)
	b.await(validator.EventRevealed)
}

func TestRentComesBackADayLater(t *testing.T) {
	b := judging(t)
	trainer := b.submit("honest", b.publish(b.trained(1)))
	b.await(validator.EventGradient)
	_, err := b.creator.Rounds.FinalizeRound(t.Context(), b.id)
	require.NoError(t, err)
	b.await(validator.EventClaimed)
	b.await(validator.EventClaimed)
	b.Net.Warp(25 * time.Hour)
	stop := b.start() // which looks at once for what can be closed
	defer stop()
	require.Eventually(t, func() bool {
		_, pre := b.judge.Rounds.PreValidation(t.Context(), b.id, b.judge.Wallet.PublicKey())
		_, post := b.judge.Rounds.PostValidation(t.Context(), b.id, trainer, b.judge.Wallet.PublicKey())
		return errors.Is(pre, chain.ErrNotFound) && errors.Is(post, chain.ErrNotFound)
	}, time.Minute, time.Millisecond)
}

func TestPackageAboutAnotherDataSet(t *testing.T) {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, roundtest.Package().Write(dir))
	_, _, err := b.creator.Rounds.CreateRound(t.Context(), round.Spec{ModelCID: b.publishDir(dir), Dataset: round.Dataset(dataset.Cifar10), Reward: 1e9})
	require.NoError(t, err)
	test, _ := roundtest.Digits(t)
	w, err := validator.NewWorker(validator.Config{Rounds: b.judge.Rounds, Store: b.judge.Store, Data: map[dataset.ID]dataset.Dataset{dataset.Cifar10: test}})
	require.NoError(t, err)
	err = w.Validate(t.Context(), 0)
	require.ErrorAs(t, err, new(*round.RefusedError))
	require.ErrorContains(t, err, "it is about Cifar10, its package about Mnist")
}

func TestWorkerWithTooSmallAStake(t *testing.T) {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	world.Launch(t, b.creator, func(o *round.Options) { o.MinValidatorStake = 1_000_000_000 })
	b.start()
	require.ErrorContains(t, b.await(validator.EventRefused).Err, "stake of 1 SOL")
}

func TestConfigNamesWhatIsMissing(t *testing.T) {
	_, err := validator.NewWorker(validator.Config{Parallel: -1})
	for _, want := range []string{"Rounds is nil", "Store is nil", "Data is empty", "must not be negative"} {
		require.ErrorContains(t, err, want)
	}
}

// noRunner is a runner that never gets an encoder: that of the tests' package is of layers.
type noRunner struct{ packagefmt.Runner }

func (noRunner) Speedup() float64 { return 1 }

func TestWorkerTellsWhereAnEncoderRuns(t *testing.T) {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	id := world.Launch(t, b.creator, roundtest.Quorum(1))
	b.start(func(c *validator.Config) { c.Runner = noRunner{} })
	told := b.await(validator.EventEmbedding)
	require.Equal(t, id, told.RoundID)
	require.ErrorContains(t, told.Ran.Why, "of layers")
	require.Contains(t, told.LogValue().String(), "encoder on decloud's own engine")
	b.await(validator.EventBase)
}
