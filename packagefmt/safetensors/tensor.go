// Package safetensors reads and writes the safetensors file format.
//
// Format: https://github.com/huggingface/safetensors#format: eight bytes of
// header length, a JSON header, then the tensors back to back. Everything that
// a file declares is checked before memory is taken for it, so a hostile file
// costs no more than its own size times two (float16 grows to float32).
//
// Everything is float32 in memory. Files may hold F32, F16, BF16, F64 or I64;
// values that are NaN or infinite, or become so as float32, are refused: no
// honest weight or embedding holds one. Written files are F32, ordered and
// padded as Python's safetensors does, so the same tensors give the same bytes
// from either side.
package safetensors

import (
	"errors"
	"fmt"
	"math"
)

// MaxRank is the largest number of dimensions of a tensor.
const MaxRank = 8

// Errors that callers branch on; they come wrapped with the facts.
var (
	// ErrFormat means that the bytes are not a safetensors file.
	ErrFormat = errors.New("safetensors: malformed file")
	// ErrNotFinite means that a tensor holds NaN or an infinity.
	ErrNotFinite = errors.New("safetensors: value is not finite")
	// ErrShape means that a shape is negative, too large, or does not fit its data.
	ErrShape = errors.New("safetensors: bad shape")
)

// Tensor is a dense row-major float32 array. Shape holds the size of each
// dimension; an empty Shape is a scalar. len(Data) is the product of Shape.
type Tensor struct {
	Shape []int
	Data  []float32
}

// Count returns the number of elements of a shape. It is an ErrShape when a
// size is negative, there are more than MaxRank sizes, or the product (in
// float64 bytes) does not fit an int.
func Count(shape []int) (int, error) {
	if len(shape) > MaxRank {
		return 0, fmt.Errorf("%w: %d dimensions, at most %d", ErrShape, len(shape), MaxRank)
	}
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

// Check tells whether the tensor's shape is sound and fits its data, and
// whether every value is finite.
func (t Tensor) Check() error {
	n, err := Count(t.Shape)
	if err != nil {
		return err
	}
	if n != len(t.Data) {
		return fmt.Errorf("%w: %v needs %d values, there are %d", ErrShape, t.Shape, n, len(t.Data))
	}
	for i, v := range t.Data {
		if v-v != 0 { // NaN and the infinities are the only values that differ from themselves so
			return fmt.Errorf("%w: element %d is %v", ErrNotFinite, i, v)
		}
	}
	return nil
}
