package layers

// Cost is roughly what one sample costs on its way through a layer, too much rather
// than too little. The numbers are float64, so that no product overflows.
type Cost struct {
	// MultiplyAdds is the time of a forward pass, in multiply-adds of a large
	// product of matrices.
	MultiplyAdds float64
	// FLOPs is the useful arithmetic in it; it decides whether more threads pay off.
	FLOPs float64
	// Floats is how many values the layer keeps for each sample besides input and
	// output.
	Floats float64
	// TableBytes is what it keeps once, however many samples there are.
	TableBytes float64
	// BatchProduct says that one product of matrices serves all samples of a
	// batch, so that small batches read the weights too often.
	BatchProduct bool
}

// The costs of other things, in multiply-adds.
const (
	costElement = 128  // an output of any layer: reading, an exp or tanh, writing
	costLoad    = 16   // a value fetched for a window or a patch
	costCall    = 4096 // a small matrix product
)

// elementCost is the cost of any layer: that of its outputs.
func elementCost(in [][]int, out []int) Cost {
	return Cost{
		MultiplyAdds: costElement*float64(elements(out)) + costCall,
		FLOPs:        10 * float64(elements(in[0])),
	}
}

// Plus is the cost of one sample on its way through both.
func (c Cost) Plus(d Cost) Cost {
	return Cost{
		MultiplyAdds: c.MultiplyAdds + d.MultiplyAdds,
		FLOPs:        c.FLOPs + d.FLOPs,
		Floats:       c.Floats + d.Floats,
		TableBytes:   c.TableBytes + d.TableBytes,
		BatchProduct: c.BatchProduct || d.BatchProduct,
	}
}
