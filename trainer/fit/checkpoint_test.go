package fit

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// roundTrip carries a checkpoint through its file format.
func roundTrip(t *testing.T, c Checkpoint) Checkpoint {
	t.Helper()
	var file bytes.Buffer
	n, err := c.WriteTo(&file)
	require.NoError(t, err)
	require.EqualValues(t, file.Len(), n)
	got, err := ReadCheckpoint(&file, n)
	require.NoError(t, err)
	return got
}

// TestResumeGivesTheSameWeights stops after every epoch and goes on from the
// file: dropout, moments, schedule, held-out part and BatchNorm included.
func TestResumeGivesTheSameWeights(t *testing.T) {
	base := head(8, 12, 3)
	base.Layers = append(base.Layers, packagefmt.Layer{Type: "BatchNorm1d", Params: map[string]any{"num_features": 3.0}})
	for name, data := range map[string][]float32{"weight": {1, 1, 1}, "bias": {0, 0, 0}, "running_mean": {0, 0, 0}, "running_var": {1, 1, 1}} {
		base.Weights["layers.4."+name] = safetensors.Tensor{Shape: []int{3}, Data: data}
	}
	x, y := clouds(101, 8, 3, 1)
	for name, opts := range map[string]Options{
		"adam": {Epochs: 4, Seed: 9, BatchSize: 16, Schedule: Cosine(0.1), HoldOut: 0.2},
		"sgd":  {Epochs: 4, Seed: 9, BatchSize: 16, Optimizer: SGD, Momentum: 0.9, LearningRate: 0.01, MaxBatches: 3},
	} {
		t.Run(name, func(t *testing.T) {
			var saved []Checkpoint
			opts.OnCheckpoint = func(c Checkpoint) error { saved = append(saved, c); return nil }
			want, wantResult, err := Train(t.Context(), base, x, y, opts)
			require.NoError(t, err)
			require.Len(t, saved, 4)
			opts.OnCheckpoint = nil
			for _, c := range saved {
				c = roundTrip(t, c)
				opts.Resume = &c
				got, result, err := Train(t.Context(), base, x, y, opts)
				require.NoError(t, err)
				require.Equal(t, want, got)
				result.Duration, wantResult.Duration = 0, 0
				require.Equal(t, wantResult, result)
			}
		})
	}
}

// TestResumeWithinAnEpoch stops after every batch but the last and goes on from the
// file.
func TestResumeWithinAnEpoch(t *testing.T) {
	base := head(8, 12, 3)
	x, y := clouds(101, 8, 3, 1)
	var clock time.Time
	opts := Options{Epochs: 3, Seed: 9, BatchSize: 16, Schedule: Cosine(0.1), HoldOut: 0.2, CheckpointEvery: time.Second,
		Now: func() time.Time { clock = clock.Add(time.Second); return clock }}
	var saved []Checkpoint
	opts.OnCheckpoint = func(c Checkpoint) error { saved = append(saved, c); return nil }
	want, wantResult, err := Train(t.Context(), base, x, y, opts)
	require.NoError(t, err)
	batches := wantResult.Steps / 3
	require.Greater(t, batches, 3)
	require.Len(t, saved, 3*batches-1)
	opts.OnCheckpoint = nil
	for i, c := range saved {
		require.Equal(t, i+1, c.Result.Steps)
		require.Len(t, c.Result.Epochs, (i+1)/batches)
		c = roundTrip(t, c)
		opts.Resume = &c
		got, result, err := Train(t.Context(), base, x, y, opts)
		require.NoError(t, err)
		require.Equal(t, want, got)
		result.Duration, wantResult.Duration = 0, 0
		require.Equal(t, wantResult, result)
	}
	other := opts
	other.Resume, other.BatchSize = &saved[1], 8
	_, _, err = Train(t.Context(), base, x, y, other)
	require.ErrorIs(t, err, ErrOptions)
	other = opts
	other.Resume, other.MaxBatches = &saved[2], 2
	_, _, err = Train(t.Context(), base, x, y, other)
	require.ErrorIs(t, err, ErrOptions)
}

