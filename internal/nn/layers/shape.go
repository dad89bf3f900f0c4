package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// MaxElements bounds the size of one sample between two layers, and of one
// parameter, in elements: so a hostile layer list cannot exhaust memory.
const MaxElements = 1 << 28

// Elements is the number of elements of a shape; it fails if a dimension is
// negative or the product is over [MaxElements].
func Elements(shape []int) (int, error) {
	n, err := tensor.Count(shape)
	if err == nil && n > MaxElements {
		err = fmt.Errorf("shape %v is over the limit of %d elements", shape, MaxElements)
	}
	return n, err
}

// elements is Elements of a shape that was checked before.
func elements(shape []int) int { return tensor.Size(shape) }

// sameAsInput is embedded by layers that keep the shape of their input,
// whatever it is.
type sameAsInput struct{}

func (sameAsInput) OutShape(inputs ...[]int) ([]int, error) { return slices.Clone(inputs[0]), nil }

// dimension is one of the full [batch, …] shape, counted from the end if negative; 0 is
// the batch.
func dimension(dim, sampleDims int) (int, error) {
	d := dim
	if d < 0 {
		d += sampleDims + 1
	}
	if d < 0 || d > sampleDims {
		return 0, fmt.Errorf("dim %d is out of range for %d dimensions", dim, sampleDims+1)
	}
	return d, nil
}

// axis turns a dimension of the full [batch, …] shape, counted from the end if
// negative, into one of the sample's shape. The batch itself is refused.
func axis(dim, sampleDims int) (int, error) {
	d, err := dimension(dim, sampleDims)
	if err != nil {
		return 0, err
	}
	if d == 0 {
		return 0, fmt.Errorf("dim %d is the batch: %w", dim, ErrUnsupported)
	}
	return d - 1, nil
}
