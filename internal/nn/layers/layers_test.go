package layers

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// build makes the one operator of a layer, its parameters drawn from ±½.
func build(t testing.TB, typ string, params map[string]any) Layer {
	t.Helper()
	plan, err := Read(Spec{typ, params})
	require.NoError(t, err)
	require.Len(t, plan.Parts, 1)
	rng := rand.New(rand.NewPCG(1, 2))
	var ps []*Param
	for _, spec := range plan.Params {
		ps = append(ps, NewParam(spec, draw(rng, spec.Shape...)))
	}
	return plan.Parts[0].Build(ps)
}

// draw is a tensor of values from ±½.
func draw(rng *rand.Rand, shape ...int) tensor.Tensor {
	x := tensor.New(shape...)
	for i := range x.Data {
		x.Data[i] = rng.Float32() - 0.5
	}
	return x
}

// stateFor is a state for a batch of samples, with room for the output and, in
// training, for gradients.
func stateFor(t testing.TB, l Layer, train bool, inputs ...tensor.Tensor) *State {
	t.Helper()
	var shapes [][]int
	n := inputs[0].Shape[0]
	for _, x := range inputs {
		shapes = append(shapes, x.Shape[1:])
	}
	out, err := l.OutShape(shapes...)
	require.NoError(t, err)
	s := &State{}
	s.Init(l, shapes, out, n, train)
	s.SetBatch(n, 0)
	for i, x := range inputs {
		var grad []float32
		if train {
			grad = make([]float32, len(x.Data))
		}
		s.SetInput(i, x.Data, grad)
	}
	s.SetOutput(make([]float32, n*elements(out)), make([]float32, n*elements(out)))
	return s
}

// fill sets every value.
func fill(data []float32, v float32) {
	for i := range data {
		data[i] = v
	}
}

// eachKernel runs f with every class of kernels that this processor has.
func eachKernel(t *testing.T, f func(t *testing.T)) {
	for c := kernel.Portable; c <= kernel.Best(); c++ {
		t.Run(c.String(), func(t *testing.T) {
			before, err := kernel.Use(c)
			require.NoError(t, err)
			defer func() { _, _ = kernel.Use(before) }()
			f(t)
		})
	}
}
