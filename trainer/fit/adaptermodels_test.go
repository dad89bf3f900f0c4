package fit

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func weightOf(layer int) string { return fmt.Sprintf("layers.%d.weight", layer) }

// randomWeights gives every layer weights, those of norms 1.
func randomWeights(t testing.TB, n *packagefmt.Network) {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	for i, l := range n.Layers {
		shapes, err := nn.ParamShapes(nn.Spec(l))
		require.NoError(t, err)
		for _, name := range slices.Sorted(maps.Keys(shapes)) {
			full := fmt.Sprintf("layers.%d.%s", i, name)
			if _, tied := n.Tied[full]; tied {
				continue
			}
			w := safetensors.Tensor{Shape: shapes[name], Data: []float32{}}
			count, err := safetensors.Count(w.Shape)
			require.NoError(t, err)
			for range count {
				v := float32(1)
				if len(w.Shape) > 1 {
					v = float32(rng.NormFloat64() / math.Sqrt(float64(w.Shape[len(w.Shape)-1])))
				}
				w.Data = append(w.Data, v)
			}
			n.Weights[full] = w
		}
	}
}

// counting are sequences of numbers that go up by one, from anywhere, and around; the answer to a token is
// the one after it.
func counting(n, time, vocabulary int) (x safetensors.Tensor, y []int) {
	x.Shape = []int{n, time}
	for i := range n {
		for j := range time {
			x.Data = append(x.Data, float32((3*i+j)%vocabulary))
			y = append(y, (3*i+j+1)%vocabulary)
		}
		y[len(y)-1] = Ignore
	}
	return x, y
}
