package layers

import (
	"fmt"
	"slices"
)

func init() {
	register("Identity", func(a *args) Plan {
		a.spec.Params = nil // PyTorch's Identity takes and ignores anything
		return single(nil, func([]*Param) Layer { return identity{} })
	})
	register("Flatten", func(a *args) Plan {
		l := &flatten{start: a.dim("start_dim", 1), end: a.dim("end_dim", -1)}
		return single(nil, func([]*Param) Layer { return l })
	})
	register("Unflatten", func(a *args) Plan {
		l := &unflatten{dim: a.dim("dim", 1), size: a.ints("unflattened_size", -1, nil, -1)}
		if l.size == nil {
			a.failf("argument \"unflattened_size\" is missing")
		}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// dim reads a dimension of the full [batch, …] shape, negative from the end.
func (a *args) dim(name string, def int) int {
	d := a.int(name, def, -16)
	if d > 16 {
		a.failf("argument %q is %d: there are not that many dimensions", name, d)
	}
	return d
}

// identity is torch.nn.Identity.
type identity struct {
	view
	sameAsInput
}

// flatten is torch.nn.Flatten: dimensions start … end become one.
type flatten struct {
	view
	start, end int
}

func (f *flatten) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	end, err := dimension(f.end, len(in))
	if err != nil {
		return nil, err
	}
	start, err := dimension(f.start, len(in))
	if err != nil {
		return nil, err
	}
	if start > end {
		return nil, fmt.Errorf("start_dim %d comes after end_dim %d", f.start, f.end)
	}
	if start == 0 { // the batch, with what is one number for each sample
		if elements(in[:end]) != 1 {
			return nil, fmt.Errorf("start_dim %d is the batch: samples of shape %v would run into each other: %w", f.start, in[:end], ErrUnsupported)
		}
		return slices.Clone(in[end:]), nil
	}
	size, err := Elements(in[start-1 : end])
	if err != nil {
		return nil, err
	}
	return slices.Concat(in[:start-1], []int{size}, in[end:]), nil
}

// unflatten is torch.nn.Unflatten: one dimension becomes several, at most one
// of which may be given as -1.
type unflatten struct {
	view
	dim  int
	size []int
}

func (u *unflatten) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if d, err := dimension(u.dim, len(in)); err == nil && d == 0 { // [-1, 1, …] of the batch
		if len(u.size) == 0 || u.size[0] != -1 || slices.ContainsFunc(u.size[1:], func(n int) bool { return n != 1 }) {
			return nil, fmt.Errorf("dim %d is the batch: unflattened_size %v would divide it: %w", u.dim, u.size, ErrUnsupported)
		}
		return slices.Concat(u.size[1:], in), nil
	}
	d, err := axis(u.dim, len(in))
	if err != nil {
		return nil, err
	}
	size, open, rest := slices.Clone(u.size), -1, 1
	for i, s := range size {
		switch {
		case s == -1 && open < 0:
			open = i
		case s < 1:
			return nil, fmt.Errorf("unflattened_size %v: want sizes from 1 and at most one -1", u.size)
		case rest > MaxElements/s:
			return nil, fmt.Errorf("unflattened_size %v is too large", u.size)
		default:
			rest *= s
		}
	}
	if open >= 0 {
		size[open] = in[d] / rest
		rest *= size[open]
	}
	if rest != in[d] {
		return nil, fmt.Errorf("unflattened_size %v does not make up %d", u.size, in[d])
	}
	return slices.Concat(in[:d], size, in[d+1:]), nil
}
