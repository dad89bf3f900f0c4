package lower_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
)

// TestHeadsComputeWhatTheGraphDoes cuts every whole model wherever the tail consists of
// layers: encoder and head together are the model.
func TestHeadsComputeWhatTheGraphDoes(t *testing.T) {
	heads, models := 0, 0
	types := map[string]int{}
	for i, w := range onnxtest.Models(t) {
		if testing.Short() && i%4 != 0 {
			continue
		}
		p, err := onnx.Load(w.File, onnx.Options{External: onnxtest.Uniform})
		require.NoError(t, err, w.Name)
		n, err := p.Specialize(w.X.Shape[1:], onnx.Limits{Bytes: 1 << 29, Work: 1 << 37})
		require.NoError(t, err, w.Name)
		var longest *onnx.Cut
		cuts := n.Cuts()
		for i := range cuts {
			if cuts[i].Params == 0 || cuts[i].Params > 1<<20 {
				continue
			}
			head, err := lower.Tail(n, cuts[i])
			if err != nil {
				require.ErrorIs(t, err, onnx.ErrUnsupported)
				continue
			}
			if cuts[i].Params < 1<<16 { // larger ones take time, and are made of the same layers
				_, err = nn.NewGraph(head.Nodes, head.Weights)
				require.NoError(t, err, "%s behind %s", w.Name, cuts[i].Name)
			}
			if heads++; longest == nil {
				longest = &cuts[i]
			}
		}
		if longest == nil {
			t.Logf("%s: no head", w.Name)
			continue
		}
		models++
		head, err := lower.Tail(n, *longest)
		require.NoError(t, err)
		for _, nd := range head.Nodes {
			types[nd.Type]++
		}
		x, err := n.Front(*longest).Forward(w.X)
		require.NoError(t, err)
		net, err := nn.NewGraph(head.Nodes, head.Weights)
		require.NoError(t, err)
		y, err := net.Forward(x)
		require.NoError(t, err, "%s behind %s", w.Name, longest.Name)
		onnxtest.RequireClose(t, w.Y, y)
		t.Logf("%s: %d layers, %.3g %% of the parameters", w.Name, len(head.Nodes), 100*float64(longest.Params)/float64(n.Params()))
	}
	t.Logf("%d heads of %d models: %v", heads, models, types)
	if !testing.Short() {
		require.Greater(t, models, 30)
	}
}
