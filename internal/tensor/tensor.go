// Package tensor is shape and data: what the networks compute with, what the
// weight files hold and what the model packages hand around. It knows no file
// format and no layer.
package tensor

import (
	"errors"
	"fmt"
	"math"
)

// Errors that callers branch on; they come wrapped with the facts.
var (
	// ErrShape means that a shape is negative, too large, or does not fit its data.
	ErrShape = errors.New("bad tensor shape")
	// ErrNotFinite means that a tensor holds NaN or an infinity.
	ErrNotFinite = errors.New("tensor value is not finite")
)

// Tensor is a dense row-major float32 array. Shape holds the size of each
// dimension; an empty Shape is a scalar. len(Data) is the product of Shape.
type Tensor struct {
	Shape []int
	Data  []float32
}

// New is a tensor of zeros. The shape must have passed [Count].
func New(shape ...int) Tensor {
	return Tensor{Shape: append([]int{}, shape...), Data: make([]float32, Size(shape))}
}

// Count returns the number of elements of a shape. It is an [ErrShape] when a
// size is negative or the product (in float64 bytes) does not fit an int.
func Count(shape []int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("%w: size %d in %v", ErrShape, d, shape)
		}
		if d > 0 && n > math.MaxInt/8/d {
			return 0, fmt.Errorf("%w: %v has too many elements", ErrShape, shape)
		}
		n *= d
	}
	return n, nil
}

// Size is [Count] of a shape that was checked before.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Check reports whether the shape is sound and fits the data, and whether every
// value is finite: the error is an [ErrShape] or an [ErrNotFinite].
func (t Tensor) Check() error {
	n, err := Count(t.Shape)
	if err != nil {
		return err
	}
	if n != len(t.Data) {
		return fmt.Errorf("%w: %v needs %d values, there are %d", ErrShape, t.Shape, n, len(t.Data))
	}
	return CheckFinite(t.Data)
}

// CheckFinite fails with [ErrNotFinite] at the first NaN or infinity.
func CheckFinite(data []float32) error {
	for i, v := range data {
		if NotFinite(v) {
			return fmt.Errorf("%w: element %d is %v", ErrNotFinite, i, v)
		}
	}
	return nil
}

// NotFinite reports whether v is NaN or an infinity.
func NotFinite(v float32) bool {
	return v-v != 0 // 0 for every finite number, NaN for the others
}
