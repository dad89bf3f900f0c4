package packagefmt

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
		{[]int{0, 0}, 0.15, 0}, // nothing to learn: no cut is better than another
	} {
		first, _ := cutByRatio(c.params, c.ratio)
		require.Equal(t, c.want, first, "%+v", c)
	}
}

// The public kits' rules, in their order; each holds only where the head would
// have something to learn.
func TestCutAsTheKitsDo(t *testing.T) {
	type layer struct {
		name, class string
		params      int
	}
	for name, c := range map[string]struct {
		layers []layer
		want   int
		rule   string
	}{
		"a part's name":                  {[]layer{{"body", "Linear", 9}, {"classifier.0", "Linear", 5}, {"classifier.2", "Linear", 3}}, 1, "classifier"},
		"the first part":                 {[]layer{{"fc", "Linear", 9}, {"x", "ReLU", 0}}, 0, "fc"},
		"a name that learns nothing":     {[]layer{{"x", "Flatten", 0}, {"y", "Linear", 5}, {"output", "Softmax", 0}}, 1, "flatten"},
		"after a flatten in front":       {[]layer{{"x", "Flatten", 0}, {"y", "Linear", 5}}, 1, "flatten"},
		"after the last pooling":         {[]layer{{"a", "MaxPool2d", 0}, {"b", "Conv2d", 5}, {"c", "AvgPool2d", 0}, {"d", "Linear", 4}}, 3, "pooling"},
		"a pooling at the end":           {[]layer{{"a", "Conv2d", 5}, {"b", "Conv2d", 5}, {"c", "Linear", 4}, {"d", "AvgPool1d", 0}}, 2, "convolution"},
		"after a norm in front":          {[]layer{{"a", "LayerNorm", 5}, {"b", "Linear", 4}}, 1, "norm"},
		"a norm at the end":              {[]layer{{"a", "LSTM", 50}, {"b", "Linear", 4}, {"c", "BatchNorm1d", 2}}, 0, "ratio"},
		"the last run":                   {[]layer{{"a", "LSTM", 50}, {"b", "Linear", 4}, {"c", "ReLU", 0}, {"d", "PReLU", 1}, {"e", "Linear", 3}}, 1, "last run"},
		"the run is the whole model":     {[]layer{{"a", "Linear", 90}, {"b", "ReLU", 0}, {"c", "Linear", 20}}, 2, "ratio"},
		"the run is empty":               {[]layer{{"a", "Linear", 4}, {"b", "LSTM", 50}}, 1, "ratio"},
		"the run has nothing to learn":   {[]layer{{"a", "Linear", 4}, {"b", "LSTM", 50}, {"c", "ReLU", 0}}, 1, "ratio"},
		"a name in the middle of a name": {[]layer{{"body.fc", "LSTM", 9}, {"fcx", "Linear", 2}}, 1, "last run"},
	} {
		t.Run(name, func(t *testing.T) {
			var m Model
			var params []int
			for _, l := range c.layers {
				m.Layers = append(m.Layers, Layer{Type: l.class})
				m.Names = append(m.Names, l.name)
				params = append(params, l.params)
			}
			first, rule := cutAsKit(m, params, 0.15)
			require.Equal(t, c.want, first)
			require.Contains(t, rule, c.rule)
		})
	}
}

func TestCutsThatThereAre(t *testing.T) {
	m := model(t, linearLayer(4, 3), linearLayer(3, 2))
	params, err := layerParams(m.Network)
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
