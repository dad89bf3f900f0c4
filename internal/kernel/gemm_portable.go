package kernel

// gemmPortable takes four rows of B at a time, so that each element of C is
// loaded and stored a quarter as often.
func gemmPortable(c, a, b Mat, e Epilogue) {
	n, k := c.Cols, a.Cols
	for i := 0; i < c.Rows; i++ {
		row := c.Data[i*c.RowStride:][:n]
		if !e.Accumulate {
			clear(row)
		}
		at := a.Data[i*a.RowStride:]
		p := 0
		for ; p+4 <= k; p += 4 {
			a0, a1 := at[p*a.ColStride], at[(p+1)*a.ColStride]
			a2, a3 := at[(p+2)*a.ColStride], at[(p+3)*a.ColStride]
			b0 := b.Data[p*b.RowStride:][:n]
			b1 := b.Data[(p+1)*b.RowStride:][:n]
			b2 := b.Data[(p+2)*b.RowStride:][:n]
			b3 := b.Data[(p+3)*b.RowStride:][:n]
			for j := range row {
				row[j] = row[j] + a0*b0[j] + a1*b1[j] + a2*b2[j] + a3*b3[j]
			}
		}
		for ; p < k; p++ {
			a0 := at[p*a.ColStride]
			b0 := b.Data[p*b.RowStride:][:n]
			for j := range row {
				row[j] += a0 * b0[j]
			}
		}
		finishRow(row, i, e)
	}
}

// finishRow applies the epilogue, except Accumulate, to row i of a product.
func finishRow(row []float32, i int, e Epilogue) {
	if e.Bias != nil {
		bias := e.Bias[:len(row)]
		for j := range row {
			row[j] += bias[j]
		}
	}
	if e.RowBias != nil {
		for j := range row {
			row[j] += e.RowBias[i]
		}
	}
	if e.ReLU {
		for j, v := range row {
			row[j] = max(v, 0)
		}
	}
	if e.Scale.Data != nil {
		scale := e.Scale.Data[i*e.Scale.RowStride:][:len(row)]
		for j := range row {
			row[j] *= scale[j]
		}
	}
}
