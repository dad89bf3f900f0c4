package validator

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// candidate is a submission of known quality: so many digits, of which a share has a wrong label, any of the other nine.
type candidate struct {
	rows  int
	wrong float64
}

// candidates are in the order of their quality: each has as many wrong labels as the one before it and fewer rows, or as many
// rows and more wrong labels. With nine tenths wrong, labels say nothing.
var candidates = []candidate{{600, 0}, {300, 0}, {300, 0.2}, {150, 0.2}, {150, 0.45}, {75, 0.45}, {75, 0.7}, {75, 0.9}}

// Contests of submissions of known quality are scored in the order of that quality: Spearman's rank correlation is at least 0.9
// for 95 % of the seeds, each of which draws other digits and other wrong labels. DECLOUD_SEEDS says how many.
func TestOrderingsAreHonest(t *testing.T) {
	seeds := 1
	if v, err := strconv.Atoi(os.Getenv("DECLOUD_SEEDS")); err == nil {
		seeds = v
	}
	p, sets := dataRound(t, func(task *packagefmt.Task) {
		task.Schema.Kind = datasub.Values // a file instead of thousands
		task.Rows = packagefmt.TaskRows{Min: 10, Max: 600, Bytes: 1 << 22}
		task.Training = packagefmt.TaskTraining{Epochs: 10, BatchSize: 32, LearningRate: 2e-3, Optimizer: "adam", Schedule: "linear", Seed: 7}
		task.Metric = packagefmt.MetricLoss
	})
	honest, least, sum := 0, 1.0, 0.0
	for seed := range seeds {
		r := contestOf(t, p, sets, uint64(seed))
		if r >= 0.9 {
			honest++
		}
		least, sum = min(least, r), sum+r
		t.Logf("seed %d: %.3f", seed, r)
	}
	t.Logf("%d of %d seeds at 0.9 or more; mean %.3f, least %.3f", honest, seeds, sum/float64(seeds), least)
	require.GreaterOrEqual(t, float64(honest), 0.95*float64(seeds))
}

// contestOf is the rank correlation of quality and score.
func contestOf(t *testing.T, p *packagefmt.Package, sets dataset.Sets, seed uint64) float64 {
	t.Helper()
	judge, err := NewDataJudge(t.Context(), DataConfig{Package: p, Test: sets.Test})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(seed, 5))
	order, taken := rng.Perm(sets.Train.Len()-100), 0 // the base knows the first 100
	var quality, score []float64
	for i, c := range candidates {
		rows := mislabelled(t, sets.Train, order[taken:taken+c.rows], c.wrong, rng)
		taken += c.rows
		schema, err := p.Submission()
		require.NoError(t, err)
		dir := t.TempDir() + "/data"
		_, err = datasub.Build(dir, rows, schema, datasub.About{})
		require.NoError(t, err)
		s, err := judge.Score(t.Context(), DataSubmission{CID: strconv.Itoa(i), Trainer: strconv.Itoa(i), Files: os.DirFS(dir)})
		require.NoError(t, err)
		require.Equal(t, Scored, s.Verdict, s.Reason)
		quality, score = append(quality, float64(-i)), append(score, float64(s.Accuracy))
	}
	return spearman(quality, score)
}

// mislabelled are the digits at some places, a share of them with a wrong label.
func mislabelled(t *testing.T, ds dataset.Dataset, at []int, wrong float64, rng *rand.Rand) *dataset.Memory {
	t.Helper()
	x, y := make([]float32, 784*len(at)), make([]int, len(at))
	for i, place := range at {
		var err error
		y[i], err = ds.Sample(100+place, x[784*i:784*(i+1)])
		require.NoError(t, err)
		if float64(i) < wrong*float64(len(at)) { // their order is random
			y[i] = (y[i] + 1 + rng.IntN(9)) % 10
		}
	}
	m, err := dataset.New([]int{1, 28, 28}, 10, x, y)
	require.NoError(t, err)
	return m
}

// spearman is the correlation of ranks; equal values share the mean of theirs.
func spearman(a, b []float64) float64 {
	ra, rb := ranks(a), ranks(b)
	mean := float64(len(a)+1) / 2
	var ab, aa, bb float64
	for i := range ra {
		da, db := ra[i]-mean, rb[i]-mean
		ab, aa, bb = ab+da*db, aa+da*da, bb+db*db
	}
	return ab / math.Sqrt(aa*bb)
}

func ranks(v []float64) []float64 {
	sorted, out := slices.Sorted(slices.Values(v)), make([]float64, len(v))
	for i, x := range v {
		first, _ := slices.BinarySearch(sorted, x)
		last := first
		for last+1 < len(sorted) && sorted[last+1] == x {
			last++
		}
		out[i] = float64(first+last)/2 + 1
	}
	return out
}

func TestSpearman(t *testing.T) {
	require.InDelta(t, 1, spearman([]float64{1, 2, 3, 9}, []float64{10, 20, 30, 31}), 1e-12)
	require.InDelta(t, -1, spearman([]float64{1, 2, 3}, []float64{3, 2, 1}), 1e-12)
	require.InDelta(t, 0.8, spearman([]float64{1, 2, 3, 4}, []float64{1, 2, 4, 3}), 1e-12)
	require.InDelta(t, 0.9486832980505138, spearman([]float64{1, 2, 3, 4}, []float64{1, 2, 2, 4}), 1e-12)
}
