// Package safetensors reads and writes the safetensors file format.
//
// Format: https://github.com/huggingface/safetensors#format. Everything that a
// file declares is checked before memory is taken for it.
package safetensors

// Tensor is a dense row-major float32 array. Shape holds the size of each
// dimension; an empty Shape is a scalar. len(Data) is the product of Shape.
type Tensor struct {
	Shape []int
	Data  []float32
}
