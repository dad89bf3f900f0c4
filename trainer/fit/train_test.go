package fit

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// head is Linear dim→hidden, ReLU, Dropout 0.1, Linear hidden→classes with
// PyTorch's initial distribution.
func head(dim, hidden, classes int) packagefmt.Network {
	rng := rand.New(rand.NewPCG(1, 2))
	uniform := func(bound float64, shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		t := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
		for i := range t.Data {
			t.Data[i] = float32((rng.Float64()*2 - 1) * bound)
		}
		return t
	}
	a, b := 1/math.Sqrt(float64(dim)), 1/math.Sqrt(float64(hidden))
	return packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": float64(dim), "out_features": float64(hidden)}},
			{Type: "ReLU"},
			{Type: "Dropout", Params: map[string]any{"p": 0.1}},
			{Type: "Linear", Params: map[string]any{"in_features": float64(hidden), "out_features": float64(classes)}},
		},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": uniform(a, hidden, dim), "layers.0.bias": uniform(a, hidden),
			"layers.3.weight": uniform(b, classes, hidden), "layers.3.bias": uniform(b, classes),
		},
	}
}

// clouds are n samples around one random centre per class.
func clouds(n, dim, classes int, seed uint64) (safetensors.Tensor, []int) {
	centres := rand.New(rand.NewPCG(99, 0))
	at := make([]float32, classes*dim)
	for i := range at {
		at[i] = float32(centres.NormFloat64())
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	x := safetensors.Tensor{Shape: []int{n, dim}, Data: make([]float32, n*dim)}
	y := make([]int, n)
	for i := range y {
		y[i] = i % classes
		for j := range dim {
			x.Data[i*dim+j] = at[y[i]*dim+j] + float32(rng.NormFloat64())
		}
	}
	return x, y
}

func accuracy(t *testing.T, h packagefmt.Network, x safetensors.Tensor, y []int) float64 {
	t.Helper()
	net, err := nn.New(nn.Specs(h.Layers), h.Weights)
	require.NoError(t, err)
	out, err := net.Forward(x)
	require.NoError(t, err)
	correct := 0
	for i, l := range y {
		if nn.Argmax(out.Data[i*out.Shape[1]:][:out.Shape[1]]) == l {
			correct++
		}
	}
	return float64(correct) / float64(len(y))
}

func TestTrainLearns(t *testing.T) {
	base := head(16, 32, 5)
	x, y := clouds(600, 16, 5, 1)
	testX, testY := clouds(500, 16, 5, 2)
	require.Less(t, accuracy(t, base, testX, testY), 0.5)
	trained, result, err := Train(t.Context(), base, x, y, Options{Epochs: 8, Seed: 3})
	require.NoError(t, err)
	require.Greater(t, accuracy(t, trained, testX, testY), 0.93)
	require.Len(t, result.Epochs, 8)
	require.Equal(t, 8*19, result.Steps)
	require.Equal(t, 8*600, result.Samples)
	require.Less(t, result.Epochs[7].Loss, result.Epochs[0].Loss/3)
	require.Greater(t, result.Epochs[7].Accuracy, 0.9)
	require.Equal(t, head(16, 32, 5), base, "the head passed in is left as it is")
}

// TestTrainIsDeterministic: the same seed gives the same bits on any number of
// threads, another seed does not.
func TestTrainIsDeterministic(t *testing.T) {
	defer func(was float64) { threadWork = was }(threadWork)
	threadWork = 1 // small as the steps are, they take all the threads
	base := head(19, 37, 4)
	x, y := clouds(210, 19, 4, 1)
	fit := func(seed uint64, threads int) packagefmt.Network {
		h, _, err := Train(t.Context(), base, x, y, Options{Epochs: 2, Seed: seed, Threads: threads})
		require.NoError(t, err)
		return h
	}
	want := fit(5, 1)
	for _, threads := range []int{1, 2, 3, 8} {
		require.Equal(t, want, fit(5, threads), "%d threads", threads)
	}
	require.NotEqual(t, want, fit(6, 1))
}

func TestTrainRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		change func(h *packagefmt.Network, x *safetensors.Tensor, y *[]int, o *Options)
		is     error
		says   string
	}{
		"no samples": {func(_ *packagefmt.Network, x *safetensors.Tensor, y *[]int, _ *Options) {
			*x, *y = safetensors.Tensor{Shape: []int{0, 4}}, nil
		}, ErrSamples, "none"},
		"label over":  {func(_ *packagefmt.Network, _ *safetensors.Tensor, y *[]int, _ *Options) { (*y)[7] = 3 }, ErrSamples, "sample 7 has label 3"},
		"label under": {func(_ *packagefmt.Network, _ *safetensors.Tensor, y *[]int, _ *Options) { (*y)[7] = -1 }, ErrSamples, "label -1"},
		"one class": {func(_ *packagefmt.Network, _ *safetensors.Tensor, y *[]int, _ *Options) {
			*y = make([]int, len(*y))
		}, ErrSamples, "all 40 are of class 0"},
		"NaN": {func(_ *packagefmt.Network, x *safetensors.Tensor, _ *[]int, _ *Options) { x.Data[9] = nan }, ErrSamples, "sample 2 holds NaN"},
		"fewer labels": {func(_ *packagefmt.Network, _ *safetensors.Tensor, y *[]int, _ *Options) {
			*y = (*y)[1:]
		}, ErrSamples, "39 answers"},
		"short data": {func(_ *packagefmt.Network, x *safetensors.Tensor, _ *[]int, _ *Options) {
			x.Data = x.Data[1:]
		}, ErrSamples, "159 values"},
		"overflowing shape": {func(_ *packagefmt.Network, x *safetensors.Tensor, _ *[]int, _ *Options) {
			x.Shape = []int{40, 1 << 40, 1 << 40}
		}, ErrSamples, "values"},
		"other features": {func(h *packagefmt.Network, _ *safetensors.Tensor, _ *[]int, _ *Options) { *h = head(5, 6, 3) }, nil, "head: layer 0 (Linear)"},
		"bad weights": {func(h *packagefmt.Network, _ *safetensors.Tensor, _ *[]int, _ *Options) {
			h.Weights["layers.0.bias"].Data[0] = nan
		}, nn.ErrWeights, "layers.0.bias"},
		"unknown layer": {func(h *packagefmt.Network, _ *safetensors.Tensor, _ *[]int, _ *Options) { h.Layers[1].Type = "Magic" }, nn.ErrUnsupported, "Magic"},
		"negative epochs": {func(_ *packagefmt.Network, _ *safetensors.Tensor, _ *[]int, o *Options) {
			o.Epochs = -1
		}, ErrOptions, "Epochs is -1"},
		"NaN rate": {func(_ *packagefmt.Network, _ *safetensors.Tensor, _ *[]int, o *Options) { o.LearningRate = math.NaN() }, ErrOptions, "LearningRate is NaN"},
		"exploding": {func(h *packagefmt.Network, _ *safetensors.Tensor, _ *[]int, _ *Options) {
			for i := range h.Weights["layers.0.weight"].Data {
				h.Weights["layers.0.weight"].Data[i] = 3e38
			}
		}, ErrDiverged, "epoch 1, batch 1"},
	} {
		t.Run(name, func(t *testing.T) {
			h, opts := head(4, 6, 3), Options{Epochs: 2}
			x, y := clouds(40, 4, 3, 1)
			c.change(&h, &x, &y, &opts)
			got, _, err := Train(t.Context(), h, x, y, opts)
			require.ErrorContains(t, err, c.says)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.Zero(t, got)
		})
	}
}

