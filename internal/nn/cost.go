package nn

// What things cost beside multiply-adds, in multiply-adds of a matrix product:
// rough, and rather too much than too little.
const (
	costElement = 128  // an output of any layer: reading, an exp or tanh, writing
	costLoad    = 16   // a value fetched for a window or a patch
	costCall    = 4096 // a small matrix product
)

// SampleCost is about what one sample of shape in (without the batch) costs on
// its way through the network, in multiply-adds: what a layer list from a
// stranger must be held to before anything runs, for small weights can be applied
// very often. It fails as OutputShape does.
func (n *Net) SampleCost(in []int) (float64, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0, err
	}
	total := 0.0
	for i, l := range n.layers {
		total += cost(l, shapes[i], shapes[i+1])
	}
	return total, nil
}

// cost of a layer on one sample; float64, so that no product overflows.
func cost(l layer, in, out []int) float64 {
	if isIdle(l, false) {
		return 0
	}
	ins, outs := float64(elements(in)), float64(elements(out))
	total := costElement*outs + costCall
	switch l := l.(type) {
	case *linear:
		total += ins * float64(l.out)
	case *conv:
		lowered := outs / float64(l.out) * float64(l.groups) * float64(l.patch())
		blocks := float64(l.groups) * (outs/float64(l.out)/float64(l.block()) + 1)
		total += outs*float64(l.patch()) + costLoad*lowered + costCall*blocks
	case *pool:
		read := float64(in[0])
		for d := range l.dims {
			read *= l.axes[2-l.dims+d].reads(in[1+d])
		}
		total += costLoad * read
	case *attention:
		weights := float64(l.heads) * float64(in[0]) * float64(in[0])
		total += 2*weights*float64(l.width/l.heads) + costElement*weights + 2*costCall*float64(l.heads)
	case *recurrent:
		gates := float64(in[0]) * float64(l.cell.gates()) * float64(l.hidden)
		total += gates*float64(l.in+l.hidden) + costElement*gates + costCall*float64(in[0])
	case *composite:
		all, err := l.shapes(in)
		if err != nil {
			return total // outShape has said so
		}
		for i, st := range l.stages {
			if st.join == one {
				total += cost(st.layer, all[st.from[0]], all[i+1])
			} else {
				total += costElement * float64(elements(all[i+1]))
			}
		}
	}
	return total
}

// reads is about how many inputs all windows together have.
func (p strided) reads(n int) float64 {
	count, _ := p.count(n)
	return float64(count) * float64(min(p.size, (n-1)/p.dilation+1))
}

func (p adaptive) reads(n int) float64 {
	count, _ := p.count(n)
	return float64(count) * float64(min(n, n/count+2))
}
