package onnx

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

func floatWeight(name string, dims []int64, v ...float32) *wire.Tensor {
	w := &wire.Tensor{Name: name, Type: wire.Float, Dims: dims}
	for _, f := range v {
		w.Raw = binary.LittleEndian.AppendUint32(w.Raw, math.Float32bits(f))
	}
	return w
}

// lastSteps are how exporters end classifiers behind scores z [batch, classes] or, of one number, [batch, 1]. What is empty of
// stays is taken away.
var lastSteps = map[string]struct {
	classes int
	nodes   []*wire.Node
	stays   string
}{
	"Keras":      {3, []*wire.Node{step("Softmax", "y", "z")}, ""},
	"one by one": {3, []*wire.Node{step("Sigmoid", "y", "z")}, ""},
	"scikit-learn's SGDClassifier": {3, []*wire.Node{
		step("Mul", "negated", "z", "minus"), step("Exp", "e", "negated"), step("Add", "more", "e", "one"), step("Reciprocal", "p", "more"),
		step("ReduceSum", "sum", "p", "axis"), attributed(step("Cast", "some", "sum"), "to", int64(wire.Bool)), step("Not", "none", "some"), attributed(step("Cast", "is", "none"), "to", int64(wire.Float)),
		step("Add", "q", "p", "is"), step("Mul", "mask", "is", "three"), step("Add", "by", "sum", "mask"), step("Div", "y", "q", "by"),
	}, ""},
	"two of float64":    {2, []*wire.Node{step("Sigmoid", "p", "z"), step("Abs", "a", "p"), step("ReduceSum", "sum", "a", "axis"), step("Div", "y", "p", "sum")}, ""},
	"two of one number": {1, []*wire.Node{step("Sigmoid", "p", "z"), step("Sub", "n", "one", "p"), attributed(step("Concat", "y", "n", "p"), "axis", 1)}, ""},
	"already scores":    {3, []*wire.Node{step("Identity", "y", "z")}, "Identity"},
	"of places":         {3, []*wire.Node{attributed(step("Softmax", "y", "z"), "axis", 0)}, "Softmax"},
	"a sum of any sign": {3, []*wire.Node{step("ReduceSum", "sum", "z", "axis"), step("Div", "y", "z", "sum")}, "Div"},
	"activation":        {3, []*wire.Node{step("Relu", "y", "z")}, "Relu"},
}

func step(op, out string, in ...string) *wire.Node {
	return &wire.Node{Name: out, OpType: op, Inputs: in, Outputs: []string{out}}
}

func attributed(n *wire.Node, name string, v int64) *wire.Node {
	n.Attributes = append(n.Attributes, &wire.Attribute{Name: name, Type: wire.AttrInt, I: v})
	return n
}

// TestScores: the largest number of each row of the scores is that of the probabilities, which Softmax makes of the scores of two classes.
func TestScores(t *testing.T) {
	x := tensor.New(8, 4)
	for i := range x.Data {
		x.Data[i] = float32(math.Sin(float64(i * i)))
	}
	for name, c := range lastSteps {
		t.Run(name, func(t *testing.T) {
			weight := make([]float32, 4*c.classes)
			for i := range weight {
				weight[i] = float32(math.Cos(float64(3 * i)))
			}
			axis := &wire.Tensor{Name: "axis", Type: wire.Int64, Dims: []int64{1}, Raw: binary.LittleEndian.AppendUint64(nil, 1)}
			p, err := Load(wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: &wire.Graph{
				Nodes: append([]*wire.Node{step("Tanh", "t", "x"), step("MatMul", "z", "t", "w")}, c.nodes...),
				Initializers: []*wire.Tensor{floatWeight("w", []int64{4, int64(c.classes)}, weight...), axis,
					floatWeight("minus", nil, -1), floatWeight("one", nil, 1), floatWeight("three", nil, 3)},
				Inputs:  []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, 4}}},
				Outputs: []*wire.ValueInfo{{Name: "y", Type: wire.Float}},
			}}), Options{})
			require.NoError(t, err)
			n, err := p.Specialize([]int{4}, generous)
			require.NoError(t, err)
			scores := n.Scores()
			if c.stays != "" {
				require.Nil(t, scores)
				return
			}
			s, err := scores.Specialize([]int{4}, generous)
			require.NoError(t, err)
			for _, nd := range s.p.nodes {
				require.NotContains(t, []string{"Softmax", "Sigmoid", "Reciprocal", "Div"}, nd.OpType)
			}
			want, err := n.Forward(x)
			require.NoError(t, err)
			got, err := s.Forward(x)
			require.NoError(t, err)
			require.Equal(t, want.Shape, got.Shape)
			classes := want.Shape[1]
			for lo := 0; lo < len(want.Data); lo += classes {
				p, z := want.Data[lo:lo+classes], got.Data[lo:lo+classes]
				require.Equal(t, slices.Index(p, slices.Max(p)), slices.Index(z, slices.Max(z)))
				if c.classes == 1 {
					require.InDelta(t, p[1], 1/(1+math.Exp(float64(z[0]-z[1]))), 1e-6)
				}
			}
		})
	}
}
