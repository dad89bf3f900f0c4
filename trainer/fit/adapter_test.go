package fit

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// tinyGPT is a language model of random weights, its output tied to its embedding.
func tinyGPT(t testing.TB, vocabulary, time, width, blocks int) packagefmt.Model {
	t.Helper()
	num := func(v int) any { return float64(v) }
	layer := func(typ string, params map[string]any) packagefmt.Layer {
		return packagefmt.Layer{Type: typ, Params: params}
	}
	n := packagefmt.Network{Weights: map[string]safetensors.Tensor{}}
	n.Layers = append(n.Layers, layer("Embedding", map[string]any{"num_embeddings": num(vocabulary), "embedding_dim": num(width)}),
		layer("PositionEmbedding", map[string]any{"num_embeddings": num(time), "embedding_dim": num(width)}))
	for range blocks {
		n.Layers = append(n.Layers, layer("TransformerEncoderLayer", map[string]any{
			"d_model": num(width), "nhead": num(min(4, width/8)), "dim_feedforward": num(4 * width), "dropout": 0.3,
			"activation": "gelu", "norm_first": true, "batch_first": true, "is_causal": true,
		}))
	}
	n.Layers = append(n.Layers, layer("LayerNorm", map[string]any{"normalized_shape": num(width)}),
		layer("Linear", map[string]any{"in_features": num(width), "out_features": num(vocabulary), "bias": false}))
	last := len(n.Layers) - 1
	n.Tied = map[string]string{weightOf(last): weightOf(0)}
	for i := range n.Layers {
		n.Inputs = append(n.Inputs, []int{i})
	}
	randomWeights(t, &n)
	return packagefmt.Model{Network: n}
}

func TestAdapterLearns(t *testing.T) {
	m := tinyGPT(t, 7, 12, 16, 2)
	x, y := counting(40, 12, 7)
	c := lora.Config{Rank: 4, Alpha: 8, Dropout: 0.1, Targets: []string{"q_proj", "v_proj", "linear2", "5"}}
	before, err := Evaluate(t.Context(), m, nil, x, y)
	require.NoError(t, err)
	opts := AdapterOptions{Steps: 120, BatchSize: 16, LearningRate: 0.03, Optimizer: AdamW, Schedule: Linear, Seed: 3}
	a, result, err := TrainAdapter(t.Context(), m, c, x, y, opts)
	require.NoError(t, err)
	require.Len(t, result.Losses, 120)
	require.Equal(t, 120*16, result.Samples)
	after, err := Evaluate(t.Context(), m, &a, x, y)
	require.NoError(t, err)
	require.Greater(t, after.Accuracy(), 0.95, "%+v", after)
	require.Less(t, after.Loss, before.Loss/4, "%+v", before)
	require.Equal(t, 40*11, after.Counted)

	merged, err := a.Merge(m)
	require.NoError(t, err)
	whole, err := Evaluate(t.Context(), packagefmt.Model{Network: merged}, nil, x, y)
	require.NoError(t, err)
	require.InDelta(t, after.Loss, whole.Loss, 1e-4)
}

// adapterBits is a hash of an adapter that was trained, lossBits the loss that it then has. .ci/samebits compares
// them on amd64 without and with AVX2 and on arm64.
const adapterBits, lossBits = 0xcb0fa0770978b7e1, 0x400073418e08d557

// The same bits for any number of threads, class of kernels and processor. A training that goes on
// from another's end leads elsewhere.
func TestAdapterHasTheSameBits(t *testing.T) {
	m := tinyGPT(t, 7, 12, 16, 2)
	x, y := counting(20, 12, 7)
	c := lora.Config{Rank: 3, Alpha: 8, Dropout: 0.2, Targets: []string{"3.self_attn", "3.linear1"}}
	opts := AdapterOptions{Steps: 9, BatchSize: 8, LearningRate: 0.01, Seed: 3, ClipNorm: 0.5}
	var want lora.Adapter
	for class := kernel.Portable; class <= kernel.Best(); class++ {
		for _, threads := range []int{1, 2, 5} {
			before, err := kernel.Use(class)
			require.NoError(t, err)
			opts.Threads, threadWork = threads, 1
			got, _, err := TrainAdapter(t.Context(), m, c, x, y, opts)
			_, _ = kernel.Use(before)
			threadWork = 1e7
			require.NoError(t, err)
			if want.Weights == nil {
				want = got
			}
			require.Equal(t, bitsOf(want), bitsOf(got), "%v, %d threads", class, threads)
		}
	}
	score, err := Evaluate(t.Context(), m, &want, x, y)
	require.NoError(t, err)
	require.Equal(t, uint64(adapterBits), bitsOf(want), "0x%x", bitsOf(want))
	require.Equal(t, uint64(lossBits), math.Float64bits(score.Loss), "0x%x", math.Float64bits(score.Loss))
	opts.Start = &want
	further, _, err := TrainAdapter(t.Context(), m, c, x, y, opts)
	require.NoError(t, err)
	require.NotEqual(t, want.Weights, further.Weights)
}

