package layers

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// up adds scale·h·Bᵀ to columns first … first+len(B)-1 of the last dimension of its first
// input, of out columns; h, the second, has r. B [outputs, r] is kept as [r, outputs].
type up struct {
	scale            float32
	rank, out, first int
	b                *Param
}

func newUp(b *Param, scale float32, rank, out, first int) *up {
	return &up{scale: scale, rank: rank, out: out, first: first, b: b}
}

func (l *up) Params() []*Param { return []*Param{l.b} }
func (l *up) WorksInPlace()    {}
func (l *up) AddsInputGrads()  {}

func (l *up) OutShape(inputs ...[]int) ([]int, error) { return slices.Clone(inputs[0]), nil }

func (l *up) Cost(in [][]int, out []int) Cost {
	c := rankCost(in, out, elements(in[1])*l.b.Shape[0])
	c.Floats = float64(elements(in[1]))
	return c
}

// Allocate makes room for scale·h.
func (l *up) Allocate(s *State, capacity int) { s.saved = make([]float32, capacity*s.inputs[1].size) }

// columns is the part of rows of outputs that changes.
func (l *up) columns(data []float32, rows int) kernel.Mat {
	return kernel.Dense(data, rows, l.out).ColRange(l.first, l.first+l.b.Shape[0])
}

// scaled writes scale·h for samples lo … hi-1.
func scaled(s *State, scale float32, lo, hi int) []float32 {
	in := &s.inputs[1]
	to := s.saved[lo*in.size : hi*in.size]
	for i, v := range in.rows(lo, hi) {
		to[i] = scale * v
	}
	return to
}

// copyInput writes the first input, unless the output is in its place.
func copyInput(s *State, lo, hi int) {
	if x, y := s.xs(lo, hi), s.ys(lo, hi); &x[0] != &y[0] {
		copy(y, x)
	}
}

// passGrad hands the output's gradient to the first input.
func passGrad(s *State, lo, hi int) {
	if s.dx == nil {
		return
	}
	if dx, dy := s.dxs(lo, hi), s.dys(lo, hi); &dx[0] != &dy[0] {
		s.inputs[0].give(dx, dy)
	}
}

func (l *up) Forward(s *State, lo, hi int) {
	copyInput(s, lo, hi)
	rows := (hi - lo) * s.outLen / l.out
	kernel.Gemm(l.columns(s.ys(lo, hi), rows), kernel.Dense(scaled(s, l.scale, lo, hi), rows, l.rank),
		kernel.Dense(l.b.W, l.rank, l.b.Shape[0]), kernel.Epilogue{Accumulate: true})
}

func (l *up) Backward(s *State, lo, hi int) {
	passGrad(s, lo, hi)
	rows := (hi - lo) * s.outLen / l.out
	h := &s.inputs[1]
	dh := make([]float32, rows*l.rank)
	kernel.GemmBT(kernel.Dense(dh, rows, l.rank), l.columns(s.dys(lo, hi), rows), kernel.Dense(l.b.W, l.rank, l.b.Shape[0]))
	giveScaled(h, l.scale, dh, lo, hi)
}

// giveScaled gives h scale·dh.
func giveScaled(h *operand, scale float32, dh []float32, lo, hi int) {
	for i := range dh {
		dh[i] *= scale
	}
	h.give(h.gradRows(lo, hi), dh)
}

func (l *up) ParamGrads(s *State, part, parts int) {
	rows, outs := s.n*s.outLen/l.out, l.b.Shape[0]
	lo, hi := span(outs, part, parts)
	kernel.Gemm(kernel.Dense(l.b.G, l.rank, outs).ColRange(lo, hi), kernel.Dense(s.saved, rows, l.rank).T(),
		l.columns(s.dy, rows).ColRange(lo, hi), kernel.Epilogue{})
}

// upChannels is up where the channels come first, as in pictures.
type upChannels struct {
	scale float32
	rank  int
	b     *Param // [channels, r, 1, …]
}

func (l *upChannels) Params() []*Param { return []*Param{l.b} }
func (l *upChannels) WorksInPlace()    {}
func (l *upChannels) AddsInputGrads()  {}

func (l *upChannels) OutShape(inputs ...[]int) ([]int, error) { return slices.Clone(inputs[0]), nil }

func (l *upChannels) Cost(in [][]int, out []int) Cost {
	c := rankCost(in, out, elements(out)*l.rank)
	c.Floats = float64(elements(in[1]))
	return c
}

func (l *upChannels) Allocate(s *State, capacity int) {
	s.saved = make([]float32, capacity*s.inputs[1].size)
}

// positions of a picture.
func (l *upChannels) positions(s *State) int { return s.outLen / l.b.Shape[0] }

func (l *upChannels) matrix() kernel.Mat { return kernel.Dense(l.b.W, l.b.Shape[0], l.rank) }

func (l *upChannels) Forward(s *State, lo, hi int) {
	copyInput(s, lo, hi)
	n, channels := l.positions(s), l.b.Shape[0]
	for i := lo; i < hi; i++ {
		kernel.Gemm(kernel.Dense(s.ys(i, i+1), channels, n), l.matrix(),
			kernel.Dense(scaled(s, l.scale, i, i+1), l.rank, n), kernel.Epilogue{Accumulate: true})
	}
}

func (l *upChannels) Backward(s *State, lo, hi int) {
	passGrad(s, lo, hi)
	n, channels := l.positions(s), l.b.Shape[0]
	dh := make([]float32, l.rank*n)
	for i := lo; i < hi; i++ {
		kernel.Gemm(kernel.Dense(dh, l.rank, n), l.matrix().T(), kernel.Dense(s.dys(i, i+1), channels, n), kernel.Epilogue{})
		giveScaled(&s.inputs[1], l.scale, dh, i, i+1)
	}
}

func (l *upChannels) ParamGrads(s *State, part, parts int) {
	n, channels, size := l.positions(s), l.b.Shape[0], s.inputs[1].size
	lo, hi := span(channels, part, parts)
	turned := kernel.Dense(make([]float32, n*l.rank), n, l.rank)
	for i := range s.n {
		kernel.Transpose(turned, kernel.Dense(s.saved[i*size:][:size], l.rank, n))
		kernel.Gemm(kernel.Dense(l.b.G, channels, l.rank).RowRange(lo, hi), kernel.Dense(s.dys(i, i+1), channels, n).RowRange(lo, hi),
			turned, kernel.Epilogue{Accumulate: i > 0})
	}
}
