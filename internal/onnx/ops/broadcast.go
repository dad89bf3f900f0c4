package ops

// broadcast is the shape that all inputs are stretched to, by numpy's rules.
func (c *Call) broadcast(in ...*Value) []int {
	rank := 0
	for _, v := range in {
		rank = max(rank, len(v.Shape))
	}
	out := make([]int, rank)
	for d := range out {
		out[d] = 1
		for _, v := range in {
			k := d - rank + len(v.Shape)
			if k < 0 || v.Shape[k] == 1 {
				continue
			}
			c.need(out[d] == 1 || out[d] == v.Shape[k], "the shapes of %v do not go together", in)
			out[d] = v.Shape[k]
		}
	}
	return out
}

// walk goes over the elements of a broadcast result row by row.
type walk struct {
	shape   []int
	strides [][]int // of each input; 0 where it is stretched
}

// newWalk merges the dimensions that lie next to each other in all inputs.
func newWalk(shape []int, in ...*Value) *walk {
	w := &walk{strides: make([][]int, len(in))}
	all := make([][]int, len(in))
	for i, v := range in {
		all[i] = stretched(v.Shape, shape)
	}
	for d, size := range shape {
		last := len(w.shape) - 1
		merge := last >= 0
		for i := range in {
			merge = merge && w.strides[i][last] == all[i][d]*size
		}
		if !merge {
			w.shape = append(w.shape, size)
			last++
		} else {
			w.shape[last] *= size
		}
		for i := range in {
			w.strides[i] = append(w.strides[i][:last], all[i][d])
		}
	}
	if len(w.shape) == 0 {
		w.shape = []int{1}
		for i := range in {
			w.strides[i] = []int{0}
		}
	}
	return w
}

// stretched are the strides of a tensor over the shape that it is broadcast to.
func stretched(shape, to []int) []int {
	own, out := strides(shape), make([]int, len(to))
	for d := range shape {
		if shape[d] != 1 {
			out[d+len(to)-len(shape)] = own[d]
		}
	}
	return out
}

// rows calls f for every row of the result: where it begins in the result and in
// each input, and its length.
func (w *walk) rows(f func(at int, from []int, n int)) {
	last := len(w.shape) - 1
	n := w.shape[last]
	if product(w.shape) == 0 {
		return
	}
	index, from := make([]int, last), make([]int, len(w.strides))
	for at := 0; ; at += n {
		for i, s := range w.strides {
			from[i] = 0
			for d, k := range index {
				from[i] += k * s[d]
			}
		}
		f(at, from, n)
		if !next(index, w.shape[:last]) {
			return
		}
	}
}

// step is the distance of neighbours within a row of an input.
func (w *walk) step(input int) int { return w.strides[input][len(w.shape)-1] }

// pairs computes f for all pairs of a broadcast.
func pairs[A, R any](out []R, a, b []A, w *walk, f func(x, y A) R) {
	sa, sb := w.step(0), w.step(1)
	w.rows(func(at int, from []int, n int) {
		i, j := from[0], from[1]
		for k := range out[at : at+n] {
			out[at+k] = f(a[i], b[j])
			i, j = i+sa, j+sb
		}
	})
}

// expand copies a broadcast input.
func expand[T any](out, a []T, w *walk) {
	s := w.step(0)
	w.rows(func(at int, from []int, n int) {
		if s == 1 {
			copy(out[at:at+n], a[from[0]:])
			return
		}
		for k := range out[at : at+n] {
			out[at+k] = a[from[0]+k*s]
		}
	})
}
