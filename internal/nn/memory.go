package nn

// SampleBytes is about what one sample of shape in (without the batch) takes
// between the layers, in bytes: what a layer list from a stranger must be held to
// before anything runs. It fails as OutputShape does.
func (n *Net) SampleBytes(in []int) (int, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, s := range shapes {
		total += 4 * elements(s)
	}
	for i, l := range n.layers {
		if l, ok := l.(greedyLayer); ok {
			total += 4 * l.extra(shapes[i])
		}
	}
	return total, nil
}
