package nn

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

func layer(typ string, params map[string]any) Spec { return Spec{Type: typ, Params: params} }

// at is a node of a graph.
func at(s Spec, inputs ...int) Node { return Node{Spec: s, Inputs: inputs} }

func TestGraphRefuses(t *testing.T) {
	relu, add := layer("ReLU", nil), layer("Add", nil)
	many := make([]int, 257)
	for name, c := range map[string]struct {
		nodes []Node
		says  string
	}{
		"itself":            {[]Node{at(relu, 1)}, "layer 0 (ReLU): takes value 1"},
		"a later node":      {[]Node{at(relu, 0), at(add, 1, 3), at(relu, 2)}, "layer 1 (Add): takes value 3"},
		"negative":          {[]Node{at(relu, -1)}, "takes value -1"},
		"no input":          {[]Node{at(relu)}, "layer 0 (ReLU): takes 1 input, got 0"},
		"two for one":       {[]Node{at(relu, 0, 0)}, "takes 1 input, got 2"},
		"one for a sum":     {[]Node{at(add, 0)}, "layer 0 (Add): takes 2 to 256 inputs, got 1"},
		"a sum in a list":   {List([]Spec{relu, add}), "layer 1 (Add): takes 2 to 256 inputs, got 1"},
		"too many inputs":   {[]Node{at(add, many...)}, "takes 2 to 256 inputs, got 257"},
		"three factors":     {[]Node{at(layer("Mul", nil), 0, 0, 0)}, "takes 2 inputs, got 3"},
		"an unused output":  {[]Node{at(relu, 0), at(relu, 0), at(relu, 1)}, "layer 1 (ReLU): its output feeds no layer"},
		"unknown layer":     {[]Node{at(layer("FancyNet", nil), 0)}, `"FancyNet"`},
		"too many nodes":    {make([]Node, maxNodes+1), "at most 16384"},
		"an unused network": {[]Node{at(relu, 0), at(relu, 1), at(relu, 1)}, "layer 1 (ReLU): its output feeds no layer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewGraph(c.nodes, nil)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestShapeMismatchNamesTheNode: joins check what they join.
func TestShapeMismatchNamesTheNode(t *testing.T) {
	pool := layer("AvgPool1d", map[string]any{"kernel_size": 2})
	for name, c := range map[string]struct {
		join Spec
		in   []int
		says string
	}{
		"Add":             {layer("Add", nil), []int{2, 6}, "layer 1 (Add): input of shape [[2 6] [2 3]]: want inputs of one shape"},
		"Mul":             {layer("Mul", nil), []int{2, 6}, "want inputs of one shape"},
		"Concat":          {layer("Concat", map[string]any{"dim": 1}), []int{2, 6}, "differ in dimension 1 only"},
		"Concat batch":    {layer("Concat", nil), []int{2, 6}, "dim 0 is the batch"},
		"Concat dim":      {layer("Concat", map[string]any{"dim": 3}), []int{2, 6}, "out of range"},
		"the first layer": {layer("Add", nil), []int{6}, "layer 0 (AvgPool1d)"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := NewGraph([]Node{at(pool, 0), at(c.join, 0, 1)}, nil)
			require.NoError(t, err)
			_, err = n.OutputShape(c.in)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestJoinsByHand computes Add, Mul and Concat, values that feed several nodes
// and a node that takes one value twice.
func TestJoinsByHand(t *testing.T) {
	add, mul := layer("Add", nil), layer("Mul", nil)
	concat := func(dim int) Spec { return layer("Concat", map[string]any{"dim": dim}) }
	flatten := layer("Flatten", nil)
	pool := layer("MaxPool1d", map[string]any{"kernel_size": 2})
	x := []float32{1, 5, 2, 3, -1, 4, 0, 0.5} // 2 × 4
	for name, c := range map[string]struct {
		nodes []Node
		shape []int
		y, dx []float32
	}{
		"add":           {[]Node{at(layer("Identity", nil), 0), at(add, 0, 1)}, []int{2, 4}, []float32{2, 10, 4, 6, -2, 8, 0, 1}, []float32{2, 2, 2, 2, 2, 2, 2, 2}},
		"add thrice":    {[]Node{at(add, 0, 0, 0)}, []int{2, 4}, []float32{3, 15, 6, 9, -3, 12, 0, 1.5}, []float32{3, 3, 3, 3, 3, 3, 3, 3}},
		"square":        {[]Node{at(mul, 0, 0)}, []int{2, 4}, []float32{1, 25, 4, 9, 1, 16, 0, 0.25}, []float32{2, 10, 4, 6, -2, 8, 0, 1}},
		"cube":          {[]Node{at(mul, 0, 0), at(mul, 1, 0)}, []int{2, 4}, []float32{1, 125, 8, 27, -1, 64, 0, 0.125}, []float32{3, 75, 12, 27, 3, 48, 0, 0.75}},
		"quotient":      {[]Node{at(layer("Scale", map[string]any{"factor": 2}), 0), at(layer("Bias", map[string]any{"value": 4}), 1), at(layer("Div", nil), 0, 2)}, []int{2, 4}, []float32{1. / 6, 5. / 14, 0.25, 0.3, -0.5, 4. / 12, 0, 0.1}, []float32{4. / 36, 0.020408165, 4. / 64, 0.04, 1, 0.027777776, 0.25, 4. / 25}},
		"equal":         {[]Node{at(layer("Equal", map[string]any{"value": 5}), 0), at(add, 0, 1)}, []int{2, 4}, []float32{1, 6, 2, 3, -1, 4, 0, 0.5}, []float32{1, 1, 1, 1, 1, 1, 1, 1}},
		"causal":        {[]Node{at(layer("Unflatten", map[string]any{"dim": 2, "unflattened_size": []any{2, 2}}), 0), at(layer("CausalMask", map[string]any{"value": 9}), 1)}, []int{2, 2, 2}, []float32{1, 9, 2, 3, -1, 9, 0, 0.5}, []float32{1, 0, 1, 1, 1, 0, 1, 1}},
		"concat":        {[]Node{at(pool, 0), at(concat(-1), 1, 0)}, []int{2, 6}, []float32{5, 3, 1, 5, 2, 3, 4, 0.5, -1, 4, 0, 0.5}, []float32{1, 2, 1, 2, 1, 2, 1, 2}},
		"concat rows":   {[]Node{at(pool, 0), at(concat(1), 1, 1, 1)}, []int{6, 2}, []float32{5, 3, 4, 0.5, 5, 3, 4, 0.5, 5, 3, 4, 0.5}, []float32{0, 3, 0, 3, 0, 3, 0, 3}},
		"views":         {[]Node{at(flatten, 0), at(flatten, 0), at(mul, 1, 2), at(add, 3, 1)}, []int{8}, []float32{2, 30, 6, 12, 0, 20, 0, 0.75}, []float32{3, 11, 5, 7, -1, 9, 1, 2}},
		"fused and not": {[]Node{at(layer("ReLU", nil), 0), at(pool, 1), at(layer("Upsample", map[string]any{"scale_factor": 2}), 2), at(add, 1, 3)}, []int{2, 4}, []float32{6, 10, 5, 6, 4, 8, 0.5, 1}, []float32{1, 3, 1, 3, 0, 3, 0, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := NewGraph(c.nodes, nil)
			require.NoError(t, err)
			shape, err := n.OutputShape([]int{2, 4})
			require.NoError(t, err)
			require.Equal(t, c.shape, shape)
			twice := slices.Concat(x, x)
			got, err := n.Forward(tensorOf(twice, 2, 2, 4))
			require.NoError(t, err)
			require.Equal(t, slices.Concat(c.y, c.y), got.Data)
			for _, threads := range []int{1, 2, 5} {
				y, dx := trainOnce(t, n, []int{2, 4}, 2, threads, twice)
				require.Equal(t, slices.Concat(c.y, c.y), y)
				require.Equal(t, slices.Concat(c.dx, c.dx), dx)
			}
		})
	}
}

// results is everything that some steps of training compute.
type results struct {
	eval    tensor.Tensor
	losses  []float64
	weights map[string]tensor.Tensor
	grads   [][]float32
}

// train takes three steps of Adam.
func train(t *testing.T, nodes []Node, weights map[string]tensor.Tensor, in []int, threads int) results {
	t.Helper()
	n, err := NewGraph(nodes, weights)
	require.NoError(t, err)
	tr, err := n.NewTrainer(in, TrainConfig{Batch: 7, Threads: threads, Seed: 5})
	require.NoError(t, err)
	defer tr.Close()
	var got results
	rng := rand.New(rand.NewPCG(7, 8))
	x := make([]float32, 7*tensor.Size(in))
	for range 3 {
		for i := range x {
			x[i] = rng.Float32() - 0.5
		}
		labels := make([]int, 7)
		for i := range labels {
			labels[i] = rng.IntN(tr.Outputs())
		}
		b, err := tr.Step(x, labels, 0.01)
		require.NoError(t, err)
		got.losses = append(got.losses, b.Loss)
		for _, p := range n.learnable() {
			got.grads = append(got.grads, slices.Clone(p.G))
		}
	}
	got.weights = n.Weights()
	got.eval, err = n.Forward(tensorOf(x, append([]int{7}, in...)...))
	require.NoError(t, err)
	return got
}

// blocks are heads with residual, attention and concatenation blocks, which no list
// of layers can express.
func blocks() map[string][]Node {
	type p = map[string]any
	linear := func(in, out int) Spec { return linearSpec(in, out) }
	drop, relu, add, flatten := layer("Dropout", p{"p": 0.3}), layer("ReLU", nil), layer("Add", nil), layer("Flatten", nil)
	attention := layer("MultiheadAttention", p{"embed_dim": 6, "num_heads": 2, "dropout": 0.2, "batch_first": true})
	encoder := layer("TransformerEncoderLayer", p{"d_model": 6, "nhead": 3, "dim_feedforward": 9, "dropout": 0.2, "batch_first": true})
	norm := layer("LayerNorm", p{"normalized_shape": 6})
	return map[string][]Node{
		"residual": {at(flatten, 0), at(linear(24, 30), 1), at(relu, 2), at(drop, 3), at(linear(30, 30), 4), at(layer("BatchNorm1d", p{"num_features": 30}), 5),
			at(add, 6, 4), at(relu, 7), at(linear(30, 5), 8)},
		"residual of the input": {at(linear(6, 6), 0), at(add, 0, 1), at(relu, 2), at(flatten, 3), at(linear(24, 5), 4)},
		"attention":             {at(norm, 0), at(attention, 1), at(add, 0, 2), at(encoder, 3), at(layer("AdaptiveAvgPool1d", p{"output_size": 1}), 4), at(flatten, 5), at(linear(4, 5), 6)},
		"concat": {at(linear(6, 8), 0), at(relu, 1), at(linear(8, 7), 2), at(layer("Tanh", nil), 2), at(layer("Concat", p{"dim": -1}), 3, 4, 0),
			at(flatten, 5), at(drop, 6), at(linear(84, 5), 7)},
		"gate": {at(linear(6, 9), 0), at(layer("Sigmoid", nil), 1), at(linear(6, 9), 0), at(layer("Mul", nil), 2, 3), at(flatten, 4), at(flatten, 4), at(add, 5, 6), at(linear(36, 5), 7)},
		"recurrent": {at(layer("GRU", p{"input_size": 6, "hidden_size": 6, "batch_first": true, "num_layers": 2, "dropout": 0.2, "bidirectional": true}), 0),
			at(layer("LSTM", p{"input_size": 6, "hidden_size": 12, "batch_first": true}), 0), at(add, 1, 2), at(flatten, 3), at(linear(48, 5), 4)},
	}
}

func randomGraphWeights(t *testing.T, nodes []Node) map[string]tensor.Tensor {
	t.Helper()
	var specs []Spec
	for _, nd := range nodes {
		specs = append(specs, nd.Spec)
	}
	weights, ok := randomWeights(specs)
	require.True(t, ok)
	return weights
}

// TestGraphThreads: no bit depends on the number of threads, wherever gradients
// meet.
func TestGraphThreads(t *testing.T) {
	for name, nodes := range blocks() {
		t.Run(name, func(t *testing.T) {
			weights := randomGraphWeights(t, nodes)
			eachClass(t, func(t *testing.T) {
				one := train(t, nodes, weights, []int{4, 6}, 1)
				require.Equal(t, one, train(t, nodes, weights, []int{4, 6}, 2))
				require.Equal(t, one, train(t, nodes, weights, []int{4, 6}, 5))
			})
		})
	}
}

// TestForwardOfOneIsForwardOfMany: a sample's outputs do not depend on what else
// is in its batch.
func TestForwardOfOneIsForwardOfMany(t *testing.T) {
	for name, nodes := range blocks() {
		t.Run(name, func(t *testing.T) {
			n, err := NewGraph(nodes, randomGraphWeights(t, nodes))
			require.NoError(t, err)
			x, _ := sample(301, 24, 5)
			eachClass(t, func(t *testing.T) {
				all, err := n.Forward(tensorOf(x, 301, 4, 6))
				require.NoError(t, err)
				for i := 0; i < 301; i += 23 {
					one, err := n.Forward(tensorOf(x[i*24:(i+1)*24], 1, 4, 6))
					require.NoError(t, err)
					require.Equal(t, all.Data[i*5:(i+1)*5], one.Data)
				}
			})
		})
	}
}

// TestEncoderIsItsParts: a TransformerEncoderLayer written out as nodes computes
// what the layer does, bit for bit.
func TestEncoderIsItsParts(t *testing.T) {
	type p = map[string]any
	for _, normFirst := range []bool{false, true} {
		head := []Node{at(layer("Flatten", nil), 1), at(linearSpec(24, 5), 2)}
		encoder := layer("TransformerEncoderLayer", p{"d_model": 6, "nhead": 3, "dim_feedforward": 9, "dropout": 0.0, "batch_first": true, "norm_first": normFirst})
		whole := append([]Node{at(encoder, 0)}, head...)
		weights := randomGraphWeights(t, whole)

		attention := layer("MultiheadAttention", p{"embed_dim": 6, "num_heads": 3, "batch_first": true})
		norm, add, relu := layer("LayerNorm", p{"normalized_shape": 6}), layer("Add", nil), layer("ReLU", nil)
		parts := []Node{at(attention, 0), at(add, 0, 1), at(norm, 2), at(linearSpec(6, 9), 3), at(relu, 4), at(linearSpec(9, 6), 5), at(add, 3, 6), at(norm, 7)}
		names := map[string]string{"self_attn": "0", "norm1": "2", "linear1": "3", "linear2": "5", "norm2": "7"}
		if normFirst {
			parts = []Node{at(norm, 0), at(attention, 1), at(add, 0, 2), at(norm, 3), at(linearSpec(6, 9), 4), at(relu, 5), at(linearSpec(9, 6), 6), at(add, 3, 7)}
			names = map[string]string{"norm1": "0", "self_attn": "1", "norm2": "3", "linear1": "4", "linear2": "6"}
		}
		parts = append(parts, at(head[0].Spec, 8), at(head[1].Spec, 9))
		renamed := map[string]tensor.Tensor{"layers.9.weight": weights["layers.2.weight"], "layers.9.bias": weights["layers.2.bias"]}
		rename := func(name string) string {
			for from, to := range names {
				if rest, ok := strings.CutPrefix(name, "layers.0."+from+"."); ok {
					return "layers." + to + "." + rest
				}
			}
			return ""
		}
		for name, w := range weights {
			if to := rename(name); to != "" {
				renamed[to] = w
			}
		}
		eachClass(t, func(t *testing.T) {
			want, got := train(t, whole, weights, []int{4, 6}, 2), train(t, parts, renamed, []int{4, 6}, 2)
			require.Equal(t, want.losses, got.losses)
			require.Equal(t, want.eval, got.eval)
			for name, w := range want.weights {
				if to := rename(name); to != "" {
					require.Equal(t, w, got.weights[to], name)
				}
			}
		})
	}
}

// TestPassesAreInvisible: fused, shared and passed-through nodes compute what
// plain ones do.
func TestPassesAreInvisible(t *testing.T) {
	type p = map[string]any
	specs := []Spec{linearSpec(6, 20), layer("ReLU", nil), layer("Dropout", p{"p": 0.4}), layer("Identity", nil), linearSpec(20, 12),
		layer("Dropout", p{"p": 0.2}), layer("Flatten", nil), linearSpec(12, 4)}
	weights, ok := randomWeights(specs)
	require.True(t, ok)
	n, err := New(specs, weights)
	require.NoError(t, err)
	shapes, err := n.shapes([]int{6})
	require.NoError(t, err)
	outputs := map[bool][]float32{}
	for _, plain := range []bool{false, true} {
		r := n.newRun(shapes, 9, true, true)
		require.True(t, r.steps[1].fused && r.steps[2].fused && r.steps[5].fused)
		require.True(t, r.steps[3].passesThrough && r.steps[6].passesThrough)
		if plain {
			r = n.plainRun(shapes, 9)
		}
		for _, param := range n.learnable() {
			param.NeedGrad()
		}
		r.seed(3)
		x := make([]float32, 9*6)
		for i := range x {
			x[i] = float32(i%13)/13 - 0.5
		}
		team := kernel.NewTeam(2)
		y, err := r.forward(team, x, 9)
		require.NoError(t, err)
		all := slices.Clone(y)
		dy := make([]float32, len(y))
		fill(dy, 0.5)
		r.backward(team, dy)
		team.Close()
		all = append(all, r.values[0].dx...)
		eachNamed(n, func(_ string, param *layers.Param) { all = append(all, param.G...) })
		outputs[plain] = all
	}
	require.Equal(t, outputs[true], outputs[false])
}

// plainRun is a training run without fusions and without shared memory; nodes
// that pass their input through keep that.
func (n *Net) plainRun(shapes [][]int, capacity int) *run {
	r := n.bareRun(shapes, capacity, true)
	r.findCapabilities()
	r.findPassThrough()
	r.planGradients(true)
	r.shareMemory()
	r.allocate()
	return r
}
