package validator

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
)

// dataRound is a data round of digits, whose base was trained on 100 of them.
func dataRound(t testing.TB, change func(*packagefmt.Task)) (*packagefmt.Package, dataset.Sets) {
	t.Helper()
	model, err := packagefmt.OpenPyTorch("../examples/launch/model/mnist.pt", packagefmt.PyTorchOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	task := &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: datasub.Pictures}, Rows: packagefmt.TaskRows{Min: 10, Max: 300, Bytes: 1 << 20},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 8, Alpha: 16, Targets: []string{"encoder.layers.1", "head"}},
		Training: packagefmt.TaskTraining{Epochs: 5, BatchSize: 32, LearningRate: 2e-3, Optimizer: "adam", Schedule: "linear", Seed: 7},
		Metric:   packagefmt.MetricAccuracy,
	}
	if change != nil {
		change(task)
	}
	p, _, err := packagefmt.Build(t.Context(), model, sets.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Preprocessing: packagefmt.Preprocessing{Mean: []float32{0.1307}, Std: []float32{0.3081}}, Task: task, Limit: 300,
	})
	require.NoError(t, err)
	return p, sets
}

// rowsFrom are samples of a set from a place on; change may spoil them.
func rowsFrom(t testing.TB, ds dataset.Dataset, from, n int, change func(i int, x []float32, y int) int) *dataset.Memory {
	t.Helper()
	x, y := make([]float32, 784*n), make([]int, n)
	for i := range n {
		var err error
		if y[i], err = ds.Sample(from+i, x[784*i:784*(i+1)]); err != nil {
			require.NoError(t, err)
		}
		if change != nil {
			y[i] = change(i, x[784*i:784*(i+1)], y[i])
		}
	}
	m, err := dataset.New([]int{1, 28, 28}, 10, x, y)
	require.NoError(t, err)
	return m
}

// submitted is a set as its trainer submits it.
func submitted(t testing.TB, p *packagefmt.Package, name string, rows dataset.Described) DataSubmission {
	t.Helper()
	schema, err := p.Submission()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "data")
	_, err = datasub.Build(dir, rows, schema, datasub.About{})
	require.NoError(t, err)
	return DataSubmission{CID: name, Trainer: name, Files: os.DirFS(dir)}
}

// joined are two sets, one behind the other.
func joined(t testing.TB, a, b *dataset.Memory) *dataset.Memory {
	t.Helper()
	x, y := make([]float32, 784*(a.Len()+b.Len())), make([]int, a.Len()+b.Len())
	for i := range y {
		ds, k := a, i
		if i >= a.Len() {
			ds, k = b, i-a.Len()
		}
		var err error
		y[i], err = ds.Sample(k, x[784*i:784*(i+1)])
		require.NoError(t, err)
	}
	m, err := dataset.New([]int{1, 28, 28}, 10, x, y)
	require.NoError(t, err)
	return m
}

