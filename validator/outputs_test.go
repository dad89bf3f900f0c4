package validator

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// drawn is a tensor of random numbers.
func drawn(rng *rand.Rand, shape ...int) safetensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(rng.NormFloat64())
	}
	return tensor(data, shape...)
}

// drawnHead is a head of some layers with random weights.
func drawnHead(t testing.TB, rng *rand.Rand, layers ...packagefmt.Layer) packagefmt.Network {
	t.Helper()
	head := packagefmt.Network{Layers: layers, Weights: map[string]safetensors.Tensor{}}
	for i, l := range layers {
		shapes, err := nn.ParamShapes(nn.Spec(l))
		require.NoError(t, err)
		for name, shape := range shapes {
			head.Weights["layers."+strconv.Itoa(i)+"."+name] = drawn(rng, shape...)
		}
	}
	return head
}

func layer(kind string, params map[string]any) packagefmt.Layer {
	return packagefmt.Layer{Type: kind, Params: params}
}

func TestResultDoesNotDependOnChunks(t *testing.T) {
	const samples, classes = 500, 5
	linear := func(in, out float64) packagefmt.Layer {
		return layer("Linear", map[string]any{"in_features": in, "out_features": out})
	}
	for name, layers := range map[string][]packagefmt.Layer{
		"linear": {linear(48, 37), layer("ReLU", nil), linear(37, classes)},
		"convolution": {
			layer("Unflatten", map[string]any{"dim": 1.0, "unflattened_size": []any{3.0, 4.0, 4.0}}),
			layer("Conv2d", map[string]any{"in_channels": 3.0, "out_channels": 4.0, "kernel_size": 3.0, "padding": 1.0}),
			layer("GroupNorm", map[string]any{"num_groups": 2.0, "num_channels": 4.0}),
			layer("GELU", nil), layer("Flatten", nil), linear(64, classes),
		},
		"transformer": {
			layer("Unflatten", map[string]any{"dim": 1.0, "unflattened_size": []any{3.0, 16.0}}),
			layer("TransformerEncoderLayer", map[string]any{"d_model": 16.0, "nhead": 2.0, "dim_feedforward": 8.0, "batch_first": true}),
			layer("Flatten", nil), linear(48, classes),
		},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			labels := make([]int, samples)
			for i := range labels {
				labels[i] = rng.IntN(classes)
			}
			s, err := newSplit(Test{Embeddings: drawn(rng, samples, 48), Labels: labels})
			require.NoError(t, err)
			head := drawnHead(t, rng, layers...)

			var want []float32
			for _, size := range []int{samples, 1, 7, 64} {
				a, err := s.outputsOf(head)
				require.NoError(t, err)
				var got []float32
				fixed := func(int, time.Duration) int { return size }
				require.NoError(t, a.forEach(t.Context(), fixed, func(output []float32, _ int) { got = append(got, output...) }))
				if want == nil {
					want = got
				}
				require.Equal(t, want, got, "outputs in chunks of %d, bit for bit", size)
				m, err := s.mark(t.Context(), head, fixed)
				require.NoError(t, err)
				public, err := Accuracy(t.Context(), head, tensor(s.data, samples, 48), labels, 0)
				require.NoError(t, err)
				require.Equal(t, public, m.accuracy, "chunks of %d", size)
			}
		})
	}
}

func TestSteadyChunksAimAtChunkTime(t *testing.T) {
	for _, sample := range []time.Duration{time.Microsecond, time.Millisecond, time.Second} {
		n, took, longest := 0, time.Duration(0), time.Duration(0)
		for range 30 {
			n = steadyChunks(n, took)
			took = time.Duration(n) * sample
			longest = max(longest, took)
		}
		require.LessOrEqual(t, longest, max(2*chunkTime, sample))
		require.True(t, n == 1 || took >= chunkTime/2, "%d samples of %v", n, sample)
	}
}

