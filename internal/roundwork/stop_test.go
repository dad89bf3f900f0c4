package roundwork_test

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// costly is a model of the digits whose encoder takes about ops multiply-adds a sample, most of them in one convolution,
// and next to no weights.
func costly(ops float64) packagefmt.Model {
	const side = 8 * 28
	channels := int(math.Ceil(math.Sqrt(ops / (9 * side * side))))
	rng := rand.New(rand.NewPCG(1, 2))
	weight := func(shape ...int) safetensors.Tensor {
		t := safetensors.Tensor{Shape: shape, Data: make([]float32, product(shape))}
		for i := range t.Data {
			t.Data[i] = (rng.Float32() - 0.5) / 8
		}
		return t
	}
	conv := func(in int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Conv2d", Params: map[string]any{"in_channels": float64(in), "out_channels": float64(channels), "kernel_size": 3.0, "padding": 1.0, "bias": false}}
	}
	return packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Upsample", Params: map[string]any{"scale_factor": 8.0}}, conv(1), conv(channels),
			{Type: "AdaptiveAvgPool2d", Params: map[string]any{"output_size": 1.0}}, {Type: "Flatten"},
			{Type: "Linear", Params: map[string]any{"in_features": float64(channels), "out_features": 10.0}},
		},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": weight(channels, 1, 3, 3), "layers.2.weight": weight(channels, channels, 3, 3),
			"layers.5.weight": weight(10, channels), "layers.5.bias": weight(10),
		},
	}}
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// costlyPackage embeds the first n digits with such a model.
func costlyPackage(t testing.TB, ops float64, n int) *packagefmt.Package {
	test, _ := roundtest.Digits(t)
	pkg, _, err := packagefmt.Build(t.Context(), costly(ops), roundtest.First(t, test, n), packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{FirstLayer: 5},
	})
	require.NoError(t, err)
	return pkg
}

// counted counts how often a sample is read, and calls stop at one of them.
type counted struct {
	dataset.Dataset
	reads  atomic.Int32
	stopAt int32
	stop   func()
}

func (c *counted) Sample(i int, dst []float32) (int, error) {
	if c.reads.Add(1) == c.stopAt {
		c.stop()
	}
	return c.Dataset.Sample(i, dst)
}

// scaledBound is a 48th of the most that an encoder may take for a sample, and yet so much that a batch is one sample, as
// it is at the bound.
const scaledBound = 1 << 37 / 48

// A worker that is stopped while a costly encoder runs ends with the sample that is under way. Nothing is left of it
// (goleak), and nothing was sent.
func TestStoppingWithACostlyEncoder(t *testing.T) {
	const samples = 4
	pkg := costlyPackage(t, scaledBound, samples)
	world := roundtest.New(t)
	p, err := world.Player(t, "creator").Client.Launch(t.Context(), decloud.LaunchOptions{Package: pkg, Reward: sol, Open: true})
	require.NoError(t, err)
	test, train := roundtest.Digits(t)
	t.Run("validator", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		judge := world.Player(t, "judge")
		set := &counted{Dataset: roundtest.First(t, test, samples), stopAt: samples + 2, stop: cancel} // all are read once for their labels
		w, err := validator.NewWorker(validator.Config{Rounds: judge.Rounds, Store: judge.Store, Data: data(set), Poll: 10 * time.Millisecond, Locks: t.TempDir()})
		require.NoError(t, err)
		require.NoError(t, w.Run(ctx))
		require.EqualValues(t, samples+2, set.reads.Load())
		r, err := judge.Rounds.Round(t.Context(), p.RoundID)
		require.NoError(t, err)
		require.Zero(t, r.Validations)
	})
	t.Run("trainer", func(t *testing.T) {
		world.Prevalidate(t, p.RoundID, 1000, 3)
		ctx, cancel := context.WithCancel(t.Context())
		pupil := world.Player(t, "pupil")
		set := &counted{Dataset: train, stopAt: 2, stop: cancel}
		w, err := trainer.NewWorker(trainer.Config{Rounds: pupil.Rounds, Store: pupil.Store, Dir: t.TempDir(), Locks: t.TempDir(), Data: data(set), Poll: 10 * time.Millisecond})
		require.NoError(t, err)
		require.NoError(t, w.Run(ctx))
		require.EqualValues(t, 2, set.reads.Load())
		r, err := pupil.Rounds.Round(t.Context(), p.RoundID)
		require.NoError(t, err)
		require.Zero(t, r.Gradients)
	})
}

// What an encoder takes for all samples is known, and refused, before it computes anything. (60,000 samples of 12.6 s used to
// keep the only place for 210 hours.)
func TestCostlyEncoderIsRefusedBeforehand(t *testing.T) {
	const samples = 2
	pkg := costlyPackage(t, scaledBound, samples)
	world := roundtest.New(t)
	p, err := world.Player(t, "creator").Client.Launch(t.Context(), decloud.LaunchOptions{Package: pkg, Reward: sol, Open: true})
	require.NoError(t, err)
	test, train := roundtest.Digits(t)
	read := &counted{Dataset: roundtest.First(t, test, samples)}
	judge, pupil := world.Player(t, "judge"), world.Player(t, "pupil")
	v, err := validator.NewWorker(validator.Config{Rounds: judge.Rounds, Store: judge.Store, Data: data(read), CheckTimeout: time.Millisecond})
	require.NoError(t, err)
	require.ErrorContains(t, v.Validate(t.Context(), p.RoundID), "raise Config.CheckTimeout")
	require.EqualValues(t, samples, read.reads.Load(), "their labels, and no more")

	world.Prevalidate(t, p.RoundID, 1000, 3)
	private := &counted{Dataset: train}
	w, err := trainer.NewWorker(trainer.Config{Rounds: pupil.Rounds, Store: pupil.Store, Dir: t.TempDir(), Data: data(private), TrainTimeout: 3 * time.Second})
	require.NoError(t, err)
	require.ErrorContains(t, w.Train(t.Context(), p.RoundID), "its encoder on 200 samples")
	require.Zero(t, private.reads.Load())
}

// How long a worker takes to stop while an encoder at the cost bound runs: no longer than a sample takes.
//
//	go test ./internal/roundwork -run '^$' -bench StoppingAtTheCostBound -benchtime 1x
func BenchmarkStoppingAtTheCostBound(b *testing.B) {
	pkg := costlyPackage(b, 0.9*(1<<37), 1)
	cost, err := pkg.Cost()
	require.NoError(b, err)
	require.Greater(b, cost.EncoderOps, 0.96*(1<<37))
	_, train := roundtest.Digits(b)
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		var stopped time.Time
		_, _, err := pkg.Embed(ctx, &counted{Dataset: train, stopAt: 1, stop: func() { stopped = time.Now(); cancel() }})
		require.ErrorIs(b, err, context.Canceled)
		b.ReportMetric(time.Since(stopped).Seconds(), "s/stop")
	}
}
