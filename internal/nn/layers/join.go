package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// The layers that join values: they take at least two, and can add to the gradients
// of their inputs, so that a value that feeds several layers needs no second pass.

// maxJoined bounds the number of values that are joined at once.
const maxJoined = 1 << 8

func init() {
	registerJoin("Add", maxJoined, func(*args) Layer { return add{} })
	registerJoin("Mul", 2, func(*args) Layer { return mul{} })
	registerJoin("Div", 2, func(*args) Layer { return div{} })
	registerJoin("Concat", maxJoined, func(a *args) Layer { return &concat{dim: a.dim("dim", 0)} })
}

func registerJoin(name string, most int, read func(a *args) Layer) {
	graphOnly[name] = true
	register(name, func(a *args) Plan {
		l := read(a)
		p := single(nil, func([]*Param) Layer { return l })
		p.MinInputs, p.MaxInputs = 2, most
		return p
	})
}

// join is embedded by all of them.
type join struct{ noParams }

func (join) AddsInputGrads() {}

// Cost counts the values that are read, too: an output may have many inputs.
func (join) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	for _, shape := range in {
		c.MultiplyAdds += costLoad * float64(elements(shape))
	}
	return c
}

// sameShapes is the shape that all inputs have.
func sameShapes(inputs [][]int) ([]int, error) {
	for _, in := range inputs[1:] {
		if !slices.Equal(in, inputs[0]) {
			return nil, fmt.Errorf("want inputs of one shape, got %v and %v", inputs[0], in)
		}
	}
	return slices.Clone(inputs[0]), nil
}

func (o *operand) rows(lo, hi int) []float32     { return o.data[lo*o.size : hi*o.size] }
func (o *operand) gradRows(lo, hi int) []float32 { return o.grad[lo*o.size : hi*o.size] }

// give adds d to the gradient g, or writes it.
func (o *operand) give(g, d []float32) {
	if !o.add {
		copy(g, d)
		return
	}
	for i, v := range d {
		g[i] += v
	}
}

// add is the sum of values of one shape: torch.add.
type add struct{ join }

func (add) OutShape(inputs ...[]int) ([]int, error) { return sameShapes(inputs) }

func (add) Forward(s *State, lo, hi int) {
	y := s.ys(lo, hi)
	a, b := s.inputs[0].rows(lo, hi), s.inputs[1].rows(lo, hi)
	for i, v := range a {
		y[i] = v + b[i]
	}
	for _, in := range s.inputs[2:] {
		for i, v := range in.rows(lo, hi) {
			y[i] += v
		}
	}
}

func (add) Backward(s *State, lo, hi int) {
	for i := range s.inputs {
		if in := &s.inputs[i]; in.grad != nil {
			in.give(in.gradRows(lo, hi), s.dys(lo, hi))
		}
	}
}

// mul is the product of two values of one shape, element by element: torch.mul.
type mul struct{ join }

func (mul) OutShape(inputs ...[]int) ([]int, error) { return sameShapes(inputs) }

func (mul) Forward(s *State, lo, hi int) {
	kernel.Mul(s.ys(lo, hi), s.inputs[0].rows(lo, hi), s.inputs[1].rows(lo, hi))
}

func (mul) Backward(s *State, lo, hi int) {
	for k := range s.inputs {
		in, other := &s.inputs[k], s.inputs[1-k].rows(lo, hi)
		if in.grad == nil {
			continue
		}
		g := in.gradRows(lo, hi)
		for i, v := range s.dys(lo, hi) {
			d := float32(v * other[i]) // rounded, so that no processor fuses it with the addition
			if in.add {
				d += g[i]
			}
			g[i] = d
		}
	}
}

// div is the quotient of two values of one shape, element by element: torch.div.
type div struct{ join }

func (div) OutShape(inputs ...[]int) ([]int, error) { return sameShapes(inputs) }

func (div) Forward(s *State, lo, hi int) {
	y, b := s.ys(lo, hi), s.inputs[1].rows(lo, hi)
	for i, v := range s.inputs[0].rows(lo, hi) {
		y[i] = v / b[i]
	}
}

func (div) Backward(s *State, lo, hi int) {
	b, y, dy := s.inputs[1].rows(lo, hi), s.ys(lo, hi), s.dys(lo, hi)
	d := make([]float32, len(dy))
	for k := range s.inputs {
		if s.inputs[k].grad == nil {
			continue
		}
		for i, v := range dy {
			d[i] = v / b[i]
			if k == 1 {
				d[i] = float32(-d[i] * y[i]) // −a/b² of a/b
			}
		}
		s.inputs[k].give(s.inputs[k].gradRows(lo, hi), d)
	}
}

// concat puts values next to each other along one dimension: torch.cat. As in
// PyTorch dim counts the batch, which is refused, and may be negative.
type concat struct {
	join
	dim int
}

func (l *concat) OutShape(inputs ...[]int) ([]int, error) {
	d, err := axis(l.dim, len(inputs[0]))
	if err != nil {
		return nil, err
	}
	out := slices.Clone(inputs[0])
	for _, in := range inputs[1:] {
		if len(in) != len(out) || !slices.Equal(in[:d], out[:d]) || !slices.Equal(in[d+1:], out[d+1:]) {
			return nil, fmt.Errorf("want inputs that differ in dimension %d only, got %v and %v", d+1, inputs[0], in)
		}
		if out[d] += in[d]; out[d] > MaxElements {
			return nil, fmt.Errorf("an output of %d along dimension %d is over the limit of %d", out[d], d+1, MaxElements)
		}
	}
	return out, nil
}

// each calls f for every run of the output that comes from one input, and where
// it begins there.
func (l *concat) each(s *State, lo, hi int, f func(in *operand, out, from, n int)) {
	d, _ := axis(l.dim, len(s.out))
	vectors := elements(s.out[:d]) // of a sample
	at := lo * s.outLen
	for v := lo * vectors; v < hi*vectors; v++ {
		for i := range s.inputs {
			in := &s.inputs[i]
			n := in.size / vectors
			f(in, at, v*n, n)
			at += n
		}
	}
}

func (l *concat) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(in *operand, out, from, n int) {
		copy(s.y[out:out+n], in.data[from:])
	})
}

func (l *concat) Backward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(in *operand, out, from, n int) {
		if in.grad != nil {
			in.give(in.grad[from:from+n], s.dy[out:out+n])
		}
	})
}
