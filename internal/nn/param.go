package nn

import (
	"github.com/nlpodyssey/spago/mat"
	"github.com/nlpodyssey/spago/mat/float"
	spago "github.com/nlpodyssey/spago/nn"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// paramSpec is what a layer's class says about one of its parameters.
type paramSpec struct {
	name      string
	shape     []int // as PyTorch has it
	buffer    bool  // not learned (BatchNorm's running statistics)
	optional  bool  // may be missing from a file: num_batches_tracked
	transpose bool  // [out, in] in PyTorch, kept as [in, out]
}

// param is one parameter or buffer. A learnable one is a spago parameter, so
// that spago's optimizers can work on it; w and g are its very memory.
type param struct {
	paramSpec
	spago *spago.Param // nil for a buffer
	w     []float32
	g     []float32 // the gradient, overwritten by every backward pass
}

// newParam takes its values from t, whose shape was checked.
func newParam(ps paramSpec, t tensor.Tensor) *param {
	p := &param{paramSpec: ps, w: make([]float32, len(t.Data))}
	if ps.transpose {
		transpose(p.w, t.Data, ps.shape[0], ps.shape[1])
	} else {
		copy(p.w, t.Data)
	}
	if !ps.buffer {
		p.spago = &spago.Param{Matrix: dense(p.w)}
		p.spago.SetRequiresGrad(true)
	}
	return p
}

// dense wraps data as a column vector; nothing is copied.
func dense(data []float32) *mat.Dense[float32] {
	return mat.NewDense[float32](mat.WithBacking(data))
}

// backing is the memory of a spago tensor; nothing is copied.
func backing(t mat.Tensor) []float32 { return float.SliceValueOf[float32](t.Data()) }

// needGrad gives the parameter its gradient. spago clones the first gradient
// that it is handed and keeps it, so zeros make the memory that g points at.
func (p *param) needGrad() {
	if p.spago == nil || p.g != nil {
		return
	}
	p.spago.AccGrad(dense(make([]float32, len(p.w))))
	p.g = backing(p.spago.Grad())
}

// tensor is a copy of the parameter in PyTorch's layout.
func (p *param) tensor() tensor.Tensor { return p.tensorOf(p.w) }

// tensorOf is a copy of the parameter's values or gradient in PyTorch's layout.
func (p *param) tensorOf(data []float32) tensor.Tensor {
	t := tensor.Tensor{Shape: append([]int{}, p.shape...), Data: make([]float32, len(data))}
	if p.transpose {
		transpose(t.Data, data, p.shape[1], p.shape[0])
	} else {
		copy(t.Data, data)
	}
	return t
}

// transpose writes the transpose of src [rows, cols] to dst [cols, rows].
func transpose(dst, src []float32, rows, cols int) {
	kernel.Transpose(kernel.Dense(dst, cols, rows), kernel.Dense(src, rows, cols))
}
