package nn

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// What training adapters takes is known before: it is what their memory grows by, adapters of a high rank and the masks of
// their dropouts included.
func TestTrainingCostIsWhatTrainingTakes(t *testing.T) {
	type p = map[string]any
	block := Spec{Type: "TransformerEncoderLayer", Params: p{"d_model": 16, "nhead": 2, "dim_feedforward": 32, "activation": "gelu", "norm_first": true, "batch_first": true, "is_causal": true}}
	for name, c := range map[string]struct {
		in    []int
		rows  int
		specs []Spec
	}{
		"transformer": {[]int{16, 16}, 16, []Spec{block, {Type: "Linear", Params: p{"in_features": 16, "out_features": 64}}}},
		"wide":        {[]int{1}, 1, []Spec{{Type: "Linear", Params: p{"in_features": 1, "out_features": 10_000}}, {Type: "Linear", Params: p{"in_features": 10_000, "out_features": 2}}}},
	} {
		for _, a := range []Adapter{{Rank: 1}, {Rank: 64}, {Rank: 8, Dropout: 0.1}} {
			dry, n := zeroNet(t, c.specs...), zeroNet(t, c.specs...)
			var shapes, list []Adapter
			for _, at := range n.Adaptable() {
				a.Place = at
				shapes = append(shapes, a)
				down, up, _, err := n.AdapterShapes(at, a.Rank)
				require.NoError(t, err)
				a.A, a.B = tensor.New(down...), tensor.New(up...)
				list = append(list, a)
			}
			require.NoError(t, dry.AdaptShapes(shapes))
			require.NoError(t, n.Adapt(list))
			cost, err := dry.TrainingCost(c.in)
			require.NoError(t, err)

			const batch = 128
			before := inUse()
			trainer, err := n.NewTrainer(c.in, TrainConfig{Batch: batch, Threads: 1})
			require.NoError(t, err)
			_, err = trainer.Step(make([]float32, batch*tensor.Size(c.in)), make([]int, batch*c.rows), 0.01)
			require.NoError(t, err)
			grown := inUse() - before
			trainer.Close()
			expected := cost.Learned + batch*cost.Sample
			require.GreaterOrEqual(t, expected, 0.98*grown, "%s, rank %d", name, a.Rank)
			require.Less(t, expected, 1.5*grown, "%s, rank %d", name, a.Rank)
		}
	}
}

// inUse is how many bytes are reachable.
func inUse() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
