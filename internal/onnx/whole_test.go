package onnx

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

var generous = Limits{Bytes: 1 << 29, Work: 1 << 37}

// TestWholeModels compares whole models with onnxruntime, and what is written of parts
// of them with what is computed before.
func TestWholeModels(t *testing.T) {
	models := onnxtest.Models(t)
	require.Greater(t, len(models), 30)
	for i, w := range models {
		if testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(w.Name, func(t *testing.T) {
			p, err := Load(w.File, Options{External: onnxtest.Uniform})
			require.NoError(t, err)
			n, err := p.Specialize(w.X.Shape[1:], generous)
			require.NoError(t, err)
			y := requireShared(t, n, w.X)
			onnxtest.RequireClose(t, w.Y, y)
			cuts := n.Cuts()
			require.NotEmpty(t, cuts)
			front := n.Front(cuts[len(cuts)/2])
			one := tensor.Tensor{Shape: append([]int{1}, w.X.Shape[1:]...), Data: w.X.Data[:len(w.X.Data)/w.X.Shape[0]]}
			features, err := front.Forward(one)
			require.NoError(t, err)
			requireSame(t, front, one, features)
		})
	}
}

// requireShared is what goroutines compute that share a network: all of them the same.
func requireShared(t *testing.T, n *Net, x tensor.Tensor) tensor.Tensor {
	t.Helper()
	var (
		ys   [2]tensor.Tensor
		errs [2]error
		wg   sync.WaitGroup
	)
	for i := range ys {
		wg.Go(func() { ys[i], errs[i] = n.Forward(x) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs[:]...))
	require.Equal(t, ys[0], ys[1])
	return ys[0]
}

// requireSame checks that a network that was written and read computes the same.
func requireSame(t *testing.T, n *Net, x, want tensor.Tensor) {
	t.Helper()
	file := n.Encode()
	p, err := Load(file, Options{Own: true})
	require.NoError(t, err)
	again, err := p.Specialize(x.Shape[1:], generous)
	require.NoError(t, err)
	require.Equal(t, n.OutputShape(), again.OutputShape())
	got, err := again.Forward(x)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, n.Encode(), again.Encode(), "what is written is folded")
}
