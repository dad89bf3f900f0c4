package kernel

// gemmPortable computes what the assembly does, bit for bit: each element is one chain of fused
// multiply-adds in the order of k, begun with the bias.
func gemmPortable(c, a, b Mat, e Epilogue) {
	for i := range c.Rows {
		row := c.Data[i*c.RowStride:][:c.Cols]
		if !e.Accumulate {
			startRow(row, i, e)
		}
		chain(row, a.Data[i*a.RowStride:], a, b)
		finishRow(row, i, e)
	}
}

// chain adds at·b to a row of C, at being a row of a.
func chain(row, at []float32, a, b Mat) {
	if a.Cols == 0 {
		return
	}
	if fuses {
		fusedChain(row, at, a, b)
	} else {
		exactChain(row, at, a, b)
	}
}

func exactChain(row, at []float32, a, b Mat) {
	for p := range a.Cols {
		addFused(row, b.Data[p*b.RowStride:], at[p*a.ColStride])
	}
}

// fusedChain is exactChain where the compiler fuses. It takes four rows of B at a time, so that
// each element of C is loaded and stored a quarter as often.
//
//go:noinline
func fusedChain(row, at []float32, a, b Mat) {
	n, k, p := len(row), a.Cols, 0
	for ; p+4 <= k; p += 4 {
		a0, a1 := at[p*a.ColStride], at[(p+1)*a.ColStride]
		a2, a3 := at[(p+2)*a.ColStride], at[(p+3)*a.ColStride]
		b0, b1 := b.Data[p*b.RowStride:][:n], b.Data[(p+1)*b.RowStride:][:n]
		b2, b3 := b.Data[(p+2)*b.RowStride:][:n], b.Data[(p+3)*b.RowStride:][:n]
		for j := range row {
			row[j] = row[j] + a0*b0[j] + a1*b1[j] + a2*b2[j] + a3*b3[j]
		}
	}
	for ; p < k; p++ {
		a0, b0 := at[p*a.ColStride], b.Data[p*b.RowStride:][:n]
		for j := range row {
			row[j] += a0 * b0[j]
		}
	}
}

// startRow writes what row i of a product begins with.
func startRow(row []float32, i int, e Epilogue) {
	switch {
	case e.Bias != nil:
		copy(row, e.Bias)
	case e.RowBias != nil:
		for j := range row {
			row[j] = e.RowBias[i]
		}
	default:
		clear(row)
	}
}

// finishRow applies ReLU and Scale to row i of a product.
func finishRow(row []float32, i int, e Epilogue) {
	if e.ReLU {
		reluPortable(row, row)
	}
	if e.Scale.Data != nil {
		scale := e.Scale.Data[i*e.Scale.RowStride:][:len(row)]
		for j := range row {
			row[j] *= scale[j]
		}
	}
}
