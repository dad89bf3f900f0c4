package packagefmt

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func weightName(layer int, param string) string {
	return "layers." + strconv.Itoa(layer) + "." + param
}

// Learned reports whether a weight of that name is learned from a loss; running
// statistics of the samples (BatchNorm's) are not.
func Learned(weight string) bool {
	for _, buffer := range []string{".running_mean", ".running_var", ".num_batches_tracked"} {
		if strings.HasSuffix(weight, buffer) {
			return false
		}
	}
	return true
}

// splitName parses layers.<i>.<param>.
func splitName(name string) (layer int, param string, err error) {
	rest, ok := strings.CutPrefix(name, "layers.")
	num, param, ok2 := strings.Cut(rest, ".")
	layer, numErr := strconv.Atoi(num)
	if !ok || !ok2 || numErr != nil || layer < 0 || param == "" || strconv.Itoa(layer) != num {
		return 0, "", fmt.Errorf("%w: weight %.100q is not named layers.<i>.<param>", ErrInvalid, name)
	}
	return layer, param, nil
}

// renumber renames weights so that their numbers count every layer. Files of
// the public kits number either every layer or only those with parameters;
// renumber uses whichever fits the layers and the shapes. If neither does, the
// error says why not.
func renumber(layers []Layer, weights map[string]safetensors.Tensor) (map[string]safetensors.Tensor, error) {
	shapes := make([]map[string][]int, len(layers))
	every := make([]int, len(layers)) // position in the file → layer
	var withParams []int
	for i, l := range layers {
		var err error
		if shapes[i], err = nn.ParamShapes(nn.Spec(l)); err != nil {
			return nil, fmt.Errorf("%w: layer %d: %w", ErrUnsupported, i, err)
		}
		every[i] = i
		if len(shapes[i]) > 0 {
			withParams = append(withParams, i)
		}
	}
	a, errA := assign(shapes, weights, every)
	if errA == nil {
		return a, nil // if both fit they are the same: the layers with parameters come first
	}
	b, errB := assign(shapes, weights, withParams)
	if errB == nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: the weights fit the layers in neither numbering: counting every layer, %w; counting only layers with parameters, %w",
		ErrInvalid, errA, errB)
}

// assign renames weights by a numbering and checks that they are exactly those
// that the layers need.
func assign(shapes []map[string][]int, weights map[string]safetensors.Tensor, numbering []int) (map[string]safetensors.Tensor, error) {
	out := make(map[string]safetensors.Tensor, len(weights))
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		position, param, err := splitName(name)
		if err != nil {
			return nil, err
		}
		if position >= len(numbering) {
			return nil, fmt.Errorf("%.100s belongs to a layer after the last", name)
		}
		i := numbering[position]
		want, ok := shapes[i][param]
		if !ok {
			return nil, fmt.Errorf("%.100s is not a weight that its layer has", name)
		}
		if got := weights[name].Shape; !slices.Equal(got, want) {
			return nil, fmt.Errorf("%.100s has shape %v, its layer needs %v", name, got, want)
		}
		out[weightName(i, param)] = weights[name]
	}
	for i, params := range shapes {
		for _, param := range slices.Sorted(maps.Keys(params)) {
			if _, ok := out[weightName(i, param)]; !ok && param != "num_batches_tracked" {
				return nil, fmt.Errorf("%s of layer %d is missing", param, i)
			}
		}
	}
	return out, nil
}
