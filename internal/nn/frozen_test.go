package nn

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// A frozen network has the outputs of one with weights of its own, bit by bit, leaves the
// caller's as they are, and cannot be trained.
func TestFrozen(t *testing.T) {
	for _, file := range slices.Concat(layerFiles, []string{"graphs", "functions"}) {
		for _, f := range readFixtures(t, file) {
			own, err := NewGraph(f.nodes(), f.weights())
			require.NoError(t, err)
			weights := f.weights()
			before := map[string]tensor.Tensor{}
			for name, w := range weights {
				before[name] = tensor.Tensor{Shape: w.Shape, Data: slices.Clone(w.Data)}
			}
			frozen, err := Frozen(f.nodes(), weights)
			require.NoError(t, err)
			x := f.X.tensor()
			want, got := own.inEachClass(t, x), frozen.inEachClass(t, x)
			require.Equal(t, want, got, f.Name)
			require.Equal(t, before, weights, f.Name)
			require.Equal(t, own.Weights(), frozen.Weights(), f.Name)
			_, err = frozen.NewTrainer(x.Shape[1:], TrainConfig{})
			require.ErrorContains(t, err, "frozen", f.Name)
		}
	}
}

// The weights of a product are used where they are.
func TestFrozenSharesMemory(t *testing.T) {
	w := tensor.New(300, 200)
	nodes := List([]Spec{{Type: "Linear", Params: map[string]any{"in_features": 200.0, "out_features": 300.0, "bias": false}}})
	n, err := Frozen(nodes, map[string]tensor.Tensor{"layers.0.weight": w})
	require.NoError(t, err)
	w.Data[0] = 2
	x := tensor.New(1, 200)
	x.Data[0] = 3
	y, err := n.Forward(x)
	require.NoError(t, err)
	require.Equal(t, float32(6), y.Data[0])
}
