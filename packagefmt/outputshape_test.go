package packagefmt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// What is no classifier of these samples says how it becomes one.
func TestModelsThatAreNoClassifiersSayWhatToDo(t *testing.T) {
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		input, weight []int64
		says          string
	}{
		"one number": {[]int64{-1, 1, 28, 28}, []int64{28, 1}, "--logits"}, // of each row
		"one in all": {[]int64{-1, 1, 28, 28}, nil, "torch.cat"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &wire.Graph{
				Inputs:  []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: c.input}},
				Outputs: []*wire.ValueInfo{{Name: "y", Type: wire.Float}},
			}
			from := "x"
			if c.weight == nil {
				c.weight = []int64{784, 1}
				g.Nodes, from = append(g.Nodes, &wire.Node{OpType: "Flatten", Inputs: []string{"x"}, Outputs: []string{"f"}}), "f"
			}
			g.Initializers = []*wire.Tensor{{Name: "w", Type: wire.Float, Dims: c.weight, Raw: make([]byte, 4*c.weight[0])}}
			g.Nodes = append(g.Nodes, &wire.Node{OpType: "MatMul", Inputs: []string{from, "w"}, Outputs: []string{"y"}})
			model, err := ReadONNX(wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: g}), ONNXOptions{})
			require.NoError(t, err)
			_, _, err = Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Mnist, Limit: 20})
			require.ErrorContains(t, err, c.says)
		})
	}
}