// The order is the honest one: clean data teaches most, copies and the test's rows earn
// nothing.
func TestDataJudgeOrdersSubmissionsHonestly(t *testing.T) {
	p, sets := dataRound(t, nil)
	judge, err := NewDataJudge(t.Context(), DataConfig{Package: p, Test: sets.Test, Threads: 1})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	clean := rowsFrom(t, sets.Train, 200, 300, nil)
	flipped := rowsFrom(t, sets.Train, 800, 300, func(i int, _ []float32, y int) int { return (y + 3*(i%3)) % 10 })
	noise := rowsFrom(t, sets.Train, 1200, 300, func(_ int, x []float32, y int) int {
		for i := range x {
			x[i] = float32(rng.IntN(256)) / 255
		}
		return rng.IntN(10)
	})
	score := func(name string, rows dataset.Described) Score {
		s, err := judge.Score(t.Context(), submitted(t, p, name, rows))
		require.NoError(t, err)
		t.Logf("%s: %+v", name, s)
		return s
	}
	best := score("clean", clean)
	require.Equal(t, Scored, best.Verdict)
	require.Greater(t, best.Accuracy, judge.Base()+200)
	steps := 0
	adapter, same, err := judge.Adapter(t.Context(), submitted(t, p, "clean", clean), func(done, _ int) { steps = done })
	require.NoError(t, err)
	require.Equal(t, best, same)
	require.Equal(t, p.Config.Task.Steps(), steps)
	dir := t.TempDir()
	require.NoError(t, adapter.Write(dir))
	written, err := lora.Read(os.DirFS(dir), judge.model)
	require.NoError(t, err)
	learned, err := judge.measure(t.Context(), &written)
	require.NoError(t, err)
	require.Equal(t, best.Accuracy, learned)
	merged, err := adapter.MergePackage(t.Context(), p, sets.Test)
	require.NoError(t, err)
	require.NoError(t, merged.CheckEmbeddings(t.Context(), sets.Test))
	next, err := NewDataJudge(t.Context(), DataConfig{Package: merged, Test: sets.Test})
	require.NoError(t, err)
	require.Equal(t, best.Accuracy, next.Base(), "what was learned is the base")

	wrong := score("a third wrong", flipped)
	require.Less(t, wrong.Accuracy, best.Accuracy)
	if testing.Short() {
		return // the others take a training each
	}
	require.Less(t, score("off-topic", noise).Accuracy, best.Accuracy)

	changed := joined(t, rowsFrom(t, sets.Train, 200, 200, nil), rowsFrom(t, sets.Train, 1600, 100, nil))
	copied := score("a copy with some rows changed", changed)
	require.Equal(t, Copy, copied.Verdict)
	require.Equal(t, judge.Base(), copied.Accuracy)
	require.Contains(t, copied.Reason, "rows are those of others, 200 of clean")

	again, err := judge.Score(t.Context(), DataSubmission{CID: "again", Trainer: "clean", Files: submitted(t, p, "x", clean).Files})
	require.NoError(t, err)
	require.Equal(t, best, again, "one's own rows are no copy, and teach the same")

	_, worth, err := judge.Adapter(t.Context(), submitted(t, p, "the test", rowsFrom(t, sets.Test, 0, 300, nil)), nil)
	require.NoError(t, err)
	require.Equal(t, Invalid, worth.Verdict)
	leak := score("the test", rowsFrom(t, sets.Test, 0, 300, nil))
	require.Equal(t, Score{Verdict: Invalid, Reason: "300 of 300 rows are near the test's"}, leak)
	few := joined(t, rowsFrom(t, sets.Train, 1720, 280, nil), rowsFrom(t, sets.Test, 0, 20, nil))
	rows, worthless, err := judge.read(t.Context(), submitted(t, p, "20 rows of the test", few))
	require.NoError(t, err)
	require.Nil(t, worthless, "they are left out")
	require.LessOrEqual(t, len(rows.y), 280)
	require.Equal(t, len(rows.y), rows.x.Shape[0])
	require.Len(t, rows.x.Data, 784*len(rows.y))
	jittered := func(by float64) *Score {
		set := rowsFrom(t, sets.Test, 0, 300, func(_ int, x []float32, y int) int {
			for i := range x {
				x[i] = min(max(x[i]+float32(by*rng.NormFloat64()), 0), 1)
			}
			return y
		})
		_, worthless, err := judge.read(t.Context(), submitted(t, p, "jittered", set))
		require.NoError(t, err)
		return worthless
	}
	require.NotNil(t, jittered(0.02), "this encoder sees through a little")
	require.Nil(t, jittered(0.5), "more gets away: only a holdout helps")
}

// What a miner does wrong scores 0, and what the disk does wrong is no score.
func TestDataJudgeTellsWhoseFaultItIs(t *testing.T) {
	p, sets := dataRound(t, func(task *packagefmt.Task) { task.Training.LearningRate, task.Training.Optimizer = 10, "sgd" })
	judge, err := NewDataJudge(t.Context(), DataConfig{Package: p, Test: sets.Test})
	require.NoError(t, err)
	broken, err := judge.Score(t.Context(), DataSubmission{CID: "a", Trainer: "a", Files: fstest.MapFS{"x": &fstest.MapFile{}}})
	require.NoError(t, err)
	require.Equal(t, Invalid, broken.Verdict)
	require.Equal(t, uint32(0), broken.Accuracy)

	files := submitted(t, p, "b", rowsFrom(t, sets.Train, 0, 20, func(_ int, x []float32, y int) int {
		for i := range x {
			x[i] = 1e30
		}
		return y
	})).Files
	diverged, err := judge.Score(t.Context(), DataSubmission{CID: "b", Trainer: "b", Files: files})
	require.NoError(t, err)
	require.Equal(t, Invalid, diverged.Verdict)
	require.Contains(t, diverged.Reason, "finite")

	disk := errors.New("input/output error")
	_, err = judge.Score(t.Context(), DataSubmission{CID: "c", Trainer: "c", Files: failing{files, disk}})
	require.ErrorIs(t, err, disk)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = judge.Score(stopped, DataSubmission{CID: "d", Trainer: "b", Files: files})
	require.ErrorIs(t, err, context.Canceled)
}

// failing fails at data.json.
type failing struct {
	fs.FS
	err error
}

func (f failing) Open(name string) (fs.File, error) {
	if name == datasub.ManifestFile {
		return nil, f.err
	}
	return f.FS.Open(name)
}