func TestTrainStopsWithinABatch(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	x, y := clouds(400, 4, 3, 1)
	calls := 0
	_, _, err := Train(ctx, head(4, 6, 3), x, y, Options{Epochs: 100, OnProgress: func(p Progress) {
		if calls++; calls == 3 {
			cancel(errors.New("shutting down"))
		}
	}})
	require.ErrorContains(t, err, "epoch 1, batch 4: shutting down")
	require.Equal(t, 3, calls)
}

func TestTrainStopsWhileTheHeldOutPartIsMeasured(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	x, y := clouds(400, 4, 3, 1)
	_, _, err := Train(ctx, head(4, 6, 3), x, y, Options{Epochs: 100, HoldOut: 0.5, OnProgress: func(p Progress) {
		if p.Batch == p.Batches {
			cancel(errors.New("shutting down"))
		}
	}})
	require.ErrorContains(t, err, "while the held-out part was measured after epoch 1: shutting down")
}

func TestPanicInCallbackReachesCaller(t *testing.T) {
	x, y := clouds(40, 4, 3, 1)
	base := head(4, 6, 3)
	require.PanicsWithValue(t, "user bug", func() {
		_, _, _ = Train(t.Context(), base, x, y, Options{Threads: 3, OnProgress: func(Progress) { panic("user bug") }})
	})
	require.Equal(t, head(4, 6, 3), base)
}

func TestProgress(t *testing.T) {
	x, y := clouds(70, 4, 3, 1)
	var got []Progress
	now := time.Unix(0, 0)
	_, result, err := Train(t.Context(), head(4, 6, 3), x, y, Options{
		Epochs: 2, BatchSize: 32, OnProgress: func(p Progress) { got = append(got, p) },
		Now: func() time.Time { now = now.Add(time.Second); return now },
	})
	require.NoError(t, err)
	require.Len(t, got, 6)
	last := got[5]
	require.Equal(t, Progress{
		Epoch: 2, Epochs: 2, Batch: 3, Batches: 3, Samples: 140,
		Loss: result.Epochs[1].Loss, Accuracy: result.Epochs[1].Accuracy,
		SamplesPerSecond: 140.0 / 6, Elapsed: 6 * time.Second,
	}, last)
	require.Equal(t, 2*time.Second, got[3].Remaining)
	require.Equal(t, 7*time.Second, result.Duration)
}

func TestMaxBatches(t *testing.T) {
	x, y := clouds(400, 4, 3, 1)
	_, result, err := Train(t.Context(), head(4, 6, 3), x, y, Options{Epochs: 3, MaxBatches: 2, BatchSize: 50})
	require.NoError(t, err)
	require.Equal(t, 6, result.Steps)
	require.Equal(t, 300, result.Samples)
}

func TestShuffled(t *testing.T) {
	a := shuffled(1000, 1, 0)
	seen := make([]bool, 1000)
	for _, i := range a {
		require.False(t, seen[i])
		seen[i] = true
	}
	require.Equal(t, a, shuffled(1000, 1, 0))
	require.NotEqual(t, a, shuffled(1000, 1, 1))
	require.NotEqual(t, a, shuffled(1000, 2, 0))

	// Every order of three is as likely as any other.
	counts := map[[3]int]int{}
	for seed := range uint64(6000) {
		counts[[3]int(shuffled(3, seed, 0))]++
	}
	require.Len(t, counts, 6)
	for order, n := range counts {
		require.InDelta(t, 1000, n, 150, "%v", order)
	}
}
