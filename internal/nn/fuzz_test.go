package nn

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// FuzzSpecs: whatever layer list and input shape come, nothing panics, what
// OutputShape says is what Forward gives, Weights gives New's weights back, and
// what SampleBytes and SampleCost let through runs at once.
func FuzzSpecs(f *testing.F) {
	for _, file := range layerFiles {
		for _, c := range readFixtures(f, file) {
			if c.Layers[0].Type == "Embedding" {
				continue // wants whole numbers
			}
			layers, err := json.Marshal(c.specs())
			require.NoError(f, err)
			shape := c.X.Shape[1:]
			f.Add(layers, byte(len(shape)), uint16(shape[0]), uint16(shape[len(shape)/2]), uint16(shape[len(shape)-1]))
		}
	}
	f.Fuzz(func(t *testing.T, layers []byte, dims byte, a, b, c uint16) {
		var specs []Spec
		if json.Unmarshal(layers, &specs) != nil || len(specs) > 20 {
			return
		}
		weights, ok := randomWeights(specs)
		if !ok {
			return
		}
		n, err := New(specs, weights)
		require.NoError(t, err)
		require.Equal(t, weights, n.Weights())
		in := []int{int(a), int(b), int(c)}[:dims%4]
		shapes, err := n.shapes(in)
		if err != nil {
			return
		}
		bytes, err := n.SampleBytes(in)
		require.NoError(t, err)
		cost, err := n.SampleCost(in)
		require.NoError(t, err)
		require.GreaterOrEqual(t, cost, 0.0)
		for _, sh := range shapes {
			require.GreaterOrEqual(t, bytes, min(4*elements(sh), math.MaxInt32))
		}
		if bytes > 1<<18 || cost > 1<<24 {
			return
		}
		y, err := n.Forward(tensorOf(make([]float32, 2*elements(in)), append([]int{2}, in...)...))
		require.NoError(t, err)
		require.Equal(t, append([]int{2}, shapes[len(n.layers)]...), y.Shape)
		require.Len(t, y.Data, 2*elements(shapes[len(n.layers)]))
	})
}

// randomWeights are weights for the layers, unless those are faulty or large.
func randomWeights(specs []Spec) (map[string]tensor.Tensor, bool) {
	rng := rand.New(rand.NewPCG(1, 1))
	weights, total := map[string]tensor.Tensor{}, 0
	for i, s := range specs {
		shapes, err := ParamShapes(s)
		if err != nil {
			return nil, false
		}
		for name, shape := range shapes {
			if total += elements(shape); total > 1<<15 {
				return nil, false
			}
			x := tensorOf(make([]float32, elements(shape)), append([]int{}, shape...)...)
			for j := range x.Data {
				x.Data[j] = rng.Float32()
			}
			weights[layerName(i)+name] = x
		}
	}
	return weights, true
}