func TestDataJudgeNeedsRoomAndTime(t *testing.T) {
	p, sets := dataRound(t, nil)
	for _, cfg := range []DataConfig{{MaxBytes: 1 << 20}, {MaxMultiplyAdds: 1e6}} {
		cfg.Package, cfg.Test = p, sets.Test
		_, err := NewDataJudge(t.Context(), cfg)
		require.ErrorIs(t, err, ErrBudget)
	}
	few, err := dataset.Subset(sets.Test, []int{0, 1})
	require.NoError(t, err)
	_, err = NewDataJudge(t.Context(), DataConfig{Package: p, Test: few})
	require.ErrorIs(t, err, ErrTest)
	p.Config.Task = nil
	_, err = NewDataJudge(t.Context(), DataConfig{Package: p, Test: sets.Test})
	require.ErrorIs(t, err, packagefmt.ErrUnsupported)
	// An adapter of a high rank costs more than its model.
	p, sets = dataRound(t, func(task *packagefmt.Task) { task.Adapter.Rank, task.Training.BatchSize = 256, 4096 })
	_, err = NewDataJudge(t.Context(), DataConfig{Package: p, Test: sets.Test, MaxMultiplyAdds: 2e10})
	require.ErrorIs(t, err, ErrBudget)
}

// Rows of earlier rounds belong to whom they did, and an unchanged submission is not trained on
// again.
func TestDataJudgeRemembers(t *testing.T) {
	p, sets := dataRound(t, func(task *packagefmt.Task) { task.Metric = packagefmt.MetricLoss; task.Training.Epochs = 2 })
	cache := filepath.Join(t.TempDir(), "scores")
	cfg := DataConfig{Package: p, Test: sets.Test, Cache: cache}
	ann := submitted(t, p, "ann", rowsFrom(t, sets.Train, 200, 100, nil))
	first, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	want, err := first.Score(t.Context(), ann)
	require.NoError(t, err)
	require.Greater(t, want.Accuracy, first.Base(), "in inverse perplexity")
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	next, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, next.Earlier(t.Context(), ann))
	bob := ann
	bob.Trainer, bob.CID = "bob", "bob"
	got, err := next.Score(t.Context(), bob)
	require.NoError(t, err)
	require.Equal(t, Copy, got.Verdict)
	got, err = next.Score(t.Context(), ann)
	require.NoError(t, err)
	require.Equal(t, want, got)

	name := filepath.Join(cache, entries[0].Name())
	require.NoError(t, os.WriteFile(name, []byte(`{"Accuracy": 1234}`), 0o600))
	got, err = next.Score(t.Context(), ann)
	require.NoError(t, err)
	require.Equal(t, uint32(1234), got.Accuracy, "it is read from there")
	require.NoError(t, os.WriteFile(name, []byte(`{"Accuracy": 12345}`), 0o600))
	got, err = next.Score(t.Context(), ann)
	require.NoError(t, err)
	require.Equal(t, want, got, "what is broken is computed again")
}

// With the key of a sealed test that is scored on, and rows of the public one may be trained on; what is no test of the same
// kind counts for nothing.
func TestDataJudgeOnASealedTest(t *testing.T) {
	p, sets := dataRound(t, func(task *packagefmt.Task) { task.Training.Epochs = 1 })
	key := packagefmt.HoldoutKey{1, 2, 3}
	seal := func(from, n int, change func(i int, x []float32, y int) int) {
		x, y, err := p.Samples(t.Context(), rowsFrom(t, sets.Test, from, n, change), 0)
		require.NoError(t, err)
		require.NoError(t, p.SealHoldout(packagefmt.Holdout{Samples: x, Labels: y}, key))
	}
	seal(600, 200, nil)
	cfg := DataConfig{Package: p, Test: sets.Test, Cache: t.TempDir()}
	public, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	cfg.Holdout = &key
	sealed, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, sealed.Unsealed())
	require.NotEqual(t, public.Base(), sealed.Base())
	require.Len(t, sealed.y, 200)
	score := func(j *DataJudge, from int) Score {
		s, err := j.Score(t.Context(), submitted(t, p, "ann", rowsFrom(t, sets.Test, from, 200, nil)))
		require.NoError(t, err)
		return s
	}
	require.Equal(t, Invalid, score(public, 0).Verdict)
	require.Equal(t, Scored, score(sealed, 0).Verdict)
	require.Equal(t, Invalid, score(sealed, 600).Verdict)
	fromCache := score(sealed, 0)
	again, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, fromCache, score(again, 0))

	seal(600, 200, func(_ int, _ []float32, y int) int { return (y + 1) % 10 })
	odd, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	require.ErrorContains(t, odd.Unsealed(), "no test of the same kind")
	require.Equal(t, public.Base(), odd.Base())
	cfg.Holdout = &packagefmt.HoldoutKey{9}
	odd, err = NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	require.ErrorIs(t, odd.Unsealed(), packagefmt.ErrInvalid)
}
