package packagefmt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// scored scores a head that answers what it is asked about: right of n samples
// have the label that it says, the others the next one.
func scored(t *testing.T, right, n, classes int) Report {
	head := model(t, linearLayer(float64(classes), float64(classes))).Network
	weight, bias := head.Weights["layers.0.weight"], head.Weights["layers.0.bias"]
	clear(weight.Data)
	clear(bias.Data)
	for c := range classes {
		weight.Data[c*classes+c] = 1
	}
	x, labels := safetensors.Tensor{Shape: []int{n, classes}, Data: make([]float32, n*classes)}, make([]int, n)
	for i := range n {
		x.Data[i*classes+i%classes] = 1
		labels[i] = i % classes
		if i >= right {
			labels[i] = (i + 1) % classes
		}
	}
	b := &builder{}
	require.NoError(t, b.score(head, x, labels))
	return b.report
}

func TestBaseAccuracyIsRoundedDown(t *testing.T) {
	for _, c := range []struct {
		right, n int
		want     uint32
	}{{0, 7, 0}, {1, 3, 3333}, {2, 3, 6666}, {7, 7, 10_000}, {9_999, 10_000, 9_999}} {
		require.Equal(t, c.want, scored(t, c.right, c.n, 4).Accuracy, "%+v", c)
	}
}

func TestEqualOutputsCountForTheLowerClass(t *testing.T) {
	head := model(t, linearLayer(1, 3)).Network
	for _, w := range head.Weights {
		clear(w.Data)
	}
	b := &builder{}
	require.NoError(t, b.score(head, counting(1, 3, 1), []int{0, 0, 2}))
	require.EqualValues(t, 6666, b.report.Accuracy)
}

// A model that is right no more than a fifth oftener than a guess is noted,
// where there are enough samples to say so.
func TestModelThatGuesses(t *testing.T) {
	for _, c := range []struct {
		right, n, classes int
		want              bool
	}{{12, 100, 10, true}, {13, 100, 10, false}, {12, 99, 10, false}, {60, 100, 2, true}, {61, 100, 2, false}} {
		notes := scored(t, c.right, c.n, c.classes).Notes
		require.Equal(t, c.want, len(notes) == 1, "%+v: %v", c, notes)
	}
}

func TestLossScore(t *testing.T) {
	for loss, want := range map[float64]uint32{0: 10_000, 0.6931471805599453: 5_000, 1: 3678, 2.302585092994046: 999, 50: 0, 1e300: 0} {
		require.InDelta(t, want, LossScore(loss), 1, "loss %v", loss)
	}
	require.Equal(t, uint32(3678), LossScore(1))
}
