package onnx

import (
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// someNets calls f with convolutional networks and transformers.
func someNets(t *testing.T, f func(t *testing.T, w onnxtest.Whole, p *Program)) {
	models := onnxtest.Models(t, "tv_resnet18", "tv_mobilenet_v3_small.legacy", "timm_vit_tiny.legacy", "hf_bert.legacy", "tv_densenet", "tv_mnasnet0_5")
	require.Len(t, models, 6)
	for _, w := range models {
		t.Run(w.Name, func(t *testing.T) {
			p, err := Load(w.File, Options{External: onnxtest.Uniform})
			require.NoError(t, err)
			f(t, w, p)
		})
	}
}

// TestForwardAnyThreads has the same bits however many processors there are, and
// however samples are put together.
func TestForwardAnyThreads(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	someNets(t, func(t *testing.T, w onnxtest.Whole, p *Program) {
		n, err := p.Specialize(w.X.Shape[1:], generous)
		require.NoError(t, err)
		runtime.GOMAXPROCS(1)
		want, err := n.Forward(w.X)
		require.NoError(t, err)
		for _, procs := range []int{2, 5} {
			runtime.GOMAXPROCS(procs)
			got, err := n.Forward(w.X)
			require.NoError(t, err)
			require.Equal(t, want, got)
			rows := w.X.Shape[0]
			size, out := len(w.X.Data)/rows, len(want.Data)/rows
			for i := range rows {
				one := tensor.Tensor{Shape: append([]int{1}, w.X.Shape[1:]...), Data: w.X.Data[i*size:][:size]}
				got, err := n.Forward(one)
				require.NoError(t, err)
				require.Equal(t, want.Data[i*out:][:out], got.Data, "sample %d, %d processors", i, procs)
			}
		}
	})
}

// TestEncodeAfterForward: networks write their weights as they were, although running them
// packs these in place, and networks of one program do not disturb each other.
func TestEncodeAfterForward(t *testing.T) {
	someNets(t, func(t *testing.T, w onnxtest.Whole, p *Program) {
		n, err := p.Specialize(w.X.Shape[1:], generous)
		require.NoError(t, err)
		before := n.Encode()
		want, err := n.Forward(w.X)
		require.NoError(t, err)
		require.Equal(t, before, n.Encode())
		again, err := p.Specialize(w.X.Shape[1:], generous)
		require.NoError(t, err)
		require.Equal(t, before, again.Encode())
		got, err := again.Forward(w.X)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// TestBlockedMemory: the blocked form counts its borders and what fills its blocks, and is
// left out where it would take more than the limit.
func TestBlockedMemory(t *testing.T) {
	left := 0
	someNets(t, func(t *testing.T, w onnxtest.Whole, p *Program) {
		n, err := p.Specialize(w.X.Shape[1:], generous)
		require.NoError(t, err)
		need, ok := n.peak(n.fast().Program)
		require.True(t, ok)
		require.LessOrEqual(t, need, n.Cost().Bytes)
		if need <= n.cost.Bytes {
			return
		}
		small, err := p.Specialize(w.X.Shape[1:], Limits{Bytes: need - 1, Work: generous.Work})
		require.NoError(t, err)
		less, ok := small.peak(small.fast().Program)
		require.True(t, ok)
		require.Less(t, less, need)
		left++
		y, err := small.Forward(w.X)
		require.NoError(t, err)
		onnxtest.RequireClose(t, w.Y, y)
	})
	require.NotZero(t, left)
}

// TestClassesAgree bounds how far the kernels of different processors are from each other.
func TestClassesAgree(t *testing.T) {
	someNets(t, func(t *testing.T, w onnxtest.Whole, p *Program) {
		n, err := p.Specialize(w.X.Shape[1:], generous)
		require.NoError(t, err)
		y := map[kernel.Class]tensor.Tensor{}
		for class := kernel.Portable; class <= kernel.Best(); class++ {
			before, err := kernel.Use(class)
			require.NoError(t, err)
			y[class], err = n.Forward(w.X)
			_, _ = kernel.Use(before)
			require.NoError(t, err)
			d := spread(y[kernel.Portable], y[class])
			t.Logf("%v from portable: %.1e of the largest output", class, d)
			require.LessOrEqual(t, d, 2e-5)
			if class == kernel.AVX512 {
				t.Logf("%v from avx2: %.1e", class, spread(y[kernel.AVX2], y[class]))
			}
		}
	})
}

// spread is the largest difference, relative to the largest output.
func spread(want, got tensor.Tensor) float64 {
	largest, diff := 0.0, 0.0
	for i, w := range want.Data {
		largest, diff = max(largest, math.Abs(float64(w))), max(diff, math.Abs(float64(w-got.Data[i])))
	}
	return diff / largest
}
