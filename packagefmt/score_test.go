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

func TestCutAtTheRatio(t *testing.T) {
	for _, c := range []struct {
		params []int
		ratio  float64
		want   int
	}{
		{[]int{75, 0, 25}, 0.25, 2},
		{[]int{76, 0, 24}, 0.25, 0},
		{[]int{50, 26, 0, 24, 0}, 0.25, 1},
		{[]int{50, 50}, 1, 0},
		{[]int{0, 100, 0}, 0.15, 1},
	} {
		first, _ := cutByRatio(c.params, c.ratio)
		require.Equal(t, c.want, first, "%+v", c)
	}
}

func TestCutsThatThereAre(t *testing.T) {
	m := model(t, linearLayer(4, 3), linearLayer(3, 2))
	params, err := layerParams(m.Layers)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		o    SplitOptions
		want int // -1: none
		says string
	}{
		"the whole model":   {SplitOptions{Strategy: SplitExplicit}, 0, ""},
		"the last layer":    {SplitOptions{FirstLayer: 1}, 1, ""},
		"behind it":         {SplitOptions{FirstLayer: 2}, -1, "layer 2 does not exist; the model has layers 0 to 1"},
		"in front of all":   {SplitOptions{FirstLayer: -1}, -1, "layer -1 does not exist"},
		"ratio of 1":        {SplitOptions{Ratio: 1}, 0, ""},
		"ratio over 1":      {SplitOptions{Ratio: 1.01}, -1, "ratio 1.01"},
		"ratio under 0":     {SplitOptions{Ratio: -0.1}, -1, "ratio -0.1"},
		"unknown strategy":  {SplitOptions{Strategy: "halves"}, -1, `unknown strategy "halves"`},
		"a name that isn't": {SplitOptions{FirstName: "classifier"}, -1, `no layer is named "classifier"`},
	} {
		t.Run(name, func(t *testing.T) {
			first, _, err := c.o.withDefaults().cut(m, params)
			if c.want < 0 {
				require.ErrorIs(t, err, ErrNoSplit)
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, first)
		})
	}
}