// bitsOf is a hash of an adapter's weights.
func bitsOf(a lora.Adapter) uint64 {
	h := fnv.New64a()
	for _, name := range sortedNames(a.Weights) {
		_ = binary.Write(h, binary.LittleEndian, a.Weights[name].Data)
	}
	return h.Sum64()
}

// A data set of few samples is passed over more often, in an order of its own each time.
func TestOrderOfPasses(t *testing.T) {
	o := order{samples: []int{10, 11, 12}, seed: 5}
	var all []int
	for range 6 {
		all = append(all, o.next(2)...)
	}
	for pass := range 4 {
		one := slices.Clone(all[3*pass : 3*pass+3])
		want := shuffled(3, 5, pass)
		for i := range want {
			require.Equal(t, 10+want[i], one[i])
		}
		slices.Sort(one)
		require.Equal(t, []int{10, 11, 12}, one)
	}
}

// Samples without a label are left out, and tokens without one count in nothing.
func TestIgnoredTokens(t *testing.T) {
	m := tinyGPT(t, 7, 12, 16, 1)
	x, y := counting(10, 12, 7)
	c := lora.Config{Rank: 2, Alpha: 4, Targets: []string{"v_proj"}}
	opts := AdapterOptions{Steps: 4, BatchSize: 4, Seed: 1}
	for i := range 12 { // the last sample has no label
		y[9*12+i] = Ignore
	}
	a, result, err := TrainAdapter(t.Context(), m, c, x, y, opts)
	require.NoError(t, err)
	for i := range 12 {
		x.Data[9*12+i] = 6
	}
	b, _, err := TrainAdapter(t.Context(), m, c, x, y, opts)
	require.NoError(t, err)
	require.Equal(t, a, b, "what has no label was trained on")
	nine := safetensors.Tensor{Shape: []int{9, 12}, Data: x.Data[:9*12]}
	d, shorter, err := TrainAdapter(t.Context(), m, c, nine, y[:9*12], opts)
	require.NoError(t, err)
	require.Equal(t, a, d)
	require.Equal(t, result.Losses, shorter.Losses)

	with, err := Evaluate(t.Context(), m, nil, x, y)
	require.NoError(t, err)
	without, err := Evaluate(t.Context(), m, nil, nine, y[:9*12])
	require.NoError(t, err)
	require.Equal(t, without, with)
}

