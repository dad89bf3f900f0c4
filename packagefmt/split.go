package packagefmt

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
)

// Split strategies.
const (
	// SplitRatio: the head is the shortest tail of the layers that holds at
	// least Ratio of the parameters.
	SplitRatio = "ratio"
	// SplitKit: the head starts where the public kits cut. The first rule that
	// fits decides: at a part named fc, classifier, head…, after the last
	// pooling or flatten layer, after the last convolution or norm, at the last
	// run of Linear, dropout and activations, or by the ratio.
	SplitKit = "kit"
	// SplitExplicit: the head starts at FirstLayer or FirstName.
	SplitExplicit = "explicit"
)

// DefaultRatio is the share of the parameters that goes into the head.
const DefaultRatio = 0.15

// SplitOptions select where to cut a model.
type SplitOptions struct {
	// Strategy is one of the constants above. Default: SplitRatio, or
	// SplitExplicit where FirstLayer or FirstName is set.
	Strategy string
	// Ratio is the smallest share of the parameters in the head, above 0 and up
	// to 1. Default: DefaultRatio.
	Ratio float64
	// FirstLayer is the index of the head's first layer, counted from 0.
	FirstLayer int
	// FirstName is the name, in the original model, of the head's first layer
	// or of a part that begins there ("classifier"). It takes precedence over
	// FirstLayer.
	FirstName string
}

// withDefaults sets the fields that are zero to their defaults.
func (o SplitOptions) withDefaults() SplitOptions {
	if o.Strategy == "" {
		o.Strategy = SplitRatio
		if o.FirstLayer != 0 || o.FirstName != "" {
			o.Strategy = SplitExplicit
		}
	}
	if o.Ratio == 0 {
		o.Ratio = DefaultRatio
	}
	return o
}

// cut returns the head's first layer and the rule that selected it.
func (o SplitOptions) cut(m Model, params []int) (first int, rule string, err error) {
	if !(o.Ratio > 0 && o.Ratio <= 1) {
		return 0, "", fmt.Errorf("%w: ratio %v is not in (0, 1]", ErrNoSplit, o.Ratio)
	}
	switch o.Strategy {
	case SplitRatio:
		first, rule = cutByRatio(params, o.Ratio)
	case SplitKit:
		first, rule = cutAsKit(m, params, o.Ratio)
	case SplitExplicit:
		first, rule = o.FirstLayer, fmt.Sprintf("layer %d", o.FirstLayer)
		if o.FirstName != "" {
			if first = byName(m.Names, o.FirstName); first < 0 {
				return 0, "", fmt.Errorf("%w: no layer is named %q; the names are %s", ErrNoSplit, o.FirstName, strings.Join(m.Names, ", "))
			}
			rule = "the part named " + o.FirstName
		}
	default:
		return 0, "", fmt.Errorf("%w: unknown strategy %q; choose %s, %s or %s", ErrNoSplit, o.Strategy, SplitRatio, SplitKit, SplitExplicit)
	}
	if first < 0 || first >= len(m.Layers) {
		return 0, "", fmt.Errorf("%w: layer %d does not exist; the model has layers 0 to %d", ErrNoSplit, first, len(m.Layers)-1)
	}
	return first, rule, nil
}

// layerParams counts each layer's learnable parameters, those that are tied to others
// not again.
func layerParams(n Network) ([]int, error) {
	params := make([]int, len(n.Layers))
	for i, l := range n.Layers {
		var err error
		if params[i], err = nn.LearnableParams(nn.Spec(l)); err != nil {
			return nil, fmt.Errorf("%w: layer %d: %w", ErrUnsupported, i, err)
		}
	}
	for name := range n.Tied {
		i, param, err := splitName(name)
		if err != nil || i >= len(params) {
			return nil, fmt.Errorf("%w: %.100q is tied, but there is no such layer", ErrInvalid, name)
		}
		shapes, err := nn.ParamShapes(nn.Spec(n.Layers[i]))
		if err != nil {
			return nil, fmt.Errorf("%w: layer %d: %w", ErrUnsupported, i, err)
		}
		size := 1
		for _, d := range shapes[param] {
			size *= d
		}
		params[i] -= size
	}
	return params, nil
}

func sum(v []int) (s int) {
	for _, x := range v {
		s += x
	}
	return s
}

func cutByRatio(params []int, ratio float64) (int, string) {
	total, tail := sum(params), 0
	for i := len(params) - 1; i >= 0; i-- {
		tail += params[i]
		if params[i] > 0 && float64(tail) >= ratio*float64(total) {
			return i, fmt.Sprintf("the shortest tail of at least %.4g %% of the parameters", 100*ratio)
		}
	}
	return 0, "the whole model"
}

// byName returns the index of the first layer of a part, or -1.
func byName(names []string, name string) int {
	for i, n := range names {
		if n == name || strings.HasPrefix(n, name+".") {
			return i
		}
	}
	return -1
}

var kitNames = []string{"fc", "classifier", "head", "output", "predictions", "logits", "output_layer"}

func cutAsKit(m Model, params []int, ratio float64) (int, string) {
	learns := func(from int) bool { return sum(params[from:]) > 0 }
	for _, name := range kitNames {
		if i := byName(m.Names, name); i >= 0 && learns(i) {
			return i, "the part named " + name
		}
	}
	if i := lastOf(m.Layers, "Pool", "latten"); i >= 0 && learns(i+1) {
		return i + 1, "after the last pooling or flatten layer"
	}
	if i := lastOf(m.Layers, "Conv", "Norm"); i >= 0 && learns(i+1) {
		return i + 1, "after the last convolution or norm"
	}
	i := len(m.Layers)
	for i > 0 && (params[i-1] == 0 || m.Layers[i-1].Type == "Linear" || m.Layers[i-1].Type == "PReLU") {
		i--
	}
	if i > 0 && learns(i) {
		return i, "the last run of Linear, dropout and activations"
	}
	first, _ := cutByRatio(params, ratio)
	return first, "no rule of the kit fits: the ratio"
}

// lastOf returns the index of the last layer whose type contains one of the
// words, or -1.
func lastOf(layers []Layer, words ...string) int {
	for i := len(layers) - 1; i >= 0; i-- {
		for _, w := range words {
			if strings.Contains(layers[i].Type, w) {
				return i
			}
		}
	}
	return -1
}