func TestResumeRefuses(t *testing.T) {
	base := head(8, 12, 3)
	x, y := clouds(60, 8, 3, 1)
	var c Checkpoint
	_, _, err := Train(t.Context(), base, x, y, Options{Seed: 1, OnCheckpoint: func(got Checkpoint) error { c = got; return nil }})
	require.NoError(t, err)
	for name, opts := range map[string]Options{
		"other seed":      {Seed: 2},
		"other optimizer": {Seed: 1, Optimizer: SGD, Momentum: 0.5},
		"held-out part":   {Seed: 1, HoldOut: 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			opts.Resume = &c
			_, _, err := Train(t.Context(), base, x, y, opts)
			require.ErrorIs(t, err, ErrOptions)
		})
	}
	fewer, labels := clouds(59, 8, 3, 1)
	_, _, err = Train(t.Context(), base, fewer, labels, Options{Seed: 1, Resume: &c})
	require.ErrorIs(t, err, ErrOptions)
	_, _, err = Train(t.Context(), head(8, 11, 3), x, y, Options{Seed: 1, Resume: &c})
	require.Error(t, err)
}

func TestCheckpointErrorEndsTraining(t *testing.T) {
	x, y := clouds(60, 8, 3, 1)
	full := errors.New("disk full")
	_, _, err := Train(t.Context(), head(8, 12, 3), x, y, Options{Epochs: 3, OnCheckpoint: func(Checkpoint) error { return full }})
	require.ErrorIs(t, err, full)
	require.ErrorContains(t, err, "epoch 1")
}

func TestReadCheckpointRefuses(t *testing.T) {
	x, y := clouds(60, 8, 3, 1)
	var file bytes.Buffer
	_, _, err := Train(t.Context(), head(8, 12, 3), x, y, Options{OnCheckpoint: func(c Checkpoint) error { _, err := c.WriteTo(&file); return err }})
	require.NoError(t, err)
	whole := file.Bytes()
	long := bytes.Clone(whole)
	copy(long[len(checkpointMagic):], []byte{0xff, 0xff, 0xff, 0xff})
	for name, data := range map[string][]byte{
		"empty":         nil,
		"other file":    []byte("hello, this is not a checkpoint at all"),
		"torn":          whole[:len(whole)-5],
		"torn header":   whole[:len(checkpointMagic)+20],
		"giant header":  long,
		"flipped magic": append([]byte{'D'}, whole[1:]...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadCheckpoint(bytes.NewReader(data), int64(len(data)))
			require.Error(t, err)
		})
	}
}

func FuzzReadCheckpoint(f *testing.F) {
	x, y := clouds(12, 2, 2, 1)
	var file bytes.Buffer
	_, _, err := Train(f.Context(), head(2, 2, 2), x, y, Options{OnCheckpoint: func(c Checkpoint) error { _, err := c.WriteTo(&file); return err }})
	require.NoError(f, err)
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCheckpoint(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if _, err := c.WriteTo(&out); err != nil {
			return // a header that JSON cannot carry back, such as NaN
		}
		again, err := ReadCheckpoint(bytes.NewReader(out.Bytes()), int64(out.Len()))
		require.NoError(t, err)
		require.Equal(t, c.Head.Weights, again.Head.Weights)
		// Whatever it holds, training on from it fails or works; it never panics.
		_, _, _ = Train(t.Context(), head(2, 2, 2), x, y, Options{Epochs: 2, Resume: &c})
	})
}

func TestEarlyStopping(t *testing.T) {
	x, y := clouds(90, 30, 3, 1)
	for i := range y { // a fifth of the labels are wrong: to be overfitted
		if i%5 == 0 {
			y[i] = (y[i] + 1) % 3
		}
	}
	base := head(30, 64, 3)
	opts := Options{Epochs: 60, Seed: 2, HoldOut: 0.3, LearningRate: 0.01}
	all, long, err := Train(t.Context(), base, x, y, opts)
	require.NoError(t, err)
	require.Len(t, long.Epochs, 60)
	require.Less(t, long.Best, 50)
	opts.Patience = 5
	short, result, err := Train(t.Context(), base, x, y, opts)
	require.NoError(t, err)
	require.Less(t, len(result.Epochs), 60)
	require.Equal(t, len(result.Epochs)-1-5, result.Best)
	for _, e := range result.Epochs {
		require.GreaterOrEqual(t, e.HeldOutLoss, result.Epochs[result.Best].HeldOutLoss)
	}
	require.Equal(t, long.Epochs[:len(result.Epochs)], result.Epochs)
	if long.Best == result.Best {
		require.Equal(t, all, short)
	}
}