func TestManyClassesTakeLittleMemory(t *testing.T) {
	const samples, dim, classes = 2000, 4, 20_000 // all outputs: 160 MB
	rng := rand.New(rand.NewPCG(3, 4))
	head := drawnHead(t, rng, layer("Linear", map[string]any{"in_features": float64(dim), "out_features": float64(classes)}))
	s, err := newSplit(Test{Embeddings: drawn(rng, samples, dim), Labels: make([]int, samples)})
	require.NoError(t, err)
	a, err := s.outputsOf(head)
	require.NoError(t, err)
	seen, largest := 0, uint64(0)
	all := func(int, time.Duration) int { return samples }
	require.NoError(t, a.forEach(t.Context(), all, func([]float32, int) {
		if seen++; seen%100 == 1 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			largest = max(largest, m.HeapAlloc)
		}
	}))
	require.Equal(t, samples, seen)
	require.Less(t, largest, uint64(80<<20))
}

func TestScoreStopsBetweenChunks(t *testing.T) {
	gone := errors.New("the round is cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := newSplit(sevenSamples())
	require.NoError(t, err)
	chunks := 0
	_, err = s.mark(ctx, identityHead(), func(int, time.Duration) int {
		if chunks++; chunks == 3 {
			cancel(gone)
		}
		return 1
	})
	require.ErrorIs(t, err, gone)
	require.Equal(t, 3, chunks, "the chunk that had begun is the last")

	judge := identityJudge(t)
	_, err = judge.Score(ctx, changed("layers.0.bias", 0, 0, 3), nil)
	require.ErrorIs(t, err, gone, "no verdict")
	_, err = NewJudge(ctx, identityHead(), sevenSamples())
	require.ErrorIs(t, err, gone)
	require.NotErrorIs(t, err, ErrInvalidHead)
}

func TestEarlierIsOpenedOnlyIfItMayBeCopied(t *testing.T) {
	judge := identityJudge(t)
	head := changed("layers.0.bias", 0, 0, 3)
	far := changed("layers.0.bias", 0, 0, 3.01)
	turned := changed("layers.0.bias", 0, 3, 0) // as long, and elsewhere
	var opens []string
	earlier := func(id string, h packagefmt.Network, err error) Earlier {
		return Earlier{ID: id, Norm: Norm(h), Open: func() (packagefmt.Network, error) {
			opens = append(opens, id)
			return h, err
		}}
	}
	got, err := judge.Score(t.Context(), head, []Earlier{
		earlier("far", far, nil), earlier("turned", turned, nil), earlier("same", head, nil), earlier("late", head, nil),
	})
	require.NoError(t, err)
	require.Equal(t, Score{Accuracy: judge.Base(), Verdict: Copy, Reason: "a copy of same: relative distance 0.0e+00"}, got)
	require.Equal(t, []string{"turned", "same"}, opens)

	_, err = judge.Score(t.Context(), head, []Earlier{earlier("evicted", head, io.ErrUnexpectedEOF)})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "no verdict")
	require.ErrorContains(t, err, "evicted")
}

// TestNormsNeverHideACopy: mayBeCopy never excludes what is a copy.
func TestNormsNeverHideACopy(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	one := func(w safetensors.Tensor) packagefmt.Network {
		return packagefmt.Network{Weights: map[string]safetensors.Tensor{"layers.0.weight": w}}
	}
	copies := 0
	for range 2000 {
		b := drawn(rng, 1+rng.IntN(300))
		a := tensor(make([]float32, len(b.Data)), b.Shape...)
		scale := 1 + 4e-6*(rng.Float64()-0.5) // along b: the norms differ as much as they can
		for i, v := range b.Data {
			a.Data[i] = float32(float64(v) * scale)
		}
		d, err := RelativeDistance(one(a), one(b))
		require.NoError(t, err)
		if d <= CopyTolerance {
			copies++
			require.True(t, mayBeCopy(Norm(one(a)), Norm(one(b))), "distance %v", d)
		}
	}
	require.Greater(t, copies, 500)
	require.False(t, mayBeCopy(1, 1.001))
	require.True(t, mayBeCopy(0, 0))
	require.Zero(t, Norm(packagefmt.Network{Weights: map[string]safetensors.Tensor{"layers.0.num_batches_tracked": tensor([]float32{9})}}))
}
