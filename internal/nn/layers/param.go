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
	Reread    bool  // a matrix that one pass reads many times, for few rows each
}

// Param is one parameter or buffer. A learnable one is a spago parameter, so
// that spago's optimizers can work on it; W and G are its memory, not copies.
type Param struct {
	ParamSpec
	Spago *nn.Param // nil for a buffer
	W     []float32
	G     []float32 // the gradient, overwritten by every backward pass; nil before NeedGrad
	// shared says that W is the caller's memory, as PyTorch has it.
	shared bool
	// Frozen says that training leaves it as it is, and computes no gradient of it.
	Frozen bool
	// Tied is the parameter that this one is in another place, or nil. W has its
	// numbers, G only what this place adds to its gradient, and Spago is nil.
	Tied *Param
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

// FrozenParam shares the memory of t, whose shape was checked, where it can. It cannot be
// trained.
func FrozenParam(ps ParamSpec, t tensor.Tensor) *Param {
	if ps.Transpose && ps.Reread {
		return NewParam(ps, t)
	}
	return &Param{ParamSpec: ps, W: t.Data, shared: true}
}

// Matrix is a matrix that is transposed in PyTorch, as [in, out].
func (p *Param) Matrix() kernel.Mat {
	if p.shared {
		return kernel.Dense(p.W, p.Shape[0], p.Shape[1]).T()
	}
	return kernel.Dense(p.W, p.Shape[1], p.Shape[0])
}

// Learned reports whether training changes it.
func (p *Param) Learned() bool { return !p.Buffer && !p.Frozen }

// TiedParam is a parameter of the same shape in another place.
func TiedParam(ps ParamSpec, owner *Param) *Param {
	p := &Param{ParamSpec: ps, W: owner.W, Tied: owner, shared: owner.shared}
	switch {
	case p.shared && ps.Transpose && ps.Reread:
		p.shared, p.W = false, make([]float32, len(owner.W))
		transpose(p.W, owner.W, ps.Shape[0], ps.Shape[1])
	case !p.shared && p.Transpose != owner.Transpose:
		p.W = make([]float32, len(owner.W))
		p.Refresh()
	}
	return p
}

// Refresh takes over the numbers of the parameter that p is tied to, if p has them in
// another layout; otherwise the two share them.
func (p *Param) Refresh() {
	if rows, cols := p.Tied.rows(); p.Transpose != p.Tied.Transpose {
		transpose(p.W, p.Tied.W, rows, cols)
	}
}

// AddGrad adds elements lo … hi-1, in the layout of the parameter that p is tied to, of
// this place's gradient to its.
func (p *Param) AddGrad(lo, hi int) {
	rows, cols := p.Tied.rows()
	for i := lo; i < hi; i++ {
		at := i
		if p.Transpose != p.Tied.Transpose {
			at = i%cols*rows + i/cols
		}
		p.Tied.G[i] += p.G[at]
	}
}

// rows and columns of W, of a matrix.
func (p *Param) rows() (rows, cols int) {
	if len(p.Shape) != 2 {
		return 1, len(p.W)
	}
	if p.Transpose {
		return p.Shape[1], p.Shape[0]
	}
	return p.Shape[0], p.Shape[1]
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
	if !p.Learned() || p.G != nil {
		return
	}
	if p.Tied != nil {
		p.G = make([]float32, len(p.W))
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
	if p.Transpose && !p.shared {
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
