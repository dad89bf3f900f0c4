package layers

import (
	"github.com/nlpodyssey/spago/mat"
	"github.com/nlpodyssey/spago/mat/float"
	"github.com/nlpodyssey/spago/nn"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// ParamSpec is what a layer's class says about one of its parameters.
type ParamSpec struct {
	Name      string
	Shape     []int // as PyTorch has it
	Buffer    bool  // not learned (BatchNorm's running statistics)
	Optional  bool  // may be missing from a file: num_batches_tracked
	Transpose bool  // [out, in] in PyTorch, kept as [in, out]
}

// Param is one parameter or buffer. A learnable one is a spago parameter, so
// that spago's optimizers can work on it; W and G are its memory, not copies.
type Param struct {
	ParamSpec
	Spago *nn.Param // nil for a buffer
	W     []float32
	G     []float32 // the gradient, overwritten by every backward pass; nil before NeedGrad
}

// NewParam takes its values from t, whose shape was checked.
func NewParam(ps ParamSpec, t tensor.Tensor) *Param {
	p := &Param{ParamSpec: ps, W: make([]float32, len(t.Data))}
	if ps.Transpose {
		transpose(p.W, t.Data, ps.Shape[0], ps.Shape[1])
	} else {
		copy(p.W, t.Data)
	}
	if !ps.Buffer {
		p.Spago = &nn.Param{Matrix: column(p.W)}
		p.Spago.SetRequiresGrad(true)
	}
	return p
}

// column wraps data as a column vector; nothing is copied.
func column(data []float32) *mat.Dense[float32] {
	return mat.NewDense[float32](mat.WithBacking(data))
}

// Backing is the memory of a spago tensor; nothing is copied.
func Backing(t mat.Tensor) []float32 { return float.SliceValueOf[float32](t.Data()) }

// NeedGrad gives the parameter its gradient. spago clones the first gradient
// that it is handed and keeps it, so zeros make the memory that G points at.
func (p *Param) NeedGrad() {
	if p.Buffer || p.G != nil {
		return
	}
	p.Spago.AccGrad(column(make([]float32, len(p.W))))
	p.G = Backing(p.Spago.Grad())
}

// Tensor is a copy of the values in PyTorch's layout.
func (p *Param) Tensor() tensor.Tensor { return p.TensorOf(p.W) }

// TensorOf is a copy, in PyTorch's layout, of data that has the layout of W, such as
// the gradient.
func (p *Param) TensorOf(data []float32) tensor.Tensor {
	t := tensor.New(p.Shape...)
	if p.Transpose {
		transpose(t.Data, data, p.Shape[1], p.Shape[0])
	} else {
		copy(t.Data, data)
	}
	return t
}

// transpose writes the transpose of src [rows, cols] to dst [cols, rows].
func transpose(dst, src []float32, rows, cols int) {
	kernel.Transpose(kernel.Dense(dst, cols, rows), kernel.Dense(src, rows, cols))
}
