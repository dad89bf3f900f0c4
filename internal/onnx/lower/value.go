package lower

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
)

// batch stands for the batch among the axes of a dimension.
const batch = -1

// value is a value of the graph as the head has it. The head's value has the batch in
// front and its other dimensions in some order; dims say how the graph's value reads
// it. Exporters transpose and reshape more than they compute: here that changes dims
// only, until a layer needs another order.
type value struct {
	id    int   // in the head
	have  []int // its shape there, without the batch
	shape []int // the axes: have without dimensions of 1, and some of them split
	// dims are the axes of each dimension of the graph's value, the first varying
	// slowest; none for a dimension of 1.
	dims [][]int
}

// plain is a value that the graph has in the head's order.
func plain(id int, have []int) value {
	v := value{id: id, have: have, dims: [][]int{{batch}}}
	for _, n := range have {
		var group []int
		if n > 1 {
			group = []int{len(v.shape)}
			v.shape = append(v.shape, n)
		}
		v.dims = append(v.dims, group)
	}
	return v
}

// with is the value of a layer that computes element by element.
func (v value) with(id int) value {
	v.id = id
	return v
}

// size is that of a group of axes for one sample.
func (v value) size(group []int) int {
	n := 1
	for _, axis := range group {
		if axis != batch {
			n *= v.shape[axis]
		}
	}
	return n
}

// all are the dimensions of the graph's value.
func (v value) all() []onnx.Dim {
	dims := make([]onnx.Dim, len(v.dims))
	for d, group := range v.dims {
		dims[d] = onnx.Dim{Size: v.size(group), Batch: slices.Contains(group, batch)}
	}
	return dims
}

// same reports whether two values are read alike.
func (v value) same(w value) bool {
	return slices.Equal(v.shape, w.shape) && slices.EqualFunc(v.dims, w.dims, slices.Equal)
}

// renumbered gives every axis a new number.
func renumbered(dims [][]int, number func(axis int) []int) [][]int {
	out := make([][]int, len(dims))
	for d, group := range dims {
		for _, axis := range group {
			if axis == batch {
				out[d] = append(out[d], batch)
			} else {
				out[d] = append(out[d], number(axis)...)
			}
		}
	}
	return out
}

// split makes two axes of one, the first of a size.
func split(shape []int, dims [][]int, axis, first int) ([]int, [][]int) {
	return slices.Concat(shape[:axis], []int{first, shape[axis] / first}, shape[axis+1:]),
		renumbered(dims, func(a int) []int {
			switch {
			case a < axis:
				return []int{a}
			case a == axis:
				return []int{a, a + 1}
			}
			return []int{a + 1}
		})
}

// reshaped is the same data read as other dimensions.
func (v value) reshaped(to []onnx.Dim) (value, error) {
	fail := fmt.Errorf("dimensions %v cannot be read as %v", v.all(), to)
	shape, dims := v.shape, make([][]int, len(to)+1)
	rest := len(to) // the axes that are left are kept there
	dims[rest] = slices.Concat(v.dims...)
	for d, dim := range to {
		for want, open := dim.Size, dim.Batch; want > 1 || open; {
			if len(dims[rest]) == 0 {
				return v, fail
			}
			if axis := dims[rest][0]; axis == batch {
				if !open {
					return v, fail
				}
				open = false
			} else {
				if n := shape[axis]; n > want && want > 1 && n%want == 0 {
					shape, dims = split(shape, dims, axis, want)
				}
				if want%shape[axis] != 0 {
					return v, fail
				}
				want /= shape[axis]
			}
			dims[d], dims[rest] = append(dims[d], dims[rest][0]), dims[rest][1:]
		}
	}
	if len(dims[rest]) > 0 {
		return v, fail
	}
	v.shape, v.dims = shape, dims[:rest]
	return v, nil
}

// canonical is the value with every dimension of the graph in one axis and the axes in
// the graph's order; where the batch shares a dimension, its neighbours there have
// axes of their own.
func (l *lowerer) canonical(v value) value {
	var groups [][]int
	for _, group := range v.dims {
		at := slices.Index(group, batch)
		switch {
		case at < 0:
			groups = append(groups, group)
		default:
			for _, part := range [][]int{group[:at], group[at+1:]} {
				if len(part) > 0 {
					groups = append(groups, part)
				}
			}
		}
	}
	return l.arrange(v, groups)
}

// lastInside is the value with each of the last k dimensions in one axis, the last
// ones; the other axes keep their order.
func (l *lowerer) lastInside(v value, k int) (value, error) {
	if k > len(v.dims) || slices.Contains(slices.Concat(v.dims[len(v.dims)-k:]...), batch) {
		return v, fmt.Errorf("the batch is among its last %d dimensions", k)
	}
	inner := v.dims[len(v.dims)-k:]
	var groups [][]int
	for axis := range v.shape {
		if !slices.Contains(slices.Concat(inner...), axis) {
			groups = append(groups, []int{axis})
		}
	}
	return l.arrange(v, append(groups, inner...)), nil
}

// arrange brings the axes into the order of groups, each of which becomes one
// dimension of the head's value, also if it is empty.
func (l *lowerer) arrange(v value, groups [][]int) value {
	w := value{id: v.id}
	number := map[int]int{} // of the axes of a group, by its first
	for _, group := range groups {
		n := v.size(group)
		w.have = append(w.have, n)
		if n > 1 {
			number[group[0]] = len(w.shape)
			w.shape = append(w.shape, n)
		}
	}
	w.dims = renumbered(v.dims, func(axis int) []int {
		if n, first := number[axis]; first {
			return []int{n}
		}
		return nil
	})
	from := v.have
	if order := slices.Concat(groups...); !slices.IsSorted(order) {
		w.id, from = l.permute(l.view(w.id, from, v.shape), v.shape, order)
	}
	w.id = l.view(w.id, from, w.have)
	return w
}

// permute brings the axes of a value of the head into an order.
func (l *lowerer) permute(id int, shape, order []int) (int, []int) {
	dims, to := []any{0.0}, []int(nil)
	for _, axis := range order {
		dims, to = append(dims, float64(axis+1)), append(to, shape[axis])
	}
	return l.add("Permute", args{"dims": dims}, nil, id), to
}

// view reads a value of the head of one shape as one of another.
func (l *lowerer) view(id int, from, to []int) int {
	if slices.Equal(from, to) {
		return id
	}
	if len(to) == 0 {
		l.err = fmt.Errorf("a value without features")
		return id
	}
	front, back := 0, 0
	for front < min(len(from), len(to)) && from[front] == to[front] {
		front++
	}
	for back < min(len(from), len(to))-front && from[len(from)-1-back] == to[len(to)-1-back] {
		back++
	}
	a, b := from[front:len(from)-back], to[front:len(to)-back]
	switch {
	case len(a) > 1 && len(b) == 1:
		return l.add("Flatten", args{"start_dim": float64(front + 1), "end_dim": float64(front + len(a))}, nil, id)
	case len(a) == 1 && len(b) > 1:
		return l.add("Unflatten", args{"dim": float64(front + 1), "unflattened_size": list(b)}, nil, id)
	}
	if len(from) > 1 {
		id = l.add("Flatten", nil, nil, id)
	}
	if len(to) > 1 {
		id = l.add("Unflatten", args{"dim": 1.0, "unflattened_size": list(to)}, nil, id)
	}
	return id
}
