package nn

// Work is about how many floating-point operations one sample of the given
// shape costs in a forward pass: enough to decide how many threads are worth
// their while. It is 0 for a shape that the layers cannot take.
func (n *Net) Work(in []int) float64 {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0
	}
	total := 0.0
	for i, l := range n.layers {
		size := float64(elements(shapes[i]))
		switch l := l.(type) {
		case *linear:
			total += 2 * size * float64(l.out)
		case *conv:
			total += 2 * float64(l.patch()) * float64(elements(shapes[i+1]))
		case *composite:
			total += 2 * float64(elements(shapes[i][:len(shapes[i])-1])) * float64(paramCount(l))
		default:
			total += 10 * size
		}
	}
	return total
}

func paramCount(l layer) int {
	n := 0
	for _, p := range l.params() {
		n += len(p.w)
	}
	return n
}
