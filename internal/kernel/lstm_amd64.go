package kernel

//go:noescape
func lstmCellAVX2(h, cell, gates *float32, n, hidden int)

//go:noescape
func lstmCellAVX512(h, cell, gates *float32, n, hidden int)

// lstmCellVector computes whole vectors and returns how many elements those are.
func lstmCellVector(h, cell, gates []float32) int {
	class := Current()
	n := whole(len(h), class)
	switch {
	case n == 0:
	case class == AVX512:
		lstmCellAVX512(&h[0], &cell[0], &gates[0], n, len(h))
	default:
		lstmCellAVX2(&h[0], &cell[0], &gates[0], n, len(h))
	}
	return n
}
