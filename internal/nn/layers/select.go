package layers

import (
	"fmt"
	"slices"
)

func init() {
	graphOnly["Select"] = true
	register("Select", func(a *args) Plan {
		l := &selection{dim: a.dim("dim", 0), index: a.int("index", 0, -MaxElements)}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// selection is torch.select: one entry along a dimension, which is dropped, like the
// first token of a sequence or its last step. As in PyTorch dim counts the batch, which
// is refused, and both numbers may be negative.
type selection struct {
	noParams
	elementwise
	dim, index int
}

// place is the dimension of the sample and the entry.
func (l *selection) place(in []int) (d, index int, err error) {
	if d, err = axis(l.dim, len(in)); err != nil {
		return 0, 0, err
	}
	if index = l.index; index < 0 {
		index += in[d]
	}
	if index < 0 || index >= in[d] {
		return 0, 0, fmt.Errorf("index %d is out of range for the %d entries of dimension %d", l.index, in[d], d+1)
	}
	return d, index, nil
}

func (l *selection) OutShape(inputs ...[]int) ([]int, error) {
	d, _, err := l.place(inputs[0])
	if err != nil {
		return nil, err
	}
	return slices.Delete(slices.Clone(inputs[0]), d, d+1), nil
}

// each calls f for every run that is copied: where it lies in the input and in the
// output, and its length.
func (l *selection) each(s *State, lo, hi int, f func(in, out, n int)) {
	d, index, _ := l.place(s.in)
	n := elements(s.in[d+1:])
	outer := elements(s.in[:d])
	for o := lo * outer; o < hi*outer; o++ {
		f((o*s.in[d]+index)*n, o*n, n)
	}
}

func (l *selection) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(in, out, n int) { copy(s.y[out:out+n], s.x[in:]) })
}

func (l *selection) Backward(s *State, lo, hi int) {
	clear(s.dxs(lo, hi))
	l.each(s, lo, hi, func(in, out, n int) { copy(s.dx[in:in+n], s.dy[out:]) })
}