func TestAdapterRefuses(t *testing.T) {
	m := tinyGPT(t, 7, 12, 16, 1)
	x, y := counting(4, 12, 7)
	c := lora.Config{Rank: 2, Alpha: 4, Targets: []string{"v_proj"}}
	train := func(m packagefmt.Model, c lora.Config, x safetensors.Tensor, y []int, o AdapterOptions) error {
		_, _, err := TrainAdapter(t.Context(), m, c, x, y, o)
		return err
	}
	require.ErrorIs(t, train(m, c, x, y, AdapterOptions{Steps: -1}), ErrOptions)
	require.ErrorIs(t, train(m, c, x, y, AdapterOptions{LearningRate: math.NaN()}), ErrOptions)
	require.ErrorIs(t, train(m, lora.Config{}, x, y, AdapterOptions{}), lora.ErrConfig)
	require.ErrorContains(t, train(m, c, x, y[1:], AdapterOptions{}), "47 labels for 4 samples: want 12 for each")
	wrong := slices.Clone(y)
	wrong[13] = 7
	require.ErrorContains(t, train(m, c, x, wrong, AdapterOptions{}), "sample 1 has label 7")
	for i := range wrong {
		wrong[i] = Ignore
	}
	require.ErrorContains(t, train(m, c, x, wrong, AdapterOptions{}), "no sample has a label")
	long := safetensors.Tensor{Shape: []int{2, 13}, Data: make([]float32, 26)}
	require.ErrorContains(t, train(m, c, long, make([]int, 26), AdapterOptions{}), "at most 12 tokens")
	foreign := safetensors.Tensor{Shape: []int{1, 12}, Data: []float32{0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0}}
	require.ErrorContains(t, train(m, c, foreign, make([]int, 12), AdapterOptions{}), "whole numbers from 0 to 6")
	require.ErrorIs(t, train(m, c, x, y, AdapterOptions{Steps: 40, LearningRate: 1e3, Optimizer: SGD, Schedule: func(int, int) float64 { return 1 }, Start: huge(t, m, c)}), ErrDiverged)
	require.ErrorIs(t, train(packagefmt.Model{Network: packagefmt.Network{ONNX: &packagefmt.Graph{}}}, c, x, y, AdapterOptions{}), lora.ErrUnsupported)
	stopped, cancel := context.WithCancel(t.Context())
	_, _, err := TrainAdapter(stopped, m, c, x, y, AdapterOptions{Steps: 1 << 20, OnStep: func(step int, _ float64) {
		if step == 3 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "before step 4")
}

// What adapters take is known without making any: terabytes, of a model of two small layers.
func TestCostOfAdapter(t *testing.T) {
	n := packagefmt.Network{Layers: []packagefmt.Layer{
		{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 100_000.0}},
		{Type: "Linear", Params: map[string]any{"in_features": 100_000.0, "out_features": 2.0}},
	}, Weights: map[string]safetensors.Tensor{}}
	randomWeights(t, &n)
	m := packagefmt.Model{Network: n}
	cost := func(c lora.Config, samples, batch int) AdapterCost {
		got, err := CostOfAdapter(m, c, []int{2}, samples, batch)
		require.NoError(t, err)
		return got
	}
	small := cost(lora.Config{Rank: 1, Alpha: 1, Targets: []string{"0"}}, 10, 1)
	large := cost(lora.Config{Rank: 2000, Alpha: 1, Targets: []string{"0", "1"}}, 10, 1)
	require.Less(t, small.Bytes, int64(20<<20))
	require.Greater(t, large.Bytes, int64(4*2*2000*100_000*4), "the adapter's weights, gradients and moments")
	require.Greater(t, large.MultiplyAdds, 10*small.MultiplyAdds)
	many := cost(lora.Config{Rank: 1, Alpha: 1, Dropout: 0.5, Targets: []string{"0"}}, 10, 1<<22)
	require.Greater(t, many.Bytes, int64(1)<<40)
	last := lora.Config{Rank: 1, Alpha: 1, Targets: []string{"1"}}
	require.Equal(t, int64(1000*100_000*4), cost(last, 1010, 1).Bytes-cost(last, 10, 1).Bytes, "what comes before the adapter is kept")
	require.Equal(t, cost(last, 2000, 1), cost(last, 1<<40, 1), "as far as it fits")
	_, err := CostOfAdapter(m, lora.Config{Rank: 1, Alpha: 1, Targets: []string{"2"}}, []int{2}, 1, 1)
	require.ErrorIs(t, err, lora.ErrConfig)
	_, err = CostOfAdapter(m, last, []int{3}, 1, 1)
	require.ErrorIs(t, err, ErrSamples)
}

// huge is an adapter of numbers that overflow.
func huge(t *testing.T, m packagefmt.Model, c lora.Config) *lora.Adapter {
	a, err := lora.New(m, c, 1)
	require.NoError(t, err)
	for _, w := range a.Weights {
		for i := range w.Data {
			w.Data[i] = 1e30
		}
	}
	return &a
}

// A classifier's adapter, and the clock.
func TestAdapterOfAClassifier(t *testing.T) {
	n := packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": 6.0, "out_features": 32.0}},
			{Type: "BatchNorm1d", Params: map[string]any{"num_features": 32.0}},
			{Type: "ReLU"}, {Type: "Dropout", Params: map[string]any{"p": 0.9}},
			{Type: "Linear", Params: map[string]any{"in_features": 32.0, "out_features": 2.0}},
		},
		Weights: map[string]safetensors.Tensor{},
	}
	randomWeights(t, &n)
	m := packagefmt.Model{Network: n, Names: []string{"encoder.0", "encoder.1", "encoder.2", "head.0", "head.1"}}
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := safetensors.Tensor{Shape: []int{64, 6}}, make([]int, 64)
	for i := range y {
		for range 6 {
			x.Data = append(x.Data, rng.Float32()*2-1)
		}
		if x.Data[6*i]+x.Data[6*i+3] > 0 {
			y[i] = 1
		}
	}
	clock := time.Unix(0, 0)
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	for _, targets := range [][]string{{"encoder"}, {"head.1"}, {"encoder.0", "head"}} {
		a, result, err := TrainAdapter(t.Context(), m, lora.Config{Rank: 2, Alpha: 8, Targets: targets}, x, y,
			AdapterOptions{Steps: 120, BatchSize: 64, LearningRate: 0.03, Seed: 2, Now: now})
		require.NoError(t, err)
		require.Equal(t, time.Second, result.Duration)
		e, err := Evaluate(t.Context(), m, &a, x, y)
		require.NoError(t, err)
		require.Greater(t, e.Accuracy(), 0.9, "%v: %+v", targets, e)
	}
}
