package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// LowRanker is a layer that is linear in its weight, so that a low-rank change of the
// weight (LoRA: Hu et al.: "LoRA: Low-Rank Adaptation of Large Language Models", 2021)
// is a branch of two small layers beside it: y += scale·B(A(x)).
type LowRanker interface {
	// LowRank describes the branch that changes outputs lo … hi-1 of the layer by
	// products of the given rank. It fails if the layer cannot have one.
	LowRank(rank, lo, hi int) (LowRank, error)
	// Outputs is the number of outputs, or channels, that lo and hi count.
	Outputs() int
}

// LowRank is the branch beside a layer. The shapes of A and B are PEFT's.
type LowRank struct {
	A, B ParamSpec
	// Table says that A is a table of rows to look up: its inputs are not numbers
	// that a dropout could scale.
	Table bool
	// Down takes the layer's input, Up the layer's output and that of Down.
	Down func(a *Param) Layer
	Up   func(b *Param, scale float32) Layer
}

// InPlacer is a layer that can write its output over its first input, which is then
// the gradient's memory too.
type InPlacer interface {
	WorksInPlace()
}

// LowRank of a linear layer: A [r, in], B [outputs, r].
func (l *linear) LowRank(rank, lo, hi int) (LowRank, error) {
	return LowRank{
		A:    ParamSpec{Name: "lora_A", Shape: []int{rank, l.in}},
		B:    ParamSpec{Name: "lora_B", Shape: []int{hi - lo, rank}, Transpose: true},
		Down: func(a *Param) Layer { return &down{in: l.in, rank: rank, a: a} },
		Up:   func(b *Param, scale float32) Layer { return newUp(b, scale, rank, l.out, lo) },
	}, nil
}

func (l *linear) Outputs() int { return l.out }

// LowRank of an embedding: A [r, vocabulary], B [dim, r].
func (l *embedding) LowRank(rank, lo, hi int) (LowRank, error) {
	table := *l
	table.dim = rank
	return LowRank{
		A:     ParamSpec{Name: "lora_embedding_A", Shape: []int{rank, l.count}, Transpose: true},
		B:     ParamSpec{Name: "lora_embedding_B", Shape: []int{hi - lo, rank}, Transpose: true},
		Table: true,
		Down: func(a *Param) Layer {
			own := table
			own.weight = a
			return &own
		},
		Up: func(b *Param, scale float32) Layer { return newUp(b, scale, rank, l.dim, lo) },
	}, nil
}

func (l *embedding) Outputs() int { return l.dim }

// LowRank of a convolution: A is a convolution of the same geometry to r channels, B one
// of a single pixel. PEFT's 1-D and 2-D convolutions have the same forms.
func (l *conv) LowRank(rank, lo, hi int) (LowRank, error) {
	if l.groups != 1 {
		return LowRank{}, fmt.Errorf("a convolution in %d groups has no low-rank form that PEFT reads: name layers without groups", l.groups)
	}
	kernelSize := []int{l.axes[0].size, l.axes[1].size}[2-l.dims:]
	return LowRank{
		A: ParamSpec{Name: "lora_A", Shape: append([]int{rank, l.in}, kernelSize...)},
		B: ParamSpec{Name: "lora_B", Shape: append([]int{hi - lo, rank}, repeat(l.dims, 1)...)},
		Down: func(a *Param) Layer {
			small := *l
			small.out, small.affine = rank, newAffine([]*Param{a})
			return &small
		},
		Up: func(b *Param, scale float32) Layer { return &upChannels{scale: scale, rank: rank, b: b} },
	}, nil
}

func (l *conv) Outputs() int { return l.out }

// down is x·Aᵀ over the last dimension, A being [r, in].
type down struct {
	in, rank int
	a        *Param
}

func (l *down) Params() []*Param { return []*Param{l.a} }

// AddsInputGrads: the layer beside it gives the same input its gradient too.
func (l *down) AddsInputGrads() {}

func (l *down) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) == 0 || in[len(in)-1] != l.in {
		return nil, fmt.Errorf("want %d features in the last dimension", l.in)
	}
	out := slices.Clone(in)
	out[len(out)-1] = l.rank
	return out, nil
}

func (l *down) Cost(in [][]int, out []int) Cost { return rankCost(in, out, elements(in[0])*l.rank) }

// rankCost is that of a product of a low rank.
func rankCost(in [][]int, out []int, products int) Cost {
	c := elementCost(in, out)
	c.MultiplyAdds += float64(products)
	c.FLOPs = 2 * float64(products)
	return c
}

func (l *down) Forward(s *State, lo, hi int) {
	rows := (hi - lo) * s.inLen / l.in
	kernel.GemmBT(kernel.Dense(s.ys(lo, hi), rows, l.rank), kernel.Dense(s.xs(lo, hi), rows, l.in), kernel.Dense(l.a.W, l.rank, l.in))
}

func (l *down) Backward(s *State, lo, hi int) {
	rows := (hi - lo) * s.inLen / l.in
	kernel.Gemm(kernel.Dense(s.dxs(lo, hi), rows, l.in), kernel.Dense(s.dys(lo, hi), rows, l.rank),
		kernel.Dense(l.a.W, l.rank, l.in), kernel.Epilogue{Accumulate: s.inputs[0].add})
}

func (l *down) ParamGrads(s *State, part, parts int) {
	rows := s.n * s.inLen / l.in
	lo, hi := span(l.in, part, parts)
	kernel.Gemm(kernel.Dense(l.a.G, l.rank, l.in).ColRange(lo, hi), kernel.Dense(s.dy, rows, l.rank).T(),
		kernel.Dense(s.x, rows, l.in).ColRange(lo, hi), kernel.Epilogue{})
}