func TestSchedules(t *testing.T) {
	require.InDelta(t, 1, Cosine(0)(0, 10), 1e-12)
	require.InDelta(t, 0.5, Cosine(0)(5, 10), 1e-12)
	require.InDelta(t, 0.1+0.9*(1+math.Cos(0.9*math.Pi))/2, Cosine(0.1)(9, 10), 1e-12)
	require.InDelta(t, 0.25, StepDecay(3, 0.5)(7, 10), 1e-12)
	warm := Warmup(4, Cosine(0))
	require.InDelta(t, 0.25, warm(0, 10), 1e-12)
	require.InDelta(t, 1, warm(3, 10), 1e-12)
	require.InDelta(t, Cosine(0)(2, 6), warm(6, 10), 1e-12)

	x, y := clouds(60, 8, 3, 1)
	var steps [][2]int
	_, _, err := Train(t.Context(), head(8, 12, 3), x, y, Options{Epochs: 2, Schedule: func(step, total int) float64 {
		steps = append(steps, [2]int{step, total})
		return 1
	}})
	require.NoError(t, err)
	require.Equal(t, [][2]int{{0, 4}, {1, 4}, {2, 4}, {3, 4}}, steps)
	_, _, err = Train(t.Context(), head(8, 12, 3), x, y, Options{Schedule: func(int, int) float64 { return math.NaN() }})
	require.ErrorIs(t, err, ErrOptions)
}

func TestWeightNoise(t *testing.T) {
	x, y := clouds(60, 8, 3, 1)
	base := head(8, 12, 3)
	plain, _, err := Train(t.Context(), base, x, y, Options{Seed: 4})
	require.NoError(t, err)
	noisy, _, err := Train(t.Context(), base, x, y, Options{Seed: 4, WeightNoise: 0.01})
	require.NoError(t, err)
	again, _, err := Train(t.Context(), base, x, y, Options{Seed: 4, WeightNoise: 0.01})
	require.NoError(t, err)
	require.Equal(t, noisy, again)
	diff, norm := 0.0, 0.0
	for name, w := range plain.Weights {
		for i, v := range w.Data {
			d := float64(noisy.Weights[name].Data[i] - v)
			diff += d * d
			norm += float64(v) * float64(v)
		}
	}
	require.InDelta(t, 0.01, math.Sqrt(diff/norm), 0.002)
}

// TestTrainRegression fits a line.
func TestTrainRegression(t *testing.T) {
	base := packagefmt.Network{
		Layers:  []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 1.0}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": {Shape: []int{1, 2}, Data: []float32{0, 0}}, "layers.0.bias": {Shape: []int{1}, Data: []float32{0}}},
	}
	x, _ := clouds(200, 2, 2, 1)
	targets := safetensors.Tensor{Shape: []int{200, 1}, Data: make([]float32, 200)}
	for i := range 200 {
		targets.Data[i] = 3*x.Data[2*i] - 2*x.Data[2*i+1] + 0.5
	}
	got, result, err := TrainRegression(t.Context(), base, x, targets, Options{Epochs: 60, LearningRate: 0.05, HoldOut: 0.1})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float32{3, -2}, got.Weights["layers.0.weight"].Data, 0.01)
	require.InDelta(t, 0.5, got.Weights["layers.0.bias"].Data[0], 0.01)
	require.Less(t, result.Epochs[result.Best].HeldOutLoss, 1e-3)

	for name, bad := range map[string]safetensors.Tensor{
		"other outputs": {Shape: []int{200, 2}, Data: make([]float32, 400)},
		"fewer":         {Shape: []int{199, 1}, Data: make([]float32, 199)},
		"no dimension":  {Shape: []int{200}, Data: make([]float32, 200)},
		"NaN":           {Shape: []int{200, 1}, Data: append(make([]float32, 199), float32(math.NaN()))},
	} {
		_, _, err := TrainRegression(t.Context(), base, x, bad, Options{})
		require.ErrorIs(t, err, ErrSamples, name)
	}
}

func TestOptionsRefuse(t *testing.T) {
	x, y := clouds(60, 8, 3, 1)
	for name, o := range map[string]Options{
		"hold out all":          {HoldOut: 1},
		"patience alone":        {Patience: 3},
		"momentum of Adam":      {Momentum: 0.9},
		"Nesterov alone":        {Optimizer: SGD, Nesterov: true},
		"unknown optimizer":     {Optimizer: 7},
		"negative class weight": {ClassWeights: []float32{1, -1, 1}},
		"NaN noise":             {WeightNoise: math.NaN()},
	} {
		_, _, err := Train(t.Context(), head(8, 12, 3), x, y, o)
		require.ErrorIs(t, err, ErrOptions, name)
	}
	_, _, err := Train(t.Context(), head(8, 12, 3), x, y, Options{ClassWeights: []float32{1, 2}})
	require.ErrorContains(t, err, "2 class weights for 3 classes")
}
