package nn

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// FuzzSpecs: for any layer list and input shape, nothing panics, Forward returns the
// shape that OutputShape says, Weights returns New's weights, and what SampleBytes
// and SampleCost accept runs quickly.
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
		if err != nil {
			require.ErrorContains(t, err, "takes 2") // a join in a list
			return
		}
		runAnything(t, n, weights, []int{int(a), int(b), int(c)}[:dims%4])
	})
}

// FuzzGraph: any nodes give an error or a network that runs, forward and backward.
func FuzzGraph(f *testing.F) {
	for _, nodes := range blocks() {
		data, err := json.Marshal(nodes)
		require.NoError(f, err)
		f.Add(data, byte(2), uint16(4), uint16(6), uint16(1))
	}
	for _, hostile := range []string{
		`[{"type":"Add","inputs":[1,2]},{"type":"ReLU","inputs":[-1]}]`,
		`[{"type":"ReLU","inputs":[0]},{"type":"Add","inputs":[0,1152921504606846976]}]`,
		`[{"type":"ReLU"},{"type":"ReLU","inputs":null}]`,
		`[{"type":"Concat","params":{"dim":-9},"inputs":[0,0,0]}]`,
		`[{"type":"Add","inputs":[0,0]},{"type":"Concat","params":{"dim":1},"inputs":[1,1,1,1,1,1,1,1]},{"type":"Concat","params":{"dim":1},"inputs":[2,2,2,2]}]`,
	} {
		f.Add([]byte(hostile), byte(2), uint16(4), uint16(6), uint16(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, dims byte, a, b, c uint16) {
		var nodes []Node
		if json.Unmarshal(data, &nodes) != nil || len(nodes) > 20 {
			return
		}
		specs := make([]Spec, len(nodes))
		for i, nd := range nodes {
			specs[i] = nd.Spec
		}
		weights, ok := randomWeights(specs)
		if !ok {
			return
		}
		n, err := NewGraph(nodes, weights)
		if err != nil {
			return
		}
		in := []int{int(a), int(b), int(c)}[:dims%4]
		if y := runAnything(t, n, weights, in); len(y.Shape) != 2 || len(n.learnable()) == 0 || n.HasBatchNorm() {
			return
		}
		tr, err := n.NewTrainer(in, TrainConfig{Batch: 2, Threads: 2})
		require.NoError(t, err)
		defer tr.Close()
		if _, err := tr.Gradients(make([]float32, 2*tensor.Size(in)), []int{0, 0}); err != nil {
			require.NotContains(t, err.Error(), "internal error")
		}
	})
}

// runAnything checks what must hold for every network, and runs what is cheap; it
// returns an empty tensor for what is not.
func runAnything(t *testing.T, n *Net, weights map[string]tensor.Tensor, in []int) tensor.Tensor {
	require.Equal(t, weights, n.Weights())
	shapes, err := n.shapes(in)
	if err != nil {
		return tensor.Tensor{}
	}
	bytes, err := n.SampleBytes(in)
	require.NoError(t, err)
	cost, err := n.SampleCost(in)
	require.NoError(t, err)
	require.GreaterOrEqual(t, cost, 0.0)
	for _, sh := range shapes {
		require.GreaterOrEqual(t, bytes, min(4*tensor.Size(sh), math.MaxInt32))
	}
	if bytes > 1<<18 || cost > 1<<24 {
		return tensor.Tensor{}
	}
	y, err := n.Forward(tensorOf(make([]float32, 2*tensor.Size(in)), append([]int{2}, in...)...))
	require.NoError(t, err)
	require.Equal(t, append([]int{2}, shapes[len(n.nodes)]...), y.Shape)
	require.Len(t, y.Data, 2*tensor.Size(shapes[len(n.nodes)]))
	return y
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
			if total += tensor.Size(shape); total > 1<<15 {
				return nil, false
			}
			x := tensorOf(make([]float32, tensor.Size(shape)), append([]int{}, shape...)...)
			for j := range x.Data {
				x.Data[j] = rng.Float32()
			}
			weights[weightName(i, name)] = x
		}
	}
	return weights, true
}
