package validator

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// RelativeDistance is ‖a−b‖₂ / ‖b‖₂ over all weights of two networks of the same
// architecture, in float64. Two all-zero networks are at distance 0; anything
// else is infinitely far from an all-zero b. What no answer depends on is left out, so that it
// cannot disguise a copy: BatchNorm's num_batches_tracked, and, in a head without a hidden layer,
// what all rows of its last Linear have in common.
// It fails if names or shapes differ.
func RelativeDistance(a, b packagefmt.Network) (float64, error) {
	names := weightNames(b)
	if !slices.Equal(names, weightNames(a)) {
		return 0, errors.New("the networks have different weights")
	}
	diff, norm, ofA, ofB := 0.0, 0.0, valuesOf(a), valuesOf(b)
	for _, name := range names {
		if wa, wb := a.Weights[name], b.Weights[name]; !slices.Equal(wa.Shape, wb.Shape) || len(wa.Data) != len(wb.Data) {
			return 0, fmt.Errorf("weight %s has another shape", name)
		}
		va, vb := ofA(name), ofB(name)
		for i := range vb.data {
			v := vb.at(i)
			d := va.at(i) - v
			diff += float64(d * d) // rounded, so that no processor fuses the two
			norm += float64(v * v)
		}
	}
	if diff == 0 {
		return 0, nil
	}
	return math.Sqrt(diff) / math.Sqrt(norm), nil
}

// Norm is ‖·‖₂ over all weights that an output depends on, in float64: those
// that [RelativeDistance] compares.
func Norm(head packagefmt.Network) float64 {
	sum, of := 0.0, valuesOf(head)
	for _, name := range weightNames(head) {
		v := of(name)
		for i := range v.data {
			x := v.at(i)
			sum += float64(x * x)
		}
	}
	return math.Sqrt(sum)
}

// mayBeCopy reports whether a network of norm a can be within CopyTolerance of
// one of norm b: |‖a‖−‖b‖| ≤ ‖a−b‖. Both norms are rounded, hence twice the
// tolerance; a norm of NaN excludes nothing.
func mayBeCopy(a, b float64) bool {
	return !(math.Abs(a-b) > 2*CopyTolerance*b)
}

// weightNames lists the weights that an output depends on, sorted.
func weightNames(n packagefmt.Network) []string {
	names := slices.Sorted(maps.Keys(n.Weights))
	return slices.DeleteFunc(names, func(name string) bool {
		return strings.HasSuffix(name, ".num_batches_tracked")
	})
}
