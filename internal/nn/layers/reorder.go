package layers

import "slices"

// reorder is a layer whose outputs are inputs, read in another order: each at most
// once, or, along a dimension that is repeated, often.
type reorder struct {
	noParams
	read func(in []int) (reading, error)
}

// reading says where the outputs of a sample come from: element (c₀, c₁, …) is input
// offset + c₀·steps₀ + c₁·steps₁ + ….
type reading struct {
	out, steps []int
	offset     int
}

// steps are those of a shape read as it lies in memory.
func steps(shape []int) []int {
	out, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = n
		n *= shape[i]
	}
	return out
}

// merged is the same reading in as few dimensions as possible, at least one.
func (r reading) merged() reading {
	m := reading{out: []int{1}, steps: []int{1}, offset: r.offset}
	for i, n := range r.out {
		last := len(m.out) - 1
		switch {
		case n == 1:
		case m.out[last] == 1:
			m.out[last], m.steps[last] = n, r.steps[i]
		case m.steps[last] == n*r.steps[i]:
			m.out[last], m.steps[last] = m.out[last]*n, r.steps[i]
		default:
			m.out, m.steps = append(m.out, n), append(m.steps, r.steps[i])
		}
	}
	return m
}

func (l *reorder) OutShape(inputs ...[]int) ([]int, error) {
	r, err := l.read(inputs[0])
	return slices.Clone(r.out), err
}

func (l *reorder) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	c.MultiplyAdds = costLoad*float64(elements(out)) + costCall
	return c
}

// each calls f for every run of outputs of samples lo … hi-1: its first output, its
// first input, the length, and the step from one input to the next.
func (l *reorder) each(s *State, lo, hi int, f func(out, in, n, step int)) {
	r, _ := l.read(s.in)
	r = r.merged()
	last := len(r.out) - 1
	n, step := r.out[last], r.steps[last]
	at := make([]int, last)
	for sample := lo; sample < hi; sample++ {
		in := sample*s.inLen + r.offset
		for out := sample * s.outLen; out < (sample+1)*s.outLen; out += n {
			f(out, in, n, step)
			for d := last - 1; d >= 0; d-- {
				in += r.steps[d]
				if at[d]++; at[d] < r.out[d] {
					break
				}
				in, at[d] = in-r.out[d]*r.steps[d], 0
			}
		}
	}
}

func (l *reorder) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(out, in, n, step int) {
		if step == 1 {
			copy(s.y[out:out+n], s.x[in:])
			return
		}
		for i := range n {
			s.y[out+i] = s.x[in+i*step]
		}
	})
}

func (l *reorder) Backward(s *State, lo, hi int) {
	clear(s.dxs(lo, hi))
	l.each(s, lo, hi, func(out, in, n, step int) {
		for i := range n {
			s.dx[in+i*step] += s.dy[out+i]
		}
	})
}
