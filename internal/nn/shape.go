package nn

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// product is the number of elements of a shape; it fails where a dimension is
// negative or the product is over maxElements.
func product(shape []int) (int, error) {
	n, err := tensor.Count(shape)
	if err == nil && n > maxElements {
		err = fmt.Errorf("shape %v is over the limit of %d elements", shape, maxElements)
	}
	return n, err
}

// elements is product for shapes that were checked before.
func elements(shape []int) int { return tensor.Size(shape) }

func sameShape(a, b []int) bool { return slices.Equal(a, b) }

// axis turns a dimension of the full [batch, ...] shape, counted from the end
// where negative, into one of the sample's shape. The batch itself is refused.
func axis(dim, sampleDims int) (int, error) {
	d := dim
	if d < 0 {
		d += sampleDims + 1
	}
	if d < 0 || d > sampleDims {
		return 0, fmt.Errorf("dim %d is out of range for %d dimensions", dim, sampleDims+1)
	}
	if d == 0 {
		return 0, fmt.Errorf("dim %d is the batch: %w", dim, ErrUnsupported)
	}
	return d - 1, nil
}
