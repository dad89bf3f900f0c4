// Package safetensors reads and writes the safetensors file format.
//
// Format: https://github.com/huggingface/safetensors#format: eight bytes of
// header length, a JSON header, then the tensors back to back. Everything that
// a file declares is checked before memory is allocated for it, so a hostile
// file costs at most twice its own size (float16 grows to float32).
//
// Everything is float32 in memory. Files may hold F32, F16, BF16, F64 or I64;
// values that are NaN or infinite, or become infinite as float32, are errors:
// no honest weight or embedding holds one. Written files are F32, ordered and
// padded as Python's safetensors does, so that Go and Python write the same
// bytes for the same tensors.
package safetensors

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// MaxRank is the largest number of dimensions of a tensor in a file.
const MaxRank = 8

// Errors that callers branch on; they come wrapped with the facts.
var (
	// ErrFormat means that the bytes are not a safetensors file.
	ErrFormat = errors.New("safetensors: malformed file")
	// ErrNotFinite means that a tensor holds NaN or an infinity.
	ErrNotFinite = tensor.ErrNotFinite
	// ErrShape means that a shape is negative or too large, or does not fit its
	// data.
	ErrShape = tensor.ErrShape
)

// Tensor is a dense row-major float32 array. Shape holds the size of each
// dimension; an empty Shape is a scalar. len(Data) is the product of Shape, and
// Check reports whether it is, and whether every value is finite.
//
// It is an alias, so that the packages that compute with tensors need not
// import this file format; users write the type as safetensors.Tensor.
type Tensor = tensor.Tensor

// Count returns the number of elements of a shape. The error wraps ErrShape if
// a size is negative, there are more than MaxRank sizes, or the product (in
// bytes of float64) does not fit an int.
func Count(shape []int) (int, error) {
	if len(shape) > MaxRank {
		return 0, fmt.Errorf("%w: %d dimensions, at most %d", ErrShape, len(shape), MaxRank)
	}
	return tensor.Count(shape)
}
