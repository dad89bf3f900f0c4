package validator

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// linearLayers compute, when they score, a linear function and a constant of what they take.
var linearLayers = map[string]bool{
	"Linear": true, "Identity": true, "Flatten": true, "Unflatten": true, "Dropout": true, "Dropout1d": true, "Dropout2d": true,
	"Dropout3d": true, "AlphaDropout": true, "FeatureAlphaDropout": true, "BatchNorm1d": true, "BatchNorm2d": true, "BatchNorm3d": true,
}

// hasHidden reports whether a head has a hidden layer: weights before, or in, something that is not
// linear and has weights behind it. Two such heads of different trainers do not compute the
// same; linear ones that were trained on the same data nearly do.
func hasHidden(head packagefmt.Network) bool {
	weights := map[int]bool{}
	first, last := len(head.Layers), -1
	for i := range head.Layers {
		if hasWeights(head, i) {
			weights[i], first, last = true, min(first, i), i
		}
	}
	for i := first; i <= last; i++ {
		if !linearLayers[head.Layers[i].Type] && (weights[i] || i < last) {
			return true
		}
	}
	return false
}

func hasWeights(head packagefmt.Network, layer int) bool {
	prefix := fmt.Sprintf("layers.%d.", layer)
	for name := range head.Weights {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for name := range head.Tied {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// classRows is the layer whose rows are the classes of a head without a hidden layer; false if there
// is none. What is added to all its rows changes no answer.
func classRows(head packagefmt.Network) (layer int, ok bool) {
	if hasHidden(head) {
		return 0, false
	}
	for i := len(head.Layers) - 1; i >= 0; i-- {
		if hasWeights(head, i) {
			return i, head.Layers[i].Type == "Linear" && len(head.Tied) == 0
		}
	}
	return 0, false
}

// values are the numbers of a weight, without the mean of their column where the rows are classes.
type values struct {
	data  []float32
	means []float64 // nil: nothing is subtracted
}

func (v values) at(i int) float64 {
	if v.means == nil {
		return float64(v.data[i])
	}
	return float64(v.data[i]) - v.means[i%len(v.means)]
}

// valuesOf returns how to read a head's weights.
func valuesOf(head packagefmt.Network) func(name string) values {
	layer, centred := classRows(head)
	prefix := fmt.Sprintf("layers.%d.", layer)
	return func(name string) values {
		w := head.Weights[name]
		v := values{data: w.Data}
		if !centred || !strings.HasPrefix(name, prefix) || len(w.Shape) == 0 || w.Shape[0] == 0 {
			return v
		}
		rows := w.Shape[0]
		v.means = make([]float64, len(w.Data)/rows)
		for i, x := range w.Data {
			v.means[i%len(v.means)] += float64(x)
		}
		for i := range v.means {
			v.means[i] /= float64(rows)
		}
		return v
	}
}
