package ops

import "slices"

// einsumMatrices computes a product of two inputs whose every dimension is in both
// and the output (batch), in both only (summed), or in one and the output. It reports
// false for any other equation.
func (c *Call) einsumMatrices(y *Value, terms [][]rune, out []rune, sizes map[rune]int) bool {
	if len(terms) != 2 || repeats(terms[0]) || repeats(terms[1]) {
		return false
	}
	var batch, summed, left, right []rune
	for _, name := range slices.Concat(terms[0], terms[1]) {
		a, b, o := slices.Contains(terms[0], name), slices.Contains(terms[1], name), slices.Contains(out, name)
		var list *[]rune
		switch {
		case a && b && o:
			list = &batch
		case a && b:
			list = &summed
		case a && o:
			list = &left
		case b && o:
			list = &right
		default:
			return false
		}
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	size := func(names []rune) int {
		n := 1
		for _, name := range names {
			n *= sizes[name]
		}
		return n
	}
	arranged := func(v *Value, term []rune, names []rune) []float32 {
		shape := make([]int, len(names))
		for d, name := range names {
			shape[d] = sizes[name]
		}
		data := make([]float32, product(shape))
		w := &walk{shape: append(shape, 1), strides: [][]int{append(along(v, term, names), 0)}}
		w.rows(func(at int, from []int, _ int) { data[at] = v.F[from[0]] })
		return data
	}
	m, k, n := size(left), size(summed), size(right)
	a := arranged(c.In[0], terms[0], slices.Concat(batch, left, summed))
	b := arranged(c.In[1], terms[1], slices.Concat(batch, summed, right))
	names := slices.Concat(batch, left, right)
	result := make([]float32, len(y.F))
	for i := range size(batch) {
		product2(result[i*m*n:], a[i*m*k:], b[i*k*n:], m, k, n)
	}
	shape := make([]int, len(names))
	for d, name := range names {
		shape[d] = sizes[name]
	}
	copy(y.F, arranged(&Value{Shape: shape, F: result}, names, out))
	return true
}

func repeats(term []rune) bool {
	for i, name := range term {
		if slices.Contains(term[:i], name) {
			return true
		}
	}
	return false
}
